#include "http/client.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMEOUT_S = 10, REPLY_MAX = 256 * 1024 * 1024 };

static int connect_to(const char *address)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    if (!colon || (size_t)(colon - address) >= sizeof host)
        return -1;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    if (!strcmp(host, "0.0.0.0")) /* what listens everywhere listens here */
        snprintf(host, sizeof host, "127.0.0.1");
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo(*host ? host : "127.0.0.1", colon + 1, &hints, &list))
        return -1;
    int fd = -1;
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct timeval limit = {.tv_sec = TIMEOUT_S};
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, a->ai_addr, a->ai_addrlen)) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static int send_all(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n <= 0)
            return -1;
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return 0;
}

static int receive_all(int fd, struct buf *out)
{
    char chunk[16384];
    ssize_t n;
    while ((n = recv(fd, chunk, sizeof chunk, 0)) > 0 && out->len < REPLY_MAX)
        buf_add(out, chunk, (size_t)n);
    return n == 0 && !out->failed ? 0 : -1;
}

/* Puts the chunks of a body together (RFC 9112, 7.1). -1 when its end did not come. */
static int join_chunks(struct str in, struct arena *arena, struct str *body)
{
    struct buf out;
    buf_init(&out, arena, in.len);
    for (;;) {
        char *end;
        unsigned long n = in.len ? strtoul(in.ptr, &end, 16) : 0;
        size_t head = in.len ? (size_t)(end - in.ptr) + 2 : 0;
        if (!head || head > in.len || n > in.len - head)
            return -1;
        if (!n)
            break;
        buf_add(&out, in.ptr + head, n);
        in.ptr += head + n + 2;
        in.len = in.len > head + n + 2 ? in.len - head - n - 2 : 0;
    }
    *body = buf_view(&out);
    return out.failed ? -1 : 0;
}

int client_call(const char *address, const char *method, const char *target, const char *token,
                struct str send_body, struct arena *arena, struct str *body)
{
    struct buf out, in;
    int fd = connect_to(address);
    if (fd < 0)
        return -1;
    buf_init(&out, arena, 1024);
    buf_init(&in, arena, 4096);
    buf_printf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, target, address);
    if (token)
        buf_printf(&out, "Authorization: Bearer %s\r\n", token);
    if (send_body.ptr)
        buf_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", send_body.len);
    buf_puts(&out, "\r\n");
    buf_str(&out, send_body);
    int rc = out.failed || send_all(fd, buf_view(&out)) ? -1 : receive_all(fd, &in);
    close(fd);
    const char *text = rc ? NULL : buf_cstr(&in);
    const char *end = text && !strncmp(text, "HTTP/1.1 ", 9) ? strstr(text, "\r\n\r\n") : NULL;
    if (!end)
        return -1;
    *body = (struct str){end + 4, in.len - (size_t)(end + 4 - text)};
    const char *chunked = strstr(text, "\r\nTransfer-Encoding: chunked\r\n");
    if (chunked && chunked < end && join_chunks(*body, arena, body))
        return -1;
    return (int)strtol(text + 9, NULL, 10);
}

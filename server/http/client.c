#include "http/client.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/request.h"

enum { TIMEOUT_S = 10, HEAD_MAX = 16 * 1024, KEPT_MAX = 64 * 1024 * 1024, SIZE_LINE = 64 };

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

/* --- what comes back --- */

struct wire {
    int fd;
    bool failed;
    size_t at, len; /* of `bytes`: read so far, there */
    char bytes[HEAD_MAX];
};

static bool fill(struct wire *w)
{
    ssize_t n = recv(w->fd, w->bytes, sizeof w->bytes, 0);
    w->at = 0;
    w->len = n > 0 ? (size_t)n : 0;
    w->failed = n < 0;
    return n > 0;
}

/* The next `n` bytes, or with n < 0 all to the end of the connection. -1 when they do not come, or the sink
 * takes them not. */
static int pass(struct wire *w, int64_t n, struct sink *to)
{
    while (n) {
        if (w->at == w->len && !fill(w))
            return n < 0 && !w->failed ? 0 : -1;
        struct str some = {w->bytes + w->at, w->len - w->at};
        if (n > 0 && some.len > (size_t)n)
            some.len = (size_t)n;
        w->at += some.len;
        n -= n > 0 ? (int64_t)some.len : 0;
        if (to->write(to, some))
            return -1;
    }
    return 0;
}

/* A line without its CRLF, of less than SIZE_LINE bytes. */
static int read_line(struct wire *w, char line[SIZE_LINE])
{
    for (size_t n = 0; n < SIZE_LINE;) {
        if (w->at == w->len && !fill(w))
            return -1;
        line[n] = w->bytes[w->at++];
        if (n && line[n - 1] == '\r' && line[n] == '\n') {
            line[n - 1] = '\0';
            return 0;
        }
        n++;
    }
    return -1;
}

/* Chunks (RFC 9112, 7.1): without the last one, of size 0, the body is not whole. */
static int pass_chunks(struct wire *w, struct sink *to)
{
    char line[SIZE_LINE], *end;
    for (;;) {
        if (read_line(w, line))
            return -1;
        long n = strtol(line, &end, 16);
        if (end == line || n < 0)
            return -1;
        if (!n)
            return 0;
        if (pass(w, n, to) || read_line(w, line) || *line)
            return -1;
    }
}

/* The head, ended by a NUL; NULL when it does not come or is too long. What follows it stays. */
static const char *read_head(struct wire *w)
{
    char *end = NULL;
    while (!end && w->len < sizeof w->bytes) {
        ssize_t n = recv(w->fd, w->bytes + w->len, sizeof w->bytes - w->len, 0);
        if (n <= 0)
            return NULL;
        w->len += (size_t)n;
        end = memmem(w->bytes, w->len, "\r\n\r\n", 4);
    }
    if (!end)
        return NULL;
    end[2] = '\0';
    w->at = (size_t)(end + 4 - w->bytes);
    return strncmp(w->bytes, "HTTP/1.1 ", 9) ? NULL : w->bytes;
}

static int keep(struct sink *sink, struct str bytes)
{
    struct buf *b = sink->arg;
    if (b->len + bytes.len > KEPT_MAX)
        return -1;
    buf_str(b, bytes);
    return b->failed ? -1 : 0;
}

static int receive(int fd, struct sink *to, struct buf *kept)
{
    struct wire w = {.fd = fd};
    struct sink keeper = {.write = keep, .arg = kept};
    const char *head = read_head(&w);
    if (!head)
        return -1;
    const char *length = strstr(head, "\r\nContent-Length: ");
    bool chunked = strstr(head, "\r\nTransfer-Encoding: chunked\r\n");
    int status = (int)strtol(head + 9, NULL, 10);
    int64_t n = length ? strtoll(length + 18, NULL, 10) : -1;
    to = to && status == 200 ? to : &keeper;
    return (chunked ? pass_chunks(&w, to) : pass(&w, n, to)) ? -1 : status;
}

int client_call(const char *address, const struct client_ask *ask, struct arena *arena, struct str *body)
{
    struct buf out, in;
    int fd = connect_to(address), status = -1;
    if (fd < 0)
        return -1;
    buf_init(&out, arena, 1024);
    buf_init(&in, arena, 4096);
    buf_printf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", ask->method, ask->target,
               address);
    if (ask->token)
        buf_printf(&out, "Authorization: Bearer %s\r\n", ask->token);
    if (ask->body.ptr)
        buf_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", ask->body.len);
    buf_puts(&out, "\r\n");
    buf_str(&out, ask->body);
    if (!out.failed && !send_all(fd, buf_view(&out)))
        status = receive(fd, ask->to, &in);
    close(fd);
    *body = buf_view(&in);
    return status;
}

#include "http/linger.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { LINGER_US = 2000000, LINGER_BYTES = 4 * 1024 * 1024 };

static bool has_port(int fd, int (*ask)(int, struct sockaddr *, socklen_t *), int port, const char *address)
{
    struct sockaddr_in in = {0};
    socklen_t len = sizeof in;
    char text[INET_ADDRSTRLEN];
    if (ask(fd, (struct sockaddr *)&in, &len) || in.sin_family != AF_INET || ntohs(in.sin_port) != port)
        return false;
    return !address || (inet_ntop(AF_INET, &in.sin_addr, text, sizeof text) && !strcmp(text, address));
}

int linger_find(const char *address, int port, int own_port, int limit)
{
    for (int fd = 3; fd < limit; fd++)
        if (has_port(fd, getpeername, port, address) && has_port(fd, getsockname, own_port, NULL))
            return fd;
    return -1;
}

void linger_drain(int fd)
{
    char dropped[8192];
    ptrdiff_t total = 0;
    int64_t left, end = clock_monotonic_us() + LINGER_US;
    shutdown(fd, SHUT_WR);
    while (total < LINGER_BYTES && (left = end - clock_monotonic_us()) > 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
            return;
        ssize_t n = recv(fd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return;
        total += n > 0 ? n : 0;
    }
}

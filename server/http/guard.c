#include "http/guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/clock.h"

#define EXPORTED __attribute__((visibility("default")))

enum { LINGER_US = 2000000, LINGER_BYTES = 64 * 1024 * 1024, STOP_LOOK_MS = 200 };

static _Thread_local int64_t deadline_us;
static _Thread_local int socket_fd = -1, wake_fd = -1;
static _Thread_local const char *first_read;

/* dlsym() gives an object pointer; POSIX says that it may be a function's. */
static void find(void *to, const char *name)
{
    *(void **)to = dlsym(RTLD_NEXT, name);
}

EXPORTED int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    int (*real)(pthread_attr_t *, size_t);
    find(&real, "pthread_attr_setstacksize");
    return real(attr, size < GUARD_STACK ? GUARD_STACK : size);
}

/* Found before main(), so that no thread looks for them. */
static int (*real_poll)(struct pollfd *, nfds_t, int);
static ssize_t (*real_recv)(int, void *, size_t, int);

__attribute__((constructor)) static void find_both(void)
{
    find(&real_poll, "poll");
    find(&real_recv, "recv");
}

static int poll_or_wake(struct pollfd *one, int timeout_ms)
{
    struct pollfd both[2] = {*one, {.fd = wake_fd, .events = POLLIN}};
    int found = real_poll(both, 2, timeout_ms);
    one->revents = both[0].revents;
    /* Who stops the threads wakes them first and tells civetweb then: thousands that asked again at once
     * would not let it come to that. */
    if (found > 0 && !one->revents)
        real_poll(NULL, 0, STOP_LOOK_MS);
    return found < 0 ? found : one->revents != 0;
}

/* Civetweb polls before each recv(). The name is another one here: libc's header says of its poll() that it
 * does not read what it is given. */
EXPORTED int guarded_poll(struct pollfd *fds, nfds_t n, int timeout_ms) __asm__("poll");

int guarded_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    if (n == 1)
        socket_fd = fds[0].fd;
    if (deadline_us) {
        int64_t left_ms = (deadline_us - clock_monotonic_us() + 999) / 1000;
        if (left_ms <= 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        if (timeout_ms < 0 || timeout_ms > left_ms)
            timeout_ms = (int)left_ms;
    }
    return n == 1 && wake_fd >= 0 ? poll_or_wake(fds, timeout_ms) : real_poll(fds, n, timeout_ms);
}

EXPORTED ssize_t guarded_recv(int fd, void *to, size_t size, int flags) __asm__("recv");

ssize_t guarded_recv(int fd, void *to, size_t size, int flags)
{
    if (!first_read)
        first_read = to;
    return real_recv(fd, to, size, flags);
}

const char *guard_first_read(void)
{
    return first_read;
}

size_t guard_stack(void)
{
    pthread_attr_t attr;
    void *low;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attr))
        return 0;
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
    return size;
}

void guard_deadline(int64_t us)
{
    deadline_us = us;
}

void guard_wake_on(int fd)
{
    wake_fd = fd;
}

bool guard_reader_gone(void)
{
    struct pollfd p = {.fd = socket_fd, .events = POLLRDHUP};
    return socket_fd >= 0 && real_poll(&p, 1, 0) > 0;
}

void guard_linger(void)
{
    char dropped[8192];
    int64_t total = 0, left, end = clock_monotonic_us() + LINGER_US;
    int fd = socket_fd;
    if (fd < 0)
        return;
    shutdown(fd, SHUT_WR);
    while (total < LINGER_BYTES && (left = end - clock_monotonic_us()) > 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (real_poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
            return;
        ssize_t n = real_recv(fd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return;
        total += n > 0 ? n : 0;
    }
}

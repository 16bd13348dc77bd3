/* A remembered answer takes no memory: what a phone asks for at nine, with a thousand others, is sent from
 * where it lies. Asked over a real connection; the sanitizer tells of each allocation in the process. */
#include "harness/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/listener.h"

/* Of the sanitizers' runtime; GCC has no header for it. */
extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                                     void (*on_free)(const volatile void *));

enum { TIMES = 200, THREADS = 4 };

static atomic_bool counts;
static atomic_int allocations;

static void on_malloc(const volatile void *ptr, size_t size)
{
    (void)ptr, (void)size;
    if (atomic_load(&counts))
        atomic_fetch_add(&allocations, 1);
}

static void on_free(const volatile void *ptr)
{
    (void)ptr;
}

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends the request and reads its whole answer into `got`, which is terminated. */
static void ask(int fd, const char *request, char *got, size_t size)
{
    size_t n = 0, want = size - 1;
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    while (n < want) {
        ssize_t more = read(fd, got + n, want - n);
        assert_true(more > 0);
        n += (size_t)more;
        got[n] = '\0';
        char *body = strstr(got, "\r\n\r\n"), *len = strstr(got, "Content-Length: ");
        if (body && want == size - 1)
            want = (size_t)(body + 4 - got) + (len && len < body ? strtoul(len + 16, NULL, 10) : 0);
    }
    got[n] = '\0';
}

static int allocations_of(int fd, const char *request, const char *status)
{
    static char got[256 * 1024];
    for (int i = 0; i < 3; i++)
        ask(fd, request, got, sizeof got);
    assert_non_null(strstr(got, status));
    atomic_store(&allocations, 0);
    atomic_store(&counts, true);
    for (int i = 0; i < TIMES; i++)
        ask(fd, request, got, sizeof got);
    atomic_store(&counts, false);
    return atomic_load(&allocations);
}

static const char *tag_of(int fd, const char *request)
{
    static char got[256 * 1024];
    ask(fd, request, got, sizeof got);
    char *tag = strstr(got, "ETag: ");
    assert_non_null(tag);
    tag[strcspn(tag, "\r")] = '\0';
    return tag + 6;
}

/* Civetweb takes memory once for each request, whatever is asked. */
static void a_hit_takes_no_memory(void **state)
{
    static const char *const paths[] = {"/sessions", "/attendees", "/sync/pull"};
    struct harness *h = *state;
    char why[DB_WHY] = "", plain[2048], other[2300];
    struct listener *l = listener_start(h->house, "127.0.0.1:0", THREADS, false, why);
    if (!l)
        fail_msg("%s", why);
    int fd = connect_to(listener_port(l));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int n = snprintf(plain, sizeof plain,
                         "GET " E "%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n", paths[i],
                         h->tokens[AS_MEMBER]);
        assert_in_range(allocations_of(fd, plain, "HTTP/1.1 200"), 0, TIMES + TIMES / 10);
        snprintf(other, sizeof other, "%.*sAccept-Encoding: gzip\r\n\r\n", n - 2, plain);
        assert_in_range(allocations_of(fd, other, "Content-Encoding: gzip"), 0, TIMES + TIMES / 10);
        snprintf(other, sizeof other, "%.*sIf-None-Match: %s\r\n\r\n", n - 2, plain, tag_of(fd, plain));
        assert_in_range(allocations_of(fd, other, "HTTP/1.1 304"), 0, TIMES + TIMES / 10);
    }
    close(fd);
    atomic_store(&h->house->draining, true);
    listener_stop(&l, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(a_hit_takes_no_memory), {0}};
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    return harness_run(&(struct suite){"hit", {0}, tests});
}

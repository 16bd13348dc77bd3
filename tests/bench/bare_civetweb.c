/* bare_civetweb.c - the floor under the server: the HTTP library alone, with a handler that does nothing.
 *
 *     bare_civetweb PORT THREADS
 *
 * Answers every request at once with the head of a 304 and reads nothing of it. What it costs is what one
 * thread a connection and the library's own reading of a head cost, before the first line of the server runs.
 */
#include <civetweb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char head[] = "HTTP/1.1 304 Not Modified\r\nDate: Tue, 01 Dec 2015 17:00:00 GMT\r\n"
                           "ETag: \"yuZpQdnvvUBOTYh1jqZ2cA\"\r\nCache-Control: private, no-cache\r\n"
                           "Vary: Accept-Encoding, Authorization\r\nX-Request-Id: 0123456789abcdef\r\n"
                           "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                           "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
                           "Connection: keep-alive\r\n\r\n";

static int answer(struct mg_connection *conn)
{
    mg_write(conn, head, sizeof head - 1);
    return 304;
}

int main(int argc, char **argv)
{
    const char *options[] = {"listening_ports",
                             argc == 3 ? argv[1] : "",
                             "num_threads",
                             argc == 3 ? argv[2] : "",
                             "enable_keep_alive",
                             "yes",
                             "keep_alive_timeout_ms",
                             "30000",
                             "tcp_nodelay",
                             "1",
                             NULL};
    struct mg_callbacks callbacks = {.begin_request = answer};
    sigset_t stop;
    int caught;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    mg_init_library(0);
    if (argc != 3 || !mg_start(&callbacks, NULL, options))
        return 1;
    sigwait(&stop, &caught);
    _exit(0);
}

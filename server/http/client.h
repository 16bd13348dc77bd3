/* client.h - one HTTP request to the server on this machine: for healthcheck and the command line.
 *
 * Loopback, no TLS, one answer, then the connection ends. Threads: safe. Tests: tests/smoke/export_test.mjs
 */
#ifndef CONVENED_HTTP_CLIENT_H
#define CONVENED_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/text.h"

struct sink;

struct client_ask {
    const char *method, *target;
    const char *token; /* NULL: none */
    struct str body;   /* JSON; absent: none */
    struct sink *to;   /* where the body of a 200 goes, piece by piece; NULL: into memory, at most 64 MiB */
};

/* The status, or -1: no answer, nothing more for 10 s, a body whose end did not come, or which `to` did not
 * take. `body` is the reply's, in the arena, where it did not go to `to`. */
int client_call(const char *address, const struct client_ask *ask, struct arena *arena, struct str *body);

#endif

/* client.h - one HTTP request to the server on this machine: for healthcheck and the command line.
 *
 * Loopback, no TLS, one answer, then the connection ends. Threads: safe. Tests: tests/smoke/
 */
#ifndef CONVENED_HTTP_CLIENT_H
#define CONVENED_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/text.h"

/* The status, or -1 when there is no answer within 10 s. `body` is the reply's, in the arena. */
int client_call(const char *address, const char *method, const char *target, const char *token,
                struct str send, struct arena *arena, struct str *body);

#endif

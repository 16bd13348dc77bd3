/* identity.h - who asks: verifies an access token once and remembers it until it expires or something is
 * revoked.
 *
 * Revocation is a counter (trust.md): whoever ends a device, changes a role or rotates a code calls
 * identity_revoked() after the commit; from then on every remembered token is checked against the database
 * again before it is believed. The database is the truth about role and team; the token only names the
 * device.
 *
 * Threads: safe. Tests: tests/api/auth_test.c
 */
#ifndef CONVENED_HTTP_IDENTITY_H
#define CONVENED_HTTP_IDENTITY_H

#include "http/request.h"

struct hub;
struct identity;

extern const char *const identity_sql[];

struct identity *identity_create(struct hub *hub); /* streams look up when something is revoked */
void identity_destroy(struct identity *identity);  /* NULL-safe */

/* Fills rq->who from the Authorization header. ERR_UNAUTHORIZED with a WWW-Authenticate header (RFC 6750). */
enum err identity_check(struct request *rq);
void identity_revoked(struct identity *identity);

#endif

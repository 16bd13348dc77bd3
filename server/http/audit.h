/* audit.h - who saw or took out what, when: append-only, hash-chained, never the content.
 *
 *   hash(n) = SHA-256(hash(n-1), row n)          seal(n) = HMAC(key in data/secrets, hash(n))
 *   audit_head: the last number and its hash, under a seal of their own
 *
 * The chain shows a row that was changed, dropped or moved to anyone who has the database, a restored copy
 * without secrets included. The seals show what the chain cannot: that all of it, or its end, was written
 * anew by somebody who had only the database. A restored copy gets new secrets; the server then adds a row,
 * `restored`, that says up to where the seals are of another key.
 *
 * What is recorded: a route with ROUTE_AUDITED or ROUTE_PEOPLE, answered to staff, an organizer or the admin;
 * cached replies, 304 and HEAD alike, committed before the answer goes out. So are lists of people, one
 * person's contact data, codes, exports, and what takes something away: redactions, rotations, purges. What
 * teams wrote, read on a screen, is not: it names nobody; taken out as a file, it is. Scope holds the path's
 * ids, the names of the filters (their values only when they are ids or numbers) and how many people it was.
 *
 * Nothing deletes rows, not even retention: they hold ids, which then lead to nobody, and reasons as given.
 * Tables: audit, audit_head. Threads: any; audit_append() on the writer. Tests: tests/api/audit_test.c
 */
#ifndef CONVENED_HTTP_AUDIT_H
#define CONVENED_HTTP_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

struct house;
struct keys;
struct request;

extern const char *const audit_sql[];

struct audit_row {
    struct str event, participant; /* absent: of no event; the command line, or the server itself */
    const char *role;
    struct str action, scope, reason; /* reason: absent for none */
    int64_t at;                       /* ms UTC */
};

/* Adds a row inside a write transaction. */
enum err audit_append(struct conn *c, const struct keys *keys, const struct audit_row *row);

/* For dispatch(): adds the request's row, when it is to have one, to the write that is under way (rq->conn).
 */
enum err audit_write(struct request *rq);
/* The same for what was read, in a write of its own: durable when this returns ERR_OK. */
enum err audit_answer(struct request *rq);

/* At the start: marks where another key's seals end. 0, or -1 when it cannot be written. */
int audit_open(struct house *house);

struct audit_state {
    int64_t rows;      /* looked at */
    int64_t elsewhere; /* the first so many are sealed by another key, as their `restored` row says */
};

/* Checks the chain in a database file, and the seals when `keys` is given. The number of problems, each (the
 * first broken link) handed to `say`; -1 when it cannot be read. */
int audit_verify(const char *path, const struct keys *keys, void (*say)(void *, const char *), void *arg,
                 struct audit_state *state);

#endif

/* hub.h - the newest change of each scope, in memory, and who waits for one.
 *
 *   writer, after a commit ──► hub_changed(scope, seq) ──► wakes the waiters of that scope, and no other
 *
 * What a poll needs to know ("anything new for me?") is here without the database. A waiter that is already
 * awake is not woken again, so a burst of commits costs each stream one event.
 *
 * Threads: safe. Tests: tests/unit/hub_test.c, tests/smoke/stream_test.mjs
 */
#ifndef CONVENED_HTTP_HUB_H
#define CONVENED_HTTP_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { SCOPE_TEXT = 64, SCOPES_MAX = 4 };

struct hub;

/* The scopes of a person: see audience.h. */
struct scopes {
    int n;
    char names[SCOPES_MAX][SCOPE_TEXT];
};

struct waiter; /* one stream */

struct hub *hub_create(void);
/* The database's sequence at the start: every scope may have changed up to there. Before requests. */
void hub_begin(struct hub *hub, int64_t seq);
void hub_destroy(struct hub *hub); /* NULL-safe */

/* A commit touched this scope; `seq` is its newest number there. Memory running out costs precision, never a
 * wake-up. */
void hub_changed(struct hub *hub, struct str scope, int64_t seq);
/* Something that is not stored changed for this scope: its waiters look up. */
void hub_poke(struct hub *hub, struct str scope);
/* Newest seq over the scopes: nothing after it is visible to them. */
int64_t hub_newest(struct hub *hub, const struct scopes *scopes);

/* At most `limit` waiters: NULL above that, or when memory is out. */
struct waiter *hub_enter(struct hub *hub, const struct scopes *scopes, int limit);
void hub_leave(struct hub *hub, struct waiter *waiter);
/* Waits until a change in the scopes, hub_wake_all(), or `timeout_ms`: true when there was one of the first
 * two. */
bool hub_wait(struct waiter *waiter, int timeout_ms);
/* Everybody looks up: something was revoked, or the server stops. */
void hub_wake_all(struct hub *hub);
int hub_waiting(struct hub *hub);

#endif

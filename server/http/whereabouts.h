/* whereabouts.h - which part of a worksheet each person is in, in memory only, for half a minute.
 *
 * Never stored, never logged, never leaves the team. A restart forgets it. Bounded: WHEREABOUTS_MAX people in
 * all, the oldest entry gives way. Threads: safe. Tests: tests/unit/whereabouts_test.c,
 * tests/api/presence_test.c
 */
#ifndef CONVENED_HTTP_WHEREABOUTS_H
#define CONVENED_HTTP_WHEREABOUTS_H

#include "base/text.h"

enum { WHEREABOUTS_MAX = 4096, WHEREABOUTS_TTL_MS = 30000 };

struct whereabouts;

struct whereabouts *whereabouts_create(void);
void whereabouts_destroy(struct whereabouts *w); /* NULL-safe */

/* `part` absent: the person has left. True when this is news to others (not a mere "still here"). */
bool whereabouts_put(struct whereabouts *w, struct str thing, struct str person, struct str part);
/* Calls say() for everyone who is in `thing`, under the lock: it must be quick. */
void whereabouts_each(struct whereabouts *w, struct str thing,
                      void (*say)(void *arg, struct str person, struct str part), void *arg);

#endif

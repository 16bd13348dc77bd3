/* ticker.h - what falls due by the clock, when nobody asks: announcements dated ahead, consents that expire.
 *
 *   every second ──► each feature's `due` statements (http/route.h), in one write ──► feed triggers ──►
 * phones └──► its revision ──► replies in memory
 *
 * A due statement is an UPDATE or DELETE over all events of the rows that are due at :now, which leaves them
 * so that they are not due any more. So a turn without work finds nothing by an index and writes nothing;
 * what fell due while the server was down is found by the first turn; and a clock that is put right, forward
 * or back, leaves nothing behind. The statements of a feature run in order and stand or fall together.
 *
 * The thread waits by the monotonic clock. Threads: ticker_tick() on any. Tests: tests/api/ticker_test.c
 */
#ifndef CONVENED_HTTP_TICKER_H
#define CONVENED_HTTP_TICKER_H

#include <stdint.h>

#include "base/error.h"

struct house;
struct ticker;

/* One turn as of `now` (ms UTC): what was due is durable and announced when it returns. The first fault of
 * any feature; the others' statements have run all the same. */
enum err ticker_tick(struct house *house, int64_t now);

/* A thread that takes a turn at once and then every second. NULL when it cannot start. The house outlives it.
 */
struct ticker *ticker_start(struct house *house);
void ticker_stop(struct ticker *ticker); /* NULL-safe; after the turn under way */

#endif

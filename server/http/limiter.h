/* limiter.h - limits on guessing: failures in a minute, counted by what is attacked and never by address.
 *
 * Everyone in a hotel has one address, so an address is no one. What is counted is wrong codes against one
 * event, wrong passwords against one account; right ones cost nothing, however many. Threads: safe. Tests:
 * tests/unit/limiter_test.c
 */
#ifndef CONVENED_HTTP_LIMITER_H
#define CONVENED_HTTP_LIMITER_H

#include <stdint.h>

#include "base/text.h"

struct limiter;

enum { LIMITER_FAILURES = 10, LIMITER_WINDOW_S = 60 };

struct limiter *limiter_create(void);
void limiter_destroy(struct limiter *limiter); /* NULL-safe */

/* Seconds until another attempt on `what` is allowed: 0 means now. */
int limiter_wait(struct limiter *limiter, struct str what);
void limiter_failed(struct limiter *limiter, struct str what);

/* For attempts that take long to judge: counts one as failed before it is, or gives the seconds to wait. So
 * attempts that run side by side are counted, too. limiter_forgive() takes one back that was right. */
int limiter_take(struct limiter *limiter, struct str what);
void limiter_forgive(struct limiter *limiter, struct str what);

#endif

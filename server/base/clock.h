/* clock.h - the two clocks and RFC 3339 times.
 *
 * Times in the database are milliseconds since the Unix epoch, UTC; times in the API are RFC 3339 with an
 * offset. Deadlines use the monotonic clock, which no change of date can move.
 * Threads: safe. Tests: tests/unit/clock_test.c, tests/fuzz/time_fuzz.c
 */
#ifndef CONVENED_BASE_CLOCK_H
#define CONVENED_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <time.h>

#include "base/text.h"

struct zone; /* base/zone.h */

int64_t clock_now_ms(void);       /* wall clock, ms UTC */
int64_t clock_monotonic_us(void); /* microseconds, never goes back */
struct timespec
clock_monotonic_in(int64_t ms); /* the moment in `ms` from now, as pthread_cond_timedwait() takes it */

/* Parses an RFC 3339 date-time (`2015-12-01T09:00:00-08:00`, fraction optional, `Z` allowed) to ms UTC.
 * Years 1970 to 9999; false for anything else, a missing offset and impossible dates included. */
bool clock_parse(struct str s, int64_t *ms);

/* Parses `YYYY-MM-DD` to days since 1970-01-01. */
bool clock_parse_date(struct str s, int64_t *days);

enum { CLOCK_TEXT = 36 };
/* Writes `ms` as RFC 3339 in the zone's offset at that instant (NULL: `Z`); milliseconds only when not 0.
 * Returns the length without the NUL. */
int clock_format(char out[CLOCK_TEXT], int64_t ms, const struct zone *zone);

/* Civil date of a day number and back (proleptic Gregorian; Hinnant's days_from_civil). */
void clock_civil(int64_t days, int *year, int *month, int *day);
int64_t clock_days(int year, int month, int day);

#endif

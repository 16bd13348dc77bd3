/* zone.h - IANA time zones, read from the system's TZif files (RFC 9636).
 *
 * libc's localtime() knows one zone a process; a server holds events in several, so it reads the compiled
 * zone files itself: /usr/share/zoneinfo (package tzdata), or $TZDIR.
 * Threads: a zone is immutable once loaded. Tests: tests/unit/zone_test.c
 */
#ifndef CONVENED_BASE_ZONE_H
#define CONVENED_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

struct zone;

/* Loads `name` (`America/Los_Angeles`; letters, digits, `_+-/`, at most 64 bytes, no `..`). NULL when the
 * name is not a zone or the file is damaged. Owned by the caller: zone_destroy(). */
struct zone *zone_create(const char *name);
void zone_destroy(struct zone *zone); /* NULL-safe */

const char *zone_name(const struct zone *zone);

/* Seconds east of UTC at `ms` (UTC); after the last transition the file's POSIX TZ footer rules. */
int zone_offset(const struct zone *zone, int64_t ms);

/* The first instant (ms UTC) after `ms` from which another offset holds; INT64_MAX when none will. */
int64_t zone_next(const struct zone *zone, int64_t ms);

/* The UTC instant (ms) of a local wall-clock time (ms as if UTC). A time that a change of clocks skips reads
 * with the offset before the change; a time that occurs twice is the first. */
int64_t zone_to_utc(const struct zone *zone, int64_t local_ms);

#endif

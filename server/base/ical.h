/* ical.h - content lines of iCalendar (RFC 5545), whatever the text in them.
 *
 * Lines end in CRLF and are folded at 75 octets, never inside a character. Text is escaped; control bytes are
 * left out, and bytes that are not UTF-8 become U+FFFD, so that no text can end its line.
 * Threads: plain data. Tests: tests/unit/ical_test.c, tests/fuzz/ical_fuzz.c
 */
#ifndef CONVENED_BASE_ICAL_H
#define CONVENED_BASE_ICAL_H

#include <stdint.h>

#include "base/text.h"

struct zone;

enum { ICAL_LINE = 75 }; /* octets, without the CRLF */

/* `name:value`; `name` with its parameters, the value as it stands. */
void ical_line(struct buf *out, const char *name, const char *value);
/* `name:text`, escaped. Line breaks of every kind become `\n`. */
void ical_text(struct buf *out, const char *name, struct str text);
/* `name:20151201T170000Z` */
void ical_time(struct buf *out, const char *name, int64_t ms);
/* `name;TZID=America/Los_Angeles:20151201T090000`, in the zone that ical_zone() defined. */
void ical_local(struct buf *out, const char *name, int64_t ms, const struct zone *zone);

/* The VTIMEZONE: what holds at `from` and each change of clocks until `to` (ms UTC). */
void ical_zone(struct buf *out, const struct zone *zone, int64_t from, int64_t to);

#endif

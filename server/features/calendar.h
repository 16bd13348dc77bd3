/* calendar.h - the agenda as iCalendar (RFC 5545, RFC 7986), for the calendars that people have already.
 *
 * UID is the session's id; SEQUENCE, DTSTAMP and LAST-MODIFIED are the row's revision and time, and move with
 * it alone: a calendar that asks again finds the same bytes. What was cancelled stays, and says so.
 * Tables: none of its own; see agenda.h. Spec tag: calendar. Memory: the request's. Threads: any.
 * Tests: tests/api/calendar_test.c, tests/smoke/formats_test.mjs
 */
#ifndef CONVENED_FEATURES_CALENDAR_H
#define CONVENED_FEATURES_CALENDAR_H

#include "http/request.h"

extern const struct feature feature_calendar;

/* GET …/calendar.ics */
enum err calendar_get(struct request *rq);

#endif

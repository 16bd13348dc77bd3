/* attendance.h - who was present at a session, in minutes.
 *
 *   in 9:05 ─ in 9:10 ─ out 9:50 ─ in 10:20 ……… session ends 10:30      45 + 10 = 55 minutes
 *
 * Presence runs from an `in` to the next entry; two in a row are one stay. An `in` without an `out` lasts to
 * the session's end, and nothing before its start or after its end counts. What was undone does not count. A
 * session at which nobody was entered is counted by the event's door, as where a class signs in once in the
 * morning; not so when another session ran beside it, for then the door does not say who was where.
 *
 * Tables: none written; reads check_ins, sessions, attendees. Spec tag: check-ins. Memory: the request's.
 * Threads: any. Tests: tests/api/attendance_test.c
 */
#ifndef CONVENED_FEATURES_ATTENDANCE_H
#define CONVENED_FEATURES_ATTENDANCE_H

#include "features/entries.h"

extern const struct feature feature_attendance;

#define ATTENDANCE_BESIDE                                                                                    \
    "SELECT 1 FROM sessions o WHERE o.event_id = s.event_id AND o.id <> s.id AND o.status <> 'draft'"        \
    " AND o.status <> 'cancelled' AND o.starts_at < s.ends_at AND o.ends_at > s.starts_at"

/* The head of a statement: gives it `attended` (session_id, attendee_id, minutes, first_in, last_out) of the
 * sessions `s` that are `which`, and the entries `c` of `who`. */
#define ATTENDANCE(which, who)                                                                               \
    "WITH wanted AS (SELECT s.id, s.starts_at, s.ends_at, CASE"                                              \
    " WHEN EXISTS (SELECT 1 FROM check_ins c WHERE c.event_id = :event AND c.place = s.id AND " ENTRY_COUNTS \
    ") THEN s.id WHEN EXISTS (" ATTENDANCE_BESIDE ") THEN NULL ELSE '' END AS place"                         \
    " FROM sessions s WHERE s.event_id = :event AND " which "),"                                             \
    " entered AS (SELECT w.id AS session_id, w.starts_at, w.ends_at, c.attendee_id, c.direction, c.at,"      \
    " lead(c.at) OVER (PARTITION BY w.id, c.attendee_id ORDER BY c.at, c.direction, c.id) AS next_at"        \
    " FROM wanted w JOIN check_ins c ON c.event_id = :event AND c.place = w.place"                           \
    " WHERE " who " AND " ENTRY_COUNTS "),"                                                                  \
    " spans AS (SELECT session_id, attendee_id, direction, at,"                                              \
    " CASE WHEN at < starts_at THEN starts_at ELSE at END AS from_at,"                                       \
    " CASE WHEN next_at IS NULL OR next_at > ends_at THEN ends_at ELSE next_at END AS to_at FROM entered),"  \
    " attended AS (SELECT session_id, attendee_id,"                                                          \
    " sum(CASE WHEN direction = 'in' AND to_at > from_at THEN to_at - from_at ELSE 0 END) / 60000"           \
    " AS minutes, min(CASE WHEN direction = 'in' THEN at END) AS first_in,"                                  \
    " max(CASE WHEN direction = 'out' THEN at END) AS last_out FROM spans"                                   \
    " GROUP BY session_id, attendee_id) "

#endif

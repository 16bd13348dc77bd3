/* session_shift.h - moves a block of the agenda by some minutes: the morning runs late, and what follows
 * follows.
 *
 * All or nothing, as instants: over a change of clocks, too, an hour is an hour. Drafts move with the others
 * and stay drafts; what was cancelled stays where it was. Each move of what people see is a typed change
 * (session_changes.h).
 * Tables: sessions, session_changes. Spec tag: sessions. Memory: the request's. Threads: any.
 * Tests: tests/api/session_shift_test.c
 */
#ifndef CONVENED_FEATURES_SESSION_SHIFT_H
#define CONVENED_FEATURES_SESSION_SHIFT_H

#include "http/request.h"

/* POST …/sessions/shift */
enum err session_shift(struct request *rq);

extern const char *const session_shift_sql[];

#endif

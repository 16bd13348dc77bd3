/* sessions.h - the agenda: what happens when, where, with whom. (A login is a token; a unit of code is a
 * feature.)
 *
 *   draft ──publish──► scheduled ──time or room changes──► moved
 *     ▲                    └────────────► cancelled ◄────────┘        an organizer may set any status by hand
 *
 * Organizers see drafts, nobody else does. What changes after publishing is kept in session_changes.h.
 * Tables: sessions, session_speakers; reads rooms, tracks, speakers. Spec tag: sessions.
 * Memory: the request's. Threads: any. Tests: tests/api/sessions_test.c
 */
#ifndef CONVENED_FEATURES_SESSIONS_H
#define CONVENED_FEATURES_SESSIONS_H

#include "features/collection.h"

extern const struct feature feature_sessions;
extern const struct collection sessions_collection;

/* Fails with the sentence that names what has the room, and when. */
enum err session_room_taken(struct request *rq, struct str title, int64_t starts_at, int64_t ends_at);
/* Writes the session of that id as the API gives it. */
void session_json(struct request *rq, struct str id, struct buf *out);

#endif

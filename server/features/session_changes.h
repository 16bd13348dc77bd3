/* session_changes.h - what moved in the agenda after it was published: phones ask for it to show what is new.
 *
 * A change is typed (time, room, cancelled, new) and holds the old and the new facts as the API writes them,
 * so it stays readable after the session itself is gone. Drafts leave no trace here. Times of changes never
 * repeat and never go back within an event, so `since` the last one seen misses nothing, even when a clock is
 * set back.
 *
 * Tables: session_changes; reads sessions. Spec tag: sessions. Memory: the request's. Threads: any.
 * Tests: tests/api/sessions_test.c
 */
#ifndef CONVENED_FEATURES_SESSION_CHANGES_H
#define CONVENED_FEATURES_SESSION_CHANGES_H

#include "http/request.h"

struct session_facts {
    bool there; /* false: not yet, or no more */
    int64_t starts_at, ends_at;
    struct str room_id, status;
};

/* The facts of a session as they stand now; not `there` when the event has no such session. */
struct session_facts session_facts_read(struct request *rq, struct str id);
/* Do people see it as taking place? Drafts and cancelled sessions do not. */
bool session_is_live(const struct session_facts *f);
bool session_same_place(const struct session_facts *a, const struct session_facts *b); /* in time and room */

/* Records what `before` → `after` means to readers, in the current write transaction. `published`: the
 * event's agenda was public before, so that one more session is news. */
void session_changes_record(struct request *rq, struct str id, const struct session_facts *before,
                            const struct session_facts *after, bool published);

/* Takes every session out of this room, and records that of those that readers expect there. */
void session_changes_room_goes(struct request *rq, struct str room);

/* GET …/sessions/changes */
enum err session_changes_list(struct request *rq);

/* Its SQL, and what phones keep of it: its route is one of sessions.c. */
extern const struct feature feature_session_changes;

#endif

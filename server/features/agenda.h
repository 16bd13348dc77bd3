/* agenda.h - the published agenda of the request's event, whole and in memory, as calendar, schedule and page
 * write it.
 *
 * Drafts are not in it, for nobody. Sessions stand in order of time, then of rooms.
 * Tables: reads events, sessions, rooms, tracks, speakers, session_speakers, bookmarks. Memory: the
 * request's. Threads: any. Tests: tests/api/calendar_test.c, tests/api/schedule_test.c
 */
#ifndef CONVENED_FEATURES_AGENDA_H
#define CONVENED_FEATURES_AGENDA_H

#include "http/request.h"

struct agenda_speaker {
    struct str id, name;
};

struct agenda_session {
    struct str id, title, abstract, kind, status, room, track; /* names; absent where there is none */
    int64_t starts_at, ends_at, updated_at, revision, number;
    const struct agenda_speaker *speakers;
    size_t n_speakers;
};

struct agenda {
    struct str id, slug, name, kind, venue, host, motto, hashtag, description;
    int64_t starts_at, ends_at; /* of the event */
    const struct agenda_session *sessions;
    size_t n;
};

/* `own`: only what the asker has bookmarked. */
enum err agenda_read(struct request *rq, bool own, struct agenda *out);

extern const char *const agenda_sql[];

/* What the replies of features that call agenda_read() follow from, for their `reads`. */
#define AGENDA_READS "events sessions rooms tracks speakers"

#endif

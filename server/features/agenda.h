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

/* The room of a session without one, where a format wants a room; read back, it is none. */
#define AGENDA_NO_ROOM "Room to be announced"

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
    bool public;                /* its page is for everyone */
    const struct agenda_session *sessions;
    size_t n;
};

enum agenda_part {
    AGENDA_ALL,  /* with what was cancelled */
    AGENDA_LIVE, /* what takes place */
    AGENDA_OWN   /* of all, what the asker has bookmarked */
};

enum err agenda_read(struct request *rq, enum agenda_part part, struct agenda *out);

/* What begins on one day of the event's zone: sessions[first] and the n - 1 after it. */
struct agenda_day {
    int64_t date; /* days since 1970-01-01 */
    size_t first, n;
    int64_t starts_at, ends_at; /* from the first beginning to the last end */
};

/* The day of sessions[from]; false when there is none. The next one begins at first + n. */
bool agenda_day(const struct agenda *agenda, const struct zone *zone, size_t from, struct agenda_day *day);
bool agenda_same_room(const struct agenda_session *a, const struct agenda_session *b);
/* Is sessions[i] the first of its day in its room? */
bool agenda_opens_room(const struct agenda *agenda, const struct agenda_day *day, size_t i);
/* The day of the zone that `ms` is in, since 1970-01-01, and its milliseconds by the clocks there. */
int64_t agenda_date(const struct zone *zone, int64_t ms, int64_t *of_day);

extern const char *const agenda_sql[];

/* What the replies of features that call agenda_read() follow from, for their `reads`. */
#define AGENDA_READS "events sessions rooms tracks speakers"

#endif

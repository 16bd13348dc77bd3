/* incoming.h - what a file says of an agenda, in whatever format: CSV, Sessionize's JSON, schedule.xml.
 *
 * A reader turns the file into sessions whose values are good by the fields of sessions.c, and into faults.
 * Rooms, tracks and speakers are names here; sessions_import.c finds or makes them. A reader needs the
 * import's arena and nothing else of the request. Memory: that arena's. Threads: plain data. Tests:
 * tests/api/sessions_import_test.c, tests/fuzz/sessionize_fuzz.c, tests/fuzz/schedule_fuzz.c
 */
#ifndef CONVENED_FEATURES_INCOMING_H
#define CONVENED_FEATURES_INCOMING_H

#include "features/import.h"

struct zone;
struct named_place;
struct known_session;

struct incoming_speaker {
    struct incoming_speaker *next;
    struct str origin; /* the format's name of the person; absent: known by name alone */
    struct str name, title, bio;
    struct incoming_speaker *same; /* the first in the file who is the same person: where the rest stands */
    struct str id;                 /* of the row; absent: to be made */
    bool changes;
};

struct incoming_session {
    struct incoming_session *next;
    int number, line; /* of the row, or the place in the array */
    struct str origin;
    struct str guid; /* may be the id of a session of ours; absent: none */
    struct str title, abstract, kind, status, room, track;
    int64_t starts_at, ends_at;
    struct incoming_speaker **speakers;
    size_t n_speakers;
    bool faulty;
    /* of the plan: */
    struct named_place *in_room, *in_track;
    struct known_session *known; /* the session that it is already */
    bool changes;
};

/* What a format, or a table's header, speaks of: the rest stays as it is. */
enum {
    INCOMING_ABSTRACT = 1,
    INCOMING_KIND = 2,
    INCOMING_ROOM = 4,
    INCOMING_TRACK = 8,
    INCOMING_SPEAKERS = 16,
    INCOMING_BIOS = 32
};

struct incoming {
    struct import *im;
    const struct zone *zone; /* of times without an offset; NULL: UTC */
    unsigned gives;
    struct incoming_session *first, **end;
    struct incoming_speaker *speakers; /* newest first */
    int skipped;                       /* sessions that have no time yet, or were declined */
};

enum {
    INCOMING_BYTES = 8 * 1024 * 1024,
    INCOMING_VALUES = 200000, /* of JSON, as body_values() counts them */
    INCOMING_SPEAKERS_MAX = 100
};

void incoming_init(struct incoming *a, struct import *im, const struct zone *zone);

/* The readers. False when memory is out. */
bool incoming_read_csv(struct incoming *a);
bool incoming_read_sessionize(struct incoming *a);
bool incoming_read_schedule(struct incoming *a);

/* --- for the readers --- */

struct incoming_session *incoming_add(struct incoming *a, int line); /* NULL when memory is out */
struct incoming_speaker *incoming_add_speaker(struct incoming *a, struct str origin, struct str name);
/* Checks a speaker of the array `speakers` in the file, at `index`. */
void incoming_check_speaker(struct incoming *a, int index, struct incoming_speaker *p);
/* Notes a fault of the session. */
void incoming_fault(struct incoming *a, struct incoming_session *s, const char *column, const char *detail);
/* The cell by the rules of that field of a session, into *out; `column` is its name in the file. */
void incoming_text(struct incoming *a, struct incoming_session *s, const char *field, const char *column,
                   struct str cell, struct str *out);
/* The name of a room, track or speaker: one line of at most 200 characters. */
void incoming_name(struct incoming *a, struct incoming_session *s, const char *column, struct str cell,
                   struct str *out);
/* A word of `kind`, however it is typed; `other` when it is none and `lenient`. */
void incoming_kind(struct incoming *a, struct incoming_session *s, struct str cell, bool lenient);
/* RFC 3339, or a local time `YYYY-MM-DD HH:MM[:SS]` (T may stand between) in the agenda's zone. A local time
 * that a change of clocks skips is a fault; one that occurs twice is the first. */
bool incoming_time(struct incoming *a, struct incoming_session *s, const char *column, struct str cell,
                   int64_t *ms);
/* `9:00`, `09:00:30`, `1:30 pm` as seconds of the day; false when it is none. */
bool incoming_clock(struct str cell, int *seconds);

#endif

/* sessions_plan.h - what an import of an agenda would do: which sessions it is about, what it makes, what
 * clashes.
 *
 * For sessions_import.c. Memory: the request's. Threads: as the request. Tests:
 * tests/api/sessions_import_test.c
 */
#ifndef CONVENED_FEATURES_SESSIONS_PLAN_H
#define CONVENED_FEATURES_SESSIONS_PLAN_H

#include "features/incoming.h"

struct named_place { /* a room or a track */
    struct named_place *next;
    struct str id; /* absent: to be made */
    struct str name;
};

struct known_session { /* a session that is there */
    struct str id, title, abstract, kind, status, room_id, track_id;
    struct str speaker_ids; /* space-separated */
    int64_t starts_at, ends_at;
    struct incoming_session *by; /* which is about it */
};

struct places {
    struct lookup known;         /* by folded name */
    struct named_place *to_make; /* newest first */
    int made;
};

struct agenda_import {
    struct import im;
    struct incoming in;
    bool force;
    struct places rooms, tracks;
    struct lookup speaker_names, speaker_origins; /* struct known_speaker */
    struct lookup origins, ids;                   /* struct known_session */
    struct known_session **sessions;
    size_t n_sessions;
    int created, updated, unchanged, speakers_made, speakers_updated, overlaps;
};

/* Fills in who and what each session of the file is, the counts and the faults, as things stand in this
 * transaction; may be called again in a later one. */
enum err sessions_plan(struct request *rq, struct agenda_import *agenda);

extern const char *const sessions_plan_sql[];

#endif

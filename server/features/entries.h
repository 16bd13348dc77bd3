/* entries.h - one entry at a door: who came or went, judged and kept; for REST, push and room codes alike.
 *
 *   {id, attendee_id | code | walk_in, at, direction: in | out, session_id?}     {id, direction: undo,
 * undoes} └─► checked ─► appended to check_ins ─► presences: who is where now
 *
 * Nothing is ever overwritten: an undo is an entry, too, and makes another one not count. Entries come in any
 * order, an undo before what it undoes included, so what follows from them is worked out in the order of
 * `at`, never of arrival. The same id again is no new entry; in twice is one presence.
 *
 * Tables: check_ins, presences; attendees and organizations of walk-ins; reads events, sessions, teams.
 * Memory: the request's. Threads: on the writer. Tests: tests/api/check_ins_test.c
 */
#ifndef CONVENED_FEATURES_ENTRIES_H
#define CONVENED_FEATURES_ENTRIES_H

#include "http/request.h"

enum entry_result {
    ENTRY_REFUSED,  /* invalid() was called, with pointers into the row */
    ENTRY_CONFLICT, /* likewise: the id was used for something else */
    ENTRY_REPEATED, /* this very entry was there */
    ENTRY_IN,
    ENTRY_ALREADY_IN, /* kept; they had come before */
    ENTRY_OUT,
    ENTRY_UNDONE /* an undo, or an entry whose undo came before it */
};

struct entry {
    struct str id, attendee, session, undoes; /* absent session: the event's door */
    struct str direction;                     /* in, out, undo */
    const char *method;                       /* staff, badge, room */
    int64_t at;
};

struct entry_answer {
    enum entry_result result;
    struct entry entry;      /* as stored */
    struct str display_name; /* of the attendee */
    int64_t since;           /* of ALREADY_IN and REPEATED: when it was; else 0 */
    bool unmatched;          /* of an OUT: without an in */
};

/* Seconds until rows with a code may be tried again in this event: 0 unless too many were wrong. */
int entry_codes_wait(struct request *rq);
/* Reads, judges and keeps one row. A wrong code is counted, and none is refused for the count: the caller
 * asks entry_codes_wait(). */
void entry_take(struct request *rq, json_t *row, struct entry_answer *answer);
/* Keeps an entry whose parts are known to be right. */
void entry_keep(struct request *rq, const struct entry *entry, struct entry_answer *answer);

const char *entry_result_name(enum entry_result result); /* "already_in" */

/* SQL over check_ins `c`: an entry that counts. */
#define ENTRY_COUNTS                                                                                         \
    "c.direction <> 'undo' AND NOT EXISTS (SELECT 1 FROM check_ins u WHERE u.undoes = c.id"                  \
    " AND u.attendee_id = c.attendee_id)"

extern const char *const entries_sql[];

#endif

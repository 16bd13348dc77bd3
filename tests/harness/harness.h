/* harness.h - a house with the seed's data on a directory of its own, people who ask it things, and scenarios
 * as tables.
 *
 * Requests go through http/local.h: no sockets. Every reply is also written to build/test/replies.jsonl,
 * which tests/lint/validate-replies.mjs holds against the contract. Programs run in the project's root
 * directory.
 *
 *   seed-data/ ──seed once──► build/test/seeded/ ──copy──► /tmp/convened-test-…/ ──► house, one a program
 *
 *   static const struct scenario scenarios[] = {
 *       {"a member reads the rooms", AS_MEMBER, "GET", E "/rooms", .status = 200, .contains = {"'name':'Main
 * Hall'"}, .save = "room=/items/0/id"},
 *       {"an organizer renames one", AS_ORGANIZER, "PATCH", E "/rooms/${room}", "{'name':'Hall'}", .status =
 * 428}, {0},
 *   };
 *   int main(void)
 *   {
 *       return harness_run(&(struct suite){"rooms", .scenarios = {scenarios}});
 *   }
 *
 * Each scenario is one test, and they run in order on the same house. Ownership: harness_close() frees all;
 * replies and texts live until the test ends. Threads: one, but harness_send() may be called from several.
 */
#ifndef CONVENED_TESTS_HARNESS_H
#define CONVENED_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/uuid.h"
#include "http/house.h"
#include "http/local.h"

/* Last: it wants the four above, and its macro fail() hides the one of http/request.h. */
#include <cmocka.h>

/* Who asks. All but the last four belong to the event csec2015. */
enum actor {
    AS_NOBODY,
    AS_ATTENDEE,  /* joined with the personal code of `${attendee.row}` */
    AS_MEMBER,    /* of team los-angeles */
    AS_LEAD,      /* of team los-angeles */
    AS_RIVERSIDE, /* a member of team riverside */
    AS_STAFF,
    AS_ORGANIZER, /* an account that organizes csec2015 alone */
    AS_REVOKED,   /* a member of los-angeles whose device was logged out */
    AS_EXPIRED,   /* AS_MEMBER with a token that has expired */
    AS_ELSEWHERE, /* an account that organizes csec101 alone */
    AS_GUEST,     /* an attendee of csec101 */
    AS_ADMIN,
    AS_COUNT
};

/* One request, and what must come back.
 *
 * In `json`, `contains` and `absent` a `'` stands for `"` and the other way round. `${name}` in path, token,
 * headers, bodies and expectations is, in this order: what `save` kept; an actor's `${member.id}`
 * (participant), `${member.device}`,
 * `${member.token}`; `${new}`, a fresh id; `${code:los-angeles}`, the code of a team, `${code:staff}`,
 * `${code:attendees:ezra-sparrowsong}`; else a seed row's id: `${rooms:main-hall}`,
 * `${csec101/rooms:classroom}`, `${program/counties:alameda}`. */
struct scenario {
    const char *name; /* NULL ends a table */
    enum actor as;
    const char *method, *path; /* with the query */
    const char *json;
    int status;
    const char *body; /* instead of `json`: sent as it stands, body_len bytes, or up to its NUL */
    size_t body_len;
    const char *token;       /* instead of the actor's */
    const char *headers[6];  /* "If-Match: ${etag}" */
    const char *contains[8]; /* in the reply's body */
    const char *absent[6];   /* not in the reply's body */
    const char *head[4];     /* in the reply's head: "Cache-Control: no-store" */
    const char *save; /* "room=/items/0/id etag=ETag": JSON Pointers into the body, or names of headers */
    bool on_metrics;
};

enum { SUITE_TABLES = 8 };

struct suite {
    const char *name;                               /* of the feature */
    const struct scenario *scenarios[SUITE_TABLES]; /* run first, in order */
    const struct CMUnitTest *tests; /* then these, up to a row without name; *state is the harness */
};

/* Runs it all as one cmocka group on a seeded house: what main() returns. */
int harness_run(const struct suite *suite);

struct variable;

struct person {
    char id[UUID_TEXT]; /* participant */
    char device[UUID_TEXT], event[UUID_TEXT], team[UUID_TEXT];
    char row[UUID_TEXT];          /* on the roster, of attendees */
    char email[64], password[64]; /* of accounts */
    char refresh[200];            /* the first refresh token */
    enum role role;
};

struct harness {
    struct house *house;
    struct config config;
    const struct feature *features[FEATURES_MAX + 1]; /* the house's, and the harness' own for its SQL */
    char data[64];                                    /* the data directory */
    struct arena arena, scratch;                      /* until the end; until the end of the test */
    struct person people[AS_COUNT];
    const char *tokens[AS_COUNT]; /* good for 15 minutes; NULL: none */
    struct variable *variables;
    _Atomic uint64_t recorded[1024]; /* hashes of long replies */
};

/* For tests that need a house of their own. Without `seeded` the database is empty and there is only
 * AS_ADMIN. */
struct harness *harness_open(bool seeded);
void harness_close(struct harness *h);
/* Closes and opens the house on the same data: forgets what is in memory, limits on guessing among it. */
void harness_restart(struct harness *h);

/* Sends the request, fails the running test when the reply is not as wanted, and keeps what is to be saved.
 */
struct local_reply play(struct harness *h, const struct scenario *s);
/* Sends without a look at the reply; `status`, `contains`, `absent`, `head` and `save` are not read. Answers
 * stand in `arena`. */
struct local_reply harness_send(struct harness *h, const struct scenario *s, struct arena *arena);

const char *harness_actor(enum actor as); /* "member" */
/* `${name}`, without the braces; fails the test when there is none. */
const char *harness_value(struct harness *h, const char *name);
void harness_set(struct harness *h, const char *name, const char *value);
/* `text` with its `${…}` filled in; `swap` exchanges the quotes. */
const char *harness_fill(struct harness *h, const char *text, bool swap, struct arena *arena);
/* The value at a JSON Pointer of the reply's body, as text; NULL when there is none. */
const char *harness_at(struct harness *h, const struct local_reply *reply, const char *pointer);
/* An access token of this person that was issued `age` seconds ago, signed with the house's key. */
const char *harness_token(struct harness *h, const struct person *person, int64_t age);

#define E "/v1/events/csec2015"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif

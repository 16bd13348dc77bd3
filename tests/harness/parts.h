/* parts.h - what the harness' own files ask of each other. Tests include harness.h alone. */
#ifndef CONVENED_TESTS_PARTS_H
#define CONVENED_TESTS_PARTS_H

#include "harness/harness.h"

/* Ends the program with a failed test that says why: there is nothing to test on. */
_Noreturn void harness_stop(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- template.c --- */

/* Copies the seeded data directory to `to`, which is there and empty. */
void template_copy(const char *to);
void template_remove(const char *path); /* with all that is in it */

/* --- people.c --- */

extern const char *const people_sql[];

/* Makes everybody in a house that holds the seed, and writes who they are to the file `path`. */
void people_make(struct harness *h, const char *path);
/* Reads that file (NULL: there is only the admin) and signs everybody's token. */
void people_load(struct harness *h, const char *path);
/* `${member.id}` and the like; `${code:…}`. NULL when it is not theirs to know. */
const char *people_value(struct harness *h, const char *name);

/* --- values.c --- */

/* The id of a seed row: `rooms:main-hall` (of csec2015), `csec101/rooms:classroom`. */
void harness_seed_id(const char *name, char id[UUID_TEXT]);

/* --- record.c --- */

/* Adds the reply to build/test/replies.jsonl, unless it is long and was added before. */
void record_reply(struct harness *h, const char *method, const char *target, const struct local_reply *reply);

/* --- harness.c --- */

/* A harness on a directory that the caller removes. harness_destroy() leaves the directory. */
struct harness *harness_create(const char *data);
void harness_destroy(struct harness *h);

#endif

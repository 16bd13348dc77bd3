/* learning.h - who learns from whom: the counties that teams name where the worksheet asks for one.
 *
 * Answers to prompts with `names_county` are searched for the names of the program's counties and of the
 * event's teams: whole words, whatever their case and accents, the longest name where several fit. A team
 * that names its own county is not counted.
 *
 * A name that is an everyday word as well (Orange, Lake) counts when it is written as a name: with "county",
 * with a capital in the middle of a sentence and none beside it, or as a heading (`Orange: …`); in one list
 * with a name that counts; and when the answer is nothing but names.
 *
 * Tables: reads program_counties. Memory: the request's. Threads: as the request. Tests:
 * tests/api/learning_test.c
 */
#ifndef CONVENED_FEATURES_LEARNING_H
#define CONVENED_FEATURES_LEARNING_H

#include "features/answers.h"

struct county {
    struct str name, team; /* its team at this event; absent: none */
    const char *folded;
    size_t length;       /* of `folded` */
    bool everyday;       /* a word as well */
    size_t teams, items; /* that name it */
    struct pair *newest; /* the teams' answers come one team after the other */
    struct county *next; /* that begins with the same letter, longer names first */
};

struct mention {
    const struct answer *answer;
    struct mention *next;
};

struct pair {
    const struct sheet *from;
    struct county *to;
    size_t count; /* of mentions */
    struct mention *mentions, *newest;
    struct pair *next; /* as the answers stand */
};

struct learning {
    struct county **counties; /* that are named at all: by how many teams, most first */
    size_t n_counties;
    struct pair *pairs, *newest;
};

enum err learning_find(struct request *rq, const struct answers *a, struct learning *out);

extern const char *const learning_sql[];

#endif

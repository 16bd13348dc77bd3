/* lookup.h - things by name: a list that is filled, sorted once, then searched.
 *
 * For joining two lists of many thousand in memory. Sorted and not hashed, so that no choice of names makes
 * it slow. Keys are views that outlive it; several things may have one. Memory: the arena's. Threads: plain
 * data. Tests: tests/unit/lookup_test.c
 */
#ifndef CONVENED_BASE_LOOKUP_H
#define CONVENED_BASE_LOOKUP_H

#include "base/arena.h"
#include "base/text.h"

struct named {
    struct str key;
    size_t order; /* as added */
    void *of;
};

struct lookup {
    struct arena *arena;
    struct named *at;
    size_t n, cap;
    bool failed; /* memory ran out: nothing is found */
};

void lookup_init(struct lookup *l, struct arena *arena);
void lookup_add(struct lookup *l, struct str key, void *of);
/* By key, then in the order in which they were added. */
void lookup_sort(struct lookup *l);
/* The things of that name, *n of them, side by side; NULL when there are none. */
const struct named *lookup_find(const struct lookup *l, struct str key, size_t *n);

#endif

/* fuzz.h - what the fuzz targets share.
 *
 * A target is one file with LLVMFuzzerTestOneInput(): libFuzzer calls it with made-up inputs
 * (tests/fuzz/run.sh), replay.c with those that were kept (tests/fuzz/replay.sh). What must hold of every
 * input is said with HOLD().
 *
 *   corpus/<target>/       small inputs to start from, one idea each
 *   regression/<target>/   inputs that once broke something, or that are known to break others' programs
 */
#ifndef CONVENED_TESTS_FUZZ_H
#define CONVENED_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/house.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLD(what)                                                                                           \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* A request by hand, without a database or a route. */
struct ask {
    struct config config;
    struct house house;
    struct header headers[80];
    struct input in;
    struct arena arena;
    char first[8192];
    struct request rq;
};

static inline void ask_begin(struct ask *a, struct str path, struct str query)
{
    config_defaults(&a->config);
    memset(&a->house, 0, sizeof a->house);
    a->house.config = &a->config;
    a->in = (struct input){.method = STR("GET"), .path = path, .query = query, .headers = a->headers};
    arena_init(&a->arena, a->first, sizeof a->first);
    request_init(&a->rq, &a->house, &a->in, &a->arena);
}

static inline void ask_end(struct ask *a)
{
    request_finish(&a->rq);
}

#endif

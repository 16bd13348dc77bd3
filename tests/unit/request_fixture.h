/* request_fixture.h - one request by hand, without a database or a route: for the tests of single parts of
 * http/.
 *
 * Threads: none. What a test obtains from the request lives until ask_end().
 */
#ifndef CONVENED_TESTS_REQUEST_FIXTURE_H
#define CONVENED_TESTS_REQUEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/house.h"

/* It wants the four above, and its fail() is not the one of http/request.h. */
#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { ASK_HEADERS = 16 };

struct ask {
    struct config config;
    struct house house; /* with nothing in it but the configuration */
    struct header headers[ASK_HEADERS];
    struct input in;
    struct arena arena;
    struct request rq;
};

/* A request for `target`, a path and a query as on the wire. */
static inline void ask_begin(struct ask *a, const char *method, const char *target)
{
    struct str query = str_of(target), path = str_split(&query, '?');
    memset(a, 0, sizeof *a);
    config_defaults(&a->config);
    a->house.config = &a->config;
    a->in = (struct input){.method = str_of(method), .path = path, .query = query, .headers = a->headers};
    arena_init(&a->arena, NULL, 0);
    request_init(&a->rq, &a->house, &a->in, &a->arena);
    for (enum method m = METHOD_GET; m < METHOD_COUNT; m++)
        if (!strcmp(method, method_name(m)))
            a->rq.method = m;
}

static inline void ask_header(struct ask *a, const char *name, const char *value)
{
    assert_true(a->in.n_headers < ASK_HEADERS);
    a->headers[a->in.n_headers++] = (struct header){str_of(name), str_of(value)};
}

static inline void ask_end(struct ask *a)
{
    request_finish(&a->rq);
}

#endif

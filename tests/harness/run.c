/* run.c - a suite as one cmocka group: each scenario a test of its own, then the tests written in C. */
#include "harness/parts.h"

#include <stdlib.h>

struct turn {
    struct harness *harness;
    const struct scenario *scenario;
};

static void play_turn(void **state)
{
    const struct turn *turn = *state;
    play(turn->harness, turn->scenario);
}

static int forget_turn(void **state)
{
    const struct turn *turn = *state;
    arena_finish(&turn->harness->scratch);
    return 0;
}

static int forget(void **state)
{
    struct harness *h = *state;
    arena_finish(&h->scratch);
    return 0;
}

static size_t count(const struct suite *suite)
{
    size_t n = 0;
    for (size_t t = 0; t < SUITE_TABLES && suite->scenarios[t]; t++)
        for (const struct scenario *s = suite->scenarios[t]; s->name; s++)
            n++;
    for (const struct CMUnitTest *test = suite->tests; test && test->name; test++)
        n++;
    return n;
}

static void fill(const struct suite *suite, struct harness *h, struct CMUnitTest *tests, struct turn *turns)
{
    for (size_t t = 0; t < SUITE_TABLES && suite->scenarios[t]; t++)
        for (const struct scenario *s = suite->scenarios[t]; s->name; s++) {
            *turns = (struct turn){h, s};
            *tests++ = (struct CMUnitTest){s->name, play_turn, NULL, forget_turn, turns++};
        }
    for (const struct CMUnitTest *test = suite->tests; test && test->name; test++)
        *tests++ = (struct CMUnitTest){test->name, test->test_func, test->setup_func,
                                       test->teardown_func ? test->teardown_func : forget, h};
}

int harness_run(const struct suite *suite)
{
    struct harness *h = harness_open(true);
    size_t n = count(suite);
    struct CMUnitTest *tests = calloc(n, sizeof *tests);
    struct turn *turns = calloc(n, sizeof *turns);
    if (!tests || !turns)
        harness_stop("memory is out");
    setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 0);
    fill(suite, h, tests, turns);
    int failed = _cmocka_run_group_tests(suite->name, tests, n, NULL, NULL);
    harness_close(h);
    free(tests);
    free(turns);
    return failed;
}

/* Who is where: news, "still here", leaving, and a table that stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "http/whereabouts.h"

static const struct str thing = {"thing", 5}, part = {"part-1", 6}, other = {"part-2", 6};

static void count(void *arg, struct str person, struct str at)
{
    (void)person, (void)at;
    ++*(int *)arg;
}

static int people_in(struct whereabouts *w, struct str name)
{
    int n = 0;
    whereabouts_each(w, name, count, &n);
    return n;
}

static void only_news_is_news(void **state)
{
    (void)state;
    struct whereabouts *w = whereabouts_create();
    assert_true(whereabouts_put(w, thing, STR("sam"), part));
    assert_false(whereabouts_put(w, thing, STR("sam"), part));
    assert_true(whereabouts_put(w, thing, STR("sam"), other));
    assert_int_equal(people_in(w, thing), 1);
    assert_true(whereabouts_put(w, thing, STR("sam"), (struct str){0}));
    assert_false(whereabouts_put(w, thing, STR("sam"), (struct str){0}));
    assert_int_equal(people_in(w, thing), 0);
    whereabouts_destroy(w);
}

static void things_are_apart(void **state)
{
    (void)state;
    struct whereabouts *w = whereabouts_create();
    whereabouts_put(w, thing, STR("sam"), part);
    whereabouts_put(w, STR("another"), STR("sam"), part);
    assert_int_equal(people_in(w, thing), 1);
    assert_int_equal(people_in(w, STR("another")), 1);
    assert_int_equal(people_in(w, STR("none")), 0);
    whereabouts_destroy(w);
}

static void a_crowd_stays_bounded(void **state)
{
    (void)state;
    struct whereabouts *w = whereabouts_create();
    for (int i = 0; i < WHEREABOUTS_MAX + 100; i++) {
        char name[16];
        int n = snprintf(name, sizeof name, "p%d", i);
        assert_true(whereabouts_put(w, thing, (struct str){name, (size_t)n}, part));
    }
    assert_int_equal(people_in(w, thing), WHEREABOUTS_MAX);
    whereabouts_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_news_is_news),
        cmocka_unit_test(things_are_apart),
        cmocka_unit_test(a_crowd_stays_bounded),
    };
    return cmocka_run_group_tests_name("whereabouts", tests, NULL, NULL);
}

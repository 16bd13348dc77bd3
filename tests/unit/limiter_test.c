#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "http/limiter.h"

/* Time goes by as the tests say: this stands before libc's function in the symbol order. */
static int64_t clock_us = INT64_C(1000000000);

int clock_gettime(clockid_t id, struct timespec *now)
{
    if (id != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, id, now);
    *now = (struct timespec){clock_us / 1000000, clock_us % 1000000 * 1000};
    return 0;
}

static void pass(double seconds)
{
    clock_us += (int64_t)(seconds * 1e6);
}

static void fail_times(struct limiter *l, struct str what, int n)
{
    while (n--)
        limiter_failed(l, what);
}

static void ten_failures_close_the_door(void **state)
{
    struct limiter *l = limiter_create();
    (void)state;
    for (int i = 0; i < LIMITER_FAILURES; i++) {
        assert_int_equal(limiter_wait(l, STR("csec2015")), 0);
        limiter_failed(l, STR("csec2015"));
    }
    int wait = limiter_wait(l, STR("csec2015"));
    assert_int_equal(wait, LIMITER_WINDOW_S);
    assert_int_equal(limiter_wait(l, STR("csec101")), 0); /* others go on */
    pass(wait);
    assert_int_equal(limiter_wait(l, STR("csec2015")), 0);
    limiter_destroy(l);
    limiter_destroy(NULL);
}

static void attempts_side_by_side_are_counted_before_they_are_judged(void **state)
{
    struct limiter *l = limiter_create();
    (void)state;
    for (int i = 0; i < LIMITER_FAILURES; i++)
        assert_int_equal(limiter_take(l, STR("login")), 0);
    assert_int_equal(limiter_take(l, STR("login")), LIMITER_WINDOW_S);
    limiter_forgive(l, STR("login")); /* one of them was right */
    assert_int_equal(limiter_take(l, STR("login")), 0);
    assert_int_equal(limiter_take(l, STR("login")), LIMITER_WINDOW_S);
    for (int i = 0; i < 1000; i++) { /* right ones cost nothing, however many */
        assert_int_equal(limiter_take(l, STR("other")), 0);
        limiter_forgive(l, STR("other"));
    }
    pass(LIMITER_WINDOW_S);
    assert_int_equal(limiter_take(l, STR("login")), 0);
    limiter_destroy(l);
}

static void asking_costs_nothing(void **state)
{
    struct limiter *l = limiter_create();
    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(limiter_wait(l, STR("x")), 0);
    limiter_destroy(l);
}

static void all_is_forgotten_in_a_window(void **state)
{
    struct limiter *l = limiter_create();
    (void)state;
    fail_times(l, STR("x"), LIMITER_FAILURES);
    pass(LIMITER_WINDOW_S + 1);
    for (int i = 0; i < LIMITER_FAILURES; i++) {
        assert_int_equal(limiter_wait(l, STR("x")), 0);
        limiter_failed(l, STR("x"));
    }
    assert_true(limiter_wait(l, STR("x")) > 0);
    limiter_destroy(l);
}

/* Failures that are reported while the door is closed (guesses that ran side by side) do not break the count.
 */
static void more_than_ten_at_once_are_counted(void **state)
{
    struct limiter *l = limiter_create();
    (void)state;
    fail_times(l, STR("x"), 500);
    assert_true(limiter_wait(l, STR("x")) <= LIMITER_WINDOW_S);
    pass(LIMITER_WINDOW_S + 1);
    assert_int_equal(limiter_wait(l, STR("x")), 0);
    limiter_destroy(l);
}

/* Property: whatever the attacker's rhythm, no window holds more guesses than the limit. */
static void no_window_holds_more(void **state)
{
    enum { GUESSES = 4000 };
    static int64_t at[GUESSES];
    uint64_t seed = 2015;
    (void)state;
    for (int rhythm = 0; rhythm < 5; rhythm++) {
        struct limiter *l = limiter_create();
        int n = 0;
        for (int i = 0; i < GUESSES; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            pass(rhythm == 0   ? 0.2
                 : rhythm == 1 ? 5.9
                 : rhythm == 2 ? (i % 20 ? 0.0 : 30)
                               : (double)(seed >> 40) / (1 << 24) * (rhythm * 2));
            if (limiter_wait(l, STR("x")))
                continue;
            limiter_failed(l, STR("x"));
            at[n++] = clock_us;
            if (n > LIMITER_FAILURES &&
                at[n - 1] - at[n - 1 - LIMITER_FAILURES] < LIMITER_WINDOW_S * INT64_C(1000000))
                fail_msg("rhythm %d: %d guesses in %.1f s", rhythm, LIMITER_FAILURES + 1,
                         (double)(at[n - 1] - at[n - 1 - LIMITER_FAILURES]) / 1e6);
        }
        assert_true(n > 20);
        limiter_destroy(l);
    }
}

/* Whatever is attacked, memory stays as it is, and few things share a place with one under attack. */
static void many_targets_stay_apart(void **state)
{
    struct limiter *l = limiter_create();
    int shared = 0;
    char name[32];
    (void)state;
    fail_times(l, STR("attacked"), LIMITER_FAILURES);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "event %d", i);
        shared += limiter_wait(l, str_of(name)) > 0;
    }
    assert_true(shared < 20);
    assert_int_equal(limiter_wait(l, STR("")), 0);
    limiter_destroy(l);
}

static void *attack(void *arg)
{
    for (int i = 0; i < 5000; i++) {
        limiter_wait(arg, STR("x"));
        limiter_failed(arg, STR("x"));
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    struct limiter *l = limiter_create();
    pthread_t threads[4];
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, attack, l), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_true(limiter_wait(l, STR("x")) > 0);
    limiter_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_failures_close_the_door),
        cmocka_unit_test(attempts_side_by_side_are_counted_before_they_are_judged),
        cmocka_unit_test(asking_costs_nothing),
        cmocka_unit_test(all_is_forgotten_in_a_window),
        cmocka_unit_test(more_than_ten_at_once_are_counted),
        cmocka_unit_test(no_window_holds_more),
        cmocka_unit_test(many_targets_stay_apart),
        cmocka_unit_test(threads_share_it),
    };
    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}

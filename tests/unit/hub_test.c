/* Who waits for what: only the touched scopes wake, a burst is one wake-up, the cap holds, leaving is clean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/hub.h"

static struct scopes two(const char *a, const char *b)
{
    struct scopes s = {.n = b ? 2 : 1};
    snprintf(s.names[0], SCOPE_TEXT, "%s", a);
    if (b)
        snprintf(s.names[1], SCOPE_TEXT, "%s", b);
    return s;
}

static void the_newest_of_the_scopes_counts(void **state)
{
    (void)state;
    struct hub *h = hub_create();
    hub_begin(h, 10);
    struct scopes mine = two("e/public", "team/a"), theirs = two("e/public", "team/b");
    assert_int_equal(hub_newest(h, &mine), 10); /* whatever was before the start */
    hub_changed(h, STR("team/a"), 11);
    assert_int_equal(hub_newest(h, &mine), 11);
    assert_int_equal(hub_newest(h, &theirs), 10);
    hub_changed(h, STR("e/public"), 12);
    assert_int_equal(hub_newest(h, &mine), 12);
    assert_int_equal(hub_newest(h, &theirs), 12);
    hub_destroy(h);
}

static void only_the_touched_scopes_wake(void **state)
{
    (void)state;
    struct hub *h = hub_create();
    struct scopes mine = two("e/public", "team/a"), theirs = two("e/public", "team/b");
    struct waiter *a = hub_enter(h, &mine, 10), *b = hub_enter(h, &theirs, 10);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(hub_waiting(h), 2);
    hub_changed(h, STR("team/a"), 1);
    hub_changed(h, STR("team/a"), 2);
    assert_true(hub_wait(a, 0));
    assert_false(hub_wait(a, 0)); /* the burst was one */
    assert_false(hub_wait(b, 0));
    hub_poke(h, STR("team/b"));
    assert_true(hub_wait(b, 0));
    hub_poke(h, STR("team/nobody"));
    hub_wake_all(h);
    assert_true(hub_wait(a, 0));
    assert_true(hub_wait(b, 0));
    hub_leave(h, a);
    hub_changed(h, STR("team/a"), 3);
    hub_leave(h, b);
    assert_int_equal(hub_waiting(h), 0);
    hub_destroy(h);
}

static void the_cap_holds(void **state)
{
    (void)state;
    struct hub *h = hub_create();
    struct scopes s = two("e/public", NULL);
    struct waiter *a = hub_enter(h, &s, 2), *b = hub_enter(h, &s, 2);
    assert_null(hub_enter(h, &s, 2));
    hub_leave(h, a);
    struct waiter *c = hub_enter(h, &s, 2);
    assert_non_null(c);
    hub_leave(h, b);
    hub_leave(h, c);
    hub_destroy(h);
}

static void *change_soon(void *arg)
{
    usleep(30000);
    hub_changed(arg, STR("team/a"), 5);
    return NULL;
}

static void a_waiter_wakes_at_once_or_in_time(void **state)
{
    (void)state;
    struct hub *h = hub_create();
    struct scopes s = two("team/a", NULL);
    struct waiter *w = hub_enter(h, &s, 2);
    pthread_t thread;
    int64_t start = clock_monotonic_us();
    assert_false(hub_wait(w, 20));
    assert_true(clock_monotonic_us() - start >= 19000);
    assert_int_equal(pthread_create(&thread, NULL, change_soon, h), 0);
    start = clock_monotonic_us();
    assert_true(hub_wait(w, 10000));
    assert_true(clock_monotonic_us() - start < 5000000);
    pthread_join(thread, NULL);
    hub_leave(h, w);
    hub_destroy(h);
}

enum { CROWD = 200, CHANGES = 50 };

/* One of a crowd of which some come and go: it hears of every change, the last at the latest. */
static void *hear_them_all(void *arg)
{
    struct hub *h = arg;
    struct scopes s = two("event/public", "team/a");
    static atomic_int number;
    bool restless = atomic_fetch_add(&number, 1) % 4 == 0;
    struct waiter *w = hub_enter(h, &s, CROWD);
    bool woken = true;
    while (w && woken && hub_newest(h, &s) < CHANGES) {
        woken = hub_wait(w, 20000);
        if (restless) {
            hub_leave(h, w);
            w = hub_enter(h, &s, CROWD);
        }
    }
    if (w)
        hub_leave(h, w);
    return w && woken ? h : NULL;
}

static void a_crowd_is_woken_to_the_last(void **state)
{
    (void)state;
    struct hub *h = hub_create();
    pthread_t threads[CROWD];
    int heard = 0;
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hear_them_all, h), 0);
    while (hub_waiting(h) < CROWD - CROWD / 4)
        usleep(1000);
    for (int i = 1; i <= CHANGES; i++) {
        hub_changed(h, i % 2 ? STR("team/a") : STR("event/public"), i);
        usleep(i % 3 * 300);
    }
    for (int i = 0; i < CROWD; i++) {
        void *hub;
        pthread_join(threads[i], &hub);
        heard += hub == h;
    }
    assert_int_equal(heard, CROWD);
    assert_int_equal(hub_waiting(h), 0);
    hub_destroy(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_of_the_scopes_counts),
        cmocka_unit_test(only_the_touched_scopes_wake),
        cmocka_unit_test(the_cap_holds),
        cmocka_unit_test(a_waiter_wakes_at_once_or_in_time),
        cmocka_unit_test(a_crowd_is_woken_to_the_last),
    };
    return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}

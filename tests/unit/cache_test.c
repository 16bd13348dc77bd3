#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "http/cache.h"

static void key_of(int n, unsigned char key[CACHE_KEY])
{
    memset(key, 0, CACHE_KEY);
    memcpy(key, &n, sizeof n);
}

static struct cached *put(struct cache *c, int n, struct str body)
{
    unsigned char key[CACHE_KEY];
    struct cached value = {
        .content_type = "text/plain", .body = body, .headers = STR("Link: x\r\n"), .etag = "\"e\""};
    key_of(n, key);
    return cache_put(c, key, &value);
}

static struct cached *get(struct cache *c, int n)
{
    unsigned char key[CACHE_KEY];
    key_of(n, key);
    return cache_get(c, key);
}

static void give_up(struct cache *c, int n)
{
    unsigned char key[CACHE_KEY];
    key_of(n, key);
    cache_give_up(c, key);
}

static bool holds(struct cache *c, int n)
{
    struct cached *e = get(c, n);
    if (e)
        cache_release(c, e);
    else
        give_up(c, n);
    return e != NULL;
}

static void gives_back_copies(void **state)
{
    struct cache *c = cache_create(1 << 20);
    char body[] = "hello";
    (void)state;
    assert_null(get(c, 1));
    struct cached *e = put(c, 1, str_of(body));
    memset(body, 'x', 5);
    struct cached *again = get(c, 1);
    assert_ptr_equal(again, e);
    assert_true(str_is(again->body, "hello") && str_is(again->headers, "Link: x\r\n"));
    assert_string_equal(again->etag, "\"e\"");
    assert_string_equal(again->content_type, "text/plain");
    assert_false(holds(c, 2));
    cache_release(c, e);
    cache_release(c, again);
    assert_true(holds(c, 1)); /* released is not removed */
    cache_destroy(c);
    cache_destroy(NULL);
}

static void a_new_entry_takes_the_place_of_the_old(void **state)
{
    struct cache *c = cache_create(1 << 20);
    struct cache_stats stats;
    (void)state;
    struct cached *old = put(c, 1, STR("old"));
    struct cached *new = put(c, 1, STR("new"));
    assert_true(str_is(old->body, "old")); /* whoever still sends it */
    cache_release(c, old);
    struct cached *e = get(c, 1);
    assert_ptr_equal(e, new);
    cache_release(c, e);
    cache_release(c, new);
    cache_stats(c, &stats);
    assert_int_equal(stats.entries, 1);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.misses, 0);
    cache_destroy(c);
}

static void stays_in_its_bounds_oldest_out(void **state)
{
    enum { MAX = 64 * 1024 };
    struct cache *c = cache_create(MAX);
    struct cache_stats stats;
    char body[1000];
    (void)state;
    memset(body, 'b', sizeof body);
    for (int i = 0; i < 1000; i++) {
        cache_release(c, put(c, i, (struct str){body, sizeof body}));
        assert_true(holds(c, i));
        holds(c, 0); /* in use all the time */
        cache_stats(c, &stats);
        assert_true(stats.bytes <= MAX);
    }
    assert_true(holds(c, 0) && holds(c, 999) && holds(c, 998) && !holds(c, 1) && !holds(c, 500));
    assert_true(stats.evictions > 900 && stats.entries == 1000 - stats.evictions);
    cache_destroy(c);
}

static void an_entry_outlives_its_eviction(void **state)
{
    struct cache *c = cache_create(16 * 1024);
    char body[1000];
    (void)state;
    memset(body, 'b', sizeof body);
    struct cached *held = put(c, -1, STR("held"));
    for (int i = 0; i < 100; i++)
        cache_release(c, put(c, i, (struct str){body, sizeof body}));
    assert_false(holds(c, -1));
    assert_true(str_is(held->body, "held"));
    assert_null(cached_gzip(c, held).ptr);
    cache_release(c, held);
    cache_destroy(c);
}

static void what_is_too_large_is_not_kept(void **state)
{
    struct cache *c = cache_create(8000);
    char body[1001];
    (void)state;
    memset(body, 'b', sizeof body);
    assert_null(put(c, 1, (struct str){body, 1001}));
    struct cached *e = put(c, 1, (struct str){body, 1000});
    assert_non_null(e);
    cache_release(c, e);
    cache_destroy(c);
}

/* --- gzip --- */

static void assert_unzips(struct str zipped, struct str want)
{
    char *out = malloc(want.len + 1);
    z_stream z = {.next_in = (unsigned char *)zipped.ptr,
                  .avail_in = (unsigned)zipped.len,
                  .next_out = (unsigned char *)out,
                  .avail_out = (unsigned)want.len + 1};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, want.len);
    assert_memory_equal(out, want.ptr, want.len);
    inflateEnd(&z);
    free(out);
}

static void packs_once_and_only_what_shrinks(void **state)
{
    struct cache *c = cache_create(1 << 20);
    struct cache_stats before, after;
    char plain[2000], noise[2000];
    uint64_t seed = 7;
    (void)state;
    memset(plain, 'p', sizeof plain);
    for (size_t i = 0; i < sizeof noise; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        noise[i] = (char)(seed >> 40);
    }
    struct str text = {plain, sizeof plain};
    struct cached *e = put(c, 1, text);
    cache_stats(c, &before);
    struct str zipped = cached_gzip(c, e);
    cache_stats(c, &after);
    assert_true(zipped.len > 0 && zipped.len < text.len);
    assert_unzips(zipped, text);
    assert_ptr_equal(cached_gzip(c, e).ptr, zipped.ptr);
    assert_int_equal(after.bytes, before.bytes + zipped.len); /* counted */
    cache_release(c, e);
    e = put(c, 2, (struct str){noise, sizeof noise});
    assert_null(cached_gzip(c, e).ptr);
    assert_null(cached_gzip(c, e).ptr);
    cache_release(c, e);
    e = put(c, 3, STR("short"));
    assert_null(cached_gzip(c, e).ptr);
    cache_release(c, e);
    cache_destroy(c);
}

static void packs_without_a_cache(void **state)
{
    struct arena arena;
    char plain[5000];
    (void)state;
    arena_init(&arena, NULL, 0);
    memset(plain, 'p', sizeof plain);
    struct buf out = {.arena = &arena};
    assert_true(gzip((struct str){plain, sizeof plain}, &out));
    assert_unzips(buf_view(&out), (struct str){plain, sizeof plain});
    assert_false(gzip((struct str){plain, 199}, &out));
    assert_false(gzip((struct str){0}, &out));
    arena_finish(&arena);
}

/* --- tags --- */

static void tags_follow_the_bytes(void **state)
{
    char a[ETAG_TEXT], b[ETAG_TEXT];
    (void)state;
    etag_of(STR("hello"), a);
    assert_int_equal(strlen(a), 24);
    assert_true(a[0] == '"' && a[23] == '"');
    etag_of(STR("hello"), b);
    assert_string_equal(a, b);
    etag_of(STR("hellp"), b);
    assert_string_not_equal(a, b);
    etag_of((struct str){0}, a);
    etag_of(STR(""), b);
    assert_string_equal(a, b);
    assert_string_equal(a, "\"yuZpQdnvvUBOTYh1jqZ2cA\""); /* BLAKE2b-128 of nothing */
}

/* --- threads --- */

static void *use(void *arg)
{
    struct cache *c = arg;
    char body[600];
    uint64_t seed = (uint64_t)(uintptr_t)&body;
    for (int i = 0; i < 3000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int n = (int)(seed >> 33) % 50;
        memset(body, n, sizeof body);
        struct cached *e = get(c, n);
        if (!e)
            e = put(c, n, (struct str){body, sizeof body});
        struct str zipped = cached_gzip(c, e);
        bool good = e->body.len == sizeof body && !memcmp(e->body.ptr, body, sizeof body) && zipped.len;
        cache_release(c, e);
        if (!good)
            return "a body of another";
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    struct cache *c = cache_create(20 * 1024); /* about half of what they ask for */
    pthread_t threads[4];
    void *fault;
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, c), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &fault);
        if (fault)
            fail_msg("%s", (char *)fault);
    }
    cache_destroy(c);
}

/* --- one maker, many who wait --- */

enum { CROWD = 32 };

struct crowd {
    struct cache *cache;
    atomic_int asked, made, hits;
    bool refuse; /* what they make cannot be kept */
};

static void *ask(void *arg)
{
    struct crowd *crowd = arg;
    atomic_fetch_add(&crowd->asked, 1);
    struct cached *e = get(crowd->cache, 1);
    if (e) {
        atomic_fetch_add(&crowd->hits, str_is(e->body, "made once"));
        cache_release(crowd->cache, e);
        return NULL;
    }
    atomic_fetch_add(&crowd->made, 1);
    while (atomic_load(&crowd->asked) < CROWD)
        usleep(1000);
    usleep(50 * 1000);
    if (crowd->refuse)
        give_up(crowd->cache, 1);
    else
        cache_release(crowd->cache, put(crowd->cache, 1, STR("made once")));
    return NULL;
}

static void run_crowd(struct crowd *crowd)
{
    pthread_t threads[CROWD];
    crowd->cache = cache_create(1 << 20);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, crowd), 0);
    for (int i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    cache_destroy(crowd->cache);
}

static void a_crowd_that_misses_makes_it_once(void **state)
{
    struct crowd crowd = {0};
    (void)state;
    run_crowd(&crowd);
    assert_int_equal(crowd.made, 1);
    assert_int_equal(crowd.hits, CROWD - 1);
}

/* Each makes its own then, side by side and not in a queue. */
static void nobody_waits_for_what_cannot_be_kept(void **state)
{
    struct crowd crowd = {.refuse = true};
    struct timespec start, end;
    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &start);
    run_crowd(&crowd);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_int_equal(crowd.made, CROWD);
    assert_true(end.tv_sec - start.tv_sec < 2);
}

static void a_maker_that_stays_away_is_not_waited_for(void **state)
{
    struct cache *c = cache_create(1 << 20);
    struct timespec start, end;
    (void)state;
    assert_null(get(c, 1)); /* and nothing follows */
    clock_gettime(CLOCK_MONOTONIC, &start);
    assert_null(get(c, 1));
    clock_gettime(CLOCK_MONOTONIC, &end);
    double waited = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    assert_true(waited > 1.9 && waited < 10);
    cache_release(c, put(c, 1, STR("late")));
    assert_true(holds(c, 1));
    cache_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_copies),
        cmocka_unit_test(a_new_entry_takes_the_place_of_the_old),
        cmocka_unit_test(stays_in_its_bounds_oldest_out),
        cmocka_unit_test(an_entry_outlives_its_eviction),
        cmocka_unit_test(what_is_too_large_is_not_kept),
        cmocka_unit_test(packs_once_and_only_what_shrinks),
        cmocka_unit_test(packs_without_a_cache),
        cmocka_unit_test(tags_follow_the_bytes),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(a_crowd_that_misses_makes_it_once),
        cmocka_unit_test(nobody_waits_for_what_cannot_be_kept),
        cmocka_unit_test(a_maker_that_stays_away_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}

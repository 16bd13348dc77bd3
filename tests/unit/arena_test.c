#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void takes_small_requests_from_the_first_block(void **state)
{
    (void)state;
    char first[256];
    struct arena a;
    arena_init(&a, first, sizeof first);
    char *p = arena_alloc(&a, 100);
    assert_true(p >= first && p + 100 <= first + sizeof first);
    assert_null(a.blocks);
    char *q = arena_alloc(&a, 200);
    assert_non_null(q);
    assert_true(q + 200 <= first || q >= first + sizeof first);
    assert_non_null(a.blocks);
    arena_finish(&a);
}

static void aligns_every_allocation_and_keeps_them_apart(void **state)
{
    (void)state;
    char first[1000], *seen[400];
    struct arena a;
    arena_init(&a, first + 1, sizeof first - 1);
    for (size_t i = 0; i < 400; i++) {
        seen[i] = arena_alloc(&a, 1 + i * 7 % 333);
        assert_non_null(seen[i]);
        assert_int_equal((uintptr_t)seen[i] % 16, 0);
        memset(seen[i], (int)(i & 0xFF), 1 + i * 7 % 333);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t k = 0; k < 1 + i * 7 % 333; k++)
            assert_int_equal((unsigned char)seen[i][k], i & 0xFF);
    }
    arena_finish(&a);
}

static void a_large_request_does_not_waste_the_current_block(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, 0);
    char *small = arena_alloc(&a, 16);
    assert_non_null(arena_alloc(&a, 1 << 20));
    char *next = arena_alloc(&a, 16);
    assert_ptr_equal(next, small + 16);
    arena_finish(&a);
}

static void zeroes_copies_and_prints(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, 0);
    memset(arena_alloc(&a, 512), 0xAA, 512);
    char *zero = arena_zalloc(&a, 512);
    for (int i = 0; i < 512; i++)
        assert_int_equal(zero[i], 0);
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    assert_string_equal(arena_printf(&a, "%s-%d", "room", 7), "room-7");
    char *wide = arena_printf(&a, "%050000d", 1);
    assert_int_equal(strlen(wide), 50000);
    arena_finish(&a);
}

static void a_request_for_too_much_is_null(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, 0);
    volatile size_t all = SIZE_MAX;
    assert_null(arena_alloc(&a, all));
    assert_null(arena_alloc(&a, all - 15));
    assert_null(arena_zalloc(&a, all / 2 + 1));
    assert_null(arena_strndup(&a, "x", all));
    assert_null(arena_strndup(&a, "x", all - 1));
    assert_non_null(arena_alloc(&a, 1));
    assert_non_null(arena_alloc(&a, 0));
    arena_finish(&a);
}

struct note {
    char *log;
    char letter;
    const char *alive; /* in the arena: must still be readable */
};

static void write_note(void *arg)
{
    struct note *n = arg;
    assert_string_equal(n->alive, "alive");
    size_t len = strlen(n->log);
    n->log[len] = n->letter;
    n->log[len + 1] = '\0';
}

static void runs_clean_ups_newest_first_before_the_blocks_go(void **state)
{
    (void)state;
    char log[8] = "";
    struct arena a;
    arena_init(&a, NULL, 0);
    for (char c = 'a'; c <= 'c'; c++) {
        struct note *n = arena_alloc(&a, sizeof *n);
        *n = (struct note){log, c, arena_strndup(&a, "alive", 5)};
        assert_int_equal(arena_defer(&a, write_note, n), 0);
        assert_non_null(arena_alloc(&a, 20000));
    }
    assert_string_equal(log, "");
    arena_finish(&a);
    assert_string_equal(log, "cba");
    arena_finish(&a);
    assert_string_equal(log, "cba");
}

static void may_be_used_again_after_finish(void **state)
{
    (void)state;
    char first[64];
    struct arena a;
    arena_init(&a, first, sizeof first);
    assert_non_null(arena_alloc(&a, 32));
    arena_finish(&a);
    char *p = arena_alloc(&a, 32);
    assert_non_null(p);
    assert_true(p < first || p >= first + sizeof first);
    arena_finish(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_small_requests_from_the_first_block),
        cmocka_unit_test(aligns_every_allocation_and_keeps_them_apart),
        cmocka_unit_test(a_large_request_does_not_waste_the_current_block),
        cmocka_unit_test(zeroes_copies_and_prints),
        cmocka_unit_test(a_request_for_too_much_is_null),
        cmocka_unit_test(runs_clean_ups_newest_first_before_the_blocks_go),
        cmocka_unit_test(may_be_used_again_after_finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

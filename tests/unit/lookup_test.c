#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/lookup.h"

static void finds_by_name(void **state)
{
    (void)state;
    struct arena arena;
    struct lookup l;
    size_t n;
    int things[5];
    static const char *const keys[] = {"b", "a", "b", "ab", ""};
    arena_init(&arena, NULL, 0);
    lookup_init(&l, &arena);
    lookup_sort(&l);
    assert_null(lookup_find(&l, STR("a"), &n));
    for (int i = 0; i < 5; i++)
        lookup_add(&l, str_of(keys[i]), &things[i]);
    lookup_sort(&l);
    const struct named *found = lookup_find(&l, STR("b"), &n);
    assert_int_equal(n, 2);
    assert_ptr_equal(found[0].of, &things[0]); /* as added */
    assert_ptr_equal(found[1].of, &things[2]);
    assert_ptr_equal(lookup_find(&l, STR("a"), &n)->of, &things[1]);
    assert_int_equal(n, 1);
    assert_ptr_equal(lookup_find(&l, STR("ab"), &n)->of, &things[3]);
    assert_ptr_equal(lookup_find(&l, STR(""), &n)->of, &things[4]);
    assert_null(lookup_find(&l, STR("c"), &n));
    assert_int_equal(n, 0);
    assert_null(lookup_find(&l, STR("abc"), &n));
    arena_finish(&arena);
}

static void grows(void **state)
{
    (void)state;
    struct arena arena;
    struct lookup l;
    size_t n;
    arena_init(&arena, NULL, 0);
    lookup_init(&l, &arena);
    for (intptr_t i = 0; i < 5000; i++)
        lookup_add(&l, str_of(arena_printf(&arena, "%ld", (long)(i * 7919 % 5000))), (void *)i);
    lookup_sort(&l);
    for (intptr_t i = 0; i < 5000; i++) {
        char key[24];
        snprintf(key, sizeof key, "%ld", (long)(i * 7919 % 5000));
        assert_ptr_equal(lookup_find(&l, str_of(key), &n)->of, (void *)i);
        assert_int_equal(n, 1);
    }
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_by_name), cmocka_unit_test(grows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

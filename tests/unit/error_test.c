#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void every_row_is_complete_and_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        const struct err_info *e = err_info((enum err)i);
        assert_true(e->status == 200 || (e->status >= 400 && e->status <= 599));
        assert_true(strlen(e->title) > 0);
        /* The slug is part of a URL. */
        assert_true(strlen(e->slug) > 0);
        assert_int_equal(strspn(e->slug, "abcdefghijklmnopqrstuvwxyz-"), strlen(e->slug));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(e->slug, err_info((enum err)k)->slug);
            assert_string_not_equal(e->name, err_info((enum err)k)->name);
        }
    }
}

static void ok_is_zero_and_the_only_success(void **state)
{
    (void)state;
    assert_int_equal(ERR_OK, 0);
    assert_int_equal(err_info(ERR_OK)->status, 200);
    for (int i = 1; i < ERR_COUNT; i++)
        assert_true(err_info((enum err)i)->status >= 400);
}

static void known_rows_read_as_declared(void **state)
{
    (void)state;
    assert_int_equal(err_info(ERR_STALE)->status, 412);
    assert_string_equal(err_info(ERR_STALE)->name, "STALE");
    assert_int_equal(err_info(ERR_NEED_IF_MATCH)->status, 428);
    assert_string_equal(err_info(ERR_NEED_IF_MATCH)->slug, "precondition-required");
}

static void a_value_out_of_range_is_internal(void **state)
{
    (void)state;
    assert_ptr_equal(err_info(ERR_COUNT), err_info(ERR_INTERNAL));
    assert_ptr_equal(err_info((enum err)(ERR_COUNT + 5)), err_info(ERR_INTERNAL));
    assert_int_equal(err_info(ERR_INTERNAL)->status, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete_and_of_its_own),
        cmocka_unit_test(ok_is_zero_and_the_only_success),
        cmocka_unit_test(known_rows_read_as_declared),
        cmocka_unit_test(a_value_out_of_range_is_internal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

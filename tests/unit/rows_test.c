/* The body of a push, taken apart: every element a row, whatever it is worth, and nothing else an array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/rows.h"

static void elements_are_rows(void **state)
{
    (void)state;
    struct str rows[4];
    static const char body[] = " [ {\"a\":[1,2]} , \"],[\\\"\" ,\n7,{]]} ] ";
    assert_int_equal(rows_split(STR("[]"), rows, 4), 0);
    assert_int_equal(rows_split(STR(" [\n] "), rows, 4), 0);
    assert_int_equal(rows_split(STR("[7]"), rows, 4), 1);
    assert_true(str_is(rows[0], "7"));
    assert_int_equal(rows_split(STR(" [ {\"a\":[1,2]} , \"],[\\\"\" ,\n7 ] "), rows, 4), 3);
    assert_true(str_is(rows[0], "{\"a\":[1,2]}"));
    assert_true(str_is(rows[1], "\"],[\\\"\""));
    assert_true(str_is(rows[2], "7"));
    assert_int_equal(rows_split((struct str){body, sizeof body - 1}, rows, 4), -1);
    assert_int_equal(rows_split(STR("[1,2,3,4]"), rows, 4), 4);
    assert_int_equal(rows_split(STR("[1,2,3,4,5,6]"), rows, 4), 5);
}

static void what_is_no_array(void **state)
{
    (void)state;
    struct str rows[4];
    static const char *const bad[] = {
        "",     " ",      "[",     "]",    "{}",  "7",     "[1",     "1]",        "[1,]", "[,1]", "[,]",
        "[1]]", "[1][2]", "[1] 2", "[\"]", "[{]", "[\"\\", "[1,,2]", "[\"a\\\"]", "[[]",  "[}]",  "[{]},{]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (rows_split(str_of(bad[i]), rows, 4) >= 0)
            fail_msg("%s", bad[i]);
}

static const char *text_of(struct arena *a, const char *row)
{
    json_t *json = rows_parse(a, str_of(row));
    return json_string_value(json_array_get(json, 0));
}

static void halves_of_pairs_are_mended(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, 0);
    assert_string_equal(text_of(&a, "[\"x\\ud83d\"]"), "x\xef\xbf\xbd");
    assert_string_equal(text_of(&a, "[\"\\uDE00y\"]"), "\xef\xbf\xbdy");
    assert_string_equal(text_of(&a, "[\"\\ud83d\\ud83d\\ude00\"]"), "\xef\xbf\xbd\xf0\x9f\x98\x80");
    assert_string_equal(text_of(&a, "[\"\\ud83d\\u0041\"]"), "\xef\xbf\xbd"
                                                             "A");
    assert_string_equal(text_of(&a, "[\"\\\\ud83d\"]"), "\\ud83d");
    assert_string_equal(text_of(&a, "[\"\\u00e9\\n\"]"), "\xc3\xa9\n");
    assert_null(rows_parse(&a, STR("[\"\\u12\"]")));
    assert_null(rows_parse(&a, STR("{\"a\":}")));
    assert_null(rows_parse(&a, STR("")));
    arena_finish(&a);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct arena a;
    char deep[2 * 100000 + 1];
    arena_init(&a, NULL, 0);
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    assert_null(rows_parse(&a, (struct str){deep, 200000}));
    assert_non_null(rows_parse(&a, (struct str){deep + 100000 - 32, 64}));
    assert_null(rows_parse(&a, (struct str){deep + 100000 - 33, 66}));
    arena_finish(&a);
}

static void an_id_is_guessed(void **state)
{
    (void)state;
    struct str id = rows_guess_id(STR("{\"x\":,\"id\" : \"0192f3a4-5b6c-7d7e-8f90-a1b2c3d4e5f6\"}"));
    assert_true(str_is(id, "0192f3a4-5b6c-7d7e-8f90-a1b2c3d4e5f6"));
    assert_null(rows_guess_id(STR("{\"id\":\"0192f3a4\"}")).ptr);
    assert_null(rows_guess_id(STR("{\"id\"")).ptr);
    assert_null(rows_guess_id(STR("{\"id\":7}")).ptr);
    assert_null(rows_guess_id(STR("")).ptr);
}

int main(void)
{
    setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_rows),          cmocka_unit_test(what_is_no_array),
        cmocka_unit_test(halves_of_pairs_are_mended), cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(an_id_is_guessed),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}

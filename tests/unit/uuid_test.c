#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/uuid.h"

static void version_7_begins_with_the_time(void **state)
{
    (void)state;
    char id[UUID_TEXT], hex[13] = "";
    int64_t before = clock_now_ms();
    uuid_v7(id);
    int64_t after = clock_now_ms();
    assert_true(uuid_is(str_of(id)));
    assert_int_equal(id[14], '7');
    assert_non_null(strchr("89ab", id[19]));
    memcpy(hex, id, 8);
    memcpy(hex + 8, id + 9, 4);
    int64_t ms = strtoll(hex, NULL, 16);
    assert_true(ms >= before && ms <= after);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void version_7_does_not_repeat(void **state)
{
    (void)state;
    enum { N = 20000 };
    char(*ids)[UUID_TEXT] = calloc(N, UUID_TEXT);
    assert_non_null(ids);
    for (int i = 0; i < N; i++)
        uuid_v7(ids[i]);
    qsort(ids, N, UUID_TEXT, compare);
    for (int i = 1; i < N; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
    free(ids);
}

/* Golden: rows in databases carry these ids; a change here would lose them. */
static void derived_ids_stay_what_they_are(void **state)
{
    (void)state;
    char id[UUID_TEXT];
    uuid_derive(id, STR("csec2015/rooms"), STR("main-hall"));
    assert_string_equal(id, "f113dc8f-9098-8edc-a5af-9c816975fa6e");
    uuid_derive(id, STR(""), STR(""));
    assert_string_equal(id, "463be1d5-8a72-8961-8ea5-9884367c4358");
    uuid_derive(id, str_of(NULL), str_of(NULL));
    assert_string_equal(id, "463be1d5-8a72-8961-8ea5-9884367c4358");
    assert_true(uuid_is(str_of(id)));
    assert_int_equal(id[14], '8');
}

static void space_and_name_do_not_run_together(void **state)
{
    (void)state;
    char a[UUID_TEXT], b[UUID_TEXT], c[UUID_TEXT];
    uuid_derive(a, STR("ab"), STR("c"));
    uuid_derive(b, STR("a"), STR("bc"));
    uuid_derive(c, STR("c"), STR("ab"));
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
}

static void knows_the_one_form(void **state)
{
    (void)state;
    assert_true(uuid_is(STR("00000000-0000-0000-0000-000000000000")));
    assert_true(uuid_is(STR("f113dc8f-9098-4edc-a5af-9c816975fa6e")));
    static const char *const bad[] = {"",
                                      "f113dc8f-9098-4edc-a5af-9c816975fa6",
                                      "f113dc8f-9098-4edc-a5af-9c816975fa6e0",
                                      "F113DC8F-9098-4EDC-A5AF-9C816975FA6E",
                                      "f113dc8f90984edca5af9c816975fa6e",
                                      "f113dc8f-9098-4edc-a5af-9c816975fa6g",
                                      "f113dc8f-9098-4edc-a5af_9c816975fa6e",
                                      "f113dc8f-9098-4edca-5af-9c816975fa6e",
                                      "{f113dc8f-9098-4edc-a5af-9c816975fa}",
                                      "f113dc8f-9098-4edc-a5af-9c816975fa6\n",
                                      "------------------------------------"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(uuid_is(str_of(bad[i])));
    assert_false(uuid_is(str_of(NULL)));
    assert_false(uuid_is(STR("f113dc8f-9098-4edc-a5af-9c816975fa\0e")));
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_7_begins_with_the_time),
        cmocka_unit_test(version_7_does_not_repeat),
        cmocka_unit_test(derived_ids_stay_what_they_are),
        cmocka_unit_test(space_and_name_do_not_run_together),
        cmocka_unit_test(knows_the_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

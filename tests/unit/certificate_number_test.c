#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "features/certificate_number.h"

static bool reads(const char *typed)
{
    char out[NUMBER_KEPT];
    return certificate_number_read(str_of(typed), out);
}

static void is_read_as_it_is_printed(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char kept[NUMBER_KEPT], printed[NUMBER_TEXT], read[NUMBER_KEPT];
        certificate_number_make(kept);
        certificate_number_print(str_of(kept), printed);
        assert_int_equal(strlen(printed), NUMBER_TEXT - 1);
        assert_true(certificate_number_read(str_of(printed), read));
        assert_string_equal(read, kept);
    }
}

/* Every wrong digit, and every exchange of neighbours, is found: 37 is a prime above 32. */
static void finds_each_slip(void **state)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char kept[NUMBER_KEPT], slip[NUMBER_KEPT];
    (void)state;
    certificate_number_make(kept);
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        for (int d = 0; d < 32; d++) {
            memcpy(slip, kept, NUMBER_KEPT);
            slip[i] = digits[d];
            assert_int_equal(reads(slip), kept[i] == digits[d]);
        }
        if (i + 1 == NUMBER_DIGITS || kept[i] == kept[i + 1])
            continue;
        memcpy(slip, kept, NUMBER_KEPT);
        slip[i] = kept[i + 1];
        slip[i + 1] = kept[i];
        assert_false(reads(slip));
    }
}

/* 0 and 1 written out: 1 leaves 1. */
static void forgives_what_looks_alike(void **state)
{
    (void)state;
    assert_true(reads("0000-0000-0000-0"));
    assert_true(reads("oooo oooo oool l"));
    assert_false(reads("0000-0000-0001-0"));
    assert_false(reads(""));
    assert_false(reads("0000-0000-0000"));
    assert_false(reads("0000-0000-0000-00"));
    assert_false(reads("0000-0000-0000-*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_as_it_is_printed),
        cmocka_unit_test(finds_each_slip),
        cmocka_unit_test(forgives_what_looks_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

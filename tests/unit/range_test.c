#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/range.h"

static void assert_range(const char *header, int64_t size, enum range_result want, int64_t at, int64_t len)
{
    int64_t got_at, got_len;
    enum range_result got = range_read(str_of(header), size, &got_at, &got_len);
    if (got != want || got_at != at || got_len != len)
        fail_msg("%s of %lld: %d %lld+%lld", header ? header : "none", (long long)size, got,
                 (long long)got_at, (long long)got_len);
}

/* RFC 9110, 14.1.2: a file of 10,000 bytes. */
static void reads_the_rfcs_examples(void **state)
{
    (void)state;
    assert_range("bytes=0-499", 10000, RANGE_PART, 0, 500);
    assert_range("bytes=500-999", 10000, RANGE_PART, 500, 500);
    assert_range("bytes=-500", 10000, RANGE_PART, 9500, 500);
    assert_range("bytes=9500-", 10000, RANGE_PART, 9500, 500);
    assert_range("bytes=0-0", 10000, RANGE_PART, 0, 1);
}

static void cuts_at_the_end(void **state)
{
    (void)state;
    assert_range("bytes=0-", 10, RANGE_PART, 0, 10);
    assert_range("bytes=0-9", 10, RANGE_PART, 0, 10);
    assert_range("bytes=0-10", 10, RANGE_PART, 0, 10);
    assert_range("bytes=9-9", 10, RANGE_PART, 9, 1);
    assert_range("bytes=9-99999", 10, RANGE_PART, 9, 1);
    assert_range("bytes=-10", 10, RANGE_PART, 0, 10);
    assert_range("bytes=-11", 10, RANGE_PART, 0, 10);
    assert_range("bytes=3-9223372036854775807", 10, RANGE_PART, 3, 7);
    assert_range("bytes=3-99999999999999999999999999", 10, RANGE_PART, 3, 7);
    assert_range("bytes=-99999999999999999999999999", 10, RANGE_PART, 0, 10);
    assert_range("bytes=000000000000000000000000003-4", 10, RANGE_PART, 3, 2);
}

static void knows_what_is_outside(void **state)
{
    (void)state;
    assert_range("bytes=10-", 10, RANGE_OUTSIDE, 0, 10);
    assert_range("bytes=10-10", 10, RANGE_OUTSIDE, 0, 10);
    assert_range("bytes=99999999999999999999999999-", 10, RANGE_OUTSIDE, 0, 10);
    assert_range("bytes=9223372036854775807-9223372036854775807", 10, RANGE_OUTSIDE, 0, 10);
    assert_range("bytes=99999999999999999999-99999999999999999998", 10, RANGE_OUTSIDE, 0, 10);
    assert_range("bytes=-0", 10, RANGE_OUTSIDE, 0, 10);
    assert_range("bytes=0-", 0, RANGE_OUTSIDE, 0, 0);
    assert_range("bytes=-5", 0, RANGE_OUTSIDE, 0, 0);
    assert_range("bytes=-0", 0, RANGE_OUTSIDE, 0, 0);
}

/* Whatever is not one good range of bytes gets the whole file. */
static void passes_over_the_rest(void **state)
{
    static const char *const headers[] = {
        NULL,          "",           "bytes",      "bytes=",      "bytes=-",     "bytes=5",      "bytes=5-2",
        "bytes=0-1,3", "bytes=0-0,", "bytes=,0-0", "bytes=0-1-2", "bytes=--1",   "bytes=-1-",    "bytes=+1-2",
        "bytes=1-+2",  "bytes= 1-2", "bytes=1 -2", "bytes=1-2 ",  "bytes =1-2",  "bytes=a-b",    "bytes=1-b",
        "bytes=0x1-2", "items=0-1",  "bytes:0-1",  "byte=0-1",    "bytes=1.0-2", "bytes=\xb2-3", "0-1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        assert_range(headers[i], 10, RANGE_WHOLE, 0, 10);
    assert_range("Bytes=1-2", 10, RANGE_PART, 1, 2); /* units have no case */
}

/* What was cut off in the middle is read no further than its length. */
static void reads_no_byte_too_far(void **state)
{
    static const char whole[] = "bytes=12-345";
    (void)state;
    for (size_t n = 0; n < sizeof whole; n++) {
        int64_t at, len;
        char *copy = malloc(n ? n : 1);
        memcpy(copy, whole, n);
        range_read((struct str){copy, n}, 1000, &at, &len);
        free(copy);
    }
}

static int64_t pick(uint64_t *seed, int64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int64_t)((*seed >> 33) % (uint64_t)below);
}

/* Property: what a range says of each byte is what the result says of it. */
static void agrees_with_each_byte(void **state)
{
    uint64_t seed = 2015;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        int64_t size = pick(&seed, 12), a = pick(&seed, 14), b = pick(&seed, 14), at, len, wanted = 0;
        int form = (int)pick(&seed, 3);
        char header[64];
        snprintf(header, sizeof header,
                 form == 0   ? "bytes=%lld-%lld"
                 : form == 1 ? "bytes=%lld-"
                             : "bytes=-%lld",
                 (long long)a, (long long)b);
        enum range_result result = range_read(str_of(header), size, &at, &len);
        if (form == 0 && b < a) {
            assert_int_equal(result, RANGE_WHOLE);
            continue;
        }
        for (int64_t i = 0; i < size; i++) {
            bool in = form == 0 ? i >= a && i <= b : form == 1 ? i >= a : i >= size - a;
            wanted += in;
            if (in != (result == RANGE_PART && i >= at && i < at + len))
                fail_msg("%s of %lld: byte %lld", header, (long long)size, (long long)i);
        }
        assert_int_equal(result, wanted ? RANGE_PART : RANGE_OUTSIDE);
        assert_true(at >= 0 && at + len <= size && len >= (result == RANGE_PART));
    }
}

static void if_range_wants_the_very_tag(void **state)
{
    (void)state;
    assert_true(range_if(str_of(NULL), "\"a\""));
    assert_true(range_if(STR("\"a\""), "\"a\""));
    assert_false(range_if(STR("\"b\""), "\"a\""));
    assert_false(range_if(STR("W/\"a\""), "\"a\""));
    assert_false(range_if(STR("*"), "\"a\""));
    assert_false(range_if(STR(""), "\"a\""));
    assert_false(range_if(STR("Tue, 01 Dec 2015 17:00:00 GMT"), "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_rfcs_examples),     cmocka_unit_test(cuts_at_the_end),
        cmocka_unit_test(knows_what_is_outside),       cmocka_unit_test(passes_over_the_rest),
        cmocka_unit_test(reads_no_byte_too_far),       cmocka_unit_test(agrees_with_each_byte),
        cmocka_unit_test(if_range_wants_the_very_tag),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/zone.h"

static const int64_t LAST_MS = 253402300799999; /* 9999-12-31T23:59:59.999Z */

/* A copy that ends where it says, so that the sanitizer sees a byte read too far. */
static bool parse(const char *s, size_t len, int64_t *ms)
{
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, s, len);
    bool good = clock_parse((struct str){copy, len}, ms);
    free(copy);
    return good;
}

static void parses_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"1970-01-01T00:00:00Z", 0},
                {"1969-12-31T16:00:00-08:00", 0},
                {"2015-12-01T09:00:00-08:00", 1448989200000},
                {"2015-12-01T17:00:00Z", 1448989200000},
                {"2015-12-01t17:00:00z", 1448989200000},
                {"2015-12-01T22:30:00+05:30", 1448989200000},
                {"2015-12-01T17:00:00-00:00", 1448989200000},
                {"2015-12-01T17:00:00.5Z", 1448989200500},
                {"2015-12-01T17:00:00.007Z", 1448989200007},
                {"2015-12-01T17:00:00.1239999999999999999999Z", 1448989200123},
                {"2016-02-29T00:00:00Z", 1456704000000},
                {"2000-02-29T23:59:59Z", 951868799000},
                {"9999-12-31T23:59:59.999Z", LAST_MS}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = -1;
        assert_true(parse(good[i].text, strlen(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2015",
                                      "2015-12-01",
                                      "2015-12-01T09:00:00",
                                      "2015-12-01T09:00Z",
                                      "2015-12-01 09:00:00Z",
                                      "2015-13-01T09:00:00Z",
                                      "2015-00-01T09:00:00Z",
                                      "2015-12-00T09:00:00Z",
                                      "2015-12-32T09:00:00Z",
                                      "2015-02-29T09:00:00Z",
                                      "2100-02-29T09:00:00Z",
                                      "2015-04-31T09:00:00Z",
                                      "2015-12-01T24:00:00Z",
                                      "2015-12-01T09:60:00Z",
                                      "2015-12-01T09:00:60Z",
                                      "2015-12-01T09:00:00.Z",
                                      "2015-12-01T09:00:00,5Z",
                                      "2015-12-01T09:00:00+8:00",
                                      "2015-12-01T09:00:00+0800",
                                      "2015-12-01T09:00:00+24:00",
                                      "2015-12-01T09:00:00+08:60",
                                      "2015-12-01T09:00:00-08:00 ",
                                      " 2015-12-01T09:00:00Z",
                                      "2015-12-01T09:00:00ZZ",
                                      "2015-12-01T09:00:00.5",
                                      "+2015-12-01T09:00:00Z",
                                      "-015-12-01T09:00:00Z",
                                      "2015-12-01T09:00:00Z\n",
                                      "2O15-12-01T09:00:00Z",
                                      "2015-12-01T-9:00:00Z",
                                      "2015/12/01T09:00:00Z",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "0000-01-01T00:00:00Z",
                                      "2015-12-01T09:00:00\xE2\x88\x92\x30\x38:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = 77;
        if (parse(bad[i], strlen(bad[i]), &ms))
            fail_msg("accepted %s", bad[i]);
        assert_int_equal(ms, 77);
    }
    int64_t ms;
    assert_false(clock_parse(str_of(NULL), &ms));
    assert_false(parse("2015-12-01T09:00:00\0", 20, &ms));
}

static void no_cut_of_a_good_time_is_good(void **state)
{
    (void)state;
    const char *whole = "2015-12-01T09:00:00.250-08:00";
    for (size_t n = 0; n < strlen(whole); n++) {
        int64_t ms;
        assert_false(parse(whole, n, &ms));
    }
}

static void parses_dates(void **state)
{
    (void)state;
    int64_t days;
    assert_true(clock_parse_date(STR("1970-01-01"), &days));
    assert_int_equal(days, 0);
    assert_true(clock_parse_date(STR("2015-12-01"), &days));
    assert_int_equal(days, 16770);
    assert_true(clock_parse_date(STR("1899-12-30"), &days));
    assert_int_equal(days, -25569);
    static const char *const bad[] = {"",           "2015-12",    "2015-12-1",   "2015-1-01",
                                      "15-12-01",   "2015-02-30", "2015-12-01T", "2015-12-0a",
                                      "0000-01-01", "2015 12 01", "20151201"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(clock_parse_date(str_of(bad[i]), &days));
    assert_false(clock_parse_date(str_of(NULL), &days));
}

static void civil_dates_and_day_numbers_are_one_to_one(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t number = clock_days(1, 1, 1);
    assert_int_equal(number, -719162);
    for (int year = 1; year <= 2400; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= lengths[month - 1] + (leap && month == 2); day++, number++) {
                int y, m, d;
                clock_civil(number, &y, &m, &d);
                if (clock_days(year, month, day) != number || y != year || m != month || d != day)
                    fail_msg("%d-%d-%d", year, month, day);
            }
        }
    }
    assert_int_equal(clock_days(1970, 1, 1), 0);
    assert_int_equal(clock_days(-1, 12, 31), clock_days(0, 1, 1) - 1);
}

static void assert_text(int64_t ms, const struct zone *zone, const char *want)
{
    char out[CLOCK_TEXT];
    memset(out, 'x', sizeof out);
    assert_int_equal(clock_format(out, ms, zone), strlen(want));
    assert_string_equal(out, want);
}

static void formats_in_utc(void **state)
{
    (void)state;
    assert_text(0, NULL, "1970-01-01T00:00:00Z");
    assert_text(1448989200000, NULL, "2015-12-01T17:00:00Z");
    assert_text(1448989200007, NULL, "2015-12-01T17:00:00.007Z");
    assert_text(1448989200120, NULL, "2015-12-01T17:00:00.120Z");
    assert_text(951782400000, NULL, "2000-02-29T00:00:00Z");
    assert_text(-1, NULL, "1969-12-31T23:59:59.999Z");
    assert_text(LAST_MS, NULL, "9999-12-31T23:59:59.999Z");
}

static void formats_in_a_zone(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles"), *kolkata = zone_create("Asia/Kolkata");
    assert_non_null(la);
    assert_non_null(kolkata);
    assert_text(1448989200000, la, "2015-12-01T09:00:00-08:00");
    assert_text(1435766400000, la, "2015-07-01T09:00:00-07:00");
    assert_text(1448989200001, la, "2015-12-01T09:00:00.001-08:00");
    assert_text(1448989200000, kolkata, "2015-12-01T22:30:00+05:30");
    /* Local mean time, -7:52:58: the offset loses its seconds, the instant does not. */
    assert_text(-3000000000000, la, "1874-12-07T10:48:00-07:52");
    zone_destroy(la);
    zone_destroy(kolkata);
}

static void no_instant_overruns_the_buffer(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles"), *east = zone_create("Pacific/Kiritimati");
    const struct zone *zones[] = {NULL, la, east};
    static const int64_t far[] = {INT64_MIN, INT64_MIN + 1, -62135596800001, -62135596800000,
                                  LAST_MS,   LAST_MS + 1,   INT64_MAX - 1,   INT64_MAX};
    for (size_t z = 0; z < 3; z++) {
        for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
            char out[CLOCK_TEXT];
            int len = clock_format(out, far[i], zones[z]);
            assert_true(len > 0 && len < CLOCK_TEXT);
            assert_int_equal(strlen(out), len);
            assert_int_equal(out[4], '-'); /* four digits of year */
        }
    }
    zone_destroy(la);
    zone_destroy(east);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles");
    assert_non_null(la);
    uint64_t seed = 2015;
    for (int i = 0; i < 100000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int64_t ms = (int64_t)((seed >> 16) % (uint64_t)LAST_MS), back = -1;
        char out[CLOCK_TEXT];
        int len = clock_format(out, ms, i % 2 ? la : NULL);
        assert_true(clock_parse((struct str){out, (size_t)len}, &back));
        assert_int_equal(back, ms);
    }
    zone_destroy(la);
}

static void the_clocks_go_on(void **state)
{
    (void)state;
    int64_t wall = clock_now_ms(), mono = clock_monotonic_us();
    assert_true(wall > 1448989200000);
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us();
        assert_true(now >= mono);
        mono = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_rfc_3339),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(no_cut_of_a_good_time_is_good),
        cmocka_unit_test(parses_dates),
        cmocka_unit_test(civil_dates_and_day_numbers_are_one_to_one),
        cmocka_unit_test(formats_in_utc),
        cmocka_unit_test(formats_in_a_zone),
        cmocka_unit_test(no_instant_overruns_the_buffer),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_clocks_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

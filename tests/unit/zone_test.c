#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/zone.h"

static char folder[] = "/tmp/convened-zone-XXXXXX";
static char file[sizeof folder + 8];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof file, "%s/Made", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(folder);
}

static int64_t utc(const char *rfc3339)
{
    int64_t ms;
    if (!clock_parse(str_of(rfc3339), &ms))
        fail_msg("%s is no time", rfc3339);
    return ms;
}

/* A wall-clock time as if it were UTC. */
static int64_t wall(const char *text)
{
    char whole[32];
    snprintf(whole, sizeof whole, "%s:00Z", text);
    return utc(whole);
}

/* The zone that the bytes make as a file; NULL when they are refused. */
static struct zone *load(const unsigned char *bytes, size_t len)
{
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    setenv("TZDIR", folder, 1);
    struct zone *z = zone_create("Made");
    unsetenv("TZDIR");
    return z;
}

/* --- A small TZif writer: an empty v1 block, `count` transitions, two types, a footer. */

struct made {
    unsigned char bytes[4096];
    size_t len;
};

static void put32(struct made *m, uint32_t n)
{
    for (int i = 3; i >= 0; i--)
        m->bytes[m->len++] = (unsigned char)(n >> (8 * i));
}

static void put_header(struct made *m, char version, uint32_t leap, uint32_t times, uint32_t types,
                       uint32_t chars)
{
    memcpy(m->bytes + m->len, "TZif", 4);
    m->bytes[m->len + 4] = (unsigned char)version;
    memset(m->bytes + m->len + 5, 0, 15);
    m->len += 20;
    put32(m, 0);
    put32(m, 0);
    put32(m, leap);
    put32(m, times);
    put32(m, types);
    put32(m, chars);
}

static struct zone *make(const int64_t *at, size_t count, const int32_t offsets[2], const char *footer)
{
    struct made m = {.len = 0};
    put_header(&m, '2', 0, 0, 0, 0);
    put_header(&m, '2', 0, (uint32_t)count, 2, 4);
    for (size_t i = 0; i < count; i++) {
        put32(&m, (uint32_t)((uint64_t)at[i] >> 32));
        put32(&m, (uint32_t)at[i]);
    }
    for (size_t i = 0; i < count; i++)
        m.bytes[m.len++] = (i + 1) % 2; /* type 1 first */
    for (int i = 0; i < 2; i++) {
        put32(&m, (uint32_t)offsets[i]);
        m.bytes[m.len++] = 0;
        m.bytes[m.len++] = 0;
    }
    memcpy(m.bytes + m.len, "AAA", 4);
    m.len += 4;
    m.len += (size_t)sprintf((char *)m.bytes + m.len, "\n%s\n", footer);
    return load(m.bytes, m.len);
}

static struct zone *make_rule(const char *footer)
{
    static const int32_t none[2] = {0, 0};
    return make(NULL, 0, none, footer);
}

/* --- Golden: the machine's zones. */

static void assert_la(const struct zone *la, const char *at, int hours)
{
    if (zone_offset(la, utc(at)) != hours * 3600)
        fail_msg("%s: %d", at, zone_offset(la, utc(at)));
}

static void los_angeles_changes_clocks_in_2015(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles");
    assert_non_null(la);
    assert_string_equal(zone_name(la), "America/Los_Angeles");
    assert_la(la, "2015-03-08T09:59:59.999Z", -8);
    assert_la(la, "2015-03-08T10:00:00Z", -7);
    assert_la(la, "2015-11-01T08:59:59.999Z", -7);
    assert_la(la, "2015-11-01T09:00:00Z", -8);
    assert_la(la, "2015-12-01T17:00:00Z", -8);
    assert_la(la, "2015-07-01T00:00:00Z", -7);
    zone_destroy(la);
}

static void los_angeles_changes_clocks_after_the_last_transition(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles");
    assert_non_null(la);
    assert_la(la, "2050-01-01T00:00:00Z", -8);
    assert_la(la, "2050-03-13T09:59:59.999Z", -8);
    assert_la(la, "2050-03-13T10:00:00Z", -7);
    assert_la(la, "2050-11-06T08:59:59.999Z", -7);
    assert_la(la, "2050-11-06T09:00:00Z", -8);
    assert_la(la, "9999-12-31T23:59:59Z", -8);
    zone_destroy(la);
}

static void wall_times_become_instants(void **state)
{
    (void)state;
    static const struct {
        const char *wall, *utc;
    } cases[] = {{"2015-12-01T09:00", "2015-12-01T09:00:00-08:00"},
                 {"2015-07-01T09:00", "2015-07-01T09:00:00-07:00"},
                 {"2015-03-08T01:59", "2015-03-08T01:59:00-08:00"},
                 {"2015-03-08T02:00", "2015-03-08T02:00:00-08:00"}, /* skipped: as before the change */
                 {"2015-03-08T02:30", "2015-03-08T03:30:00-07:00"},
                 {"2015-03-08T03:00", "2015-03-08T03:00:00-07:00"},
                 {"2015-11-01T00:59", "2015-11-01T00:59:00-07:00"},
                 {"2015-11-01T01:00", "2015-11-01T01:00:00-07:00"}, /* twice: the first */
                 {"2015-11-01T01:59", "2015-11-01T01:59:00-07:00"},
                 {"2015-11-01T02:00", "2015-11-01T02:00:00-08:00"},
                 {"2050-03-13T02:30", "2050-03-13T02:30:00-08:00"},
                 {"2050-11-06T01:30", "2050-11-06T01:30:00-07:00"},
                 {"2050-11-06T02:00", "2050-11-06T02:00:00-08:00"}};
    struct zone *la = zone_create("America/Los_Angeles");
    assert_non_null(la);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (zone_to_utc(la, wall(cases[i].wall)) != utc(cases[i].utc))
            fail_msg("%s", cases[i].wall);
    }
    /* The ends of time do not overflow. */
    zone_to_utc(la, INT64_MIN);
    zone_to_utc(la, INT64_MAX);
    zone_offset(la, INT64_MIN);
    zone_offset(la, INT64_MAX);
    zone_destroy(la);
}

static void other_zones_read_right(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *at;
        int offset;
    } cases[] = {{"UTC", "2015-12-01T00:00:00Z", 0},
                 {"America/Phoenix", "2015-07-01T00:00:00Z", -7 * 3600},
                 {"Asia/Kolkata", "2060-07-01T00:00:00Z", 19800},
                 {"Asia/Kathmandu", "2015-07-01T00:00:00Z", 20700},
                 {"Pacific/Honolulu", "2015-07-01T00:00:00Z", -36000},
                 {"Australia/Sydney", "2060-01-01T00:00:00Z", 39600}, /* summer in January */
                 {"Australia/Sydney", "2060-07-01T00:00:00Z", 36000},
                 {"Europe/Dublin", "2060-07-01T00:00:00Z", 3600}, /* winter time is the exception there */
                 {"Europe/Dublin", "2060-01-01T00:00:00Z", 0},
                 {"Etc/GMT+8", "2015-07-01T00:00:00Z", -8 * 3600}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zone *z = zone_create(cases[i].zone);
        assert_non_null(z);
        assert_int_equal(zone_offset(z, utc(cases[i].at)), cases[i].offset);
        zone_destroy(z);
    }
}

static void changes_follow_one_another(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *after, *next; /* NULL: none */
    } cases[] = {{"America/Los_Angeles", "2015-01-01T00:00:00Z", "2015-03-08T10:00:00Z"},
                 {"America/Los_Angeles", "2015-03-08T09:59:59.999Z", "2015-03-08T10:00:00Z"},
                 {"America/Los_Angeles", "2015-03-08T10:00:00Z", "2015-11-01T09:00:00Z"},
                 {"America/Los_Angeles", "2015-11-01T09:00:00Z", "2016-03-13T10:00:00Z"},
                 {"America/Los_Angeles", "2037-12-31T00:00:00Z", "2038-03-14T10:00:00Z"},
                 {"America/Los_Angeles", "2050-03-13T10:00:00Z", "2050-11-06T09:00:00Z"},
                 {"Australia/Sydney", "2060-12-31T23:59:59Z", "2061-04-02T16:00:00Z"},
                 {"Africa/Casablanca", "2015-01-01T00:00:00Z", "2015-03-29T02:00:00Z"},
                 {"America/Phoenix", "2015-01-01T00:00:00Z", NULL},
                 {"UTC", "2015-01-01T00:00:00Z", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zone *z = zone_create(cases[i].zone);
        assert_non_null(z);
        int64_t want = cases[i].next ? utc(cases[i].next) : INT64_MAX;
        if (zone_next(z, utc(cases[i].after)) != want)
            fail_msg("%s after %s", cases[i].zone, cases[i].after);
        zone_next(z, INT64_MIN);
        assert_true(zone_next(z, INT64_MAX) == INT64_MAX);
        zone_destroy(z);
    }
}

/* Quarter of an hour by quarter of an hour, the offset changes where zone_next() says and nowhere else. */
static void no_change_is_passed_over(void **state)
{
    (void)state;
    static const char *const zones[] = {"America/Los_Angeles", "Australia/Lord_Howe", "Europe/Dublin",
                                        "Asia/Kolkata"};
    const int64_t quarter = 15 * 60 * 1000;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct zone *z = zone_create(zones[i]);
        assert_non_null(z);
        int64_t at = utc("2036-01-01T00:00:00Z"), end = utc("2039-06-01T00:00:00Z"), next = zone_next(z, at);
        for (at += quarter; at < end; at += quarter) {
            assert_int_equal(zone_offset(z, at) != zone_offset(z, at - 1), at == next);
            if (at == next)
                next = zone_next(z, at);
        }
        zone_destroy(z);
    }
}

static void names_lead_nowhere_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "/etc/passwd",
                                      "../../../etc/passwd",
                                      "America/../UTC",
                                      "America",
                                      "America/",
                                      "Nowhere/City",
                                      "america los angeles",
                                      "zone.tab",
                                      "UTC\n",
                                      "Ñ",
                                      ".",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(zone_create(bad[i]));
    assert_null(zone_create(NULL));
    zone_destroy(NULL);
}

/* --- Made files. */

static void the_table_rules_between_first_and_last(void **state)
{
    (void)state;
    static const int64_t at[] = {-1000, 0, 1000};
    static const int32_t offsets[2] = {60, 3600};
    struct zone *z = make(at, 3, offsets, "");
    assert_non_null(z);
    assert_int_equal(zone_offset(z, INT64_MIN), 60);
    assert_int_equal(zone_offset(z, -1000001), 60);
    assert_int_equal(zone_offset(z, -1000000), 3600);
    assert_int_equal(zone_offset(z, -1), 3600);
    assert_int_equal(zone_offset(z, 0), 60);
    assert_int_equal(zone_offset(z, 999999), 60);
    assert_int_equal(zone_offset(z, 1000000), 3600);
    assert_int_equal(zone_offset(z, INT64_MAX), 3600); /* no footer: the last one stays */
    zone_destroy(z);
}

static void footers_read_as_posix_says(void **state)
{
    (void)state;
    static const struct {
        const char *footer, *at;
        int offset;
    } cases[] = {
        {"PST8", "2015-07-01T00:00:00Z", -28800},
        {"<-03>3", "2015-07-01T00:00:00Z", -10800},
        {"<+0545>-5:45", "2015-07-01T00:00:00Z", 20700},
        {"LMT7:52:58", "2015-07-01T00:00:00Z", -28378},
        /* Jn never counts 29 February: J60 is 1 March every year. */
        {"AAA0BBB,J60/0,J300/0", "2016-02-29T23:59:59Z", 0},
        {"AAA0BBB,J60/0,J300/0", "2016-03-01T00:00:00Z", 3600},
        {"AAA0BBB,J60/0,J300/0", "2015-02-28T23:59:59Z", 0},
        {"AAA0BBB,J60/0,J300/0", "2015-03-01T00:00:00Z", 3600},
        {"AAA0BBB,J59/0,J300/0", "2016-02-28T00:00:00Z", 3600},
        /* n counts from 0 and counts it: 59 is 29 February in a leap year. */
        {"AAA0BBB,59/0,300/0", "2016-02-28T23:59:59Z", 0},
        {"AAA0BBB,59/0,300/0", "2016-02-29T00:00:00Z", 3600},
        {"AAA0BBB,59/0,300/0", "2015-03-01T00:00:00Z", 3600},
        /* The default hour is 02:00, the default saving one hour. */
        {"AAA0BBB,0,J365", "2015-01-01T01:59:59Z", 0},
        {"AAA0BBB,0,J365", "2015-01-01T02:00:00Z", 3600},
        /* Half an hour of saving; hours below zero and above 24. */
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2015-01-01T00:00:00Z", 39600},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T00:59:59Z", -7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T01:00:00Z", -3600},
        {"AAA0BBB,M3.4.4/50,M10.4.4/50", "2015-03-28T01:59:59Z", 0},
        {"AAA0BBB,M3.4.4/50,M10.4.4/50", "2015-03-28T02:00:00Z", 3600},
        /* Daylight-saving time all year, as RFC 9636 writes it. */
        {"EST5EDT,0/0,J365/25", "2015-01-01T04:59:59Z", -14400},
        {"EST5EDT,0/0,J365/25", "2015-01-01T05:00:00Z", -14400},
        {"EST5EDT,0/0,J365/25", "2015-07-01T00:00:00Z", -14400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zone *z = make_rule(cases[i].footer);
        if (!z || zone_offset(z, utc(cases[i].at)) != cases[i].offset)
            fail_msg("%s at %s: %d", cases[i].footer, cases[i].at, z ? zone_offset(z, utc(cases[i].at)) : -1);
        zone_destroy(z);
    }
}

static void damaged_footers_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"PST",
                                      "P8",
                                      "8",
                                      "PST8PDT",
                                      "PST8PDT,",
                                      "PST8PDT,M3.2.0",
                                      "PST8PDT,M3.2.0,",
                                      "PST8PDT,M13.2.0,M11.1.0",
                                      "PST8PDT,M0.2.0,M11.1.0",
                                      "PST8PDT,M3.0.0,M11.1.0",
                                      "PST8PDT,M3.6.0,M11.1.0",
                                      "PST8PDT,M3.2.7,M11.1.0",
                                      "PST8PDT,J0,J5",
                                      "PST8PDT,J366,J5",
                                      "PST8PDT,366,5",
                                      "PST8PDT,M3.2.0/168,M11.1.0",
                                      "PST25",
                                      "PST8:60",
                                      "PST8:00:60",
                                      "PST24",
                                      "PST-24",
                                      "PST8PDT,M3.2.0,M11.1.0,",
                                      "<PST8",
                                      "PST8PDT,M3.2,M11.1.0",
                                      "PST99999999999",
                                      "PST8PDT,M3.2.0/,M11.1.0",
                                      ":America/Los_Angeles",
                                      "PST8PDT7x,M3.2.0,M11.1.0",
                                      "\xFF\xFF\xFF\x38"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct zone *z = make_rule(bad[i]);
        if (z)
            fail_msg("accepted %s", bad[i]);
    }
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    static const int64_t equal[] = {5, 5}, falling[] = {5, 4};
    static const int32_t fine[2] = {0, 3600}, far_east[2] = {0, 86400}, far_west[2] = {0, INT32_MIN};
    assert_null(make(equal, 2, fine, ""));
    assert_null(make(falling, 2, fine, ""));
    assert_null(make(equal, 1, far_east, ""));
    assert_null(make(equal, 1, far_west, ""));
    struct made m = {.len = 0};
    put_header(&m, '2', 0, 0, 0, 0);
    put_header(&m, '2', 0, 0, 0, 0); /* no type */
    memcpy(m.bytes + m.len, "\nUTC0\n", 6);
    assert_null(load(m.bytes, m.len + 6));
    m.len = 0;
    put_header(&m, '2', 0, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    assert_null(load(m.bytes, m.len));
    m.len = 0;
    put_header(&m, '2', 0, 0, 0, 0);
    put_header(&m, '2', UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    assert_null(load(m.bytes, sizeof m.bytes));
    assert_null(load((const unsigned char *)"", 0));
}

static size_t read_los_angeles(unsigned char *bytes, size_t size)
{
    FILE *f = fopen("/usr/share/zoneinfo/America/Los_Angeles", "rb");
    assert_non_null(f);
    size_t len = fread(bytes, 1, size, f);
    fclose(f);
    assert_true(len > 100 && len < size);
    return len;
}

static void a_cut_file_is_refused(void **state)
{
    (void)state;
    static unsigned char bytes[16384];
    size_t len = read_los_angeles(bytes, sizeof bytes);
    for (size_t n = 0; n < len; n++)
        assert_null(load(bytes, n));
    struct zone *whole = load(bytes, len);
    assert_non_null(whole);
    zone_destroy(whole);
}

/* Whatever one byte becomes, the file is refused or its zone answers; the sanitizer watches. */
static void a_changed_byte_does_no_harm(void **state)
{
    (void)state;
    static unsigned char bytes[16384];
    size_t len = read_los_angeles(bytes, sizeof bytes);
    static const unsigned char values[] = {0x00, 0x7F, 0x80, 0xFF, '9', ','};
    for (size_t i = 0; i < len; i++) {
        unsigned char was = bytes[i];
        bytes[i] = values[i % sizeof values];
        struct zone *z = load(bytes, len);
        if (z) {
            assert_true(abs(zone_offset(z, utc("2050-07-01T00:00:00Z"))) < 86400);
            assert_true(abs(zone_offset(z, utc("2015-07-01T00:00:00Z"))) < 86400);
        }
        zone_destroy(z);
        bytes[i] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(los_angeles_changes_clocks_in_2015),
        cmocka_unit_test(los_angeles_changes_clocks_after_the_last_transition),
        cmocka_unit_test(wall_times_become_instants),
        cmocka_unit_test(other_zones_read_right),
        cmocka_unit_test(changes_follow_one_another),
        cmocka_unit_test(no_change_is_passed_over),
        cmocka_unit_test(names_lead_nowhere_else),
        cmocka_unit_test(the_table_rules_between_first_and_last),
        cmocka_unit_test(footers_read_as_posix_says),
        cmocka_unit_test(damaged_footers_are_refused),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(a_changed_byte_does_no_harm),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

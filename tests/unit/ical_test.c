#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/ical.h"
#include "base/zone.h"

static struct arena arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, NULL, 0);
    buf_init(&out, &arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

static const char *text_line(const char *bytes, size_t len)
{
    char *exact = malloc(len ? len : 1); /* the sanitizer sees a byte read too far */
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    buf_init(&out, &arena, 0);
    ical_text(&out, "X", (struct str){exact, len});
    free(exact);
    return buf_cstr(&out);
}

#define LINE(literal) text_line("" literal, sizeof(literal) - 1)

static void text_is_escaped(void **state)
{
    (void)state;
    assert_string_equal(LINE(""), "X:\r\n");
    assert_string_equal(LINE("a,b;c\\d:\"e\""), "X:a\\,b\\;c\\\\d:\"e\"\r\n");
    assert_string_equal(LINE("1\n2\r\n3\r4\r"), "X:1\\n2\\n3\\n4\\n\r\n");
    assert_string_equal(LINE("Ñandú 東 😀"), "X:Ñandú 東 😀\r\n");
}

static void no_byte_ends_the_line(void **state)
{
    (void)state;
    assert_string_equal(LINE("a\0b\x01\x1b[0m\x7f\tc"), "X:ab[0m\tc\r\n");
    assert_string_equal(LINE("\xC2\x85"), "X:\xC2\x85\r\n"); /* NEL is no line break here */
    assert_string_equal(LINE("\xff\xe6\x9d"), "X:\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\r\n");
    assert_string_equal(LINE("\xC0\x8A"), "X:\xEF\xBF\xBD\xEF\xBF\xBD\r\n"); /* an overlong line feed */
    assert_string_equal(LINE("x\r\nEND:VEVENT\r\n"), "X:x\\nEND:VEVENT\\n\r\n");
}

/* Unfolded it is what went in; no row is longer than 75 octets, and each is UTF-8 by itself. */
static void hold_folding(const char *text, size_t len)
{
    const char *line = text_line(text, len), *row = line;
    char *flat = arena_alloc(&arena, out.len + 1);
    size_t n = 0;
    assert_non_null(flat);
    for (const char *end; *row; row = end + 2) {
        end = strstr(row, "\r\n");
        assert_non_null(end);
        assert_true(end - row <= ICAL_LINE && end > row);
        assert_true(row == line || *row == ' ');
        assert_true(text_is_utf8((struct str){row, (size_t)(end - row)}));
        row += row != line;
        memcpy(flat + n, row, (size_t)(end - row));
        n += (size_t)(end - row);
    }
    assert_int_equal(n, len + 2);
    assert_memory_equal(flat + 2, text, len);
}

static void long_lines_are_folded_between_characters(void **state)
{
    (void)state;
    static const char *const letters[] = {"a", "é", "東", "😀"};
    for (size_t l = 0; l < sizeof letters / sizeof *letters; l++)
        for (size_t shift = 0; shift < 4; shift++)
            for (size_t count = 10; count < 160; count += 3) {
                struct buf text;
                buf_init(&text, &arena, 0);
                for (size_t i = 0; i < shift; i++)
                    buf_char(&text, 'x');
                for (size_t i = 0; i < count; i++)
                    buf_puts(&text, letters[l]);
                hold_folding(text.ptr, text.len);
            }
    static char title[10240];
    memset(title, 'T', sizeof title);
    hold_folding(title, sizeof title);
}

static void a_line_of_75_octets_is_whole(void **state)
{
    (void)state;
    char value[75] = "";
    memset(value, 'v', 73);
    buf_init(&out, &arena, 0);
    ical_line(&out, "X", value);
    assert_null(strstr(buf_cstr(&out), "\r\n "));
    value[73] = 'v';
    buf_init(&out, &arena, 0);
    ical_line(&out, "X", value);
    assert_string_equal(strstr(buf_cstr(&out), "\r\n"), "\r\n v\r\n");
}

static int64_t utc(const char *text)
{
    int64_t ms = 0;
    assert_true(clock_parse(str_of(text), &ms));
    return ms;
}

static void times_are_written_in_both_ways(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles");
    assert_non_null(la);
    ical_time(&out, "DTSTAMP", utc("2015-12-01T17:00:00.999Z"));
    ical_local(&out, "DTSTART", utc("2015-12-01T17:00:00Z"), la);
    ical_local(&out, "DTSTART", utc("2015-03-08T09:59:00Z"), la);
    ical_local(&out, "DTSTART", utc("2015-03-08T10:00:00Z"), la);
    assert_string_equal(buf_cstr(&out), "DTSTAMP:20151201T170000Z\r\n"
                                        "DTSTART;TZID=America/Los_Angeles:20151201T090000\r\n"
                                        "DTSTART;TZID=America/Los_Angeles:20150308T015900\r\n"
                                        "DTSTART;TZID=America/Los_Angeles:20150308T030000\r\n");
    zone_destroy(la);
}

static void a_zone_tells_its_changes(void **state)
{
    (void)state;
    struct zone *la = zone_create("America/Los_Angeles"), *india = zone_create("Asia/Kolkata");
    assert_non_null(la);
    assert_non_null(india);
    ical_zone(&out, la, utc("2015-01-01T00:00:00Z"), utc("2016-01-01T00:00:00Z"));
    assert_string_equal(buf_cstr(&out), "BEGIN:VTIMEZONE\r\nTZID:America/Los_Angeles\r\n"
                                        "BEGIN:STANDARD\r\nDTSTART:20141231T160000\r\nTZOFFSETFROM:-0800\r\n"
                                        "TZOFFSETTO:-0800\r\nEND:STANDARD\r\n"
                                        "BEGIN:DAYLIGHT\r\nDTSTART:20150308T020000\r\nTZOFFSETFROM:-0800\r\n"
                                        "TZOFFSETTO:-0700\r\nEND:DAYLIGHT\r\n"
                                        "BEGIN:STANDARD\r\nDTSTART:20151101T020000\r\nTZOFFSETFROM:-0700\r\n"
                                        "TZOFFSETTO:-0800\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n");
    buf_init(&out, &arena, 0);
    ical_zone(&out, india, utc("2015-01-01T00:00:00Z"), utc("2035-01-01T00:00:00Z"));
    assert_string_equal(buf_cstr(&out), "BEGIN:VTIMEZONE\r\nTZID:Asia/Kolkata\r\nBEGIN:STANDARD\r\n"
                                        "DTSTART:20150101T053000\r\nTZOFFSETFROM:+0530\r\n"
                                        "TZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n");
    zone_destroy(la);
    zone_destroy(india);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_is_escaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_byte_ends_the_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lines_are_folded_between_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_of_75_octets_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_are_written_in_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_zone_tells_its_changes, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ical", tests, NULL, NULL);
}

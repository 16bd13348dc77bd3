#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/csv.h"

/* The whole file as `[a][b]` a row and `line:` before it; `!why@line` where it ends early. */
static const char *read_as_text(struct str text)
{
    struct csv csv;
    struct str fields[CSV_MAX_COLUMNS];
    size_t count;
    struct buf b;
    buf_init(&b, &arena, 256);
    csv_init(&csv, &arena, text);
    while (csv_next(&csv, fields, CSV_MAX_COLUMNS, &count)) {
        buf_printf(&b, "%d:", csv.line);
        for (size_t i = 0; i < count; i++) {
            assert_non_null(fields[i].ptr);
            buf_char(&b, '[');
            buf_str(&b, fields[i]);
            buf_char(&b, ']');
        }
    }
    if (csv.error)
        buf_printf(&b, "!%s@%d", csv.error, csv.line);
    assert_false(csv_next(&csv, fields, CSV_MAX_COLUMNS, &count)); /* the end stays the end */
    assert_int_equal(count, 0);
    return buf_cstr(&b);
}

static void assert_reads(const char *text, const char *want)
{
    assert_string_equal(read_as_text(tight(text)), want);
}

static void reads_rows(void **state)
{
    (void)state;
    assert_reads("", "");
    assert_reads("a", "1:[a]");
    assert_reads("a,b\n1,2\n", "1:[a][b]2:[1][2]");
    assert_reads("a,b\n1,2", "1:[a][b]2:[1][2]");
    assert_reads("a,\n,b\n,\n", "1:[a][]2:[][b]3:[][]");
    assert_reads("a,", "1:[a][]");
    assert_reads(" a , b ", "1:[ a ][ b ]");
    assert_reads("Ñ,東", "1:[Ñ][東]");
    assert_string_equal(read_as_text(str_of(NULL)), "");
}

static void takes_every_line_end_and_skips_blank_lines(void **state)
{
    (void)state;
    assert_reads("a\r\nb\r\n", "1:[a]2:[b]");
    assert_reads("a\rb\r", "1:[a]2:[b]");
    assert_reads("a\nb\r\nc\rd", "1:[a]2:[b]3:[c]4:[d]");
    assert_reads("\n\r\n\ra\n\n\nb\n\n", "4:[a]7:[b]");
    assert_reads("\r", "");
    assert_reads("\"\"\n", "1:[]");
}

static void reads_quoted_fields(void **state)
{
    (void)state;
    assert_reads("\"a\",\"b\"\n", "1:[a][b]");
    assert_reads("\"a,b\",c", "1:[a,b][c]");
    assert_reads("\"say \"\"hi\"\"\",x", "1:[say \"hi\"][x]");
    assert_reads("\"\"\"\"", "1:[\"]");
    assert_reads("\"\",\"\"", "1:[][]");
    assert_reads("\"a\nb\"\nc", "1:[a\nb]3:[c]");
    assert_reads("\"a\r\nb\rc\"\r\nd", "1:[a\r\nb\rc]4:[d]");
    assert_reads("a\"b,c", "1:[a\"b][c]"); /* a quote inside a bare field is a quote */
    assert_reads("\"a\r\"\n\"\r\n\"", "1:[a\r]3:[\r\n]");
}

static void finds_bom_and_delimiter(void **state)
{
    (void)state;
    assert_reads("\xEF\xBB\xBF"
                 "a,b",
                 "1:[a][b]");
    assert_reads("\xEF\xBB\xBF", "");
    assert_reads("a;b\n1,5;2", "1:[a][b]2:[1,5][2]");
    assert_reads("a\tb\n1,5\t2", "1:[a][b]2:[1,5][2]");
    assert_reads("\"x,y,z\";b\n1;2", "1:[x,y,z][b]2:[1][2]");
    assert_reads("\"x\"\",,\n,\";b\n1;2", "1:[x\",,\n,][b]3:[1][2]");
    assert_reads("one\n1;2", "1:[one]2:[1;2]"); /* none on the first line: a comma */
    assert_reads("\n\na;b", "3:[a][b]");
    assert_reads("5\" pipe;b;c,d", "1:[5\" pipe][b][c,d]");
    assert_reads("a,b;c", "1:[a][b;c]");
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    assert_reads("a,b\n1,\"2\n3\n", "1:[a][b]!the quote that opens on this line is never closed@2");
    assert_reads("\"a\nb\",\"c\n", "!the quote that opens on this line is never closed@2");
    assert_reads("\"", "!the quote that opens on this line is never closed@1");
    assert_reads("\"a\"\"", "!the quote that opens on this line is never closed@1");
    assert_reads("a\n\n\"b\"c", "1:[a]!there is text after a closing quote@3");
    assert_reads("\"a\" ,b", "!there is text after a closing quote@1");
    assert_reads("\"a\"\"b\"c\"", "!there is text after a closing quote@1");
}

static void assert_refused(const char *bytes, size_t len, const char *why, int line)
{
    struct csv csv;
    struct str fields[CSV_MAX_COLUMNS];
    size_t count;
    csv_init(&csv, &arena, exact(bytes, len));
    assert_false(csv_next(&csv, fields, CSV_MAX_COLUMNS, &count));
    assert_non_null(csv.error);
    assert_non_null(strstr(csv.error, why));
    assert_non_null(strstr(csv.error, "save it as \"CSV UTF-8\""));
    assert_int_equal(csv.line, line);
}

static void says_how_to_save_what_is_not_utf8(void **state)
{
    (void)state;
    assert_refused("a,\xE9", 3, "Latin-1", 1);
    assert_refused("a\nb\n\xE9\n\xE9", 7, "Latin-1", 3);
    assert_refused("a\n\x93quoted\x94", 10, "Windows-1252", 2);
    assert_refused("\xFF\xFE"
                   "a\0",
                   4, "UTF-16", 1);
    assert_refused("\xFE\xFF\0a", 4, "UTF-16", 1);
    assert_refused("a\0b\0", 4, "UTF-16", 1);
    assert_refused("PK\3\4", 4, "workbook", 1);
}

static void holds_its_limits(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &arena, 4 * CSV_MAX_FIELD);
    for (int i = 1; i < CSV_MAX_COLUMNS; i++)
        buf_char(&b, ',');
    assert_true(strchr(read_as_text(buf_view(&b)), '!') == NULL);
    buf_char(&b, ',');
    assert_string_equal(read_as_text(buf_view(&b)),
                        "!the row has more columns than the 64 that there may be@1");

    static char wide[4 * CSV_MAX_FIELD];
    memset(wide, 'x', sizeof wide);
    assert_int_equal(strlen(read_as_text((struct str){wide, CSV_MAX_FIELD})), CSV_MAX_FIELD + 4);
    assert_string_equal(read_as_text((struct str){wide, CSV_MAX_FIELD + 1}),
                        "!a cell is longer than 64 KiB@1");
    /* Doubled quotes count once. */
    memset(wide, '"', sizeof wide);
    assert_int_equal(strlen(read_as_text((struct str){wide, 2 * CSV_MAX_FIELD + 2})), CSV_MAX_FIELD + 4);
    assert_string_equal(read_as_text((struct str){wide, 2 * CSV_MAX_FIELD + 4}),
                        "!a cell is longer than 64 KiB@1");
}

static void a_short_row_array_is_never_overrun(void **state)
{
    (void)state;
    struct csv csv;
    struct str fields[2];
    size_t count;
    csv_init(&csv, &arena, STR("a,b\n1,2,3\n"));
    assert_true(csv_next(&csv, fields, 2, &count));
    assert_false(csv_next(&csv, fields, 2, &count));
    assert_non_null(csv.error);
    assert_int_equal(csv.line, 2);
}

/* Every text of up to seven of these bytes ends, reads inside its bounds and keeps to the limits. */
static void survives_all_short_texts(void **state)
{
    (void)state;
    static const char letters[] = {'"', ',', '\n', '\r', 'a', ';'};
    enum { KINDS = sizeof letters, LONGEST = 7 };
    for (size_t len = 0, all = 1; len <= LONGEST; len++, all *= KINDS) {
        for (size_t n = 0; n < all; n++) {
            char text[LONGEST], first[256];
            size_t rest = n, count, rows = 0;
            for (size_t i = 0; i < len; i++, rest /= KINDS)
                text[LONGEST - len + i] = letters[rest % KINDS];
            struct arena a;
            arena_init(&a, first, sizeof first);
            struct csv csv;
            struct str fields[8];
            csv_init(&csv, &a, (struct str){text + LONGEST - len, len});
            while (csv_next(&csv, fields, 8, &count)) {
                assert_true(count >= 1 && count <= 8);
                assert_true(++rows <= len);
            }
            assert_true(csv.error || csv.rest.len == 0);
            arena_finish(&a);
        }
    }
}

/* What the writer writes, the reader reads; and no cell begins like a formula. */
static void writes_what_it_reads(void **state)
{
    (void)state;
    static const char *const fields[] = {"plain", "a,b",  "a;b", "say \"hi\"", "two\r\nlines",
                                         "",      "=1+1", "-2",  "@x",         "\tq"};
    struct buf b;
    buf_init(&b, &arena, 64);
    buf_puts(&b, CSV_BOM);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        csv_put(&b, str_of(fields[i]), i == 0);
    csv_put_int(&b, -7, false);
    csv_end_row(&b);
    assert_string_equal(buf_cstr(&b),
                        CSV_BOM "plain,\"a,b\",\"a;b\",\"say \"\"hi\"\"\",\"two\r\nlines\",,\"'=1+1\","
                                "\"'-2\",\"'@x\",\"'\tq\",-7\r\n");
    assert_string_equal(read_as_text(buf_view(&b)),
                        "1:[plain][a,b][a;b][say \"hi\"][two\r\nlines][]['=1+1]['-2]['@x]['\tq][-7]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_rows),
        TEST(takes_every_line_end_and_skips_blank_lines),
        TEST(reads_quoted_fields),
        TEST(finds_bom_and_delimiter),
        TEST(says_what_is_wrong_and_where),
        TEST(says_how_to_save_what_is_not_utf8),
        TEST(holds_its_limits),
        TEST(a_short_row_array_is_never_overrun),
        TEST(survives_all_short_texts),
        TEST(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

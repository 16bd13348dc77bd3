#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/text.h"

static void assert_str(struct str s, const char *want)
{
    assert_non_null(s.ptr);
    assert_int_equal(s.len, strlen(want));
    assert_memory_equal(s.ptr, want, s.len);
}

static void compares_views(void **state)
{
    (void)state;
    struct str absent = str_of(NULL);
    assert_null(absent.ptr);
    assert_true(str_eq(STR("room"), str_of("room")));
    assert_false(str_eq(STR("room"), STR("rooms")));
    assert_true(str_eq(absent, absent));
    assert_false(str_eq(absent, STR("")));
    assert_true(str_is(STR(""), ""));
    assert_false(str_is(absent, ""));
    assert_true(str_ieq(STR("Content-TYPE"), "content-type"));
    assert_false(str_ieq(STR("content-typ"), "content-type"));
    assert_false(str_ieq(STR("["), "{")); /* differ by the case bit alone */
    assert_false(str_ieq(absent, ""));
    assert_true(str_starts(STR("/v1/events"), "/v1/"));
    assert_false(str_starts(STR("/v1"), "/v1/"));
    assert_true(str_starts(STR(""), ""));
}

static void trims_and_splits(void **state)
{
    (void)state;
    assert_str(str_trim(STR(" \t\r\n a b \n")), "a b");
    assert_str(str_trim(STR(" \n ")), "");
    assert_int_equal(str_trim(str_of(NULL)).len, 0);
    struct str rest = STR("a,,b,");
    assert_str(str_split(&rest, ','), "a");
    assert_str(str_split(&rest, ','), "");
    assert_str(str_split(&rest, ','), "b");
    assert_str(str_split(&rest, ','), "");
    assert_null(rest.ptr);
    assert_null(str_split(&rest, ',').ptr);
}

static void reads_whole_numbers_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"500", 500},
                {"007", 7},
                {"-42", -42},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t n = 77;
        assert_true(str_int(tight(good[i].text), &n));
        assert_int_equal(n, good[i].n);
    }
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "--1",
                                      "1-",
                                      "९",
                                      "9223372036854775808",
                                      "/",
                                      ":",
                                      "-9223372036854775809",
                                      "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t n = 77;
        assert_false(str_int(tight(bad[i]), &n));
        assert_int_equal(n, 77);
    }
    int64_t n;
    assert_false(str_int(str_of(NULL), &n));
    assert_false(str_int(exact("1\0", 2), &n));
}

static void accepts_well_formed_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain ASCII, more than eight bytes of it",
                                       "Ñandú",
                                       "東京",
                                       "\xF0\x9F\x8C\x89",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(text_is_utf8(tight(good[i])));
    assert_true(text_is_utf8(str_of(NULL)));
    assert_true(text_is_utf8(exact("\0", 1)));
}

static void refuses_ill_formed_utf8_at_every_place(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x41",
                                      "\xE0\x9F\xBF",
                                      "\xE0\x80\xAF",
                                      "\xE2\x82",
                                      "\xE2\x28\xA1",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF0\x80\x80\xAF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "\xF0\x9F\x8C",
                                      "\xF0\x9F\x8C\x41"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        /* Shifted, so that it meets the eight-byte path at every alignment. */
        for (size_t lead = 0; lead < 18; lead++) {
            for (size_t tail = 0; tail < 18; tail += 17) {
                char text[64];
                size_t n = strlen(bad[i]);
                memset(text, 'a', sizeof text);
                memcpy(text + lead, bad[i], n);
                assert_false(text_is_utf8(exact(text, lead + n + tail)));
            }
        }
    }
}

/* An oracle written from the table in RFC 3629, section 4, rather than from the code. */
static bool oracle3(const unsigned char *p)
{
    if (p[0] < 0x80)
        return p[1] < 0x80 ? p[2] < 0x80 : p[1] >= 0xC2 && p[1] <= 0xDF && p[2] >= 0x80 && p[2] <= 0xBF;
    bool tail1 = p[1] >= 0x80 && p[1] <= 0xBF, tail2 = p[2] >= 0x80 && p[2] <= 0xBF;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return tail1 && p[2] < 0x80;
    if (p[0] == 0xE0)
        return p[1] >= 0xA0 && p[1] <= 0xBF && tail2;
    if (p[0] == 0xED)
        return p[1] >= 0x80 && p[1] <= 0x9F && tail2;
    return p[0] >= 0xE1 && p[0] <= 0xEF && tail1 && tail2;
}

static void agrees_with_the_rfc_on_all_three_byte_texts(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 1u << 24; n++) {
        unsigned char p[3] = {(unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n};
        if (text_is_utf8((struct str){(char *)p, 3}) != oracle3(p))
            fail_msg("%02x %02x %02x", p[0], p[1], p[2]);
    }
}

static void counts_code_points_and_finds_controls(void **state)
{
    (void)state;
    assert_int_equal(text_length(STR("Ñandú 東京 \xF0\x9F\x8C\x89")), 10);
    assert_int_equal(text_length(str_of(NULL)), 0);
    assert_false(text_has_control(STR("plain Ñ"), ""));
    assert_true(text_has_control(STR("a\nb"), ""));
    assert_false(text_has_control(STR("a\nb\tc"), "\n\t"));
    assert_true(text_has_control(STR("a\rb"), "\n\t"));
    assert_true(text_has_control(STR("\x7F"), "\n"));
    assert_true(text_has_control(exact("a\0b", 3), "\n"));
    assert_true(text_has_control(STR("\x1b[31m"), NULL));
    assert_false(text_has_control(str_of(NULL), NULL));
}

static void folds_for_search(void **state)
{
    (void)state;
    static const struct {
        const char *text, *folded;
    } cases[] = {{"", ""},
                 {"Los ANGELES County", "los angeles county"},
                 {"  a \t\r\n b\v\fc  ", "a b c"},
                 {" \n ", ""},
                 {"San José, Cañada-Peña", "san jose, canada-pena"},
                 {"ÀÉÎÕÜÝ àéîõüÿ", "aeiouy aeiouy"},
                 {"Łódź Ångström İstanbul Čeština", "lodz angstrom istanbul cestina"},
                 {"Æsir Œuvre Straße Þór", "aesir oeuvre strasse thor"},
                 {"Đà Nẵng, Huế, Phở, Ước", "da nang, hue, pho, uoc"},
                 {"e\xCC\x81t\xC3\xA9", "ete"}, /* a combining accent */
                 {"a \xCC\x81 b", "a b"},       /* an accent with no letter makes no second space */
                 {"a\xC2\xA0\xE2\x80\x83\xE3\x80\x80"
                  "b",
                  "a b"}, /* NBSP, em space, ideographic space */
                 {"3×4÷2", "3×4÷2"},
                 {"東京 \xF0\x9F\x8C\x89", "東京 \xF0\x9F\x8C\x89"},
                 {"\xFF"
                  "A\xC3",
                  "\xFF"
                  "a\xC3"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folded = text_fold(&arena, tight(cases[i].text));
        assert_string_equal(folded, cases[i].folded);
        assert_string_equal(text_fold(&arena, str_of(folded)), folded);
    }
    assert_string_equal(text_fold(&arena, str_of(NULL)), "");
    assert_null(text_fold(&arena, (struct str){"", SIZE_MAX}));
}

static void decodes_uris(void **state)
{
    (void)state;
    struct str out;
    struct str plain = tight("csec2015");
    assert_true(text_decode_uri(&arena, plain, false, &out));
    assert_ptr_equal(out.ptr, plain.ptr); /* nothing to decode, nothing copied */
    assert_true(text_decode_uri(&arena, tight("a%20b+c"), false, &out));
    assert_str(out, "a b+c");
    assert_true(text_decode_uri(&arena, tight("a%20b+c%2B%2f"), true, &out));
    assert_str(out, "a b c+/");
    assert_true(text_decode_uri(&arena, tight("Ca%C3%b1ada"), true, &out));
    assert_str(out, "Cañada");
    assert_true(text_decode_uri(&arena, tight(""), true, &out));
    assert_int_equal(out.len, 0);
    assert_true(text_decode_uri(&arena, tight("%2525"), true, &out));
    assert_str(out, "%25"); /* once, never twice */
}

static void refuses_hostile_uris(void **state)
{
    (void)state;
    static const char *const bad[] = {"%",    "%4",    "%zz",  "a%",     "a%2",    "%%41",   "%-1",
                                      "%00",  "a%0Ab", "%7f",  "%ff",    "%C3",    "%c0%af", "%ed%a0%80",
                                      "\x01", "a\nb",  "\xff", "%C3%28", "%e2%82", "% 1",    "%+1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str out = STR("untouched");
        assert_false(text_decode_uri(&arena, tight(bad[i]), true, &out));
        assert_false(text_decode_uri(&arena, tight(bad[i]), false, &out));
        assert_str(out, "untouched");
    }
    struct str out;
    assert_false(text_decode_uri(&arena, tight("..%2f..%2Fetc"), false, &out));
    assert_false(text_decode_uri(&arena, exact("a\0b", 3), false, &out));
}

static const char *json(struct str s)
{
    struct buf b;
    buf_init(&b, &arena, 0);
    buf_json(&b, s);
    return buf_cstr(&b);
}

static void writes_json_strings(void **state)
{
    (void)state;
    assert_string_equal(json(STR("")), "\"\"");
    assert_string_equal(json(str_of(NULL)), "\"\"");
    assert_string_equal(json(STR("plain Ñ 東")), "\"plain Ñ 東\"");
    assert_string_equal(json(STR("a\"b\\c/d")), "\"a\\\"b\\\\c/d\"");
    assert_string_equal(json(STR("\b\f\n\r\t\x01\x1f\x7f")), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    assert_string_equal(json(exact("a\0b", 3)), "\"a\\u0000b\"");
    assert_string_equal(json(STR("</script>")), "\"<\\/script>\"");
    assert_string_equal(json(STR("<!--<b>")), "\"\\u003c!--<b>\"");
    assert_string_equal(json(tight("<")), "\"<\"");
    assert_string_equal(json(tight("<</")), "\"<<\\/\"");
}

static void xml_gets_what_it_can_hold(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &arena, 0);
    buf_xml(&b, STR("<a>\x01\t\n\r\x1b&\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD\x7f\xEF\xBF"));
    assert_string_equal(buf_cstr(&b), "&lt;a&gt;\xEF\xBF\xBD\t\n\r\xEF\xBF\xBD&amp;\xEF\xBF\xBD"
                                      "\xEF\xBF\xBD\xEF\xBF\xBD\x7f\xEF\xBF");
    buf_init(&b, &arena, 0);
    buf_xml(&b, str_of(NULL));
    assert_string_equal(buf_cstr(&b), "");
}

static void escapes_for_html(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &arena, 8);
    buf_html(&b, STR("<a href=\"x\" title='y'>R&D</a> Ñ"));
    assert_string_equal(buf_cstr(&b), "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;R&amp;D&lt;/a&gt; Ñ");
    buf_init(&b, &arena, 0);
    buf_html(&b, str_of(NULL));
    assert_string_equal(buf_cstr(&b), "");
}

static void grows_and_keeps_its_bytes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &arena, 0);
    assert_str(buf_view(&b), "");
    for (int i = 0; i < 20000; i++)
        buf_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 20000);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(b.ptr[i], 'a' + i % 26);
    const char *text = buf_cstr(&b);
    assert_int_equal(strlen(text), 20000);
    assert_int_equal(b.len, 20000); /* the NUL is not content */
}

static void appends_numbers_and_printf(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &arena, 1);
    static const int64_t n[] = {0, 7, -7, 10, 1449000000000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        buf_int(&b, n[i]);
        buf_puts(&b, " ");
    }
    assert_string_equal(buf_cstr(&b), "0 7 -7 10 1449000000000 9223372036854775807 -9223372036854775808 ");
    for (int width = 1; width < 400; width++) {
        buf_init(&b, &arena, (size_t)width / 2);
        buf_printf(&b, "[%*d]", width, 5);
        buf_printf(&b, "%s", "");
        assert_int_equal(b.len, width + 2);
        assert_int_equal(b.ptr[b.len - 1], ']');
    }
}

static void a_buffer_without_memory_swallows_writes(void **state)
{
    (void)state;
    volatile size_t all = SIZE_MAX;
    struct buf b;
    buf_init(&b, &arena, 16);
    buf_puts(&b, "kept");
    buf_add(&b, "x", all - 2);
    assert_true(b.failed);
    assert_int_equal(b.len, 4);
    buf_puts(&b, "more");
    buf_char(&b, 'c');
    buf_int(&b, 5);
    buf_printf(&b, "%d", 5);
    buf_json(&b, STR("x"));
    buf_html(&b, STR("<"));
    buf_base64url(&b, "abc", 3);
    assert_int_equal(b.len, 4);
    assert_null(buf_cstr(&b));
    assert_null(buf_view(&b).ptr);
    buf_init(&b, &arena, all / 2);
    assert_true(b.failed);
    assert_null(buf_cstr(&b));
}

static const char *base64url(const void *bytes, size_t len)
{
    struct buf b;
    buf_init(&b, &arena, 0);
    buf_base64url(&b, bytes, len);
    return buf_cstr(&b);
}

static void base64url_follows_rfc_4648(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xff\xef\xbe", "_---"}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        unsigned char out[8];
        size_t len = 99;
        struct str plain = tight(vectors[i][0]);
        assert_string_equal(base64url(plain.ptr, plain.len), vectors[i][1]);
        assert_true(text_decode_base64url(tight(vectors[i][1]), out, plain.len, &len));
        assert_int_equal(len, plain.len);
        assert_memory_equal(out, plain.ptr, len);
    }
}

static void base64url_refuses_a_second_spelling(void **state)
{
    (void)state;
    /* Bad length, standard alphabet, padding, space, left-over bits that are not 0. */
    static const char *const bad[] = {"A",      "AAAAA", "+/AA", "Zg==", "Zm 9",
                                      "Zm9v\n", "Zh",    "Zm9",  "Zm-",  "ÑA"};
    unsigned char out[16];
    size_t len;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(text_decode_base64url(tight(bad[i]), out, sizeof out, &len));
    assert_false(text_decode_base64url(STR("Zm9v"), out, 2, &len));
    assert_true(text_decode_base64url(str_of(NULL), out, 0, &len));
    assert_int_equal(len, 0);
}

static void base64url_round_trips_every_byte(void **state)
{
    (void)state;
    unsigned char bytes[256], back[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)(i * 167);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        size_t len;
        assert_true(text_decode_base64url(str_of(base64url(bytes, n)), back, sizeof back, &len));
        assert_int_equal(len, n);
        assert_memory_equal(back, bytes, n);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(compares_views),
        TEST(trims_and_splits),
        TEST(reads_whole_numbers_only),
        TEST(accepts_well_formed_utf8),
        TEST(refuses_ill_formed_utf8_at_every_place),
        TEST(agrees_with_the_rfc_on_all_three_byte_texts),
        TEST(counts_code_points_and_finds_controls),
        TEST(folds_for_search),
        TEST(decodes_uris),
        TEST(refuses_hostile_uris),
        TEST(writes_json_strings),
        TEST(escapes_for_html),
        TEST(xml_gets_what_it_can_hold),
        TEST(grows_and_keeps_its_bytes),
        TEST(appends_numbers_and_printf),
        TEST(a_buffer_without_memory_swallows_writes),
        TEST(base64url_follows_rfc_4648),
        TEST(base64url_refuses_a_second_spelling),
        TEST(base64url_round_trips_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

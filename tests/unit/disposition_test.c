#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "http/disposition.h"

static void assert_reads(const char *header, const char *want)
{
    struct str got = disposition_read(&arena, tight(header));
    if (!str_is(got, want))
        fail_msg("%s: %.*s", header, (int)got.len, got.ptr ? got.ptr : "");
}

static void reads_names(void **state)
{
    (void)state;
    assert_reads("attachment; filename=\"a b.pdf\"", "a b.pdf");
    assert_reads("attachment; filename=a.pdf", "a.pdf");
    assert_reads("Attachment;FileName = a.pdf ; size=3", "a.pdf");
    assert_reads("filename=\"a.pdf\"", "a.pdf");
    assert_reads("attachment; filename=\"a \\\"b\\\" \\\\.pdf\"", "a \"b\" \\.pdf");
    assert_reads("attachment; filename=\"a;b=c.pdf\"; x=1", "a;b=c.pdf");
    assert_reads("attachment; filename=\"\"", "");
    assert_reads("attachment; filename=a.pdf; filename=b.pdf", "a.pdf");
    assert_reads("form-data; name=\"f\"; filename=\"a.pdf\"", "a.pdf");
}

/* RFC 8187: the extended form goes before the plain one when it is good. */
static void reads_extended_names(void **state)
{
    (void)state;
    assert_reads("attachment; filename=\"e.pdf\"; filename*=UTF-8''%e2%82%ac%20r.pdf", "€ r.pdf");
    assert_reads("attachment; filename*=utf-8'en'na%C3%AFve.pdf; filename=x.pdf", "naïve.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=ISO-8859-1''%A3.pdf", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=UTF-8''%C3.pdf", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=UTF-8''a%00.pdf", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=UTF-8''a%0d%0aSet-Cookie:b", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=UTF-8''..%2f..%2fpasswd", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=UTF-8''a%zz", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=UTF-8'a.pdf", "x.pdf");
    assert_reads("attachment; filename=x.pdf; filename*=a.pdf", "x.pdf");
}

static void finds_no_name(void **state)
{
    static const char *const headers[] = {"",
                                          "attachment",
                                          "attachment;",
                                          "inline; size=3",
                                          ";;;",
                                          "=",
                                          "filename",
                                          "attachment; filename=\"open",
                                          "filename=\"",
                                          "\"",
                                          "attachment; \"filename=a",
                                          "attachment; filename=\"a\\"};
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct str got = disposition_read(&arena, tight(headers[i]));
        if (got.len)
            fail_msg("%s: %.*s", headers[i], (int)got.len, got.ptr);
    }
    assert_null(disposition_read(&arena, (struct str){0}).ptr);
}

static void assert_cleans(const char *name, const char *extensions, const char *want)
{
    struct str got = disposition_clean(&arena, tight(name), extensions);
    if (!str_is(got, want))
        fail_msg("%s: %.*s", name, (int)got.len, got.ptr ? got.ptr : "");
}

static void cleans_names(void **state)
{
    (void)state;
    assert_cleans("Toolkit.pdf", "pdf", "Toolkit.pdf");
    assert_cleans("Toolkit.PDF", "pdf", "Toolkit.pdf");
    assert_cleans("photo.jpeg", "jpg jpeg", "photo.jpeg");
    assert_cleans("photo", "jpg jpeg", "photo.jpg");
    assert_cleans("a.tar.pdf", "pdf", "a.tar.pdf");
    assert_cleans("setup.exe", "pdf", "setup.exe.pdf");
    assert_cleans("pdf", "pdf", "pdf.pdf");
    assert_cleans("../../etc/passwd", "txt", "passwd.txt");
    assert_cleans("C:\\Users\\x\\report.docx", "docx", "report.docx");
    assert_cleans("a<b>\"c\":|?*.csv", "csv", "a_b__c_____.csv");
    assert_cleans("a\r\nb\t\x7f.txt", "txt", "ab.txt");
    assert_cleans("\xC2\x85naïve\xE2\x80\xAEtxt.exe", "txt",
                  "naïvetxt.exe.txt"); /* C1 and right-to-left override */
    assert_cleans("\xEF\xBB\xBFlist.csv", "csv", "list.csv");
    assert_cleans("  .hidden . ", "txt", "hidden.txt");
}

static void leaves_no_name_empty(void **state)
{
    static const char *const names[] = {"",         "/",  "...", "a/", ".pdf/", "\x01\x02", "\xE2\x80\x8B",
                                        "\xff\xfe", " . "};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_cleans(names[i], "pdf", "file.pdf");
    assert_true(str_is(disposition_clean(&arena, (struct str){0}, "pdf"), "file.pdf"));
}

static void cuts_between_characters(void **state)
{
    char name[400];
    (void)state;
    for (size_t len = 90; len < 130; len++) {
        for (size_t i = 0; i + 3 <= len; i += 3)
            memcpy(name + i, "東", 4);
        struct str got = disposition_clean(&arena, tight(name), "pptx");
        assert_true(got.len <= DISPOSITION_NAME && text_is_utf8(got));
        assert_memory_equal(got.ptr + got.len - 5, ".pptx", 5);
    }
}

static void assert_writes(const char *name, const char *want)
{
    struct buf b;
    buf_init(&b, &arena, 0);
    disposition_write(&b, tight(name));
    assert_string_equal(buf_cstr(&b), want);
}

static void writes_headers(void **state)
{
    (void)state;
    assert_writes("a b.pdf", "attachment; filename=\"a b.pdf\"");
    assert_writes("naïve €.pdf",
                  "attachment; filename=\"na_ve _.pdf\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.pdf");
    assert_writes("50%25.pdf", "attachment; filename=\"50_25.pdf\"; filename*=UTF-8''50%2525.pdf");
}

/* Property: whatever comes in, what is kept is safe as it stands, fits a header, and is read back as it was.
 */
static void keeps_any_name_safe(void **state)
{
    uint64_t seed = 2015;
    static const char bits[] = "a.\"\\/;=%'\n\xC3\xA9\xE2\x80\xAE\xF0\x9F\x98\x80\xFF *";
    (void)state;
    for (int round = 0; round < 5000; round++) {
        char raw[160], *p = raw;
        for (int i = 0; i < 150; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            *p++ = bits[(seed >> 33) % (sizeof bits - 1)];
            if ((seed >> 60) == 0)
                break;
        }
        *p = '\0';
        struct str name = disposition_clean(&arena, tight(raw), "txt md");
        assert_true(name.len <= DISPOSITION_NAME && text_is_utf8(name) && !text_has_control(name, NULL));
        for (size_t i = 0; i < name.len; i++)
            assert_null(strchr("\"\\/:*?<>|", name.ptr[i]));
        struct buf b;
        buf_init(&b, &arena, 0);
        disposition_write(&b, name);
        assert_true(b.len < 500);
        struct str again = disposition_read(&arena, buf_view(&b));
        assert_true(str_eq(again, name));
        assert_true(str_eq(disposition_clean(&arena, again, "txt md"), name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_extended_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_no_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cleans_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_no_name_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_between_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_any_name_safe, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("disposition", tests, NULL, NULL);
}

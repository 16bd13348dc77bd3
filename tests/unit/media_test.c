#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena_fixture.h"
#include "features/media.h"

#define OFFICE "application/vnd.openxmlformats-officedocument."
#define DOCX OFFICE "wordprocessingml.document"
#define XLSX OFFICE "spreadsheetml.sheet"
#define PPTX OFFICE "presentationml.presentation"

static bool is(const char *type, const void *bytes, size_t len)
{
    const struct media *media = media_find(str_of(type));
    int fd = memfd_create("media", 0);
    assert_non_null(media);
    assert_int_equal(write(fd, bytes, len), len);
    bool good = media_check(media, fd, (int64_t)len);
    close(fd);
    return good;
}

#define IS(type, literal) is(type, literal, sizeof(literal) - 1)

static void finds_types(void **state)
{
    static const char *const known[] = {"application/pdf",
                                        "Application/PDF",
                                        "image/png",
                                        "image/jpeg",
                                        DOCX,
                                        XLSX,
                                        PPTX,
                                        "text/plain",
                                        "text/plain; charset=utf-8",
                                        "text/plain;charset=\"UTF-8\"",
                                        "text/csv; header=present; charset=utf-8",
                                        " text/csv ;"};
    static const char *const unknown[] = {"",
                                          "text/html",
                                          "image/svg+xml",
                                          "application/zip",
                                          "application/octet-stream",
                                          "text/plain; charset=latin1",
                                          "text/plain; charset=",
                                          "text/plain; charset",
                                          "text/",
                                          "text/plainx",
                                          "application/pdf/",
                                          "multipart/form-data; boundary=x",
                                          "application/vnd.ms-word.document.macroEnabled.12"};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!media_find(str_of(known[i])))
            fail_msg("%s", known[i]);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (media_find(str_of(unknown[i])))
            fail_msg("%s", unknown[i]);
    assert_null(media_find((struct str){0}));
}

/* Each of these is of its own type and of none of the others that have a signature. */
static void knows_signatures(void **state)
{
    static const struct {
        const char *type, *bytes;
        size_t len;
    } files[] = {
        {"application/pdf", "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", 15},
        {"image/png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1", 20},
        {"image/jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF\0", 11},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(is(files[j].type, files[i].bytes, files[i].len), i == j);
    for (size_t i = 0; i < 3; i++)
        assert_false(is(files[i].type, files[i].bytes, 2)); /* cut off */
    assert_false(IS("application/pdf", "\n%PDF-1.7"));      /* not at its start */
    assert_false(IS("application/pdf", "<html>%PDF-1.7"));
    assert_false(IS("image/png", "GIF89a"));
    assert_false(IS("image/jpeg", "MZ\x90"));
    assert_false(IS("image/png", ""));
}

static void knows_text(void **state)
{
    (void)state;
    assert_true(IS("text/plain", "Ñandú\r\n\tend\n"));
    assert_true(IS("text/csv", "\xEF\xBB\xBFkey,title\r\n1,\"a\nb\"\r\n"));
    assert_false(IS("text/plain", "a\0b"));
    assert_false(IS("text/plain", "\x1b]0;title\x07"));
    assert_false(IS("text/plain", "\xE9t\xE9")); /* Latin-1 */
    assert_false(IS("text/plain", "cut \xE2\x82"));
    assert_false(IS("text/plain", "\xED\xA0\x80")); /* a surrogate */
    assert_false(is("text/plain",
                    "\xFF\xFE"
                    "a\0",
                    4)); /* UTF-16 */
    assert_false(IS("text/csv", "MZ\x90\0\3"));
}

/* The text is read in pieces of 64 KiB: characters on the seam are whole, faults there are found. */
static void reads_text_over_seams(void **state)
{
    enum { SEAM = 64 * 1024, LEN = 2 * SEAM + 100 };
    static const char *const characters[] = {"é", "€", "😀"};
    char *text = malloc(LEN);
    (void)state;
    for (size_t c = 0; c < 3; c++)
        for (int at = SEAM - 5; at < SEAM + 2; at++) {
            size_t n = strlen(characters[c]);
            memset(text, 'x', LEN);
            memcpy(text + at, characters[c], n);
            memcpy(text + at + SEAM, characters[c], n);
            assert_true(is("text/plain", text, LEN));
            text[at + SEAM + (int)n - 1] = 'x'; /* the last byte of the second one is another */
            assert_false(is("text/plain", text, LEN));
            text[at + SEAM] = '\x01';
            assert_false(is("text/plain", text, LEN));
        }
    free(text);
}

/* --- Office files --- */

static void put(struct buf *b, uint64_t n, int bytes)
{
    while (bytes--) {
        buf_char(b, (char)(n & 0xFF));
        n >>= 8;
    }
}

/* A ZIP of empty parts of these names (NULL-terminated), with a comment at its end. */
static struct buf zip(const char *const *names, const char *comment)
{
    struct buf b, directory;
    unsigned count = 0;
    buf_init(&b, &arena, 0);
    buf_init(&directory, &arena, 0);
    for (; names[count]; count++) {
        size_t at = b.len, len = strlen(names[count]);
        buf_add(&b, "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 26);
        put(&b, len, 2);
        put(&b, 0, 2);
        buf_puts(&b, names[count]);
        buf_add(&directory, "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 28);
        put(&directory, len, 2);
        put(&directory, 0, 12);
        put(&directory, at, 4);
        buf_puts(&directory, names[count]);
    }
    size_t at = b.len;
    buf_str(&b, buf_view(&directory));
    buf_add(&b, "PK\5\6\0\0\0\0", 8);
    put(&b, count, 2);
    put(&b, count, 2);
    put(&b, directory.len, 4);
    put(&b, at, 4);
    put(&b, strlen(comment), 2);
    buf_puts(&b, comment);
    return b;
}

static bool is_zip_of(const char *type, const char *const *names)
{
    struct buf b = zip(names, "");
    return is(type, b.ptr, b.len);
}

static const char *const word[] = {"[Content_Types].xml", "_rels/.rels", "word/document.xml",
                                   "word/styles.xml", NULL};

static void knows_office_files(void **state)
{
    static const char *const excel[] = {"xl/workbook.xml", "xl/printerSettings/printerSettings1.bin",
                                        "[Content_Types].xml", NULL};
    static const char *const slides[] = {"[Content_Types].xml", "ppt/presentation.xml", NULL};
    (void)state;
    assert_true(is_zip_of(DOCX, word));
    assert_true(is_zip_of(XLSX, excel));
    assert_true(is_zip_of(PPTX, slides));
    assert_false(is_zip_of(XLSX, word));
    assert_false(is_zip_of(PPTX, word));
    assert_false(is_zip_of(DOCX, slides));
    assert_false(is_zip_of("application/pdf", word));
    struct buf b = zip(word, "a comment with PK\5\6 in it");
    assert_true(is(DOCX, b.ptr, b.len));
}

static void refuses_other_zips(void **state)
{
    static const char *const jar[] = {"META-INF/MANIFEST.MF", "A.class", NULL};
    static const char *const bare[] = {"word/document.xml", NULL};
    static const char *const typed[] = {"[Content_Types].xml", NULL};
    static const char *const macros[] = {"[Content_Types].xml", "word/document.xml", "word/vbaProject.bin",
                                         NULL};
    static const char *const disguised[] = {"[Content_Types].xml", "word/document.xml", "Word/VBAPROJECT.BIN",
                                            NULL};
    static const char *const none[] = {NULL};
    (void)state;
    assert_false(is_zip_of(DOCX, jar));
    assert_false(is_zip_of(DOCX, bare));
    assert_false(is_zip_of(DOCX, typed));
    assert_false(is_zip_of(DOCX, macros));
    assert_false(is_zip_of(DOCX, disguised));
    assert_false(is_zip_of(DOCX, none));
    assert_false(IS(DOCX, "PK\3\4"));
    assert_false(IS(DOCX, "PK\3\4word/document.xml[Content_Types].xml"));
}

/* Cut anywhere, or with any byte changed, it is refused or taken, and no byte outside it is read. */
static void survives_damage(void **state)
{
    struct buf b = zip(word, "end");
    (void)state;
    for (size_t n = 0; n < b.len; n++)
        assert_false(is(DOCX, b.ptr, n));
    for (size_t i = 0; i < b.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.ptr[i] = (char)(b.ptr[i] ^ 1 << bit);
            is(DOCX, b.ptr, b.len);
            b.ptr[i] = (char)(b.ptr[i] ^ 1 << bit);
        }
    assert_true(is(DOCX, b.ptr, b.len));
}

/* The directory says that it is where it is not, or larger than it is. */
static void refuses_lying_directories(void **state)
{
    static const size_t fields[] = {12, 16, 8, 10, 4, 6}; /* in the end record */
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct buf b = zip(word, "");
        memset(b.ptr + b.len - 22 + fields[i], 0xFF, i < 2 ? 4 : 2);
        assert_false(is(DOCX, b.ptr, b.len));
    }
    struct buf b = zip(word, "");
    memcpy(b.ptr + b.len - 22 + 8, "\5\0\5\0", 4); /* one entry more than there are */
    assert_false(is(DOCX, b.ptr, b.len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_signatures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_text_over_seams, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_office_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_other_zips, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_lying_directories, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}

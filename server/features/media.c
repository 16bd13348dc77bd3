#include "features/media.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OFFICE "application/vnd.openxmlformats-officedocument."

enum {
    HEAD = 8,
    CHUNK = 64 * 1024,
    /* of ZIP (APPNOTE.TXT 4.3) */
    END_RECORD = 22,
    COMMENT_MAX = 65535,
    ENTRY = 46,
    DIRECTORY_MAX = 1024 * 1024 /* an Office file has some dozen parts of a hundred bytes each */
};

/* `size` bytes from `at`, all of them. */
static bool read_at(int fd, void *to, size_t size, int64_t at)
{
    char *p = to;
    while (size) {
        ssize_t n = pread(fd, p, size, at);
        if (n <= 0)
            return false;
        p += n;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* --- signatures --- */

static bool begins(int fd, int64_t size, const void *signature, size_t len)
{
    char head[HEAD];
    return len <= HEAD && size >= (int64_t)len && read_at(fd, head, len, 0) && !memcmp(head, signature, len);
}

static bool is_pdf(const struct media *media, int fd, int64_t size)
{
    (void)media;
    return begins(fd, size, "%PDF-", 5);
}

static bool is_png(const struct media *media, int fd, int64_t size)
{
    (void)media;
    return begins(fd, size, "\x89PNG\r\n\x1a\n", 8);
}

/* Start of image, and the first byte of the marker that must follow. */
static bool is_jpeg(const struct media *media, int fd, int64_t size)
{
    (void)media;
    return begins(fd, size, "\xFF\xD8\xFF", 3);
}

/* --- text --- */

/* How many bytes at the end begin a character that goes on in the next piece. */
static size_t begun(const char *p, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)p[n - back];
        if (c >= 0xC0)
            return back < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) ? back : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

static bool is_text(const struct media *media, int fd, int64_t size)
{
    char *chunk = malloc(CHUNK + 4);
    bool good = chunk != NULL;
    size_t kept = 0;
    (void)media;
    for (int64_t at = 0; good && at < size;) {
        size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        good = read_at(fd, chunk + kept, n, at);
        at += (int64_t)n;
        n += kept;
        kept = good && at < size ? begun(chunk, n) : 0;
        struct str whole = {chunk, n - kept};
        good = good && text_is_utf8(whole) && !text_has_control(whole, "\t\n\r");
        if (good)
            memmove(chunk, chunk + n - kept, kept);
    }
    free(chunk);
    return good;
}

/* --- Office files: ZIP (ECMA-376-2) --- */

static unsigned u16(const unsigned char *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const unsigned char *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static bool ends_in(struct str name, const char *end)
{
    size_t n = strlen(end);
    return name.len >= n && str_ieq((struct str){name.ptr + name.len - n, n}, end);
}

/* The parts in the directory: the list of content types and the folder of that type are there, macros are
 * not. */
static bool has_parts(const unsigned char *p, size_t left, unsigned entries, const char *folder)
{
    bool types = false, body = false;
    while (entries--) {
        if (left < ENTRY || memcmp(p, "PK\1\2", 4))
            return false;
        size_t name = u16(p + 28), whole = ENTRY + name + u16(p + 30) + u16(p + 32);
        if (whole > left)
            return false;
        struct str part = {(const char *)p + ENTRY, name};
        if (ends_in(part, "vbaProject.bin"))
            return false;
        types = types || str_is(part, "[Content_Types].xml");
        body = body || str_starts(part, folder);
        p += whole;
        left -= whole;
    }
    return types && body;
}

/* The record at the end of the file, which says where the directory is. A comment may follow it. */
static const unsigned char *find_end(const unsigned char *tail, size_t n)
{
    for (size_t i = n - END_RECORD + 1; i-- > 0;)
        if (!memcmp(tail + i, "PK\5\6", 4) && i + END_RECORD + u16(tail + i + 20) == n)
            return tail + i;
    return NULL;
}

static bool check_directory(const unsigned char *end, int64_t end_at, int fd, const char *folder)
{
    int64_t length = u32(end + 12), at = u32(end + 16);
    unsigned entries = u16(end + 10);
    /* One disk, nothing between the directory and its end, and no ZIP64, whose values are all ones. */
    if (u16(end + 4) || u16(end + 6) || u16(end + 8) != entries || length > DIRECTORY_MAX ||
        at + length != end_at)
        return false;
    unsigned char *directory = malloc((size_t)length + 1);
    bool good = directory && read_at(fd, directory, (size_t)length, at) &&
                has_parts(directory, (size_t)length, entries, folder);
    free(directory);
    return good;
}

static bool is_office(const struct media *media, int fd, int64_t size)
{
    if (size < END_RECORD || !begins(fd, size, "PK\3\4", 4))
        return false;
    size_t n = size < END_RECORD + COMMENT_MAX ? (size_t)size : END_RECORD + COMMENT_MAX;
    unsigned char *tail = malloc(n);
    const unsigned char *end = tail && read_at(fd, tail, n, size - (int64_t)n) ? find_end(tail, n) : NULL;
    bool good = end && check_directory(end, size - (int64_t)n + (end - tail), fd, media->folder);
    free(tail);
    return good;
}

/* --- the list --- */

static const struct media list[] = {
    {"application/pdf", "pdf", is_pdf},
    {"image/png", "png", is_png},
    {"image/jpeg", "jpg jpeg", is_jpeg},
    {OFFICE "wordprocessingml.document", "docx", is_office, "word/"},
    {OFFICE "spreadsheetml.sheet", "xlsx", is_office, "xl/"},
    {OFFICE "presentationml.presentation", "pptx", is_office, "ppt/"},
    {"text/plain", "txt text md", is_text},
    {"text/csv", "csv", is_text},
    {0},
};

const struct media *media_find(struct str content_type)
{
    struct str rest = content_type;
    struct str type = str_trim(str_split(&rest, ';'));
    while (rest.ptr) {
        struct str value = str_trim(str_split(&rest, ';'));
        struct str name = str_trim(str_split(&value, '='));
        if (str_ieq(name, "charset") && !str_ieq(str_trim(value), "utf-8") &&
            !str_ieq(str_trim(value), "\"utf-8\""))
            return NULL;
    }
    for (const struct media *m = list; m->type; m++)
        if (str_ieq(type, m->type))
            return m;
    return NULL;
}

const char *media_types(void)
{
    return "application/pdf, image/png, image/jpeg, text/plain, text/csv (both in UTF-8), and the .docx, "
           ".xlsx and .pptx types";
}

bool media_check(const struct media *media, int fd, int64_t size)
{
    return media->check(media, fd, size);
}

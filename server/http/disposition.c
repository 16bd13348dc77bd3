#include "http/disposition.h"

#include <string.h>

/* --- reading --- */

/* Takes `"…"` with its escapes off the front of *rest; absent when the quotes do not close. */
static struct str take_quoted(struct arena *a, struct str *rest)
{
    char *to = arena_alloc(a, rest->len);
    size_t n = 0;
    for (size_t i = 1; to && i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == '"') {
            *rest = (struct str){rest->ptr + i + 1, rest->len - i - 1};
            return (struct str){to, n};
        }
        if (c == '\\' && i + 1 < rest->len)
            c = rest->ptr[++i];
        to[n++] = c;
    }
    *rest = (struct str){0};
    return (struct str){0};
}

/* The value that begins *rest, up to the next parameter. */
static struct str take_value(struct arena *a, struct str *rest)
{
    *rest = str_trim(*rest);
    if (!rest->len || *rest->ptr != '"')
        return str_trim(str_split(rest, ';'));
    struct str value = take_quoted(a, rest);
    str_split(rest, ';');
    return value;
}

/* UTF-8'language'percent-encoded (RFC 8187, 3.2). */
static struct str decode_extended(struct arena *a, struct str value)
{
    struct str text;
    struct str charset = str_split(&value, '\'');
    str_split(&value, '\'');
    bool good = value.ptr && str_ieq(charset, "utf-8") && text_decode_uri(a, value, false, &text);
    return good ? text : (struct str){0};
}

struct str disposition_read(struct arena *a, struct str header)
{
    struct str plain = {0}, extended = {0};
    while (header.len) {
        const char *equals = memchr(header.ptr, '=', header.len), *end = memchr(header.ptr, ';', header.len);
        if (!equals || (end && end < equals)) { /* the type, `attachment` */
            str_split(&header, ';');
            continue;
        }
        struct str name = str_trim(str_split(&header, '=')), value = take_value(a, &header);
        if (str_ieq(name, "filename*") && !extended.ptr)
            extended = decode_extended(a, value);
        else if (str_ieq(name, "filename") && !plain.ptr)
            plain = value;
    }
    return extended.len ? extended : plain;
}

/* --- cleaning --- */

/* Bytes of the character at p that may not stand in a name; 0 when it may. */
static size_t unwanted(const unsigned char *p, size_t left)
{
    if (*p < 0x20 || *p == 0x7F)
        return 1;
    if (*p == 0xC2 && left > 1 && p[1] < 0xA0)
        return 2; /* C1 controls */
    if (*p == 0xE2 && left > 2 &&
        ((p[1] == 0x80 && ((p[2] >= 0x8B && p[2] <= 0x8F) || (p[2] >= 0xA8 && p[2] <= 0xAE))) ||
         (p[1] == 0x81 && p[2] >= 0xA0 && p[2] <= 0xAF)))
        return 3; /* invisible, line breaks, and those that turn the direction: "gpj.exe" read backwards */
    return *p == 0xEF && left > 2 && p[1] == 0xBB && p[2] == 0xBF ? 3 : 0;
}

/* What is after the last folder, without unwanted characters, those with a meaning elsewhere made `_`. */
static size_t copy_clean(struct str name, char *to)
{
    size_t n = 0, skip;
    for (size_t i = name.len; i-- > 0;)
        if (name.ptr[i] == '/' || name.ptr[i] == '\\') {
            name = (struct str){name.ptr + i + 1, name.len - i - 1};
            break;
        }
    for (size_t i = 0; i < name.len; i += skip ? skip : 1) {
        skip = unwanted((const unsigned char *)name.ptr + i, name.len - i);
        if (!skip)
            to[n++] = strchr("\"<>:|?*", name.ptr[i]) ? '_' : name.ptr[i];
    }
    return n;
}

/* Without dots and spaces at both ends: hidden names, and those that Windows cuts. */
static struct str strip(struct str s)
{
    while (s.len && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == ' '))
        s.len--;
    while (s.len && (*s.ptr == '.' || *s.ptr == ' ')) {
        s.ptr++;
        s.len--;
    }
    return s;
}

/* The one of `extensions` that `name` ends in, with something before its dot; absent when there is none. */
static struct str ending(struct str name, const char *extensions)
{
    struct str rest = str_of(extensions);
    while (rest.len) {
        struct str e = str_split(&rest, ' ');
        char lower[16] = "";
        if (e.len + 2 > name.len || e.len >= sizeof lower || name.ptr[name.len - e.len - 1] != '.')
            continue;
        memcpy(lower, e.ptr, e.len);
        if (str_ieq((struct str){name.ptr + name.len - e.len, e.len}, lower))
            return e;
    }
    return (struct str){0};
}

struct str disposition_clean(struct arena *a, struct str name, const char *extensions)
{
    struct str all = str_of(extensions), out = {0};
    char *clean = arena_alloc(a, name.len + 1), *to = arena_alloc(a, DISPOSITION_NAME);
    if (!clean || !to)
        return out;
    bool text = name.ptr && text_is_utf8(name);
    struct str stem = strip((struct str){clean, text ? copy_clean(name, clean) : 0});
    struct str extension = ending(stem, extensions);
    if (extension.ptr)
        stem.len -= extension.len + 1;
    else
        extension = str_split(&all, ' ');
    if (stem.len > DISPOSITION_NAME - 1 - extension.len)
        stem.len = DISPOSITION_NAME - 1 - extension.len;
    while (stem.len && !text_is_utf8(stem)) /* not in the middle of a character */
        stem.len--;
    stem = strip(stem);
    if (!stem.len)
        stem = STR("file");
    memcpy(to, stem.ptr, stem.len);
    to[stem.len] = '.';
    memcpy(to + stem.len + 1, extension.ptr, extension.len);
    return (struct str){to, stem.len + 1 + extension.len};
}

/* --- writing --- */

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("-._~", c));
}

void disposition_write(struct buf *out, struct str name)
{
    bool exact = true;
    buf_puts(out, "attachment; filename=\"");
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if ((c & 0xC0) == 0x80)
            continue; /* one `_` a character */
        bool ascii = c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%';
        exact = exact && ascii;
        buf_char(out, ascii ? (char)c : '_');
    }
    buf_char(out, '"');
    if (exact)
        return;
    buf_puts(out, "; filename*=UTF-8''");
    for (size_t i = 0; i < name.len; i++)
        if (is_plain(name.ptr[i]))
            buf_char(out, name.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)name.ptr[i]);
}

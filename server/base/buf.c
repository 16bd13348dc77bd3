/* buf.c - the growing buffer of text.h: JSON, HTML and base64url are written straight into it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Room for `more` bytes after len; false (and failed) when memory is out. */
static bool reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more <= b->cap - b->len)
        return true;
    size_t need = b->len + more, cap = b->cap < 64 ? 64 : b->cap;
    if (need < more || need > SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }
    while (cap < need)
        cap *= 2;
    char *bigger = arena_alloc(b->arena, cap);
    if (!bigger) {
        b->failed = true;
        return false;
    }
    if (b->len)
        memcpy(bigger, b->ptr, b->len);
    b->ptr = bigger;
    b->cap = cap;
    return true;
}

void buf_init(struct buf *b, struct arena *arena, size_t cap)
{
    *b = (struct buf){.arena = arena};
    if (cap)
        reserve(b, cap);
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (len && reserve(b, len)) {
        memcpy(b->ptr + b->len, bytes, len);
        b->len += len;
    }
}

void buf_char(struct buf *b, char c)
{
    if (reserve(b, 1))
        b->ptr[b->len++] = c;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.ptr, s.len);
}

void buf_int(struct buf *b, int64_t n)
{
    char digits[20], *p = digits + sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0)
        *--p = '-';
    buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    if (!reserve(b, 64))
        return;
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(b->ptr + b->len, b->cap - b->len, fmt, ap);
    if (len < 0)
        b->failed = true;
    else if ((size_t)len < b->cap - b->len)
        b->len += (size_t)len;
    else if (reserve(b, (size_t)len + 1))
        b->len += (size_t)vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(ap);
}

/* 0: the byte stands for itself in a JSON string. Else the letter after the backslash; `u` and `<` are
 * special. */
static const unsigned char json_escape[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u',  [0x06] = 'u',
    [0x07] = 'u', [0x08] = 'b', [0x09] = 't', [0x0A] = 'n', [0x0B] = 'u', [0x0C] = 'f',  [0x0D] = 'r',
    [0x0E] = 'u', [0x0F] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',  [0x14] = 'u',
    [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1A] = 'u',  [0x1B] = 'u',
    [0x1C] = 'u', [0x1D] = 'u', [0x1E] = 'u', [0x1F] = 'u', ['"'] = '"',  ['\\'] = '\\', ['<'] = '<',
};

/* The byte *p that the table marks; `next` is the byte after it or 0. */
static void json_special(struct buf *b, unsigned char c, char next)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char how = json_escape[c];
    if (how == '<') {
        /* In a script element `</` may end it and `<!` may begin a comment that hides its end. */
        if (next == '/')
            buf_add(b, "<\\", 2);
        else if (next == '!')
            buf_add(b, "\\u003c", 6);
        else
            buf_char(b, '<');
    } else if (how == 'u') {
        char code[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        buf_add(b, code, sizeof code);
    } else {
        char pair[2] = {'\\', (char)how};
        buf_add(b, pair, sizeof pair);
    }
}

void buf_json(struct buf *b, struct str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr, *end = s.len ? p + s.len : p;
    if (!reserve(b, s.len + 2))
        return;
    b->ptr[b->len++] = '"';
    while (p < end) {
        const unsigned char *run = p;
        while (p < end && !json_escape[*p])
            p++;
        buf_add(b, run, (size_t)(p - run));
        if (p < end) {
            json_special(b, *p, p + 1 < end ? (char)p[1] : '\0');
            p++;
        }
    }
    buf_char(b, '"');
}

static const char *html_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void buf_html(struct buf *b, struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        const char *entity = html_entity(s.ptr[i]);
        if (!entity)
            continue;
        buf_add(b, s.ptr + run, i - run);
        buf_puts(b, entity);
        run = i + 1;
    }
    if (s.len)
        buf_add(b, s.ptr + run, s.len - run);
}

/* How many bytes at `i` are a character that XML 1.0 has no place for; 0: none. */
static size_t beyond_xml(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\r';
    bool nonchar = s.len - i >= 3 && !memcmp(s.ptr + i, "\xEF\xBF", 2) && (unsigned char)s.ptr[i + 2] >= 0xBE;
    return nonchar ? 3 : 0;
}

void buf_xml(struct buf *b, struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        size_t skip = beyond_xml(s, i);
        if (!skip)
            continue;
        buf_html(b, (struct str){s.ptr + run, i - run});
        buf_puts(b, "\xEF\xBF\xBD");
        run = i + skip;
        i = run - 1;
    }
    if (s.len)
        buf_html(b, (struct str){s.ptr + run, s.len - run});
}

const char *buf_cstr(struct buf *b)
{
    if (!reserve(b, 1))
        return NULL;
    b->ptr[b->len] = '\0';
    return b->ptr;
}

struct str buf_view(const struct buf *b)
{
    if (b->failed)
        return (struct str){NULL, 0};
    return (struct str){b->ptr ? b->ptr : "", b->len};
}

void buf_base64url(struct buf *b, const void *bytes, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *p = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t bits = (uint32_t)p[i] << 16;
        bits |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        bits |= left > 2 ? p[i + 2] : 0;
        char four[4] = {letters[bits >> 18], letters[bits >> 12 & 63], letters[bits >> 6 & 63],
                        letters[bits & 63]};
        buf_add(b, four, left > 2 ? 4 : left + 1);
    }
}

/* text.c - views, UTF-8, folding and decoding; the growing buffer is in buf.c. */
#include "base/text.h"

#include <string.h>

struct str str_of(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

bool str_eq(struct str a, struct str b)
{
    if (!a.ptr || !b.ptr)
        return !a.ptr && !b.ptr;
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool str_is(struct str a, const char *s)
{
    return str_eq(a, str_of(s));
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool str_ieq(struct str a, const char *s)
{
    struct str b = str_of(s);
    if (!a.ptr || !b.ptr || a.len != b.len)
        return !a.ptr && !b.ptr;
    for (size_t i = 0; i < a.len; i++) {
        if (lower((unsigned char)a.ptr[i]) != lower((unsigned char)b.ptr[i]))
            return false;
    }
    return true;
}

bool str_starts(struct str s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.ptr && s.len >= len && memcmp(s.ptr, prefix, len) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    while (s.len && is_space(*s.ptr)) {
        s.ptr++;
        s.len--;
    }
    return s;
}

struct str str_split(struct str *rest, char sep)
{
    struct str part = *rest;
    const char *at = part.len ? memchr(part.ptr, sep, part.len) : NULL;
    if (!at) {
        *rest = (struct str){NULL, 0};
        return part;
    }
    part.len = (size_t)(at - part.ptr);
    *rest = (struct str){at + 1, rest->len - part.len - 1};
    return part;
}

bool str_int(struct str s, int64_t *out)
{
    bool negative = s.len && *s.ptr == '-';
    size_t i = negative;
    if (i == s.len)
        return false;
    /* Counts down from zero, because INT64_MIN has no positive twin. */
    int64_t n = 0;
    for (; i < s.len; i++) {
        int digit = s.ptr[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_sub_overflow(n, digit, &n))
            return false;
    }
    if (!negative && n == INT64_MIN)
        return false;
    *out = negative ? n : -n;
    return true;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* The code point at p[0..left), its bytes as the result; 0 when ill-formed (RFC 3629, section 4). */
static size_t utf8_read(const unsigned char *p, size_t left, uint32_t *cp)
{
    unsigned char c = p[0];
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    if (c >= 0xC2 && c <= 0xDF && left >= 2 && is_tail(p[1])) {
        *cp = (c & 0x1Fu) << 6 | (p[1] & 0x3Fu);
        return 2;
    }
    if ((c & 0xF0) == 0xE0 && left >= 3 && is_tail(p[1]) && is_tail(p[2])) {
        *cp = (c & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        return *cp >= 0x800 && (*cp & 0xF800) != 0xD800 ? 3 : 0;
    }
    if (c >= 0xF0 && c <= 0xF4 && left >= 4 && is_tail(p[1]) && is_tail(p[2]) && is_tail(p[3])) {
        *cp = (c & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
        return *cp >= 0x10000 && *cp <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

bool text_is_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t left = s.len;
    while (left) {
        uint64_t eight;
        if (left >= sizeof eight) {
            memcpy(&eight, p, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                p += sizeof eight;
                left -= sizeof eight;
                continue;
            }
        }
        uint32_t cp;
        size_t n = utf8_read(p, left, &cp);
        if (!n)
            return false;
        p += n;
        left -= n;
    }
    return true;
}

size_t text_length(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += !is_tail((unsigned char)s.ptr[i]);
    return n;
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7F;
}

bool text_has_control(struct str s, const char *allowed)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        /* strchr() would find the NUL that ends `allowed`. */
        if (is_control((unsigned char)c) && !(c && allowed && strchr(allowed, c)))
            return true;
    }
    return false;
}

/* Base letters of U+00C0..U+017F and U+1EA0..U+1EF9 (Vietnamese); `.` where there is none. */
static const char fold_latin[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
                                 "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                                 "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static const char fold_vietnamese[] = "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiii"
                                      "oooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy";

static bool is_wide_space(uint32_t cp)
{
    return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 ||
           cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

/* What a code point above ASCII folds to: ASCII text, "" for an accent of its own, NULL for itself. */
static const char *fold_wide(uint32_t cp, char one[2])
{
    static const struct {
        uint16_t cp;
        char to[3];
    } special[] = {{0xC6, "ae"},  {0xE6, "ae"},  {0xDE, "th"},  {0xFE, "th"}, {0xDF, "ss"}, {0x132, "ij"},
                   {0x133, "ij"}, {0x152, "oe"}, {0x153, "oe"}, {0x1A0, "o"}, {0x1A1, "o"}, {0x1AF, "u"},
                   {0x1B0, "u"},  {0x218, "s"},  {0x219, "s"},  {0x21A, "t"}, {0x21B, "t"}};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (special[i].cp == cp)
            return special[i].to;
    }
    if (cp >= 0x300 && cp <= 0x36F)
        return ""; /* combining accent, as some file systems and keyboards write them */
    one[0] = cp >= 0xC0 && cp <= 0x17F      ? fold_latin[cp - 0xC0]
             : cp >= 0x1EA0 && cp <= 0x1EF9 ? fold_vietnamese[cp - 0x1EA0]
                                            : '.';
    one[1] = '\0';
    return one[0] == '.' ? NULL : one;
}

char *text_fold(struct arena *a, struct str s)
{
    /* Nothing folds to more bytes than it has. */
    char *out = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;
    if (!out)
        return NULL;
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t len = 0;
    bool space = false;
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t cp = 0;
        n = utf8_read(p + i, s.len - i, &cp);
        bool good = n;
        n = good ? n : 1;
        if (good && (cp == ' ' || (cp >= '\t' && cp <= '\r') || is_wide_space(cp))) {
            space = len > 0;
            continue;
        }
        char one[2];
        const char *folded = good && cp >= 0x80 ? fold_wide(cp, one) : NULL;
        if (space && !(folded && !*folded)) {
            out[len++] = ' ';
            space = false;
        }
        if (folded) {
            size_t flen = strlen(folded);
            memcpy(out + len, folded, flen);
            len += flen;
        } else if (n == 1) {
            out[len++] = (char)lower(p[i]);
        } else {
            memcpy(out + len, p + i, n);
            len += n;
        }
    }
    out[len] = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)lower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes s into to[s.len]; the length, or -1. */
static ptrdiff_t percent_decode(struct str s, bool query, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            int high = s.len - i > 2 ? hex_digit(s.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(s.ptr[i + 2]) : -1;
            if (low < 0)
                return -1;
            c = (char)(high << 4 | low);
            if (c == '/' && !query)
                return -1;
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        to[len++] = c;
    }
    return (ptrdiff_t)len;
}

bool text_decode_uri(struct arena *a, struct str s, bool query, struct str *out)
{
    struct str plain = s;
    if (s.len && (memchr(s.ptr, '%', s.len) || (query && memchr(s.ptr, '+', s.len)))) {
        char *to = arena_alloc(a, s.len);
        ptrdiff_t len = to ? percent_decode(s, query, to) : -1;
        if (len < 0)
            return false;
        plain = (struct str){to, (size_t)len};
    }
    if (text_has_control(plain, NULL) || !text_is_utf8(plain))
        return false;
    *out = plain;
    return true;
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool text_decode_base64url(struct str s, unsigned char *out, size_t cap, size_t *len)
{
    size_t bytes = s.len / 4 * 3 + (s.len % 4 ? s.len % 4 - 1 : 0);
    if (s.len % 4 == 1 || bytes > cap)
        return false;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0, n = 0; i < s.len; i++) {
        int v = base64url_value(s.ptr[i]);
        if (v < 0)
            return false;
        bits = (bits << 6 | (uint32_t)v) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (unsigned char)(bits >> have);
        }
    }
    /* One text per value: left-over bits must be 0, or two texts would name the same bytes. */
    if (bits & ((1u << have) - 1))
        return false;
    *len = bytes;
    return true;
}

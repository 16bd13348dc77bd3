/* text.h - length-counted strings and a growing buffer that writes JSON.
 *
 * A `struct str` is a view: it owns nothing and need not end in NUL. A `struct buf` grows in an arena; when
 * memory runs out it sets `failed` and swallows further writes, so that a writer checks once, at the end.
 * Threads: plain data, no shared state. Tests: tests/unit/text_test.c
 */
#ifndef CONVENED_BASE_TEXT_H
#define CONVENED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct str {
    const char *ptr; /* NULL means absent */
    size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})

struct str str_of(const char *s); /* view of a C string; NULL gives an absent str */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *s);
bool str_ieq(struct str a, const char *s); /* ASCII case-insensitive */
bool str_starts(struct str s, const char *prefix);
struct str str_trim(struct str s); /* without ASCII space, tab, CR, LF at both ends */
/* Takes the part before the first `sep` off the front of *rest; *rest becomes absent after the last part. */
struct str str_split(struct str *rest, char sep);
/* A whole decimal number and nothing else; false on overflow or anything else. */
bool str_int(struct str s, int64_t *out);

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(struct str s);
/* Code points in well-formed UTF-8. */
size_t text_length(struct str s);
/* True when `s` holds a control byte: C0 other than those in `allowed`, or DEL. */
bool text_has_control(struct str s, const char *allowed);
/* Folds for search: ASCII lower case, Latin letters without their accents, white space collapsed. */
char *text_fold(struct arena *a, struct str s);
/* RFC 3986 percent-decoding of one path segment or query value. False on a bad escape, a control byte, an
 * encoded slash (when !query) or ill-formed UTF-8. `+` stands for space in a query. */
bool text_decode_uri(struct arena *a, struct str s, bool query, struct str *out);

struct buf {
    struct arena *arena;
    char *ptr; /* not NUL-terminated; see buf_cstr */
    size_t len;
    size_t cap;
    bool failed; /* memory ran out: the content is not to be used */
};

void buf_init(struct buf *b, struct arena *arena, size_t cap);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_char(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_str(struct buf *b, struct str s);
void buf_int(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with quotes (RFC 8259) of well-formed UTF-8. `</` is written `<\/` and `<!` with an escape,
 * so that JSON may stand inside a script element. */
void buf_json(struct buf *b, struct str s);
/* `s` escaped for HTML text and quoted attributes. */
void buf_html(struct buf *b, struct str s);
/* As buf_html, for XML 1.0: what it cannot hold (control bytes other than tab, LF and CR; U+FFFE, U+FFFF)
 * becomes U+FFFD. */
void buf_xml(struct buf *b, struct str s);
const char *buf_cstr(struct buf *b); /* NUL-terminated, or NULL when failed */
struct str buf_view(const struct buf *b);

/* base64url without padding (RFC 4648, 5). Decoding gives false on any other character or a bad length. */
void buf_base64url(struct buf *b, const void *bytes, size_t len);
bool text_decode_base64url(struct str s, unsigned char *out, size_t cap, size_t *len);

#endif

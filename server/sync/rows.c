#include "sync/rows.h"

#include <string.h>

#include "base/uuid.h"
#include "http/body.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The place behind a string that begins at `i`. */
static size_t skip_string(struct str s, size_t i)
{
    for (i++; i < s.len && s.ptr[i] != '"'; i++)
        if (s.ptr[i] == '\\')
            i++;
    return i + 1;
}

/* The place of the comma or bracket that ends the element at `i`; s.len or beyond when nothing does. */
static size_t skip_element(struct str s, size_t i)
{
    int depth = 0;
    while (i < s.len) {
        char c = s.ptr[i];
        if (c == '"') {
            i = skip_string(s, i);
            continue;
        }
        if (!depth && (c == ',' || c == ']'))
            return i;
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && --depth < 0)
            return s.len;
        i++;
    }
    return i;
}

int rows_split(struct str body, struct str *rows, int max)
{
    int n = 0;
    struct str s = str_trim(body);
    if (s.len < 2 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
        return -1;
    for (size_t i = 1; n <= max;) {
        size_t end = skip_element(s, i);
        if (end >= s.len)
            return -1;
        struct str row = str_trim((struct str){s.ptr + i, end - i});
        bool last = s.ptr[end] == ']';
        if (last && end != s.len - 1)
            return -1;
        if (!row.len)
            return last && !n ? 0 : -1;
        if (n < max)
            rows[n] = row;
        n++;
        if (last)
            break;
        i = end + 1;
    }
    return n;
}

/* The 16 bits of the escape \uXXXX at `i`; -1 when there is none. */
static int escape_at(struct str s, size_t i)
{
    int value = 0;
    if (i + 6 > s.len || s.ptr[i] != '\\' || s.ptr[i + 1] != 'u')
        return -1;
    for (size_t k = i + 2; k < i + 6; k++) {
        char c = s.ptr[k];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static struct str mend(struct arena *arena, struct str row)
{
    char *copy = arena_strndup(arena, row.ptr, row.len);
    if (!copy)
        return (struct str){0};
    for (size_t i = 0; i + 1 < row.len; i++) {
        if (copy[i] != '\\')
            continue;
        int unit = escape_at(row, i), next = escape_at(row, i + 6);
        bool high = unit >= 0xD800 && unit < 0xDC00, low = unit >= 0xDC00 && unit < 0xE000;
        if (high && next >= 0xDC00 && next < 0xE000)
            i += 11;
        else if (high || low)
            copy[i + 2] = copy[i + 3] = copy[i + 4] = 'F', copy[i + 5] = 'D'; /* U+FFFD */
        else
            i++; /* whatever is escaped */
    }
    return (struct str){copy, row.len};
}

static void release(void *json)
{
    json_decref(json);
}

json_t *rows_parse(struct arena *arena, struct str row)
{
    struct str text = memmem(row.ptr, row.len, "\\u", 2) ? mend(arena, row) : row;
    if (!text.ptr || body_depth(text, BODY_DEPTH) > BODY_DEPTH)
        return NULL;
    json_t *json = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    return json && !arena_defer(arena, release, json) ? json : NULL;
}

struct str rows_guess_id(struct str row)
{
    const char *at = memmem(row.ptr, row.len, "\"id\"", 4);
    struct str rest = {at ? at + 4 : NULL, at ? (size_t)(row.ptr + row.len - at - 4) : 0};
    while (rest.len && (is_space(*rest.ptr) || *rest.ptr == ':' || *rest.ptr == '"')) {
        rest.ptr++;
        rest.len--;
    }
    rest.len = rest.len < UUID_TEXT - 1 ? rest.len : UUID_TEXT - 1;
    return uuid_is(rest) ? rest : (struct str){0};
}

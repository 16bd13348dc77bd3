#include "features/order_key.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum { BASE = 62, INTEGER_MAX = 27 };

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
}

/* Bytes of the integer part by its first letter: a has one digit, b two …; Z one, Y two … on the negative
 * side. */
static size_t integer_length(char head)
{
    if (head >= 'a' && head <= 'z')
        return (size_t)(head - 'a') + 2;
    return head >= 'A' && head <= 'Z' ? (size_t)('Z' - head) + 2 : 0;
}

static struct str integer_of(struct str key)
{
    return (struct str){key.ptr, integer_length(key.ptr[0])};
}

static struct str fraction_of(struct str key)
{
    size_t n = integer_length(key.ptr[0]);
    return (struct str){key.ptr + n, key.len - n};
}

static int compare(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The least integer, A and 26 zeros, has nothing below it but its own fractions: it is no key by itself. */
static bool is_least(struct str integer)
{
    for (size_t i = 1; i < integer.len; i++)
        if (integer.ptr[i] != '0')
            return false;
    return integer.ptr[0] == 'A';
}

bool order_key_is(struct str key)
{
    if (!key.len || key.len > ORDER_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (digit_of(key.ptr[i]) < 0)
            return false;
    size_t n = integer_length(key.ptr[0]);
    if (!n || n > key.len || (n == key.len && is_least(integer_of(key))))
        return false;
    return n == key.len ||
           key.ptr[key.len - 1] != '0'; /* or there would be no room right above the integer */
}

/* A key being written; `failed` when it grew too long. */
struct writer {
    char *out;
    size_t len;
    bool failed;
};

static void put(struct writer *w, char c)
{
    if (w->len >= ORDER_KEY_MAX)
        w->failed = true;
    else
        w->out[w->len++] = c;
}

static void put_all(struct writer *w, struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        put(w, s.ptr[i]);
}

/* Adds `by`, 1 or -1, to an integer part. False when the integers end there. */
static bool count(struct str integer, int by, char out[INTEGER_MAX + 1], size_t *len)
{
    *len = integer.len;
    memcpy(out, integer.ptr, integer.len);
    for (size_t i = integer.len; i-- > 1;) {
        int digit = digit_of(out[i]) + by;
        if (digit >= 0 && digit < BASE) {
            out[i] = digits[digit];
            return true;
        }
        out[i] = by > 0 ? '0' : 'z';
    }
    if (out[0] == (by > 0 ? 'z' : 'A'))
        return false;
    if (out[0] == (by > 0 ? 'Z' : 'a')) { /* across zero: both sides have one digit there */
        out[0] = by > 0 ? 'a' : 'Z';
        return true;
    }
    out[0] = (char)(out[0] + by);
    *len = integer_length(out[0]);
    out[*len - 1] = by > 0 ? '0' : 'z'; /* where it grew */
    return true;
}

/* A fraction goes on in zeros behind its end. */
static int digit_at(struct str fraction, size_t i)
{
    int digit = i < fraction.len ? digit_of(fraction.ptr[i]) : 0;
    return digit > 0 ? digit : 0;
}

/* Writes a fraction between two others; absent `b` is 1. a < b, and neither ends in 0, so that b has a digit
 * where a is at its end. */
static void midpoint(struct writer *w, struct str a, struct str b)
{
    for (size_t i = 0;; i++) {
        int low = digit_at(a, i), high = b.ptr ? digit_at(b, i) : BASE;
        if (low == high) {
            put(w, digits[low]);
        } else if (high - low > 1) {
            put(w, digits[(low + high + 1) / 2]);
            return;
        } else if (b.ptr && i + 1 < b.len) {
            put(w, digits[high]); /* shorter than b, and so below it */
            return;
        } else {
            put(w, digits[low]);
            b = (struct str){0};
        }
        if (w->failed)
            return;
    }
}

static void put_after(struct writer *w, struct str a)
{
    char next[INTEGER_MAX + 1] = "";
    size_t len = 0;
    if (count(integer_of(a), 1, next, &len)) {
        put_all(w, (struct str){next, len});
    } else {
        put_all(w, integer_of(a));
        midpoint(w, fraction_of(a), (struct str){0});
    }
}

static void put_before(struct writer *w, struct str b)
{
    char next[INTEGER_MAX + 1] = "";
    size_t len = 0;
    if (fraction_of(b).len && !is_least(integer_of(b))) {
        put_all(w, integer_of(b));
    } else if (!is_least(integer_of(b)) && count(integer_of(b), -1, next, &len) &&
               !is_least((struct str){next, len})) {
        put_all(w, (struct str){next, len});
    } else if (is_least(integer_of(b))) {
        put_all(w, integer_of(b));
        midpoint(w, STR(""), fraction_of(b));
    } else { /* down to the least integer: its upper half */
        put_all(w, (struct str){next, len});
        midpoint(w, STR(""), (struct str){0});
    }
}

static void put_between(struct writer *w, struct str a, struct str b)
{
    char next[INTEGER_MAX + 1] = "";
    size_t len = 0;
    put_all(w, integer_of(a));
    if (str_eq(integer_of(a), integer_of(b))) {
        midpoint(w, fraction_of(a), fraction_of(b));
    } else if (count(integer_of(a), 1, next, &len) && compare((struct str){next, len}, b) < 0) {
        w->len = 0;
        put_all(w, (struct str){next, len});
    } else {
        midpoint(w, fraction_of(a), (struct str){0});
    }
}

void order_key_between(struct str a, struct str b, char out[ORDER_KEY_MAX + 1])
{
    struct writer w = {out, 0, false};
    if ((a.ptr && !order_key_is(a)) || (b.ptr && !order_key_is(b)) || (a.ptr && b.ptr && compare(a, b) >= 0))
        w.failed = true;
    else if (!a.ptr && !b.ptr)
        put_all(&w, STR("a0"));
    else if (!b.ptr)
        put_after(&w, a);
    else if (!a.ptr)
        put_before(&w, b);
    else
        put_between(&w, a, b);
    if (w.failed) {
        w = (struct writer){out, 0, false};
        put_all(&w, b.ptr ? b : a);
    }
    out[w.len] = '\0';
}

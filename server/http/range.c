#include "http/range.h"

enum { UNIT = sizeof "bytes=" - 1 };

/* Digits alone to a number; INT64_MAX, past the end of any file, stands for all that are larger. */
static bool read_position(struct str s, int64_t *out)
{
    int64_t n = 0;
    bool huge = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        huge = huge || __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, s.ptr[i] - '0', &n);
    }
    *out = huge ? INT64_MAX : n;
    return s.len > 0;
}

enum range_result range_read(struct str header, int64_t size, int64_t *at, int64_t *len)
{
    int64_t first = 0, last = INT64_MAX;
    *at = 0;
    *len = size;
    struct str unit = {header.ptr, UNIT};
    if (header.len < UNIT || !str_ieq(unit, "bytes="))
        return RANGE_WHOLE;
    struct str to = {header.ptr + UNIT, header.len - UNIT};
    struct str from = str_split(&to, '-');
    if (!to.ptr || (!from.len && !to.len) || (from.len && !read_position(from, &first)) ||
        (to.len && !read_position(to, &last)))
        return RANGE_WHOLE;
    if (!from.len) { /* the last so many */
        first = last < size ? size - last : 0;
        last = last ? INT64_MAX : -1;
    } else if (last < first) {
        return RANGE_WHOLE; /* not a range at all (RFC 9110, 14.1.1) */
    }
    if (first >= size || last < 0)
        return RANGE_OUTSIDE;
    *at = first;
    *len = (last < size ? last + 1 : size) - first;
    return RANGE_PART;
}

bool range_if(struct str if_range, const char *etag)
{
    return !if_range.ptr || str_is(if_range, etag);
}

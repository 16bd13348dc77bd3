/* Titles and abstracts on their way into a calendar. */
#include "fuzz.h"

#include "base/ical.h"

/* The text again: unfolded, with its escapes undone. False when a line is not one of iCalendar. */
static bool read_back(struct str lines, struct buf *out)
{
    for (bool first = true; lines.len; first = false) {
        const char *end = memmem(lines.ptr, lines.len, "\r\n", 2);
        struct str row = {lines.ptr, end ? (size_t)(end - lines.ptr) : 0};
        if (!end || row.len > ICAL_LINE || !text_is_utf8(row) || text_has_control(row, "\t"))
            return false;
        size_t skip = first ? 8 : 1; /* `SUMMARY:`, or the space of a fold */
        if (row.len < skip || memcmp(row.ptr, first ? "SUMMARY:" : " ", skip))
            return false;
        buf_add(out, row.ptr + skip, row.len - skip);
        lines.ptr = end + 2;
        lines.len -= row.len + 2;
    }
    size_t n = 0;
    for (size_t i = 0; i < out->len; i++) {
        char c = out->ptr[i];
        if (c == ';' || c == ',')
            return false;
        if (c == '\\') {
            if (++i == out->len || !strchr("\\;,n", out->ptr[i]))
                return false;
            c = out->ptr[i] == 'n' ? '\n' : out->ptr[i];
        }
        out->ptr[n++] = c;
    }
    out->len = n;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf out, back, again;
    struct str text = {(const char *)data, size};
    arena_init(&arena, NULL, 0);
    buf_init(&out, &arena, 256);
    buf_init(&back, &arena, 256);
    ical_text(&out, "SUMMARY", text);
    HOLD(read_back(buf_view(&out), &back));
    bool plain = size && text_is_utf8(text) && !text_has_control(text, "\n\t");
    HOLD(!plain || str_eq(buf_view(&back), text)); /* what is odd was mended; what is not is the same */
    buf_init(&again, &arena, 256);
    ical_text(&again, "SUMMARY", (struct str){back.ptr, back.len});
    HOLD(str_eq(buf_view(&again), buf_view(&out))); /* and mended once */
    arena_finish(&arena);
    return 0;
}

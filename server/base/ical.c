#include "base/ical.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/zone.h"

enum { TIME_TEXT = 24, DAY_MS = 86400000 };

/* A line on its way out, and how many octets of it stand on the current row. */
struct line {
    struct buf *out;
    size_t column;
};

/* One character, which stays in one piece. */
static void put(struct line *line, const char *bytes, size_t n)
{
    if (line->column + n > ICAL_LINE) {
        buf_puts(line->out, "\r\n ");
        line->column = 1;
    }
    buf_add(line->out, bytes, n);
    line->column += n;
}

static struct line begin(struct buf *out, const char *name)
{
    struct line line = {out, 0};
    for (; *name; name++)
        put(&line, name, 1);
    put(&line, ":", 1);
    return line;
}

static void end(struct line *line)
{
    buf_puts(line->out, "\r\n");
}

void ical_line(struct buf *out, const char *name, const char *value)
{
    struct line line = begin(out, name);
    for (; *value; value++)
        put(&line, value, 1);
    end(&line);
}

/* The octets of the character at the front of `s`; 0 when they are none. */
static size_t character(struct str s)
{
    unsigned char c = (unsigned char)*s.ptr;
    size_t n = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    return n <= s.len && text_is_utf8((struct str){s.ptr, n}) ? n : 0;
}

static void put_ascii(struct line *line, char c)
{
    if (c == '\n' || c == '\r') {
        put(line, "\\n", 2);
    } else if (c == '\\' || c == ';' || c == ',') {
        char pair[2] = {'\\', c};
        put(line, pair, 2);
    } else if (c == '\t' || (c >= 0x20 && c != 0x7F)) {
        put(line, &c, 1);
    }
}

void ical_text(struct buf *out, const char *name, struct str text)
{
    struct line line = begin(out, name);
    while (text.len) {
        size_t n = character(text), step = n ? n : 1;
        if (!n)
            put(&line, "\xEF\xBF\xBD", 3);
        else if (n > 1)
            put(&line, text.ptr, n);
        else if (*text.ptr != '\r' || text.len == 1 || text.ptr[1] != '\n') /* of CRLF, the LF counts */
            put_ascii(&line, *text.ptr);
        text.ptr += step;
        text.len -= step;
    }
    end(&line);
}

/* `20151201T170000` and `mark`, of a time that is taken as it stands. */
static void format(char out[TIME_TEXT], int64_t ms, const char *mark)
{
    int64_t days = ms / DAY_MS - (ms % DAY_MS < 0);
    int second = (int)((ms - days * DAY_MS) / 1000), year, month, day;
    clock_civil(days, &year, &month, &day);
    snprintf(out, TIME_TEXT, "%04d%02d%02dT%02d%02d%02d%s", year % 10000, month, day, second / 3600,
             second / 60 % 60, second % 60, mark);
}

void ical_time(struct buf *out, const char *name, int64_t ms)
{
    char text[TIME_TEXT];
    format(text, ms, "Z");
    ical_line(out, name, text);
}

void ical_local(struct buf *out, const char *name, int64_t ms, const struct zone *zone)
{
    char text[TIME_TEXT], with[128];
    format(text, ms + (int64_t)zone_offset(zone, ms) * 1000, "");
    snprintf(with, sizeof with, "%s;TZID=%s", name, zone_name(zone));
    ical_line(out, with, text);
}

static void put_offset(struct buf *out, const char *name, int seconds)
{
    char text[16];
    int n = seconds < 0 ? -seconds : seconds;
    snprintf(text, sizeof text, n % 60 ? "%c%02d%02d%02d" : "%c%02d%02d", seconds < 0 ? '-' : '+', n / 3600,
             n / 60 % 60, n % 60);
    ical_line(out, name, text);
}

/* What holds from `at` on. Clocks that go forward are taken for summer's: programs treat both alike. */
static void put_observance(struct buf *out, int64_t at, int before, int after)
{
    const char *kind = after > before ? "DAYLIGHT" : "STANDARD";
    char text[TIME_TEXT];
    format(text, at + (int64_t)before * 1000, "");
    ical_line(out, "BEGIN", kind);
    ical_line(out, "DTSTART", text);
    put_offset(out, "TZOFFSETFROM", before);
    put_offset(out, "TZOFFSETTO", after);
    ical_line(out, "END", kind);
}

void ical_zone(struct buf *out, const struct zone *zone, int64_t from, int64_t to)
{
    int offset = zone_offset(zone, from);
    ical_line(out, "BEGIN", "VTIMEZONE");
    ical_line(out, "TZID", zone_name(zone));
    put_observance(out, from, offset, offset);
    for (int64_t at = zone_next(zone, from); at <= to && at != INT64_MAX; at = zone_next(zone, at)) {
        int next = zone_offset(zone, at);
        put_observance(out, at, offset, next);
        offset = next;
    }
    ical_line(out, "END", "VTIMEZONE");
}

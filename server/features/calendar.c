#include "features/calendar.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/ical.h"
#include "features/agenda.h"

/* How often a calendar should ask again, and for how many years it learns of changes of clocks. */
#define REFRESH "PT15M"
enum { ZONE_YEARS = 20 };
#define DAY_MS INT64_C(86400000)

/* The times that the VTIMEZONE covers: whole years, so that it does not move with each session. */
struct span {
    int64_t from, to;
};

static int year_of(int64_t ms)
{
    int year, month, day;
    clock_civil(ms / DAY_MS - (ms % DAY_MS < 0), &year, &month, &day);
    return year;
}

static struct span span_of(const struct agenda *a)
{
    int64_t from = a->starts_at, to = a->ends_at;
    for (size_t i = 0; i < a->n; i++) {
        from = a->sessions[i].starts_at < from ? a->sessions[i].starts_at : from;
        to = a->sessions[i].ends_at > to ? a->sessions[i].ends_at : to;
    }
    int first = year_of(from - DAY_MS), last = year_of(to + DAY_MS);
    last = last > first + ZONE_YEARS ? first + ZONE_YEARS : last;
    return (struct span){clock_days(first, 1, 1) * DAY_MS, clock_days(last + 1, 1, 1) * DAY_MS};
}

/* In the event's zone; in UTC where the VTIMEZONE does not reach. */
static void put_time(struct request *rq, struct buf *out, const char *name, int64_t ms,
                     const struct span *span)
{
    if (rq->zone && ms < span->to)
        ical_local(out, name, ms, rq->zone);
    else
        ical_time(out, name, ms);
}

static void put_description(struct request *rq, struct buf *out, const struct agenda_session *s)
{
    struct buf text;
    buf_init(&text, rq->arena, s->abstract.len + 256);
    buf_str(&text, s->abstract);
    for (size_t i = 0; i < s->n_speakers; i++) {
        buf_puts(&text, i ? ", " : text.len ? "\n\nWith " : "With ");
        buf_str(&text, s->speakers[i].name);
    }
    if (text.len)
        ical_text(out, "DESCRIPTION", buf_view(&text));
}

static void put_session(struct request *rq, struct buf *out, const struct agenda_session *s,
                        const struct span *span)
{
    char sequence[24];
    snprintf(sequence, sizeof sequence, "%lld", (long long)s->revision);
    ical_line(out, "BEGIN", "VEVENT");
    ical_text(out, "UID", s->id);
    ical_time(out, "DTSTAMP", s->updated_at);
    ical_time(out, "LAST-MODIFIED", s->updated_at);
    ical_line(out, "SEQUENCE", sequence);
    put_time(rq, out, "DTSTART", s->starts_at, span);
    put_time(rq, out, "DTEND", s->ends_at, span);
    ical_text(out, "SUMMARY", s->title);
    put_description(rq, out, s);
    if (s->room.ptr)
        ical_text(out, "LOCATION", s->room);
    if (s->track.ptr)
        ical_text(out, "CATEGORIES", s->track);
    ical_line(out, "STATUS", str_is(s->status, "cancelled") ? "CANCELLED" : "CONFIRMED");
    ical_line(out, "END", "VEVENT");
}

enum err calendar_get(struct request *rq)
{
    struct agenda a;
    enum err err = agenda_read(rq, request_query_flag(rq, "bookmarks") ? AGENDA_OWN : AGENDA_ALL, &a);
    if (err != ERR_OK)
        return err;
    struct span span = span_of(&a);
    struct buf *out = &rq->reply.body;
    rq->reply.content_type = "text/calendar; charset=utf-8";
    buf_init(out, rq->arena, 2048 + a.n * 768);
    ical_line(out, "BEGIN", "VCALENDAR");
    ical_line(out, "VERSION", "2.0");
    ical_line(out, "PRODID", "-//convened//agenda//EN");
    ical_line(out, "CALSCALE", "GREGORIAN");
    ical_text(out, "UID", a.id);
    ical_text(out, "NAME", a.name);
    ical_text(out, "X-WR-CALNAME", a.name);
    ical_line(out, "REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
    ical_line(out, "X-PUBLISHED-TTL", REFRESH);
    if (rq->zone)
        ical_zone(out, rq->zone, span.from, span.to);
    for (size_t i = 0; i < a.n; i++)
        put_session(rq, out, &a.sessions[i], &span);
    ical_line(out, "END", "VCALENDAR");
    return ERR_OK;
}

static const char *const sql[] = {NULL}; /* agenda.c's */

static const struct route routes[] = {
    {METHOD_GET, "/v1/events/{event}/calendar.ics", "getCalendar", ACCESS_ANYONE, TX_READ, calendar_get,
     .query = "bookmarks", .vary = VARY_NOBODY, .own = "bookmarks"},
    {0},
};

const struct feature feature_calendar = {
    .name = "calendar", .reads = AGENDA_READS, .routes = routes, .sql = sql};

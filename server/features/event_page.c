#include "features/event_page.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/lookup.h"
#include "base/zone.h"
#include "features/agenda.h"
#include "features/calendar.h"
#include "features/page.h"
#include "features/schedule.h"
#include "http/house.h"

enum { SHOWN = 64 };
#define MINUTE_MS INT64_C(60000)

/* What was moved, and from when: the newest last. */
static const char MOVES[] =
    "SELECT c.session_id, c.old FROM session_changes c JOIN sessions s ON s.id = c.session_id"
    " WHERE c.event_id = :event AND c.type = 'time' AND s.status = 'moved' ORDER BY c.at, c.id";

static const char *const sql[] = {MOVES, NULL}; /* the rest is agenda.c's */

/* When each session of the agenda began before it was moved, where it begins at another time now. */
struct earlier {
    struct lookup sessions; /* by id: places in `at` */
    int64_t *at;            /* of the agenda's sessions; 0: it was not */
};

/* --- times in words --- */

static const char *day_text(char out[SHOWN], int64_t date)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int year, month, day;
    clock_civil(date, &year, &month, &day);
    snprintf(out, SHOWN, "%s, %d %s %d", days[((date + 4) % 7 + 7) % 7], day, months[month - 1], year);
    return out;
}

static const char *time_text(struct request *rq, char out[SHOWN], int64_t ms)
{
    int64_t of_day;
    agenda_date(rq->zone, ms, &of_day);
    int minutes = (int)(of_day / MINUTE_MS), hour = minutes / 60;
    snprintf(out, SHOWN, "%d:%02d %s", hour % 12 ? hour % 12 : 12, minutes % 60, hour < 12 ? "am" : "pm");
    return out;
}

static void put_time(struct request *rq, struct buf *out, int64_t ms)
{
    char machine[CLOCK_TEXT], shown[SHOWN];
    clock_format(machine, ms, rq->zone);
    buf_printf(out, "<time datetime=\"%s\">%s</time>", machine, time_text(rq, shown, ms));
}

/* --- what was moved --- */

/* A change holds its times as the API writes them. */
static bool began_at(struct request *rq, struct str old, int64_t *at)
{
    json_t *facts = old.ptr ? json_loadb(old.ptr, old.len, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(facts, "starts_at"));
    bool known = text && clock_parse(str_of(arena_strndup(rq->arena, text, strlen(text))), at);
    json_decref(facts);
    return known;
}

static enum err read_moves(struct request *rq, const struct agenda *a, struct earlier *out)
{
    struct query *q = request_sql(rq, MOVES);
    int64_t at;
    size_t n;
    lookup_init(&out->sessions, rq->arena);
    out->at = arena_zalloc(rq->arena, (a->n + 1) * sizeof *out->at);
    if (!out->at)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    for (size_t i = 0; i < a->n; i++)
        lookup_add(&out->sessions, a->sessions[i].id, &out->at[i]);
    lookup_sort(&out->sessions);
    while (query_row(q)) {
        const struct named *found = lookup_find(&out->sessions, query_get_text(q, 0), &n);
        int64_t *before = found ? found->of : NULL;
        if (before && began_at(rq, query_get_text(q, 1), &at) &&
            at != a->sessions[before - out->at].starts_at)
            *before = at;
    }
    return ERR_OK;
}

/* --- schema.org --- */

static void put_member(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json(out, text);
}

static void put_instant(struct request *rq, struct buf *out, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT];
    clock_format(text, ms, rq->zone);
    put_member(out, name, str_of(text));
}

static void put_place(struct buf *out, struct str name, struct str address)
{
    buf_puts(out, ",\"location\":{\"@type\":\"Place\"");
    put_member(out, "name", name);
    if (address.ptr)
        put_member(out, "address", address);
    buf_char(out, '}');
}

/* Rescheduled is what begins at another time; what is in another room says so by its place. */
static void put_status(struct request *rq, struct buf *out, const struct agenda_session *s, int64_t before)
{
    bool cancelled = str_is(s->status, "cancelled");
    put_member(out, "eventStatus",
               cancelled ? STR("https://schema.org/EventCancelled")
               : before  ? STR("https://schema.org/EventRescheduled")
                         : STR("https://schema.org/EventScheduled"));
    if (before && !cancelled)
        put_instant(rq, out, "previousStartDate", before);
}

static void put_sub_event(struct request *rq, struct buf *out, const struct agenda *a,
                          const struct agenda_session *s, int64_t before)
{
    buf_puts(out, "{\"@type\":\"Event\"");
    put_member(out, "identifier", s->id);
    put_member(out, "name", s->title);
    put_instant(rq, out, "startDate", s->starts_at);
    put_instant(rq, out, "endDate", s->ends_at);
    put_status(rq, out, s, before);
    if (s->abstract.len)
        put_member(out, "description", s->abstract);
    if (s->room.ptr)
        put_place(out, s->room, a->venue);
    for (size_t i = 0; i < s->n_speakers; i++) {
        buf_puts(out, i ? ",{\"@type\":\"Person\"" : ",\"performer\":[{\"@type\":\"Person\"");
        put_member(out, "name", s->speakers[i].name);
        buf_puts(out, i + 1 < s->n_speakers ? "}" : "}]");
    }
    buf_char(out, '}');
}

/* `<` of a closing tag is escaped by buf_json: no text ends the element. */
static void put_json_ld(struct request *rq, struct buf *out, const struct agenda *a,
                        const struct earlier *earlier)
{
    const char *base = rq->house->config->public_url;
    buf_puts(out,
             "<script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\"@type\":\"Event\"");
    put_member(out, "identifier", a->id);
    put_member(out, "name", a->name);
    put_instant(rq, out, "startDate", a->starts_at);
    put_instant(rq, out, "endDate", a->ends_at);
    put_member(out, "eventStatus", STR("https://schema.org/EventScheduled"));
    put_member(out, "eventAttendanceMode", STR("https://schema.org/OfflineEventAttendanceMode"));
    if (a->description.len)
        put_member(out, "description", a->description);
    if (a->venue.ptr)
        put_place(out, a->venue, a->venue);
    if (a->host.ptr) {
        buf_puts(out, ",\"organizer\":{\"@type\":\"Organization\"");
        put_member(out, "name", a->host);
        buf_char(out, '}');
    }
    if (*base)
        put_member(out, "url",
                   str_of(arena_printf(rq->arena, "%s/events/%.*s", base, (int)a->slug.len, a->slug.ptr)));
    buf_puts(out, ",\"subEvent\":[");
    for (size_t i = 0; i < a->n; i++) {
        if (i)
            buf_char(out, ',');
        put_sub_event(rq, out, a, &a->sessions[i], earlier->at[i]);
    }
    buf_puts(out, "]}</script>\n");
}

/* --- the page --- */

static void put_text(struct buf *out, const char *element, const char *class, struct str text)
{
    if (!text.len)
        return;
    buf_printf(out, "<%s class=\"%s\">", element, class);
    buf_html(out, text);
    buf_printf(out, "</%s>\n", element);
}

static void put_masthead(struct request *rq, struct buf *out, const struct agenda *a)
{
    char text[SHOWN];
    int64_t first = agenda_date(rq->zone, a->starts_at, NULL), last = agenda_date(rq->zone, a->ends_at, NULL);
    buf_puts(out, "<header>\n");
    put_text(out, "p", "kind", a->kind);
    buf_puts(out, "<h1>");
    buf_html(out, a->name);
    buf_printf(out, "</h1>\n<p class=\"when\">%s, ", day_text(text, first));
    put_time(rq, out, a->starts_at);
    buf_puts(out, " to ");
    if (last != first)
        buf_printf(out, "%s, ", day_text(text, last));
    put_time(rq, out, a->ends_at);
    buf_puts(out, "</p>\n");
    put_text(out, "p", "where", a->venue);
    put_text(out, "p", "host", a->host);
    put_text(out, "p", "motto", a->motto);
    put_text(out, "p", "about", a->description);
    put_text(out, "p", "hashtag", a->hashtag);
    buf_printf(
        out,
        "<p class=\"take\"><a href=\"/events/%.*s/calendar.ics\">Add to your calendar</a></p>\n</header>\n",
        (int)a->slug.len, a->slug.ptr);
}

static void put_session(struct request *rq, struct buf *out, const struct agenda_session *s)
{
    bool cancelled = str_is(s->status, "cancelled"), moved = str_is(s->status, "moved");
    buf_printf(out, "<li id=\"session-%lld\" class=\"session %.*s\">\n", (long long)s->number,
               (int)s->status.len, s->status.ptr);
    buf_puts(out, "<p class=\"facts\">");
    if (s->room.ptr) {
        buf_puts(out, "<span class=\"room\">");
        buf_html(out, s->room);
        buf_puts(out, "</span> ");
    }
    buf_puts(out, "until ");
    put_time(rq, out, s->ends_at);
    if (cancelled || moved)
        buf_printf(out, " <strong class=\"mark\">%s</strong>", cancelled ? "Cancelled" : "Moved");
    buf_puts(out, "</p>\n<h3>");
    buf_puts(out, cancelled ? "<s>" : "");
    buf_html(out, s->title);
    buf_puts(out, cancelled ? "</s></h3>\n" : "</h3>\n");
    for (size_t i = 0; i < s->n_speakers; i++) {
        buf_puts(out, i ? ", " : "<p class=\"speakers\">");
        buf_html(out, s->speakers[i].name);
    }
    buf_puts(out, s->n_speakers ? "</p>\n" : "");
    put_text(out, "p", "abstract", s->abstract);
    put_text(out, "p", "track", s->track);
    buf_puts(out, "</li>\n");
}

/* What begins together stands side by side, in the order of the rooms. */
static void put_day(struct request *rq, struct buf *out, const struct agenda *a, const struct agenda_day *day)
{
    char text[SHOWN];
    size_t end = day->first + day->n;
    buf_printf(out, "<section>\n<h2>%s</h2>\n", day_text(text, day->date));
    for (size_t i = day->first; i < end;) {
        int64_t at = a->sessions[i].starts_at;
        buf_puts(out, "<div class=\"slot\">\n<p class=\"start\">");
        put_time(rq, out, at);
        buf_puts(out, "</p>\n<ul>\n");
        for (; i < end && a->sessions[i].starts_at == at; i++)
            put_session(rq, out, &a->sessions[i]);
        buf_puts(out, "</ul>\n</div>\n");
    }
    buf_puts(out, "</section>\n");
}

static enum err get_page(struct request *rq)
{
    struct agenda a;
    struct agenda_day day;
    struct earlier earlier;
    enum err err = agenda_read(rq, AGENDA_ALL, &a);
    if (err == ERR_OK)
        err = read_moves(rq, &a, &earlier);
    if (err != ERR_OK)
        return err;
    struct buf *out = page_begin_public(rq, a.name, "event.css");
    put_json_ld(rq, out, &a, &earlier);
    put_masthead(rq, out, &a);
    buf_puts(out, "<main>\n");
    for (size_t from = 0; agenda_day(&a, rq->zone, from, &day); from = day.first + day.n)
        put_day(rq, out, &a, &day);
    if (!a.n)
        buf_puts(out, "<p class=\"none\">The agenda is not published yet.</p>\n");
    buf_puts(out, "</main>\n<footer><p>Times are ");
    if (rq->zone)
        buf_html(out, str_of(zone_name(rq->zone)));
    buf_puts(out, " time.</p></footer>\n");
    return page_end(rq);
}

#define P "/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, P, "getEventPage", ACCESS_PUBLIC, TX_READ, get_page, .vary = VARY_NOBODY},
    {METHOD_GET, P "/calendar.ics", "getPublicCalendar", ACCESS_PUBLIC, TX_READ, calendar_get,
     .vary = VARY_NOBODY},
    {METHOD_GET, P "/schedule.xml", "getPublicScheduleXml", ACCESS_PUBLIC, TX_READ, schedule_get_xml,
     .vary = VARY_NOBODY},
    {METHOD_GET, P "/schedule.json", "getPublicScheduleJson", ACCESS_PUBLIC, TX_READ, schedule_get_json,
     .vary = VARY_NOBODY},
    {0},
};

const struct feature feature_event_page = {
    .name = "event_page", .reads = AGENDA_READS, .routes = routes, .sql = sql};

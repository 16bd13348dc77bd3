#include "features/schedule.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/zone.h"
#include "features/agenda.h"
#include "http/house.h"

enum { DATE_TEXT = 16, SLUG_MAX = 60, SLUG_MIN = 4, HOURS_MAX = 99 };
#define MINUTE_MS INT64_C(60000)

#define TIMESLOT "00:05" /* the step of a reader's grid */

/* --- texts that both forms share --- */

static const char *date_of(char out[DATE_TEXT], int64_t days)
{
    int year, month, day;
    clock_civil(days, &year, &month, &day);
    snprintf(out, DATE_TEXT, "%04d-%02d-%02d", year % 10000, month, day);
    return out;
}

static const char *time_of(struct request *rq, char out[CLOCK_TEXT], int64_t ms)
{
    clock_format(out, ms, rq->zone);
    return out;
}

/* When it begins by the clocks there: `09:30`. */
static const char *start_of(struct request *rq, char out[DATE_TEXT], const struct agenda_session *s)
{
    int64_t of_day;
    agenda_date(rq->zone, s->starts_at, &of_day);
    int minutes = (int)(of_day / MINUTE_MS);
    snprintf(out, DATE_TEXT, "%02d:%02d", minutes / 60, minutes % 60);
    return out;
}

/* `01:30`. Whole minutes, upwards; hours have two digits. */
static const char *duration_of(char out[DATE_TEXT], const struct agenda_session *s)
{
    int64_t minutes = (s->ends_at - s->starts_at + MINUTE_MS - 1) / MINUTE_MS;
    if (minutes / 60 > HOURS_MAX)
        minutes = HOURS_MAX * 60 + 59;
    snprintf(out, DATE_TEXT, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
    return out;
}

static struct str room_of(const struct agenda_session *s)
{
    return s->room.ptr ? s->room : STR(AGENDA_NO_ROOM);
}

/* The newest change, so that the same agenda has the same version. */
static const char *version_of(const struct agenda *a, char out[CLOCK_TEXT])
{
    int64_t newest = 0;
    for (size_t i = 0; i < a->n; i++)
        newest = a->sessions[i].updated_at > newest ? a->sessions[i].updated_at : newest;
    clock_format(out, newest, NULL);
    return out;
}

/* The event's slug; its dashes stand between the parts of a session's slug. */
static struct str acronym_of(struct request *rq, const struct agenda *a)
{
    char *text = arena_strndup(rq->arena, a->slug.ptr, a->slug.len);
    for (char *c = text; c && *c; c++)
        *c = *c == '-' ? '_' : *c;
    return str_of(text);
}

/* `csec2015-4-sb-794-training`: letters and digits of the title, one dash for whatever is between them. */
static struct str slug_of(struct request *rq, struct str acronym, const struct agenda_session *s)
{
    struct buf out;
    struct str title = str_of(text_fold(rq->arena, s->title));
    buf_init(&out, rq->arena, acronym.len + 2 * SLUG_MAX);
    buf_str(&out, acronym);
    size_t begin = out.len + 1;
    buf_printf(&out, "-%lld", (long long)s->number);
    bool gap = true;
    for (size_t i = 0; i < title.len && out.len - begin < SLUG_MAX; i++) {
        char c = title.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (letter && gap)
            buf_char(&out, '-');
        if (letter)
            buf_char(&out, c);
        gap = !letter;
    }
    if (out.len - begin < SLUG_MIN)
        buf_puts(&out, "-session");
    return buf_view(&out);
}

/* On the event's page, where there is one and its address is known; absent otherwise. */
static struct str url_of(struct request *rq, const struct agenda *a, const struct agenda_session *s)
{
    const char *base = rq->house->config->public_url;
    if (!*base || !a->public)
        return (struct str){0};
    return str_of(arena_printf(rq->arena, "%s/events/%.*s#session-%lld", base, (int)a->slug.len, a->slug.ptr,
                               (long long)s->number));
}

/* First and last day, and how many there are; an agenda without sessions has the event's first one. */
struct days {
    int64_t first, last;
    int n;
};

static struct days days_of(struct request *rq, const struct agenda *a)
{
    struct days d = {.first = agenda_date(rq->zone, a->starts_at, NULL), .n = 1};
    struct agenda_day day;
    d.last = d.first;
    if (a->n)
        d.n = 0;
    for (size_t from = 0; agenda_day(a, rq->zone, from, &day); from = day.first + day.n) {
        d.first = d.n++ ? d.first : day.date;
        d.last = day.date;
    }
    return d;
}

/* --- schedule.xml --- */

static void put_element(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "<%s>", name);
    buf_xml(out, text);
    buf_printf(out, "</%s>\n", name);
}

static void put_event(struct request *rq, struct buf *out, const struct agenda *a,
                      const struct agenda_session *s)
{
    char time[CLOCK_TEXT], start[DATE_TEXT], duration[DATE_TEXT];
    struct str url = url_of(rq, a, s);
    buf_printf(out, "<event id=\"%lld\" guid=\"%.*s\">\n", (long long)s->number, (int)s->id.len, s->id.ptr);
    put_element(out, "room", room_of(s));
    put_element(out, "title", s->title);
    put_element(out, "subtitle", STR(""));
    put_element(out, "type", s->kind);
    put_element(out, "date", str_of(time_of(rq, time, s->starts_at)));
    put_element(out, "start", str_of(start_of(rq, start, s)));
    put_element(out, "duration", str_of(duration_of(duration, s)));
    put_element(out, "abstract", s->abstract);
    put_element(out, "slug", slug_of(rq, acronym_of(rq, a), s));
    put_element(out, "track", s->track);
    buf_puts(out, "<persons>\n");
    for (size_t i = 0; i < s->n_speakers; i++)
        put_element(out, "person", s->speakers[i].name);
    buf_puts(out, "</persons>\n<links/>\n");
    if (url.ptr)
        put_element(out, "url", url);
    buf_puts(out, "</event>\n");
}

static void put_day(struct request *rq, struct buf *out, const struct agenda *a, const struct agenda_day *day,
                    int index)
{
    char date[DATE_TEXT], start[CLOCK_TEXT], end[CLOCK_TEXT];
    buf_printf(out, "<day index=\"%d\" date=\"%s\" start=\"%s\" end=\"%s\">\n", index,
               date_of(date, day->date), time_of(rq, start, day->starts_at), time_of(rq, end, day->ends_at));
    for (size_t i = day->first; i < day->first + day->n; i++) {
        if (!agenda_opens_room(a, day, i))
            continue;
        buf_puts(out, "<room name=\"");
        buf_xml(out, room_of(&a->sessions[i]));
        buf_puts(out, "\">\n");
        for (size_t j = i; j < day->first + day->n; j++)
            if (agenda_same_room(&a->sessions[i], &a->sessions[j]))
                put_event(rq, out, a, &a->sessions[j]);
        buf_puts(out, "</room>\n");
    }
    buf_puts(out, "</day>\n");
}

static void put_conference(struct request *rq, struct buf *out, const struct agenda *a)
{
    char first[DATE_TEXT], last[DATE_TEXT];
    struct days d = days_of(rq, a);
    buf_puts(out, "<conference>\n");
    put_element(out, "acronym", acronym_of(rq, a));
    put_element(out, "title", a->name);
    put_element(out, "start", str_of(date_of(first, d.first)));
    put_element(out, "end", str_of(date_of(last, d.last)));
    buf_printf(out, "<days>%d</days>\n<timeslot_duration>" TIMESLOT "</timeslot_duration>\n", d.n);
    if (*rq->house->config->public_url)
        put_element(out, "base_url", str_of(rq->house->config->public_url));
    if (rq->zone)
        put_element(out, "time_zone_name", str_of(zone_name(rq->zone)));
    buf_puts(out, "</conference>\n");
}

enum err schedule_get_xml(struct request *rq)
{
    struct agenda a;
    struct agenda_day day;
    char version[CLOCK_TEXT];
    int index = 0;
    enum err err = agenda_read(rq, AGENDA_LIVE, &a);
    if (err != ERR_OK)
        return err;
    struct buf *out = &rq->reply.body;
    rq->reply.content_type = "application/xml; charset=utf-8";
    buf_init(out, rq->arena, 2048 + a.n * 1024);
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<schedule>\n<generator name=\"convened\"/>\n");
    put_element(out, "version", str_of(version_of(&a, version)));
    put_conference(rq, out, &a);
    for (size_t from = 0; agenda_day(&a, rq->zone, from, &day); from = day.first + day.n)
        put_day(rq, out, &a, &day, ++index);
    if (!a.n) /* one there must be */
        put_day(rq, out, &a,
                &(struct agenda_day){
                    .date = days_of(rq, &a).first, .starts_at = a.starts_at, .ends_at = a.ends_at},
                1);
    buf_puts(out, "</schedule>\n");
    return ERR_OK;
}

/* --- schedule.json --- */

static void put_member(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json(out, text);
}

static void put_event_json(struct request *rq, struct buf *out, const struct agenda *a,
                           const struct agenda_session *s)
{
    char time[CLOCK_TEXT], start[DATE_TEXT], duration[DATE_TEXT];
    struct str url = url_of(rq, a, s);
    if (!url.ptr) /* one there must be: a name is an address, too */
        url = str_of(arena_printf(rq->arena, "urn:uuid:%.*s", (int)s->id.len, s->id.ptr));
    buf_printf(out, "{\"id\":%lld", (long long)s->number);
    put_member(out, "guid", s->id);
    put_member(out, "date", str_of(time_of(rq, time, s->starts_at)));
    put_member(out, "start", str_of(start_of(rq, start, s)));
    put_member(out, "duration", str_of(duration_of(duration, s)));
    put_member(out, "room", room_of(s));
    put_member(out, "slug", slug_of(rq, acronym_of(rq, a), s));
    put_member(out, "url", url);
    put_member(out, "title", s->title);
    put_member(out, "subtitle", STR(""));
    put_member(out, "track", s->track);
    put_member(out, "type", s->kind);
    put_member(out, "language", STR("en"));
    put_member(out, "abstract", s->abstract);
    put_member(out, "description", STR(""));
    buf_puts(out, ",\"persons\":[");
    for (size_t i = 0; i < s->n_speakers; i++) {
        buf_puts(out, i ? ",{\"guid\":" : "{\"guid\":");
        buf_json(out, s->speakers[i].id);
        put_member(out, "name", s->speakers[i].name);
        buf_char(out, '}');
    }
    buf_puts(out, "],\"links\":[],\"attachments\":[]}");
}

static void put_room_json(struct request *rq, struct buf *out, const struct agenda *a,
                          const struct agenda_day *day, size_t first)
{
    buf_json(out, room_of(&a->sessions[first]));
    buf_puts(out, ":[");
    for (size_t i = first; i < day->first + day->n; i++)
        if (agenda_same_room(&a->sessions[first], &a->sessions[i])) {
            if (i > first)
                buf_char(out, ',');
            put_event_json(rq, out, a, &a->sessions[i]);
        }
    buf_char(out, ']');
}

static void put_day_json(struct request *rq, struct buf *out, const struct agenda *a,
                         const struct agenda_day *day, int index)
{
    char date[DATE_TEXT], start[CLOCK_TEXT], end[CLOCK_TEXT];
    buf_printf(out, "{\"index\":%d,\"date\":\"%s\",\"day_start\":\"%s\",\"day_end\":\"%s\",\"rooms\":{",
               index, date_of(date, day->date), time_of(rq, start, day->starts_at),
               time_of(rq, end, day->ends_at));
    for (size_t i = day->first; i < day->first + day->n; i++) {
        if (!agenda_opens_room(a, day, i))
            continue;
        if (i > day->first)
            buf_char(out, ',');
        put_room_json(rq, out, a, day, i);
    }
    buf_puts(out, "}}");
}

enum err schedule_get_json(struct request *rq)
{
    struct agenda a;
    struct agenda_day day;
    char version[CLOCK_TEXT], first[DATE_TEXT], last[DATE_TEXT];
    enum err err = agenda_read(rq, AGENDA_LIVE, &a);
    if (err != ERR_OK)
        return err;
    struct days d = days_of(rq, &a);
    int index = 0;
    struct buf *out = reply_json(rq, 200);
    buf_printf(out, "{\"schedule\":{\"version\":\"%s\"", version_of(&a, version));
    if (*rq->house->config->public_url)
        put_member(out, "base_url", str_of(rq->house->config->public_url));
    buf_puts(out, ",\"conference\":{\"acronym\":");
    buf_json(out, acronym_of(rq, &a));
    put_member(out, "title", a.name);
    buf_printf(out,
               ",\"start\":\"%s\",\"end\":\"%s\",\"daysCount\":%d,\"timeslot_duration\":\"" TIMESLOT "\"",
               date_of(first, d.first), date_of(last, d.last), d.n);
    if (rq->zone)
        put_member(out, "time_zone_name", str_of(zone_name(rq->zone)));
    buf_puts(out, ",\"days\":[");
    for (size_t from = 0; agenda_day(&a, rq->zone, from, &day); from = day.first + day.n) {
        if (index)
            buf_char(out, ',');
        put_day_json(rq, out, &a, &day, ++index);
    }
    if (!a.n)
        put_day_json(rq, out, &a,
                     &(struct agenda_day){.date = d.first, .starts_at = a.starts_at, .ends_at = a.ends_at},
                     1);
    buf_puts(out, "]}}}");
    return ERR_OK;
}

static const char *const sql[] = {NULL}; /* agenda.c's */

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/schedule.xml", "getScheduleXml", ACCESS_ANYONE, TX_READ, schedule_get_xml,
     .vary = VARY_NOBODY},
    {METHOD_GET, E "/schedule.json", "getScheduleJson", ACCESS_ANYONE, TX_READ, schedule_get_json,
     .vary = VARY_NOBODY},
    {0},
};

const struct feature feature_schedule = {
    .name = "schedule", .reads = AGENDA_READS, .routes = routes, .sql = sql};

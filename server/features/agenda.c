#include "features/agenda.h"

#include <string.h>

#include "base/zone.h"

#define DAY_MS INT64_C(86400000)

static const char EVENT[] =
    "SELECT id, slug, name, kind, venue, host, motto, hashtag, description, starts_at,"
    " ends_at, public FROM events WHERE id = :event";
#define SESSIONS                                                                                             \
    "SELECT s.id, s.title, s.abstract, s.kind, s.status, r.name, t.name, s.starts_at, s.ends_at,"            \
    " s.updated_at, s.revision, s.number FROM sessions s LEFT JOIN rooms r ON r.id = s.room_id"              \
    " LEFT JOIN tracks t ON t.id = s.track_id WHERE s.event_id = :event AND s.status <> 'draft'"
#define LIVE_ONLY " AND s.status <> 'cancelled'"
#define ORDER " ORDER BY s.starts_at, COALESCE(r.position, 100001), s.number"
static const char ALL[] = SESSIONS ORDER;
static const char LIVE[] = SESSIONS LIVE_ONLY ORDER;
static const char OWN[] = SESSIONS " AND EXISTS (SELECT 1 FROM bookmarks b WHERE b.session_id = s.id"
                                   " AND b.participant_id = :participant)" ORDER;
static const char SPEAKERS[] = "SELECT p.id, p.name FROM session_speakers o JOIN speakers p ON"
                               " p.id = o.speaker_id WHERE o.session_id = :session AND p.event_id = :event"
                               " ORDER BY o.position";

const char *const agenda_sql[] = {EVENT, ALL, LIVE, OWN, SPEAKERS, NULL};

/* An array that grows in the request's arena. */
struct list {
    void *items;
    size_t n, room;
};

/* The place of one more item; NULL when memory is out. */
static void *add(struct request *rq, struct list *list, size_t size)
{
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 8;
        void *bigger = arena_zalloc(rq->arena, room * size);
        if (!bigger)
            return NULL;
        if (list->n)
            memcpy(bigger, list->items, list->n * size);
        list->items = bigger;
        list->room = room;
    }
    return (char *)list->items + list->n++ * size;
}

static struct str keep(struct request *rq, struct query *q, int column)
{
    struct str s = query_get_text(q, column);
    char *copy = s.ptr ? arena_strndup(rq->arena, s.ptr, s.len) : NULL;
    return (struct str){copy, copy ? s.len : 0};
}

static bool read_event(struct request *rq, struct agenda *a)
{
    struct query *q = request_sql(rq, EVENT);
    if (!query_row(q))
        return false;
    struct str *texts[] = {&a->id,   &a->slug,  &a->name,    &a->kind,       &a->venue,
                           &a->host, &a->motto, &a->hashtag, &a->description};
    int n = sizeof texts / sizeof *texts;
    for (int i = 0; i < n; i++)
        *texts[i] = keep(rq, q, i);
    a->starts_at = query_get_int(q, n);
    a->ends_at = query_get_int(q, n + 1);
    a->public = query_get_int(q, n + 2);
    return true;
}

static void read_session(struct request *rq, struct query *q, struct agenda_session *s)
{
    struct str *texts[] = {&s->id, &s->title, &s->abstract, &s->kind, &s->status, &s->room, &s->track};
    int64_t *numbers[] = {&s->starts_at, &s->ends_at, &s->updated_at, &s->revision, &s->number};
    int n = sizeof texts / sizeof *texts;
    for (int i = 0; i < n; i++)
        *texts[i] = keep(rq, q, i);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = query_get_int(q, n + (int)i);
}

static bool read_speakers(struct request *rq, struct agenda_session *s)
{
    struct list list = {0};
    struct query *q = request_sql(rq, SPEAKERS);
    query_text(q, ":session", s->id);
    while (query_row(q)) {
        struct agenda_speaker *speaker = add(rq, &list, sizeof *speaker);
        if (!speaker)
            return false;
        *speaker = (struct agenda_speaker){keep(rq, q, 0), keep(rq, q, 1)};
    }
    s->speakers = list.items;
    s->n_speakers = list.n;
    return true;
}

enum err agenda_read(struct request *rq, enum agenda_part part, struct agenda *out)
{
    static const char *const parts[] = {[AGENDA_ALL] = ALL, [AGENDA_LIVE] = LIVE, [AGENDA_OWN] = OWN};
    struct list list = {0};
    struct agenda_session *sessions;
    *out = (struct agenda){0};
    if (!read_event(rq, out))
        return fail(rq, ERR_NOT_FOUND, "there is no such event");
    struct query *q = request_sql(rq, parts[part]);
    while (query_row(q)) {
        struct agenda_session *s = add(rq, &list, sizeof *s);
        if (!s)
            return fail(rq, ERR_UNAVAILABLE, "memory is out");
        read_session(rq, q, s);
    }
    sessions = list.items;
    for (size_t i = 0; i < list.n; i++)
        if (!read_speakers(rq, &sessions[i]))
            return fail(rq, ERR_UNAVAILABLE, "memory is out");
    out->sessions = sessions;
    out->n = list.n;
    return ERR_OK;
}

int64_t agenda_date(const struct zone *zone, int64_t ms, int64_t *of_day)
{
    int64_t local = ms + (zone ? (int64_t)zone_offset(zone, ms) * 1000 : 0);
    int64_t date = local / DAY_MS - (local % DAY_MS < 0);
    if (of_day)
        *of_day = local - date * DAY_MS;
    return date;
}

bool agenda_day(const struct agenda *a, const struct zone *zone, size_t from, struct agenda_day *day)
{
    if (from >= a->n)
        return false;
    *day = (struct agenda_day){.date = agenda_date(zone, a->sessions[from].starts_at, NULL),
                               .first = from,
                               .starts_at = a->sessions[from].starts_at};
    for (size_t i = from; i < a->n && agenda_date(zone, a->sessions[i].starts_at, NULL) == day->date; i++) {
        day->n++;
        day->ends_at = a->sessions[i].ends_at > day->ends_at ? a->sessions[i].ends_at : day->ends_at;
    }
    return true;
}

bool agenda_same_room(const struct agenda_session *a, const struct agenda_session *b)
{
    return a->room.ptr && b->room.ptr ? str_eq(a->room, b->room) : a->room.ptr == b->room.ptr;
}

bool agenda_opens_room(const struct agenda *a, const struct agenda_day *day, size_t i)
{
    for (size_t j = day->first; j < i; j++)
        if (agenda_same_room(&a->sessions[i], &a->sessions[j]))
            return false;
    return true;
}

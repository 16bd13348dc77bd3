#include "features/check_ins.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "db/feed.h"
#include "features/entries.h"
#include "http/house.h"
#include "http/scope.h"

enum { BATCH_MAX = 100, FAULTS_MAX = 100 };

/* Walk-ins were not expected. */
static const char TOTALS[] =
    "SELECT (SELECT count(*) FROM attendees WHERE event_id = :event)"
    " - (SELECT count(*) FROM attendees WHERE event_id = :event AND walk_in = 1) AS expected,"
    " (SELECT count(*) FROM presences WHERE event_id = :event AND place = '' AND inside = 1) AS inside,"
    " (SELECT count(*) FROM presences WHERE event_id = :event AND place = '') AS came,"
    " (SELECT count(*) FROM attendees WHERE event_id = :event AND walk_in = 1) AS walk_ins";
static const char BY_TEAM[] =
    "SELECT t.id AS team_id, t.slug, t.name, coalesce(sum(1 - a.walk_in), 0) AS expected,"
    " coalesce(sum(p.inside), 0) AS inside, count(p.attendee_id) AS came"
    " FROM teams t LEFT JOIN attendees a ON a.team_id = t.id"
    " LEFT JOIN presences p ON p.attendee_id = a.id AND p.place = '' WHERE t.event_id = :event"
    " GROUP BY t.id, t.slug, t.name ORDER BY t.name, t.id LIMIT 500";
static const char BY_SESSION[] =
    "SELECT s.id AS session_id, s.title, s.starts_at AS \"starts_at:time\", sum(p.inside) AS inside,"
    " count(*) AS came FROM presences p JOIN sessions s ON s.id = p.place WHERE p.event_id = :event"
    " AND p.place <> '' GROUP BY s.id, s.title, s.starts_at ORDER BY s.starts_at, s.id LIMIT 500";

#define DOCUMENT                                                                                             \
    "SELECT id, attendee_id, nullif(place, '') AS session_id, direction, at AS \"at:time\", undoes, method," \
    " received_at AS \"received_at:time\" FROM check_ins WHERE id = :id AND event_id = :event"
static const char GET[] = DOCUMENT;
static const char NOTHING[] = DOCUMENT " AND 1 = 0";

static const char *const sql[] = {TOTALS, BY_TEAM, BY_SESSION, GET, NOTHING, NULL};

/* --- a batch --- */

/* `09:02`, in the event's zone. */
static void put_clock(struct buf *out, int64_t ms, const struct zone *zone)
{
    char time[CLOCK_TEXT];
    clock_format(time, ms, zone);
    buf_add(out, time + 11, 5);
}

/* What the desk's screen says. */
static void put_detail(struct buf *out, const struct entry_answer *a, const struct zone *zone)
{
    bool in = str_is(a->entry.direction, "in"), undo = str_is(a->entry.direction, "undo");
    switch (a->result) {
    case ENTRY_ALREADY_IN:
    case ENTRY_REPEATED:
        buf_puts(out, undo ? "already undone at " : in ? "already in at " : "already out at ");
        put_clock(out, a->since, zone);
        break;
    case ENTRY_UNDONE:
        buf_puts(out, undo ? "undone" : "undone before it came");
        break;
    default:
        buf_puts(out, in ? "in at " : "out at ");
        put_clock(out, a->entry.at, zone);
        if (a->unmatched)
            buf_puts(out, ", without having come in");
    }
}

static void put_time(struct buf *out, const char *key, int64_t ms, const struct zone *zone)
{
    char time[CLOCK_TEXT];
    clock_format(time, ms, zone);
    buf_printf(out, ",\"%s\":\"%s\"", key, time);
}

void check_ins_put(struct request *rq, const struct entry_answer *a, struct buf *out)
{
    buf_puts(out, "{\"id\":");
    buf_json(out, a->entry.id);
    buf_printf(out, ",\"result\":\"%s\",\"detail\":\"", entry_result_name(a->result));
    put_detail(out, a, rq->zone);
    buf_puts(out, "\",\"attendee_id\":");
    buf_json(out, a->entry.attendee);
    buf_puts(out, ",\"display_name\":");
    buf_json(out, a->display_name);
    put_time(out, "at", a->entry.at, rq->zone);
    if (a->since)
        put_time(out, "since", a->since, rq->zone);
    if (a->unmatched)
        buf_puts(out, ",\"unmatched\":true");
    buf_char(out, '}');
}

static void put_refusal(const struct entry_answer *a, const struct invalid *faults, struct buf *out)
{
    buf_puts(out, "{\"id\":");
    if (a->entry.id.ptr)
        buf_json(out, a->entry.id);
    else
        buf_puts(out, "null");
    buf_puts(out, ",\"result\":\"refused\",\"errors\":[");
    for (const struct invalid *i = faults; i; i = i->next) {
        buf_puts(out, i == faults ? "{\"pointer\":" : ",{\"pointer\":");
        buf_json(out, str_of(i->pointer));
        buf_puts(out, ",\"detail\":");
        buf_json(out, str_of(i->detail));
        buf_char(out, '}');
    }
    buf_puts(out, "]}");
}

/* Takes this row's faults off the request and adds them to `all`, as many as a problem may name. */
static struct invalid *collect(struct request *rq, size_t row, struct invalid ***all, int *n)
{
    char prefix[24];
    snprintf(prefix, sizeof prefix, "/%zu", row);
    invalid_under(rq, prefix);
    struct invalid *faults = rq->invalid;
    rq->invalid = NULL;
    for (const struct invalid *i = faults; i && *n < FAULTS_MAX; i = i->next, ++*n) {
        struct invalid *copy = arena_alloc(rq->arena, sizeof *copy);
        if (!copy)
            break;
        *copy = (struct invalid){NULL, i->pointer, i->detail};
        **all = copy;
        *all = &copy->next;
    }
    return faults;
}

/* While codes are not tried, those who are known by name still get in. */
static void take_row(struct request *rq, json_t *row, struct entry_answer *answer)
{
    int wait = json_object_get(row, "code") ? entry_codes_wait(rq) : 0;
    if (!wait) {
        entry_take(rq, row, answer);
        return;
    }
    json_t *id = json_object_get(row, "id");
    struct str text = {json_string_value(id), json_string_length(id)};
    *answer = (struct entry_answer){.entry.id = text.ptr && uuid_is(text) ? text : (struct str){0}};
    rq->retry_after = wait;
    invalid(rq, "/code", "too many wrong codes were tried; try again in %d seconds", wait);
}

/* When not one row could be taken it is an error as any other; else each row says how it fared. */
static enum err take_rows(struct request *rq)
{
    struct invalid *all = NULL, **end = &all;
    int faults = 0, taken = 0;
    size_t i;
    json_t *row;
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"items\":[");
    json_array_foreach(rq->json, i, row)
    {
        struct entry_answer answer;
        if (i)
            buf_char(out, ',');
        take_row(rq, row, &answer);
        if (rq->invalid) {
            put_refusal(&answer, collect(rq, i, &end, &faults), out);
        } else {
            check_ins_put(rq, &answer, out);
            taken++;
        }
    }
    buf_puts(out, "]}");
    rq->reply.people = taken; /* each by name */
    if (taken)
        return ERR_OK;
    rq->invalid = all;
    return rq->retry_after ? fail(rq, ERR_RATE_LIMITED,
                                  "too many wrong codes were tried; try again in %d seconds", rq->retry_after)
                           : fail(rq, ERR_INVALID, "no row could be taken: `errors` says why, row by row");
}

static enum err post_check_ins(struct request *rq)
{
    size_t n = json_array_size(rq->json);
    if (!json_is_array(rq->json) || !n) {
        invalid(rq, "", "must be an array of 1 to %d rows", BATCH_MAX);
        return invalid_result(rq);
    }
    if (n > BATCH_MAX)
        return fail(rq, ERR_TOO_LARGE, "a batch may have at most %d rows", BATCH_MAX);
    return take_rows(rq);
}

/* --- counts --- */

static void count(struct request *rq, const char *feature)
{
    for (int i = 0; rq->house->features[i]; i++)
        if (!strcmp(rq->house->features[i]->name, feature))
            scope_changed(rq->house->scope, rq->event, i);
}

void check_ins_count(struct request *rq)
{
    count(rq, "check_ins");
}

void check_ins_count_walk_in(struct request *rq)
{
    count(rq, "check_ins");
    count(rq, "attendees");
    count(rq, "organizations");
}

static void put_rows(struct request *rq, struct buf *out, const char *key, const char *rows)
{
    struct query *q = request_sql(rq, rows);
    buf_printf(out, ",\"%s\":[", key);
    for (int n = 0; query_row(q); n++) {
        if (n)
            buf_char(out, ',');
        query_json(q, out, rq->zone);
    }
    buf_char(out, ']');
}

static enum err get_summary(struct request *rq)
{
    struct query *q = request_sql(rq, TOTALS);
    struct buf *out = reply_json(rq, 200);
    buf_char(out, '{');
    if (query_row(q))
        query_json_members(q, out, rq->zone);
    put_rows(rq, out, "by_team", BY_TEAM);
    put_rows(rq, out, "by_session", BY_SESSION);
    buf_char(out, '}');
    return ERR_OK;
}

#define E "/v1/events/{event}"

/* The desk has the roster with its teams at hand: small counts tell it nothing new. */
static const struct route routes[] = {
    {METHOD_POST, E "/check-ins", "createCheckIns", ACCESS_STAFF | ACCESS_HOST, TX_WRITE, post_check_ins,
     .body = BODY_JSON, .flags = ROUTE_NO_STORE | ROUTE_PEOPLE},
    {METHOD_GET, E "/check-ins/summary", "getCheckInSummary", ACCESS_STAFF | ACCESS_HOST, TX_READ,
     get_summary, .vary = VARY_NOBODY},
    {0},
};

static const struct feed_source feed[] = {
    {"check_ins", "check_ins", "row.event_id || '/organizers'", "row.id"},
    {"check_ins", "check_ins", "row.event_id || '/staff'", "row.id"},
    {0},
};

static const char *document(const struct request *rq)
{
    return rq->frame.organizer || rq->who.role == ROLE_STAFF ? GET : NOTHING;
}

static const struct document documents[] = {
    {"check_ins", .pick = document},
    {0},
};

const struct feature feature_check_ins = {.name = "check_ins",
                                          .reads = "attendees teams sessions",
                                          .routes = routes,
                                          .sql = sql,
                                          .feed = feed,
                                          .documents = documents};

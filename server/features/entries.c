#include "features/entries.h"

#include "base/clock.h"
#include "base/zone.h"
#include "features/codes.h"
#include "features/walk_ins.h"
#include "http/fields.h"
#include "http/house.h"
#include "http/limiter.h"
#include "http/scope.h"

enum { FUTURE_MS = 5 * 60 * 1000, ENTRIES_MAX = 1000 };
static const int64_t DAY = INT64_C(86400000);

static const char EVENT_START[] = "SELECT starts_at FROM events WHERE id = :event";
static const char STORED[] =
    "SELECT c.attendee_id, nullif(c.place, ''), c.direction, c.at, c.undoes, a.display_name, c.method"
    " FROM check_ins c JOIN attendees a ON a.id = c.attendee_id WHERE c.id = :id AND c.event_id = :event";
static const char ATTENDEE[] =
    "SELECT a.display_name, (SELECT count(*) FROM check_ins c WHERE c.attendee_id = a.id) FROM attendees a"
    " WHERE a.id = :attendee_id AND a.event_id = :event";
static const char LABELLED[] =
    "SELECT id, code_generation FROM attendees WHERE code_label = :label AND event_id = :event";
static const char SESSION[] = "SELECT 1 FROM sessions WHERE id = :session_id AND event_id = :event"
                              " AND (:organizer = 1 OR status <> 'draft')";
static const char INSERT[] =
    "INSERT INTO check_ins (id, event_id, attendee_id, place, direction, at, undoes, method,"
    " participant_id, device_id, received_at) VALUES (:id, :event, :attendee_id, :place, :direction,"
    " :at, :undoes, :method, :participant, :device, :now)";
/* Someone who came in and went out within a millisecond has gone. */
static const char WALK[] =
    "SELECT c.id, c.direction, c.at FROM check_ins c WHERE c.event_id = :event AND c.place = :place"
    " AND c.attendee_id = :attendee_id AND " ENTRY_COUNTS " ORDER BY c.at, c.direction, c.id";
static const char IS_THERE[] =
    "INSERT INTO presences (attendee_id, place, event_id, inside) VALUES (:attendee_id, :place, :event,"
    " :inside) ON CONFLICT (attendee_id, place) DO UPDATE SET inside = excluded.inside"
    " WHERE presences.inside <> excluded.inside";
static const char NEVER_WAS[] = "DELETE FROM presences WHERE attendee_id = :attendee_id AND place = :place";

const char *const entries_sql[] = {EVENT_START, STORED, ATTENDEE, LABELLED,  SESSION,
                                   INSERT,      WALK,   IS_THERE, NEVER_WAS, NULL};

static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_REQUIRED},
    {"attendee_id", FIELD_ID, FIELD_NULLABLE},
    {"code", FIELD_TEXT, FIELD_NULLABLE, 1, 40},
    {"at", FIELD_TIME, FIELD_REQUIRED},
    {"direction", FIELD_ENUM, FIELD_REQUIRED, .values = "in out undo"},
    {"session_id", FIELD_ID, FIELD_NULLABLE},
    {"undoes", FIELD_ID, FIELD_NULLABLE},
    {0},
};

const char *entry_result_name(enum entry_result result)
{
    static const char *const names[] = {
        [ENTRY_REFUSED] = "refused", [ENTRY_CONFLICT] = "refused",      [ENTRY_REPEATED] = "repeated",
        [ENTRY_IN] = "in",           [ENTRY_ALREADY_IN] = "already_in", [ENTRY_OUT] = "out",
        [ENTRY_UNDONE] = "undone",
    };
    return names[result];
}

static struct str keep(struct request *rq, struct str s)
{
    return s.ptr ? (struct str){arena_strndup(rq->arena, s.ptr, s.len), s.len} : s;
}

static bool same(struct str a, struct str b)
{
    return !a.ptr == !b.ptr && str_eq(a, b);
}

/* --- keeping --- */

static void refuse(struct request *rq, struct entry_answer *a, const char *pointer, const char *why)
{
    invalid(rq, pointer, "%s", why);
    a->result = ENTRY_REFUSED;
}

static struct str place_of(const struct entry *entry)
{
    return entry->session.ptr ? entry->session : STR("");
}

/* Sees the attendee come and go at the entry's place: what the entry meant, and where they are at the end. */
static void follow(struct request *rq, const struct entry *entry, struct entry_answer *a)
{
    struct str place = place_of(entry);
    bool inside = false, any = false, found = false;
    int64_t since = 0;
    struct query *q = request_sql(rq, WALK);
    query_text(q, ":attendee_id", entry->attendee);
    query_text(q, ":place", place);
    while (query_row(q)) {
        bool in = str_is(query_get_text(q, 1), "in");
        if (str_eq(query_get_text(q, 0), entry->id)) {
            found = true;
            a->result = !in ? ENTRY_OUT : inside ? ENTRY_ALREADY_IN : ENTRY_IN;
            a->since = in && inside ? since : 0;
            a->unmatched = !in && !inside;
        }
        if (in && !inside)
            since = query_get_int(q, 2);
        inside = in;
        any = true;
    }
    if (!found)
        a->result = ENTRY_UNDONE;
    q = request_sql(rq, any ? IS_THERE : NEVER_WAS);
    query_text(q, ":attendee_id", entry->attendee);
    query_text(q, ":place", place);
    if (any)
        query_int(q, ":inside", inside);
    query_run(q);
}

void entry_keep(struct request *rq, const struct entry *entry, struct entry_answer *a)
{
    struct query *q = request_sql(rq, ATTENDEE);
    query_text(q, ":attendee_id", entry->attendee);
    if (!query_row(q)) {
        refuse(rq, a, "/attendee_id", "names nobody on this event's roster");
        return;
    }
    if (query_get_int(q, 1) >= ENTRIES_MAX) {
        refuse(rq, a, "/attendee_id", "has been entered a thousand times: something repeats itself");
        return;
    }
    a->entry = *entry;
    a->display_name = keep(rq, query_get_text(q, 0));
    q = request_sql(rq, INSERT);
    query_text(q, ":id", entry->id);
    query_text(q, ":attendee_id", entry->attendee);
    query_text(q, ":place", place_of(entry));
    query_text(q, ":direction", entry->direction);
    query_int(q, ":at", entry->at);
    query_text(q, ":undoes", entry->undoes);
    query_text(q, ":method", str_of(entry->method));
    if (query_run(q) == STEP_CONFLICT) {
        refuse(rq, a, "/id", "was used for something else: take a new one");
        a->result = ENTRY_CONFLICT;
        return;
    }
    follow(rq, entry, a);
}

/* --- reading --- */

/* Its own count: who guesses at join holds up nobody at the desk, nor the other way round. */
static struct str guesses(struct request *rq)
{
    return str_of(arena_printf(rq->arena, "door %s", rq->event->id));
}

int entry_codes_wait(struct request *rq)
{
    return limiter_wait(rq->house->limiter, guesses(rq));
}

/* The attendee whose personal code this is. */
static struct str by_code(struct request *rq, struct str typed)
{
    char folded[CODE_DIGITS + 1];
    if (!code_read(typed, folded)) {
        invalid(rq, "/code", "is not a personal code: four digits, then two groups of five");
        return (struct str){0};
    }
    struct query *q = request_sql(rq, LABELLED);
    query_text(q, ":label", (struct str){folded, CODE_LABEL - 1});
    while (query_row(q))
        if (code_matches(rq->house->keys, CODE_ATTENDEE, query_get_text(q, 0), query_get_int(q, 1), folded))
            return keep(rq, query_get_text(q, 0));
    limiter_failed(rq->house->limiter, guesses(rq));
    invalid(rq, "/code", "is nobody's here: check it, or search by name");
    return (struct str){0};
}

static void check_time(struct request *rq, int64_t at)
{
    char text[CLOCK_TEXT];
    struct query *q = request_sql(rq, EVENT_START);
    int64_t start = query_row(q) ? query_get_int(q, 0) : 0;
    int64_t local = start + (rq->zone ? INT64_C(1000) * zone_offset(rq->zone, start) : 0);
    int64_t first = start - (local % DAY + DAY) % DAY - DAY;
    if (at > rq->now + FUTURE_MS) {
        clock_format(text, rq->now, rq->zone);
        invalid(rq, "/at", "is in the future: the server's clock says %s", text);
    } else if (at < first) {
        clock_format(text, first, rq->zone);
        invalid(rq, "/at", "is more than a day before the event: the earliest is %s", text);
    }
}

static void check_session(struct request *rq, struct str session)
{
    if (!session.ptr)
        return;
    struct query *q = request_sql(rq, SESSION);
    query_text(q, ":session_id", session);
    if (!query_row(q))
        invalid(rq, "/session_id", "names no session of this event");
}

/* What is undone says whose it was and where; if it has not come yet, the row must. */
static void aim_undo(struct request *rq, struct entry *e)
{
    if (!e->undoes.ptr) {
        invalid(rq, "/undoes", "is needed: the id of the entry that shall not count");
        return;
    }
    struct query *q = request_sql(rq, STORED);
    query_text(q, ":id", e->undoes);
    if (!query_row(q)) {
        if (!e->attendee.ptr)
            invalid(rq, "/undoes", "names no entry of this event; if that is still to come, add attendee_id");
        return;
    }
    if (str_is(query_get_text(q, 2), "undo"))
        invalid(rq, "/undoes", "is an undo itself: enter in or out again instead");
    else if (e->attendee.ptr && !str_eq(e->attendee, query_get_text(q, 0)))
        invalid(rq, "/undoes", "is another attendee's entry");
    e->attendee = keep(rq, query_get_text(q, 0));
    e->session = keep(rq, query_get_text(q, 1));
}

/* Fills in who. */
static void aim(struct request *rq, struct str code, json_t *walk_in, struct entry *e)
{
    bool undo = str_is(e->direction, "undo");
    if (e->undoes.ptr && !undo)
        invalid(rq, "/undoes", "is for the direction undo alone");
    if (undo && (code.ptr || walk_in))
        invalid(rq, "/direction", "an undo names what it undoes, no code and no walk_in");
    if (!undo && !code.ptr == !(walk_in || e->attendee.ptr))
        invalid(rq, "/attendee_id", "say who, with one of: attendee_id, code, walk_in");
    check_time(rq, e->at);
    check_session(rq, e->session);
    if (rq->invalid)
        return;
    if (undo)
        aim_undo(rq, e);
    else if (code.ptr)
        e->attendee = by_code(rq, code);
    else if (walk_in)
        e->attendee = walk_in_take(rq, walk_in, e);
    if (code.ptr)
        e->method = "badge";
}

/* The same entry again, by its id. What names the attendee may be gone or rotated by now. */
static bool is_repeat(struct request *rq, const struct entry *e, struct entry_answer *a)
{
    struct query *q = request_sql(rq, STORED);
    query_text(q, ":id", e->id);
    if (!query_row(q))
        return false;
    bool undo = str_is(e->direction, "undo");
    a->entry = *e;
    a->entry.attendee = keep(rq, query_get_text(q, 0));
    a->entry.session = keep(rq, query_get_text(q, 1));
    a->display_name = keep(rq, query_get_text(q, 5));
    a->since = query_get_int(q, 3);
    a->result = ENTRY_REPEATED;
    if (!str_eq(query_get_text(q, 2), e->direction) || a->since != e->at ||
        !same(query_get_text(q, 4), e->undoes) || (!undo && !same(a->entry.session, e->session)) ||
        (e->attendee.ptr && !str_eq(a->entry.attendee, e->attendee))) {
        invalid(rq, "/id", "was used for something else: take a new one");
        a->result = ENTRY_CONFLICT;
    }
    return true;
}

static void release(void *json)
{
    json_decref(json);
}

/* Out of the row, so that the table of fields need not know of it; the request's. */
static json_t *take_walk_in(struct request *rq, json_t *row)
{
    json_t *walk_in = json_object_get(row, "walk_in");
    if (!walk_in || arena_defer(rq->arena, release, json_incref(walk_in)))
        return NULL;
    json_object_del(row, "walk_in");
    return json_is_null(walk_in) ? NULL : walk_in;
}

void entry_take(struct request *rq, json_t *row, struct entry_answer *a)
{
    struct values v;
    json_t *walk_in = take_walk_in(rq, row);
    *a = (struct entry_answer){.result = ENTRY_REFUSED};
    if (fields_read(rq, fields, row, false, &v) != ERR_OK)
        return;
    struct entry e = {.id = fields_get(&v, "id")->text,
                      .attendee = fields_get(&v, "attendee_id")->text,
                      .session = fields_get(&v, "session_id")->text,
                      .undoes = fields_get(&v, "undoes")->text,
                      .direction = fields_get(&v, "direction")->text,
                      .at = fields_get(&v, "at")->integer,
                      .method = "staff"};
    a->entry = e;
    if (is_repeat(rq, &e, a))
        return;
    aim(rq, fields_get(&v, "code")->text, walk_in, &e);
    if (!rq->invalid)
        entry_keep(rq, &e, a);
}

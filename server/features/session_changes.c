#include "features/session_changes.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "db/feed.h"
#include "features/collection.h"

static const char FACTS[] =
    "SELECT starts_at, ends_at, room_id, status FROM sessions WHERE id = :id AND event_id = :event";
/* One past the last change where the clock has not moved on. */
static const char ADD[] =
    "INSERT INTO session_changes (id, event_id, session_id, type, old, new, at)"
    " SELECT :id, :event, :session_id, :type, :old, :new, CASE WHEN latest.at >= :now THEN latest.at + 1 "
    "ELSE :now END"
    " FROM (SELECT COALESCE(MAX(at), 0) AS at FROM session_changes WHERE event_id = :event) latest";
static const char LEAVE_ROOM[] =
    "UPDATE sessions SET room_id = NULL, revision = revision + 1, updated_at = :now"
    " WHERE event_id = :event AND room_id = :room_id RETURNING id, starts_at, ends_at, status";
#define CHANGE "SELECT id, session_id, type, old AS \"old:json\", new AS \"new:json\", at AS \"at:time\""
static const char GET[] = CHANGE " FROM session_changes WHERE id = :id AND event_id = :event";
static const char LIST[] = CHANGE ", at AS _key FROM session_changes WHERE event_id = :event AND at > :since "
                                  "AND (at, id) > (:after_key, :after_id)"
                                  " ORDER BY at, id LIMIT :limit";

static const char *const sql[] = {FACTS, ADD, LEAVE_ROOM, GET, LIST, NULL};

struct session_facts session_facts_read(struct request *rq, struct str id)
{
    struct session_facts f = {0};
    struct query *q = request_sql(rq, FACTS);
    query_text(q, ":id", id);
    if (!query_row(q))
        return f;
    struct str room = query_get_text(q, 2), status = query_get_text(q, 3);
    f = (struct session_facts){
        .there = true, .starts_at = query_get_int(q, 0), .ends_at = query_get_int(q, 1)};
    if (room.ptr)
        f.room_id = str_of(arena_strndup(rq->arena, room.ptr, room.len));
    f.status = str_of(arena_strndup(rq->arena, status.ptr, status.len));
    return f;
}

bool session_is_live(const struct session_facts *f)
{
    return f->there && (str_is(f->status, "scheduled") || str_is(f->status, "moved"));
}

static bool same_time(const struct session_facts *a, const struct session_facts *b)
{
    return a->starts_at == b->starts_at && a->ends_at == b->ends_at;
}

static bool same_room(const struct session_facts *a, const struct session_facts *b)
{
    return a->room_id.ptr && b->room_id.ptr ? str_eq(a->room_id, b->room_id)
                                            : a->room_id.ptr == b->room_id.ptr;
}

bool session_same_place(const struct session_facts *a, const struct session_facts *b)
{
    return same_time(a, b) && same_room(a, b);
}

/* --- facts as the API writes them --- */

enum { TELL_TIME = 1, TELL_ROOM = 2, TELL_STATUS = 4 };

static void put_time(struct request *rq, struct buf *out, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT];
    clock_format(text, ms, rq->zone);
    buf_printf(out, "%s\"%s\":\"%s\"", out->len > 1 ? "," : "", key, text);
}

static void put_text(struct buf *out, const char *key, struct str s)
{
    buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", key);
    if (s.ptr)
        buf_json(out, s);
    else
        buf_puts(out, "null");
}

/* A JSON object of these facts; absent when the session is not there. */
static struct str told(struct request *rq, const struct session_facts *f, unsigned which)
{
    struct buf out;
    if (!f->there)
        return (struct str){0};
    buf_init(&out, rq->arena, 192);
    buf_char(&out, '{');
    if (which & TELL_TIME) {
        put_time(rq, &out, "starts_at", f->starts_at);
        put_time(rq, &out, "ends_at", f->ends_at);
    }
    if (which & TELL_ROOM)
        put_text(&out, "room_id", f->room_id);
    if (which & TELL_STATUS)
        put_text(&out, "status", f->status);
    buf_char(&out, '}');
    return buf_view(&out);
}

static void add(struct request *rq, struct str session, const char *type, struct str old, struct str new)
{
    char id[UUID_TEXT];
    struct query *q = request_sql(rq, ADD);
    uuid_v7(id);
    query_text(q, ":id", str_of(id));
    query_text(q, ":session_id", session);
    query_text(q, ":type", str_of(type));
    query_text(q, ":old", old);
    query_text(q, ":new", new);
    query_run(q);
}

void session_changes_record(struct request *rq, struct str id, const struct session_facts *before,
                            const struct session_facts *after, bool published)
{
    bool was = session_is_live(before), is = session_is_live(after);
    bool was_public = before->there && !str_is(before->status, "draft");
    if (was && !is) {
        /* Back to draft is gone to readers: what organizers do with it then is theirs. */
        bool tell = after->there && !str_is(after->status, "draft");
        add(rq, id, "cancelled", told(rq, before, TELL_STATUS),
            tell ? told(rq, after, TELL_STATUS) : (struct str){0});
    } else if (!was && is && (published || was_public)) {
        add(rq, id, "new", was_public ? told(rq, before, TELL_STATUS) : (struct str){0},
            told(rq, after, TELL_TIME | TELL_ROOM | TELL_STATUS));
    }
    if (!was || !is)
        return;
    if (!same_time(before, after))
        add(rq, id, "time", told(rq, before, TELL_TIME), told(rq, after, TELL_TIME));
    if (!same_room(before, after))
        add(rq, id, "room", told(rq, before, TELL_ROOM), told(rq, after, TELL_ROOM));
}

void session_changes_room_goes(struct request *rq, struct str room)
{
    struct query *q = request_sql(rq, LEAVE_ROOM);
    query_text(q, ":room_id", room);
    while (query_row(q)) {
        struct session_facts after = {.there = true,
                                      .starts_at = query_named_int(q, "starts_at"),
                                      .ends_at = query_named_int(q, "ends_at"),
                                      .status = query_named_text(q, "status")};
        struct session_facts before = after;
        before.room_id = room;
        session_changes_record(rq, query_named_text(q, "id"), &before, &after, true);
    }
}

enum err session_changes_list(struct request *rq)
{
    struct str text = request_query(rq, "since");
    int64_t since = -1;
    if (text.ptr && !clock_parse(text, &since))
        return fail(rq, ERR_BAD_REQUEST,
                    "since is an RFC 3339 time with offset; its + is written %%2B in a query");
    struct query *q = request_sql(rq, LIST);
    query_int(q, ":since", since);
    return collection_page(rq, q, KEY_INT);
}

static const struct route routes[] = {{0}};

static const struct feed_source feed[] = {
    {"session_changes", "session_changes", "row.event_id || '/public'", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"session_changes", GET},
    {0},
};

const struct feature feature_session_changes = {
    .name = "session_changes", .routes = routes, .sql = sql, .feed = feed, .documents = documents};

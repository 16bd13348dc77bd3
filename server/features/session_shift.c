#include "features/session_shift.h"

#include "features/session_changes.h"
#include "features/sessions.h"
#include "http/fields.h"

enum { MINUTES_MAX = 7 * 24 * 60, NAMED_MAX = 500, BLOCK_MAX = 1000 };

#define MINUTE_MS INT64_C(60000)
#define YEAR_10000 INT64_C(253402300800000)

static const char BLOCK[] =
    "SELECT id FROM sessions WHERE event_id = :event AND status <> 'cancelled'"
    " AND starts_at >= :from AND starts_at < :to AND (:room IS NULL OR room_id = :room)"
    " AND (:track IS NULL OR track_id = :track) ORDER BY starts_at, id";
static const char MOVE[] = "UPDATE sessions SET starts_at = :starts_at, ends_at = :ends_at, status = :status,"
                           " revision = revision + 1, updated_at = :now WHERE id = :id AND event_id = :event";
static const char BESIDE[] =
    "SELECT id, title, starts_at, ends_at FROM sessions WHERE event_id = :event AND room_id = :room"
    " AND id <> :id AND status <> 'cancelled' AND starts_at < :ends_at AND ends_at > :starts_at"
    " ORDER BY starts_at, id";
static const char ROOM[] = "SELECT 1 FROM rooms WHERE id = :id AND event_id = :event";
static const char TRACK[] = "SELECT 1 FROM tracks WHERE id = :id AND event_id = :event";

const char *const session_shift_sql[] = {BLOCK, MOVE, BESIDE, ROOM, TRACK, NULL};

static const struct field fields[] = {
    {"minutes", FIELD_INT, FIELD_REQUIRED, -MINUTES_MAX, MINUTES_MAX},
    {"from", FIELD_TIME, FIELD_NULLABLE},
    {"to", FIELD_TIME, FIELD_NULLABLE},
    {"room_id", FIELD_ID, FIELD_NULLABLE},
    {"track_id", FIELD_ID, FIELD_NULLABLE},
    {"session_ids", FIELD_IDS, 0, 0, NAMED_MAX},
    {0},
};

struct block {
    struct str *ids;
    size_t n;
};

static bool has(const struct str *ids, size_t n, struct str id)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(ids[i], id))
            return true;
    return false;
}

/* --- what is in it --- */

static void check_named(struct request *rq, const char *statement, const struct values *v, const char *name,
                        const char *noun)
{
    struct str id = fields_get(v, name)->text;
    struct query *q = request_sql(rq, statement);
    query_text(q, ":id", id);
    if (id.ptr && !query_row(q))
        invalid(rq, arena_printf(rq->arena, "/%s", name), "names no %s of this event", noun);
}

static void check_sessions(struct request *rq, const struct value *named)
{
    for (size_t i = 0; i < named->n; i++) {
        struct session_facts f = session_facts_read(rq, named->list[i]);
        if (!f.there || str_is(f.status, "cancelled"))
            invalid(rq, arena_printf(rq->arena, "/session_ids/%zu", i),
                    f.there ? "was cancelled: it stays where it was" : "names no session of this event");
    }
}

static enum err check(struct request *rq, const struct values *v)
{
    const struct value *from = fields_get(v, "from"), *to = fields_get(v, "to");
    if (!fields_get(v, "minutes")->integer)
        invalid(rq, "/minutes", "must not be 0: nothing would move");
    if (from->text.ptr && to->text.ptr && to->integer <= from->integer)
        invalid(rq, "/to", "must be after from");
    check_named(rq, ROOM, v, "room_id", "room");
    check_named(rq, TRACK, v, "track_id", "track");
    check_sessions(rq, fields_get(v, "session_ids"));
    return invalid_result(rq);
}

static enum err find(struct request *rq, const struct values *v, struct block *block)
{
    const struct value *from = fields_get(v, "from"), *to = fields_get(v, "to");
    const struct value *named = fields_get(v, "session_ids");
    bool narrowed = json_is_array(json_object_get(rq->json, "session_ids")); /* no names are none, not all */
    struct query *q = request_sql(rq, BLOCK);
    block->ids = arena_alloc(rq->arena, BLOCK_MAX * sizeof *block->ids);
    if (!block->ids)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    query_int(q, ":from", from->text.ptr ? from->integer : INT64_MIN);
    query_int(q, ":to", to->text.ptr ? to->integer : INT64_MAX);
    query_text(q, ":room", fields_get(v, "room_id")->text);
    query_text(q, ":track", fields_get(v, "track_id")->text);
    while (query_row(q)) {
        struct str id = query_get_text(q, 0);
        if (narrowed && !has(named->list, named->n, id))
            continue;
        if (block->n == BLOCK_MAX)
            return fail(rq, ERR_CONFLICT, "at most %d sessions move at once: choose fewer", BLOCK_MAX);
        block->ids[block->n++] = str_of(arena_strndup(rq->arena, id.ptr, id.len));
    }
    return ERR_OK;
}

/* --- the move --- */

static enum err move(struct request *rq, struct str id, int64_t by)
{
    struct session_facts before = session_facts_read(rq, id), after = before;
    after.starts_at += by;
    after.ends_at += by;
    if (after.starts_at < 0 || after.ends_at >= YEAR_10000) {
        invalid(rq, "/minutes", "would move a session out of the years 1970 to 9999");
        return invalid_result(rq);
    }
    if (session_is_live(&before))
        after.status = STR("moved");
    struct query *q = request_sql(rq, MOVE);
    query_text(q, ":id", id);
    query_int(q, ":starts_at", after.starts_at);
    query_int(q, ":ends_at", after.ends_at);
    query_text(q, ":status", after.status);
    query_run(q);
    session_changes_record(rq, id, &before, &after, true);
    return ERR_OK;
}

/* Inside the block nothing comes closer to anything; beside it something may be in the way. */
static enum err check_room(struct request *rq, const struct block *block, struct str id)
{
    struct session_facts f = session_facts_read(rq, id);
    if (!f.room_id.ptr)
        return ERR_OK;
    struct query *q = request_sql(rq, BESIDE);
    query_text(q, ":room", f.room_id);
    query_text(q, ":id", id);
    query_int(q, ":starts_at", f.starts_at);
    query_int(q, ":ends_at", f.ends_at);
    while (query_row(q))
        if (!has(block->ids, block->n, query_get_text(q, 0)))
            return session_room_taken(rq, query_get_text(q, 1), query_get_int(q, 2), query_get_int(q, 3));
    return ERR_OK;
}

enum err session_shift(struct request *rq)
{
    struct values v;
    struct block block = {0};
    enum err err = fields_read(rq, fields, rq->json, false, &v);
    if (err == ERR_OK)
        err = check(rq, &v);
    if (err == ERR_OK)
        err = find(rq, &v, &block);
    for (size_t i = 0; err == ERR_OK && i < block.n; i++)
        err = move(rq, block.ids[i], fields_get(&v, "minutes")->integer * MINUTE_MS);
    for (size_t i = 0; err == ERR_OK && i < block.n && !request_query_flag(rq, "force"); i++)
        err = check_room(rq, &block, block.ids[i]);
    if (err != ERR_OK)
        return err;
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"items\":[");
    for (size_t i = 0; i < block.n; i++) {
        if (i)
            buf_char(out, ',');
        session_json(rq, block.ids[i], out);
    }
    buf_puts(out, "]}");
    return ERR_OK;
}

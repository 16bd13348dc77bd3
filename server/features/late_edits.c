#include "features/late_edits.h"

#include "features/collection.h"
#include "features/items.h"
#include "features/worksheets.h"

#define OWN "worksheet_id = :id AND (:team IS NULL OR team_id = :team)"

static const char WORKSHEET[] = "SELECT state FROM worksheets WHERE id = :id AND event_id = :event AND "
                                "(:team IS NULL OR team_id = :team)";
static const char LIST[] =
    "SELECT r.id, r.item_id, r.seq, r.kind, r.prompt_id, CASE r.kind WHEN 'delete' THEN NULL ELSE r.text END "
    "AS text,"
    " r.owner, r.due, r.done AS \"done:bool\", p.display_name AS \"by\", r.at AS \"at:time\", r.seq AS _key"
    " FROM item_revisions r LEFT JOIN participants p ON p.id = r.participant_id"
    " WHERE r.worksheet_id = :id AND r.verdict = 'late' AND r.taken_at IS NULL AND (:team IS NULL OR "
    "r.team_id = :team)"
    " AND (r.seq, r.id) > (:after_key, :after_id) ORDER BY r.seq, r.id LIMIT :limit";
static const char FIND[] = "SELECT item_id, seq, kind, prompt_id, text, owner, due, done, order_key, base, "
                           "taken_at FROM item_revisions"
                           " WHERE id = :revision AND verdict = 'late' AND " OWN;
/* What the writer had seen; the newest before the edit, should that state be unknown here. */
static const char BASE[] =
    "SELECT kind, prompt_id, text, owner, due, done, order_key FROM item_revisions WHERE item_id = :item"
    " AND verdict = 'accepted' AND seq < :seq AND " OWN
    " ORDER BY CASE state WHEN :base THEN 0 ELSE 1 END, seq DESC LIMIT 1";
static const char TAKE[] = "UPDATE item_revisions SET taken_at = :now WHERE id = :revision AND " OWN;

static const char *const sql[] = {WORKSHEET, LIST, FIND, BASE, TAKE, NULL};

static enum err not_found(struct request *rq)
{
    return fail(rq, ERR_NOT_FOUND, "there is no such worksheet or late edit");
}

static enum err list(struct request *rq)
{
    if (!query_row(request_sql_id(rq, WORKSHEET)))
        return not_found(rq);
    return collection_page(rq, request_sql_id(rq, LIST), KEY_INT);
}

static struct item item_of(struct query *q)
{
    struct str key = query_named_text(q, "order_key");
    return (struct item){
        .deleted = str_is(query_named_text(q, "kind"), "delete"),
        .prompt = query_named_text(q, "prompt_id"),
        .text = query_named_text(q, "text"),
        .owner = query_named_text(q, "owner"),
        .due = query_named_text(q, "due"),
        .done = query_named_int(q, "done") != 0,
        .order_key = key.len ? key : (struct str){0},
    };
}

static enum item_verdict write(struct request *rq, struct query *late)
{
    struct item base;
    struct item_write w = {
        .kind = ITEM_PUT,
        .worksheet = request_param(rq, "id"),
        .id = query_named_text(late, "item_id"),
        .to = item_of(late),
    };
    struct query *q = request_sql_id(rq, BASE);
    query_text(q, ":item", w.id);
    query_int(q, ":seq", query_named_int(late, "seq"));
    query_text(q, ":base", query_named_text(late, "base"));
    if (query_named_text(late, "base").ptr && query_row(q)) {
        base = item_of(q);
        w.base = &base;
    }
    return item_write(rq->conn, &w, rq->zone, NULL);
}

static enum err take(struct request *rq)
{
    struct query *q = request_sql_id(rq, WORKSHEET);
    if (!query_row(q))
        return not_found(rq);
    bool submitted = str_is(query_get_text(q, 0), "submitted");
    struct query *late = request_sql_id(rq, FIND);
    query_text(late, ":revision", request_param(rq, "revision"));
    if (!query_row(late))
        return not_found(rq);
    if (query_named_int(late, "taken_at"))
        return worksheet_reply(rq);
    if (submitted)
        return fail(rq, ERR_CONFLICT, "the worksheet is submitted: reopen it first");
    if (write(rq, late) > ITEM_STALE)
        return fail(rq, ERR_CONFLICT, "the worksheet has no place for it any more, or is full");
    q = request_sql_id(rq, TAKE);
    query_text(q, ":revision", request_param(rq, "revision"));
    query_run(q);
    return worksheet_reply(rq);
}

#define L "/v1/events/{event}/worksheets/{id}/late"

static const struct route routes[] = {
    {METHOD_GET, L, "listLateEdits", ACCESS_TEAM, TX_READ, list, .query = "limit cursor", .vary = VARY_TEAM},
    {METHOD_POST, L "/{revision}/take", "takeLateEdit", ACCESS_TEAM, TX_WRITE, take},
    {0},
};

const struct feature feature_late_edits = {.name = "late_edits",
                                           .reads = "worksheet_items submissions sync redactions me",
                                           .routes = routes,
                                           .sql = sql};

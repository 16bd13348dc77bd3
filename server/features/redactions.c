#include "features/redactions.h"

#include <string.h>

#include "base/uuid.h"
#include "features/journal.h"
#include "features/redacted.h"
#include "features/worksheets.h"
#include "http/fields.h"

#define OWN "worksheet_id = :id AND (:team IS NULL OR team_id = :team)"

static const char FIND[] =
    "SELECT i.text, i.owner, i.deleted, i.fork_of, i.team_id, i.prompt_id, i.due, i.done, i.order_key FROM "
    "items i JOIN worksheets w ON w.id = i.worksheet_id"
    " WHERE i.id = :item AND w.id = :id AND w.event_id = :event AND (:team IS NULL OR w.team_id = :team)"
    " AND (w.shared = 1 OR w.state = 'submitted' OR EXISTS (SELECT 1 FROM worksheet_versions v"
    " WHERE v.worksheet_id = w.id AND v.body LIKE '%\"id\":\"' || i.id || '\"%'))";
static const char ITEM[] = "UPDATE items SET text = '" REDACTED
                           "', owner = NULL, updated_by = :participant, updated_at = :now, seq = :seq"
                           " WHERE id = :item AND " OWN;
static const char TYPED[] = "SELECT DISTINCT text, owner FROM item_revisions WHERE item_id = :item AND " OWN;
static const char REVISIONS[] =
    "UPDATE item_revisions SET text = '" REDACTED "', owner = NULL WHERE item_id = :item AND " OWN;
/* A sibling's text was typed for another item, whose journal has it. */
static const char CLASHED[] =
    "UPDATE item_revisions SET text = '" REDACTED "', owner = NULL WHERE item_id = :fork_of AND text = :text"
    " AND " OWN;
/* Rows that no worksheet could journal, if they were about this item. */
static const char REJECTS[] =
    "DELETE FROM push_rejects WHERE event_id = :event AND body LIKE '%' || :item || '%'";
static const char VERSIONS[] = "SELECT version, body FROM worksheet_versions WHERE " OWN " ORDER BY version";
static const char VERSION[] = "UPDATE worksheet_versions SET body = :body WHERE version = :version AND " OWN;
static const char TOUCH[] =
    "UPDATE worksheets SET seq = :seq, size = size + :growth WHERE id = :id AND event_id = :event"
    " AND (:team IS NULL OR team_id = :team)";
static const char KEEP[] = "INSERT INTO redactions (id, worksheet_id, item_id, reason, participant_id, at)"
                           " VALUES (:redaction, :id, :item, :reason, :participant, :now)";

static const char *const sql[] = {FIND,     ITEM,    TYPED, REVISIONS, CLASHED, REJECTS,
                                  VERSIONS, VERSION, TOUCH, KEEP,      NULL};

static const struct field fields[] = {{"reason", FIELD_PROSE, FIELD_REQUIRED, 1, 2000}, {0}};

static struct query *about_item(struct request *rq, const char *statement)
{
    struct query *q = request_sql(rq, statement);
    query_text(q, ":item", request_param(rq, "item"));
    if (query_has(q, ":id"))
        query_text(q, ":id", request_param(rq, "id"));
    return q;
}

/* The place behind a JSON string, or `null`, that begins at `s`. */
static const char *behind_value(const char *s, const char *end)
{
    if (s < end && *s == 'n')
        return s + 4;
    for (s++; s < end && *s != '"'; s++)
        if (*s == '\\')
            s++;
    return s + 1;
}

/* Items stand in a version as item_json() wrote them: id, text, owner. No text can look like the key, because
 * quotes within texts are escaped. False: the item is not in it, or not with this text (absent: any). */
static bool redact_body(struct str body, struct str item, struct str text, struct buf *out)
{
    struct buf key;
    const char *end = body.ptr + body.len, *at;
    buf_init(&key, out->arena, 64);
    buf_puts(&key, "\"id\":");
    buf_json(&key, item);
    buf_puts(&key, ",\"text\":");
    size_t before = key.len;
    if (text.ptr)
        buf_json(&key, text);
    at = memmem(body.ptr, body.len, key.ptr, key.len);
    if (!at)
        return false;
    at += before;
    buf_add(out, body.ptr, (size_t)(at - body.ptr));
    buf_puts(out, "\"" REDACTED "\"");
    at = behind_value(at, end);
    if (end - at > 9 && !memcmp(at, ",\"owner\":", 9)) {
        buf_puts(out, ",\"owner\":null");
        at = behind_value(at + 9, end);
    }
    if (at < end)
        buf_add(out, at, (size_t)(end - at));
    return true;
}

static void redact_versions(struct request *rq, struct str item, struct str text)
{
    struct query *q = request_sql_id(rq, VERSIONS);
    while (query_row(q)) {
        struct buf body;
        struct str old = query_get_text(q, 1);
        buf_init(&body, rq->arena, old.len + 64);
        if (!redact_body(old, item, text, &body))
            continue;
        struct query *to = request_sql_id(rq, VERSION);
        query_int(to, ":version", query_get_int(q, 0));
        query_text(to, ":body", buf_view(&body));
        query_run(to);
    }
}

/* The item's revisions; and what its texts left in those of the item that it was forked from, and in
 * versions. */
static void redact_revisions(struct request *rq, struct str fork_of)
{
    struct str item = request_param(rq, "item");
    struct query *typed = about_item(rq, TYPED);
    while (query_row(typed)) {
        struct str text = query_get_text(typed, 0);
        redacted_add(rq->conn, item, text);
        redacted_add(rq->conn, item, query_get_text(typed, 1));
        if (!fork_of.ptr || !text.len)
            continue;
        redacted_add(rq->conn, fork_of, text);
        struct query *q = request_sql_id(rq, CLASHED);
        query_text(q, ":fork_of", fork_of);
        query_text(q, ":text", text);
        query_run(q);
        redact_versions(rq, fork_of, text);
    }
    query_run(about_item(rq, REVISIONS));
}

/* The item as it is from now on, in the journal like any other state that it had: its number there. */
static int64_t journal_redacted(struct request *rq, struct query *found)
{
    struct item item = {
        .text = STR(REDACTED),
        .prompt = query_named_text(found, "prompt_id"),
        .due = query_named_text(found, "due"),
        .done = query_named_int(found, "done") != 0,
        .order_key = query_named_text(found, "order_key"),
    };
    struct revision r = {
        .worksheet = request_param(rq, "id"),
        .team = query_named_text(found, "team_id"),
        .id = request_param(rq, "item"),
        .kind = "edit",
        .verdict = "accepted",
        .item = &item,
    };
    return query_named_int(found, "deleted") ? conn_next_seq(rq->conn) : journal_add(rq->conn, &r);
}

static void redact(struct request *rq, struct query *found, struct str reason)
{
    size_t had = query_get_text(found, 0).len + query_get_text(found, 1).len;
    char id[UUID_TEXT];
    int64_t seq = journal_redacted(rq, found);
    uuid_v7(id);
    struct query *q = about_item(rq, ITEM);
    query_int(q, ":seq", seq);
    query_run(q);
    redact_revisions(rq, query_get_text(found, 3));
    query_run(about_item(rq, REJECTS));
    redact_versions(rq, request_param(rq, "item"), (struct str){0});
    q = request_sql_id(rq, TOUCH);
    query_int(q, ":seq", seq);
    query_int(q, ":growth", query_get_int(found, 2) ? 0 : (int64_t)strlen(REDACTED) - (int64_t)had);
    query_run(q);
    q = about_item(rq, KEEP);
    query_text(q, ":redaction", str_of(id));
    query_text(q, ":reason", reason);
    query_run(q);
}

static enum err redact_item(struct request *rq)
{
    struct values values;
    enum err err = fields_read(rq, fields, rq->json, false, &values);
    if (err != ERR_OK)
        return err;
    struct query *q = about_item(rq, FIND);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such worksheet or item, or it is not yours to read");
    redact(rq, q, fields_get(&values, "reason")->text);
    return worksheet_reply(rq);
}

static const struct route routes[] = {
    {METHOD_POST, "/v1/events/{event}/worksheets/{id}/items/{item}/redact", "redactItem", ACCESS_HOST,
     TX_WRITE, redact_item, .body = BODY_JSON, .flags = ROUTE_AUDITED},
    {0},
};

const struct feature feature_redactions = {.name = "redactions", .routes = routes, .sql = sql};

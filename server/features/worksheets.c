#include "features/worksheets.h"

#include "db/feed.h"
#include <string.h>

#include "features/collection.h"
#include "features/items.h"

#define OWN "event_id = :event AND (:team IS NULL OR team_id = :team)"

static const char LIST[] =
    "SELECT w.id, w.team_id, w.state, w.version,"
    " (SELECT count(*) FROM prompts p WHERE p.template_id = w.template_id AND EXISTS (SELECT 1 FROM items i"
    " WHERE i.worksheet_id = w.id AND i.prompt_id = p.id AND i.deleted = 0)) AS answered,"
    " (SELECT count(*) FROM items i WHERE i.worksheet_id = w.id AND i.deleted = 0) AS items,"
    " w.last_write_at AS \"last_write_at:time\", w.created_at AS _key FROM worksheets w"
    " WHERE w.event_id = :event AND (:team IS NULL OR w.team_id = :team) AND (w.created_at, w.id) > "
    "(:after_key, :after_id)"
    " ORDER BY w.created_at, w.id LIMIT :limit";
static const char GET[] =
    "SELECT id, team_id, template_id, state, version, seq, shared AS \"shared:bool\", reopen_note,"
    " submitted_at AS \"submitted_at:time\" FROM worksheets WHERE id = :id AND " OWN;
static const char PROMPTS[] =
    "SELECT id, number, kind, text FROM prompts WHERE template_id = :template_id ORDER BY number";
static const char ITEMS[] =
    "SELECT " ITEM_COLUMNS " FROM items WHERE worksheet_id = :worksheet_id AND prompt_id = :prompt_id"
    " AND deleted = 0 AND (:team IS NULL OR team_id = :team) ORDER BY order_key, id";
/* The newest revision of each item until then: what it was. One walk over the journal, however often an item
 * was changed. */
static const char ITEMS_THEN[] =
    "WITH newest AS (SELECT max(seq) AS seq FROM item_revisions WHERE worksheet_id = :worksheet_id"
    " AND (:team IS NULL OR team_id = :team) AND verdict = 'accepted' AND seq <= :as_of GROUP BY item_id)"
    " SELECT r.item_id AS id, r.text, r.owner, r.due, r.done AS \"done:bool\", r.order_key,"
    " r.at AS \"updated_at:time\", (SELECT i.fork_of FROM items i WHERE i.id = r.item_id) AS _fork_of"
    " FROM newest JOIN item_revisions r ON r.seq = newest.seq WHERE r.prompt_id = :prompt_id"
    " AND r.kind <> 'delete' AND (:team IS NULL OR r.team_id = :team) ORDER BY r.order_key, r.item_id";
static const char GET_THEN[] =
    "SELECT id, team_id, template_id, state, version, CASE WHEN seq < :as_of THEN seq ELSE :as_of END AS seq,"
    " shared AS \"shared:bool\", reopen_note, submitted_at AS \"submitted_at:time\" FROM worksheets WHERE id "
    "= :id AND " OWN;
static const char COUNT[] =
    "SELECT count(*) FROM items WHERE worksheet_id = :worksheet_id AND prompt_id = :prompt_id"
    " AND deleted = 0 AND (:team IS NULL OR team_id = :team)";
static const char SUBMITTED[] =
    "SELECT body FROM worksheet_versions WHERE worksheet_id = :id AND version = :version"
    " AND (:team IS NULL OR team_id = :team)";
/* What was written and refused is the team's to see; what is not submitted, too, unless it is shared. */
static const char REVISIONS[] =
    "SELECT r.id, r.item_id, r.seq, r.kind, r.verdict, CASE r.kind WHEN 'delete' THEN NULL ELSE r.text END "
    "AS text,"
    " p.display_name AS \"by\", r.at AS \"at:time\", r.seq AS _key"
    " FROM item_revisions r JOIN worksheets w ON w.id = r.worksheet_id LEFT JOIN participants p ON p.id = "
    "r.participant_id"
    " WHERE r.worksheet_id = :id AND w.event_id = :event AND (:team IS NULL OR r.team_id = :team)"
    " AND (:organizer = 0 OR (r.verdict IN ('accepted', 'merged', 'forked') AND (w.shared = 1 OR r.seq <="
    " (SELECT max(v.seq) FROM worksheet_versions v WHERE v.worksheet_id = w.id))))"
    " AND (r.seq, r.id) > (:after_key, :after_id) ORDER BY r.seq, r.id LIMIT :limit";
static const char SHARE[] = "UPDATE worksheets SET shared = :shared, seq = :seq WHERE id = :id AND " OWN;

/* Who keeps this hears of its items by themselves, so nothing in it changes with each write: the seq is that
 * of the last submission. */
static const char DOCUMENT[] =
    "SELECT id, team_id, template_id, state, version,"
    " coalesce((SELECT max(v.seq) FROM worksheet_versions v WHERE v.worksheet_id = worksheets.id), 0) AS seq,"
    " shared AS \"shared:bool\", reopen_note,"
    " submitted_at AS \"submitted_at:time\" FROM worksheets"
    " WHERE id = :id AND event_id = :event AND (:team IS NULL OR team_id = :team)";
static const char *const sql[] = {DOCUMENT,   LIST,  GET,       GET_THEN,  PROMPTS, ITEMS,
                                  ITEMS_THEN, COUNT, SUBMITTED, REVISIONS, SHARE,   NULL};

static const struct collection worksheets = {.noun = "worksheet", .list = LIST, .key = KEY_INT};

static enum err not_found(struct request *rq)
{
    return fail(rq, ERR_NOT_FOUND, "there is no such worksheet");
}

/* --- one worksheet --- */

enum { NOW = -1 };

static int64_t put_items(struct request *rq, struct str worksheet, struct str prompt, int64_t as_of,
                         struct buf *out)
{
    int64_t n = 0;
    struct query *q = request_sql(rq, as_of == NOW ? ITEMS : ITEMS_THEN);
    query_text(q, ":worksheet_id", worksheet);
    query_text(q, ":prompt_id", prompt);
    if (as_of != NOW)
        query_int(q, ":as_of", as_of);
    while (query_row(q)) {
        if (n++)
            buf_char(out, ',');
        item_json(q, rq->zone, out);
    }
    return n;
}

static int64_t count_items(struct request *rq, struct str worksheet, struct str prompt)
{
    struct query *q = request_sql(rq, COUNT);
    query_text(q, ":worksheet_id", worksheet);
    query_text(q, ":prompt_id", prompt);
    return query_row(q) ? query_get_int(q, 0) : 0;
}

static void put_prompts(struct request *rq, struct str worksheet, struct str template, bool with_text,
                        int64_t as_of, struct buf *out)
{
    const char *comma = "";
    struct query *q = request_sql(rq, PROMPTS);
    query_text(q, ":template_id", template);
    buf_char(out, '[');
    while (query_row(q)) {
        struct str prompt = query_get_text(q, 0);
        buf_puts(out, comma);
        buf_char(out, '{');
        query_json_members(q, out, rq->zone);
        buf_puts(out, ",\"items\":[");
        int64_t n =
            with_text ? put_items(rq, worksheet, prompt, as_of, out) : count_items(rq, worksheet, prompt);
        buf_puts(out, "],\"answered\":");
        buf_int(out, n);
        buf_char(out, '}');
        comma = ",";
    }
    buf_char(out, ']');
}

void worksheet_prompts(struct request *rq, struct str worksheet, struct str template, bool with_text,
                       struct buf *out)
{
    put_prompts(rq, worksheet, template, with_text, NOW, out);
}

/* The prompts of a submitted version: its last member, copied as it stands. No text within it can look like
 * the key, because quotes within texts are escaped. */
static void put_submitted(struct request *rq, int64_t version, struct buf *out)
{
    static const char key[] = "\"prompts\":";
    struct query *q = request_sql_id(rq, SUBMITTED);
    query_int(q, ":version", version);
    struct str body = query_row(q) ? query_get_text(q, 0) : (struct str){0};
    const char *at = body.ptr ? memmem(body.ptr, body.len, key, strlen(key)) : NULL;
    if (!at) {
        buf_puts(out, "[]");
        return;
    }
    at += strlen(key);
    buf_add(out, at, (size_t)(body.ptr + body.len - 1 - at)); /* without the closing brace */
}

enum err worksheet_reply(struct request *rq)
{
    struct query *q = request_sql_id(rq, GET);
    if (!query_row(q))
        return not_found(rq);
    bool all = !rq->frame.organizer || query_named_int(q, "shared");
    int64_t version = query_named_int(q, "version");
    struct buf *out = reply_json(rq, 200);
    buf_char(out, '{');
    query_json_members(q, out, rq->zone);
    buf_puts(out, ",\"prompts\":");
    if (!all && version)
        put_submitted(rq, version, out);
    else
        worksheet_prompts(rq, query_named_text(q, "id"), query_named_text(q, "template_id"), all, out);
    buf_char(out, '}');
    return ERR_OK;
}

/* As its items were; its own facts are today's. The team's own: others see what was handed in, or nothing. */
static enum err reply_then(struct request *rq, struct str when)
{
    int64_t as_of;
    if (!str_int(when, &as_of) || as_of < 0)
        return fail(rq, ERR_BAD_REQUEST, "as_of is a sequence number, from 0");
    if (rq->frame.organizer)
        return fail(rq, ERR_FORBIDDEN, "only the team reads what was before");
    struct query *q = request_sql_id(rq, GET_THEN);
    query_int(q, ":as_of", as_of);
    if (!query_row(q))
        return not_found(rq);
    struct buf *out = reply_json(rq, 200);
    buf_char(out, '{');
    query_json_members(q, out, rq->zone);
    buf_puts(out, ",\"prompts\":");
    put_prompts(rq, query_named_text(q, "id"), query_named_text(q, "template_id"), true, as_of, out);
    buf_char(out, '}');
    return ERR_OK;
}

static enum err get_worksheet(struct request *rq)
{
    struct str as_of = request_query(rq, "as_of");
    return as_of.ptr ? reply_then(rq, as_of) : worksheet_reply(rq);
}

/* --- revisions --- */

static enum err list_revisions(struct request *rq)
{
    if (!query_row(request_sql_id(rq, GET)))
        return not_found(rq);
    return collection_page(rq, request_sql_id(rq, REVISIONS), KEY_INT);
}

/* --- sharing --- */

static enum err set_shared(struct request *rq, bool shared)
{
    struct query *q = request_sql_id(rq, GET);
    if (!query_row(q))
        return not_found(rq);
    if (query_named_int(q, "shared") == shared)
        return ERR_OK;
    int64_t seq = conn_next_seq(rq->conn);
    q = request_sql_id(rq, SHARE);
    query_int(q, ":shared", shared);
    query_int(q, ":seq", seq);
    query_run(q);
    return ERR_OK;
}

static enum err share(struct request *rq)
{
    enum err err = set_shared(rq, true);
    return err == ERR_OK ? worksheet_reply(rq) : err;
}

static enum err unshare(struct request *rq)
{
    enum err err = set_shared(rq, false);
    return err == ERR_OK ? reply_no_content(rq) : err;
}

#define W "/v1/events/{event}/worksheets"

static const struct route routes[] = {
    {METHOD_GET, W, "listWorksheets", ACCESS_TEAM | ACCESS_HOST, TX_READ, collection_list, &worksheets,
     .query = "limit cursor", .vary = VARY_TEAM},
    {METHOD_GET, W "/{id}", "getWorksheet", ACCESS_TEAM | ACCESS_HOST, TX_READ, get_worksheet,
     .query = "as_of", .vary = VARY_TEAM},
    {METHOD_GET, W "/{id}/revisions", "listRevisions", ACCESS_TEAM | ACCESS_HOST, TX_READ, list_revisions,
     .query = "limit cursor", .vary = VARY_TEAM},
    {METHOD_POST, W "/{id}/share", "shareWorksheet", ACCESS_LEAD, TX_WRITE, share},
    {METHOD_DELETE, W "/{id}/share", "unshareWorksheet", ACCESS_LEAD, TX_WRITE, unshare},
    {0},
};

#define STATE "state, version, shared, reopen_note"

static const struct feed_source feed[] = {
    {"worksheets", "worksheets", "'team/' || row.team_id", "row.id", .columns = STATE},
    {"worksheets", "worksheets", "row.event_id || '/organizers'", "row.id", .columns = STATE},
    {0},
};

static const struct document documents[] = {
    {"worksheets", DOCUMENT},
    {0},
};

const struct feature feature_worksheets = {
    .name = "worksheets",
    .reads = "worksheet_templates worksheet_items submissions teams me sync late_edits redactions",
    .routes = routes,
    .sql = sql,
    .feed = feed,
    .documents = documents};

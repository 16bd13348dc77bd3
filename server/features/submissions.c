#include "features/submissions.h"

#include <limits.h>

#include "base/clock.h"
#include "features/worksheets.h"
#include "http/fields.h"

enum { SNAPSHOT_MAX = 4 * 1024 * 1024, NOTE_MAX = 2000 };

#define OWN "event_id = :event AND (:team IS NULL OR team_id = :team)"

static const char FIND[] =
    "SELECT state, version, seq, team_id, template_id FROM worksheets WHERE id = :id AND " OWN;
static const char KEEP[] =
    "INSERT INTO worksheet_versions (worksheet_id, team_id, version, body, seq, submitted_by, submitted_at)"
    " VALUES (:id, :team_id, :version, :body, :seq, :participant, :now)";
static const char SUBMIT[] = "UPDATE worksheets SET state = 'submitted', version = :version, seq = :seq,"
                             " submitted_at = :now, reopen_note = NULL WHERE id = :id AND " OWN;
static const char REOPEN[] =
    "UPDATE worksheets SET state = 'reopened', seq = :seq, reopen_note = :note WHERE id = :id AND " OWN;
static const char VERSION[] =
    "SELECT v.body FROM worksheet_versions v JOIN worksheets w ON w.id = v.worksheet_id"
    " WHERE v.worksheet_id = :id AND v.version = :version AND w.event_id = :event AND (:team IS NULL OR "
    "v.team_id = :team)";

static const char *const sql[] = {FIND, KEEP, SUBMIT, REOPEN, VERSION, NULL};

static const struct field submit_fields[] = {{"as_of_seq", FIELD_INT, 0, 0, INT_MAX}, {0}};
static const struct field reopen_fields[] = {{"note", FIELD_PROSE, FIELD_REQUIRED, 1, NOTE_MAX}, {0}};

static enum err find(struct request *rq, struct query **q)
{
    *q = request_sql_id(rq, FIND);
    return query_row(*q) ? ERR_OK : fail(rq, ERR_NOT_FOUND, "there is no such worksheet");
}

static bool is_submitted(struct query *q)
{
    return str_is(query_get_text(q, 0), "submitted");
}

/* The frozen worksheet. `prompts` stays its last member: worksheets.c relies on it. */
static void put_snapshot(struct request *rq, struct query *q, int64_t version, int64_t seq, struct buf *out)
{
    char time[CLOCK_TEXT];
    struct str id = request_param(rq, "id");
    buf_puts(out, "{\"id\":");
    buf_json(out, id);
    buf_puts(out, ",\"team_id\":");
    buf_json(out, query_named_text(q, "team_id"));
    buf_puts(out, ",\"template_id\":");
    buf_json(out, query_named_text(q, "template_id"));
    clock_format(time, rq->now, rq->zone);
    buf_printf(out, ",\"version\":%lld,\"seq\":%lld,\"submitted_at\":\"%s\",\"prompts\":", (long long)version,
               (long long)seq, time);
    worksheet_prompts(rq, id, query_named_text(q, "template_id"), true, out);
    buf_char(out, '}');
}

static enum err freeze(struct request *rq, struct query *found)
{
    struct buf body;
    int64_t version = query_named_int(found, "version") + 1, seq = conn_next_seq(rq->conn);
    buf_init(&body, rq->arena, 16 * 1024);
    put_snapshot(rq, found, version, seq, &body);
    if (body.failed)
        return ERR_UNAVAILABLE;
    if (body.len > SNAPSHOT_MAX)
        return fail(rq, ERR_CONFLICT, "the worksheet is too long to hand in: shorten it to %d MiB",
                    SNAPSHOT_MAX >> 20);
    struct query *q = request_sql_id(rq, KEEP);
    query_text(q, ":team_id", query_named_text(found, "team_id"));
    query_int(q, ":version", version);
    query_int(q, ":seq", seq);
    query_text(q, ":body", buf_view(&body));
    query_run(q);
    q = request_sql_id(rq, SUBMIT);
    query_int(q, ":version", version);
    query_int(q, ":seq", seq);
    query_run(q);
    return ERR_OK;
}

static enum err submit(struct request *rq)
{
    struct values values;
    struct query *q;
    enum err err = fields_read(rq, submit_fields, rq->json, false, &values);
    if (err == ERR_OK)
        err = find(rq, &q);
    if (err != ERR_OK)
        return err;
    const struct value *as_of = fields_get(&values, "as_of_seq");
    if (is_submitted(q))
        return fail(rq, ERR_CONFLICT, "the worksheet is submitted already");
    if (as_of->text.ptr && as_of->integer < query_named_int(q, "seq"))
        return fail(rq, ERR_CONFLICT,
                    "the worksheet has changed since: read it again, then submit it with its new seq");
    err = freeze(rq, q);
    return err == ERR_OK ? worksheet_reply(rq) : err;
}

static enum err reopen(struct request *rq)
{
    struct values values;
    struct query *q;
    enum err err = fields_read(rq, reopen_fields, rq->json, false, &values);
    if (err == ERR_OK)
        err = find(rq, &q);
    if (err != ERR_OK)
        return err;
    if (!is_submitted(q))
        return fail(rq, ERR_CONFLICT, "the worksheet is not submitted: there is nothing to reopen");
    int64_t seq = conn_next_seq(rq->conn);
    q = request_sql_id(rq, REOPEN);
    query_int(q, ":seq", seq);
    query_text(q, ":note", fields_get(&values, "note")->text);
    query_run(q);
    return worksheet_reply(rq);
}

static enum err get_version(struct request *rq)
{
    int64_t n = 0;
    struct query *q = request_sql_id(rq, VERSION);
    query_int(q, ":version", str_int(request_param(rq, "n"), &n) ? n : 0);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such version of a worksheet");
    buf_str(reply_json(rq, 200), query_get_text(q, 0));
    return ERR_OK;
}

#define W "/v1/events/{event}/worksheets/{id}"

static const struct route routes[] = {
    {METHOD_POST, W "/submit", "submitWorksheet", ACCESS_LEAD, TX_WRITE, submit, .body = BODY_JSON},
    {METHOD_POST, W "/reopen", "reopenWorksheet", ACCESS_LEAD | ACCESS_HOST, TX_WRITE, reopen,
     .body = BODY_JSON},
    {METHOD_GET, W "/versions/{n}", "getVersion", ACCESS_TEAM | ACCESS_HOST, TX_READ, get_version,
     .vary = VARY_TEAM},
    {0},
};

const struct feature feature_submissions = {
    .name = "submissions", .reads = "redactions", .routes = routes, .sql = sql};

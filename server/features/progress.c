#include "features/progress.h"

#include "features/synthesis.h"
#include "http/request.h"

static const char BOARD[] =
    "SELECT w.id AS worksheet_id, w.team_id, t.name, coalesce(t.county, t.name) AS county, w.state,"
    " w.version, w.shared AS \"shared:bool\","
    " (SELECT count(*) FROM prompts p WHERE p.template_id = w.template_id) AS prompts,"
    " coalesce(c.answered, 0) AS answered, coalesce(c.items, 0) AS items,"
    " w.last_write_at AS \"last_write_at:time\", w.submitted_at AS \"submitted_at:time\""
    " FROM worksheets w JOIN teams t ON t.id = w.team_id LEFT JOIN"
    " (SELECT n.worksheet_id, count(*) AS answered, sum(n.items) AS items FROM"
    " (SELECT i.worksheet_id, i.prompt_id, count(*) AS items FROM worksheets x JOIN items i"
    " ON i.worksheet_id = x.id AND i.deleted = 0 WHERE x.event_id = :event"
    " AND (:team IS NULL OR x.team_id = :team) GROUP BY i.worksheet_id, i.prompt_id) n"
    " GROUP BY n.worksheet_id) c ON c.worksheet_id = w.id"
    " WHERE w.event_id = :event AND (:team IS NULL OR w.team_id = :team) ORDER BY county, t.name, w.id";

static const char *const sql[] = {BOARD, NULL};

static enum err get_progress(struct request *rq)
{
    struct query *q = request_sql(rq, BOARD);
    struct buf *out = reply_json(rq, 200);
    int64_t n = 0, submitted = 0, items = 0;
    buf_puts(out, "{\"teams\":[");
    while (query_row(q)) {
        if (n++)
            buf_char(out, ',');
        query_json(q, out, rq->zone);
        submitted += str_is(query_named_text(q, "state"), "submitted");
        items += query_named_int(q, "items");
    }
    buf_printf(out, "],\"worksheets\":%lld,\"submitted\":%lld,\"items\":%lld}", (long long)n,
               (long long)submitted, (long long)items);
    return ERR_OK;
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/events/{event}/progress", "getProgress", ACCESS_HOST, TX_READ, get_progress,
     .vary = VARY_NOBODY},
    {0},
};

const struct feature feature_progress = {
    .name = "progress", .reads = SYNTHESIS_READS, .routes = routes, .sql = sql};

#include "features/representation.h"

#include "http/request.h"

/* How many came tells a row exactly where no row is large enough to be kept back with the others, and all of
 * them are few, or as few as they can be. */
#define CELLS                                                                                                \
    "WITH everyone AS (SELECT count(*) AS n, count(DISTINCT team_id) AS counties,"                           \
    " count(DISTINCT agency_type) AS agency_types FROM attendees WHERE event_id = :event),"                  \
    " cells AS (SELECT count(*) AS n, 1 AS by_team FROM attendees WHERE event_id = :event"                   \
    " AND team_id IS NOT NULL GROUP BY team_id UNION ALL SELECT count(*), 0 FROM attendees"                  \
    " WHERE event_id = :event AND agency_type IS NOT NULL GROUP BY agency_type),"                            \
    " telling AS (SELECT 1 FROM cells c, everyone e GROUP BY c.by_team, e.n"                                 \
    " HAVING max(c.n) < 5 AND (e.n < 5 OR e.n = count(*)))"

#define TOTALS_FOR(all)                                                                                      \
    CELLS " SELECT CASE WHEN " all " = 1 OR NOT EXISTS (SELECT * FROM telling) THEN e.n END AS attendees,"   \
          " e.counties, e.agency_types, (SELECT count(*) FROM organizations WHERE event_id = :event"         \
          " AND type = 'community') AS community_organizations FROM everyone e"

static const char TOTALS[] = TOTALS_FOR(":organizer");
static const char TOTALS_PUBLISHED[] = TOTALS_FOR("0");

/* `all`: an expression that is 1 where no cell is kept back. On `cells` (id, n): `rest` is what a reader can
 * work out of the `k` cells from 1 to 4, with those of no cell; `telling` when that is few, or the least or
 * the most that they can be, and a cell is known exactly; `least` the smallest other. */
#define KEPT_BACK(all)                                                                                       \
    ", rest AS (SELECT (SELECT count(*) FROM attendees WHERE event_id = :event)"                             \
    " - coalesce(sum(CASE WHEN n >= 5 THEN n END), 0) AS n,"                                                 \
    " count(CASE WHEN n BETWEEN 1 AND 4 THEN 1 END) AS k FROM cells),"                                       \
    " telling AS (SELECT 1 FROM rest"                                                                        \
    " WHERE n BETWEEN 1 AND 4 OR (k > 0 AND n = k) OR (k > 2 AND n = 4 * k)),"                               \
    " least AS (SELECT id FROM cells WHERE n >= 5 ORDER BY n, id LIMIT 1),"                                  \
    " shown AS (SELECT id FROM cells WHERE " all " = 1"                                                      \
    " OR (n >= 5 AND (NOT EXISTS (SELECT * FROM telling) OR id <> (SELECT id FROM least))))"

#define BY_TYPE_FOR(all)                                                                                     \
    "WITH cells AS (SELECT agency_type AS id, count(*) AS n, count(DISTINCT organization_id) AS "            \
    "organizations"                                                                                          \
    " FROM attendees WHERE event_id = :event AND agency_type IS NOT NULL GROUP BY agency_type)" KEPT_BACK(   \
        all) " SELECT c.id AS agency_type, CASE WHEN s.id IS NOT NULL THEN c.n END AS attendees,"            \
             " CASE WHEN " all                                                                               \
             " = 1 OR (s.id IS NOT NULL AND c.organizations >= 5) THEN c.organizations END"                  \
             " AS organizations FROM cells c LEFT JOIN shown s ON s.id = c.id ORDER BY c.id"

static const char BY_TYPE[] = BY_TYPE_FOR(":organizer");
static const char BY_TYPE_PUBLISHED[] = BY_TYPE_FOR("0");

static const char BY_TEAM[] =
    "WITH cells AS (SELECT t.id, t.name, count(a.id) AS n, count(DISTINCT a.agency_type) AS agency_types"
    " FROM teams t LEFT JOIN attendees a ON a.team_id = t.id WHERE t.event_id = :event"
    " GROUP BY t.id, t.name)" KEPT_BACK(
        ":organizer") " SELECT c.id AS team_id, c.name, CASE WHEN s.id IS NOT NULL THEN c.n END AS attendees,"
                      " CASE WHEN :organizer = 1 OR (s.id IS NOT NULL AND c.agency_types >= 5) THEN "
                      "c.agency_types END"
                      " AS agency_types FROM cells c LEFT JOIN shown s ON s.id = c.id ORDER BY c.name, c.id "
                      "LIMIT 500";

/* As it was when the directory was purged. */
static const char KEPT[] =
    "SELECT CASE WHEN :organizer = 1 THEN k.hosts ELSE k.others END FROM kept_figures k"
    " JOIN events e ON e.id = k.event_id WHERE k.event_id = :event AND e.directory_purged_at IS NOT NULL";

static const char KEPT_PUBLISHED[] = "SELECT k.others FROM kept_figures k JOIN events e ON e.id = k.event_id"
                                     " WHERE k.event_id = :event AND e.directory_purged_at IS NOT NULL";

static const char *const sql[] = {KEPT,    KEPT_PUBLISHED,    TOTALS,  TOTALS_PUBLISHED,
                                  BY_TYPE, BY_TYPE_PUBLISHED, BY_TEAM, NULL};

static void put_rows(struct conn *c, struct buf *out, const char *key, const char *rows)
{
    struct query *q = query_get(c, rows);
    buf_printf(out, ",\"%s\":[", key);
    for (int n = 0; query_row(q); n++) {
        if (n)
            buf_char(out, ',');
        query_json(q, out, NULL);
    }
    buf_char(out, ']');
}

void representation_write(struct conn *c, struct buf *out)
{
    struct query *q = query_get(c, TOTALS);
    buf_char(out, '{');
    if (query_row(q))
        query_json_members(q, out, NULL);
    put_rows(c, out, "by_agency_type", BY_TYPE);
    put_rows(c, out, "by_team", BY_TEAM);
    buf_char(out, '}');
}

static void release(void *json)
{
    json_decref(json);
}

json_t *representation_published(struct request *rq)
{
    struct buf out;
    struct query *kept = request_sql(rq, KEPT_PUBLISHED), *q;
    buf_init(&out, rq->arena, 2048);
    if (query_row(kept)) {
        buf_str(&out, query_get_text(kept, 0));
    } else {
        buf_char(&out, '{');
        if (query_row(q = request_sql(rq, TOTALS_PUBLISHED)))
            query_json_members(q, &out, NULL);
        put_rows(rq->conn, &out, "by_agency_type", BY_TYPE_PUBLISHED);
        buf_char(&out, '}');
    }
    json_t *json = out.failed ? NULL : json_loadb(out.ptr, out.len, 0, NULL);
    return json && arena_defer(rq->arena, release, json) ? NULL : json;
}

static enum err get_representation(struct request *rq)
{
    struct query *kept = request_sql(rq, KEPT);
    struct buf *out = reply_json(rq, 200);
    if (query_row(kept))
        buf_str(out, query_get_text(kept, 0));
    else
        representation_write(rq->conn, out);
    return ERR_OK;
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/events/{event}/representation", "getRepresentation", ACCESS_ANYONE, TX_READ,
     get_representation, .vary = VARY_ROLE},
    {0},
};

const struct feature feature_representation = {
    .name = "representation", .reads = "attendees organizations teams", .routes = routes, .sql = sql};

#include "features/program.h"

#include <stdio.h>

#include "base/clock.h"
#include "features/collection.h"

/* --- counties --- */

#define TIERS                                                                                                \
    "(SELECT '[' || COALESCE(group_concat(step, ','), '') || ']' FROM"                                       \
    " (SELECT '{\"tier\":' || COALESCE(CAST(t.tier AS TEXT), 'null') || ',\"since\":\"' || t.since || "      \
    "'\"}' AS step"                                                                                          \
    " FROM program_tiers t WHERE t.county_id = program_counties.id ORDER BY t.since) steps) AS "             \
    "\"tiers:json\""
#define COUNTY                                                                                               \
    "id, name, tier, tier_since, " TIERS                                                                     \
    ", plan_status, plan_submitted_on, protocol_status, notes, revision,"                                    \
    " updated_at AS \"updated_at:time\""

static const char COUNTY_LIST[] =
    "SELECT " COUNTY ", name AS _key FROM program_counties"
    " WHERE (name, id) > (:after_key, :after_id) ORDER BY name, id LIMIT :limit";
static const char COUNTY_GET[] = "SELECT " COUNTY " FROM program_counties WHERE id = :id";
static const char COUNTY_INSERT[] =
    "INSERT INTO program_counties (id, name, tier, tier_since, plan_status, plan_submitted_on,"
    " protocol_status, notes, created_at, updated_at)"
    " VALUES (:id, :name, :tier, :tier_since, :plan_status, :plan_submitted_on, :protocol_status, :notes,"
    " :now, :now)";
static const char COUNTY_UPDATE[] =
    "UPDATE program_counties SET name = :name, tier = :tier, tier_since = :tier_since,"
    " plan_status = :plan_status, plan_submitted_on = :plan_submitted_on, protocol_status = "
    ":protocol_status, notes = :notes,"
    " revision = revision + 1, updated_at = :now WHERE id = :id";
static const char COUNTY_REMOVE[] = "DELETE FROM program_counties WHERE id = :id";

/* A county's last step is the tier that its row has. One that is written again, under the same date or with
 * the same tier, was mistaken. */
static const char STEP_AFTER[] = "SELECT since FROM program_tiers WHERE county_id = :id AND since > :since"
                                 " AND COALESCE(tier, 0) <> :tier ORDER BY since DESC LIMIT 1";
static const char STEP_FORGET[] =
    "DELETE FROM program_tiers WHERE county_id = :id AND COALESCE(tier, 0) ="
    " (SELECT COALESCE(tier, 0) FROM program_counties WHERE id = :id) AND since ="
    " (SELECT since FROM program_tiers WHERE county_id = :id ORDER BY since DESC LIMIT 1)";
static const char STEP_KEEP[] =
    "INSERT INTO program_tiers (county_id, since, tier) SELECT id, tier_since, tier FROM program_counties"
    " WHERE id = :id AND tier_since IS NOT NULL ON CONFLICT (county_id, since) DO UPDATE SET tier = "
    "excluded.tier";

static const struct field county_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"tier", FIELD_INT, FIELD_NULLABLE, 1, 2},
    {"tier_since", FIELD_PARTIAL, FIELD_NULLABLE},
    {"plan_status", FIELD_ENUM, 0, .values = "none submitted", .preset = "none"},
    {"plan_submitted_on", FIELD_PARTIAL, FIELD_NULLABLE},
    {"protocol_status", FIELD_ENUM, 0, .values = "none required submitted under_review approved",
     .preset = "none"},
    {"notes", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {0},
};

static struct str today(struct request *rq)
{
    int year, month, day;
    clock_civil(rq->now / 86400000, &year, &month, &day);
    return str_of(arena_printf(rq->arena, "%04d-%02d-%02d", year, month, day));
}

/* Figures are asked for as of a day, so a tier has a date: today, when it changes and nothing is said. */
static enum err check_county(struct request *rq, struct values *v, struct query *current)
{
    int64_t tier = collection_int(v, "tier", current), was = current ? query_named_int(current, "tier") : 0;
    struct value *since = fields_at(v, "tier_since");
    if (tier != was && !since->text.ptr)
        *since = (struct value){.set = true, .text = today(rq)};
    if (!since->set || (!since->text.ptr && !tier))
        return ERR_OK;
    if (!since->text.ptr)
        invalid(rq, "/tier_since", "is needed for a county that has a tier");
    else if (since->text.len == 4)
        invalid(rq, "/tier_since", "must be YYYY-MM or YYYY-MM-DD");
    else if (!tier && !current)
        invalid(rq, "/tier_since", "is nothing without a tier");
    if (!current || !since->text.ptr)
        return ERR_OK;
    struct query *q = request_sql_id(rq, STEP_AFTER);
    query_text(q, ":since", since->text);
    query_int(q, ":tier", tier);
    struct str after = query_row(q) ? query_get_text(q, 0) : (struct str){0};
    if (after.ptr)
        invalid(rq, "/tier_since", "must not be before %.*s, when the tier before it was given",
                (int)after.len, after.ptr);
    return ERR_OK;
}

static enum err saved_county(struct request *rq, struct str id, const struct values *v, bool created)
{
    static const char *const steps[] = {STEP_FORGET, STEP_KEEP};
    (void)v, (void)created;
    for (int i = 0; i < 2; i++) {
        struct query *q = request_sql(rq, steps[i]);
        query_text(q, ":id", id);
        query_run(q);
    }
    return ERR_OK;
}

static const struct collection counties = {
    .noun = "county",
    .fields = county_fields,
    .list = COUNTY_LIST,
    .get = COUNTY_GET,
    .insert = COUNTY_INSERT,
    .update = COUNTY_UPDATE,
    .remove = COUNTY_REMOVE,
    .check = check_county,
    .saved = saved_county,
    .conflict = "a county of that name, or that id, exists",
};

/* --- milestones --- */

#define MILESTONE "id, happens_on, title, body, county_id, revision, updated_at AS \"updated_at:time\""

static const char MILESTONE_LIST[] =
    "SELECT " MILESTONE ", happens_on AS _key FROM program_milestones"
    " WHERE (happens_on, id) > (:after_key, :after_id) ORDER BY happens_on, id LIMIT :limit";
static const char MILESTONE_GET[] = "SELECT " MILESTONE " FROM program_milestones WHERE id = :id";
static const char MILESTONE_INSERT[] =
    "INSERT INTO program_milestones (id, happens_on, title, body, county_id, created_at, updated_at)"
    " VALUES (:id, :happens_on, :title, :body, :county_id, :now, :now)";
static const char MILESTONE_UPDATE[] = "UPDATE program_milestones SET happens_on = :happens_on, title = "
                                       ":title, body = :body, county_id = :county_id,"
                                       " revision = revision + 1, updated_at = :now WHERE id = :id";
static const char MILESTONE_REMOVE[] = "DELETE FROM program_milestones WHERE id = :id";
static const char COUNTY_HERE[] = "SELECT 1 FROM program_counties WHERE id = :county_id";

static const struct field milestone_fields[] = {
    {"happens_on", FIELD_PARTIAL, FIELD_REQUIRED},
    {"title", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"body", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {"county_id", FIELD_ID, FIELD_NULLABLE},
    {0},
};

static enum err check_milestone(struct request *rq, struct values *v, struct query *current)
{
    const struct value *county = fields_get(v, "county_id");
    (void)current;
    if (fields_get(v, "happens_on")->text.len == 4)
        invalid(rq, "/happens_on", "must be YYYY-MM or YYYY-MM-DD");
    if (county->text.ptr) {
        struct query *q = request_sql(rq, COUNTY_HERE);
        query_text(q, ":county_id", county->text);
        if (!query_row(q))
            invalid(rq, "/county_id", "names no county of the program");
    }
    return ERR_OK;
}

static const struct collection milestones = {
    .noun = "milestone",
    .fields = milestone_fields,
    .list = MILESTONE_LIST,
    .get = MILESTONE_GET,
    .insert = MILESTONE_INSERT,
    .update = MILESTONE_UPDATE,
    .remove = MILESTONE_REMOVE,
    .check = check_milestone,
    .conflict = "a milestone of that id exists",
};

/* --- figures --- */

static const char COUNTIES[] =
    "SELECT :on AS \"on\", COUNT(*) AS counties, COUNT(CASE WHEN plan_status = 'submitted'"
    " AND COALESCE(plan_submitted_on, '') <= :on THEN 1 END) AS plans_submitted FROM program_counties";
static const char TIERS_ON[] =
    "SELECT COUNT(CASE WHEN tier = 1 THEN 1 END) AS tier_1, COUNT(CASE WHEN tier = 2 THEN 1 END) AS tier_2"
    " FROM (SELECT (SELECT t.tier FROM program_tiers t WHERE t.county_id = program_counties.id"
    " AND t.since <= :on ORDER BY t.since DESC LIMIT 1) AS tier FROM program_counties) standing";
static const char PROTOCOLS[] = "SELECT protocol_status AS status, COUNT(*) AS counties FROM program_counties"
                                " GROUP BY protocol_status ORDER BY protocol_status";
static const char TIER_CHANGES[] = "SELECT since, tier, COUNT(*) AS counties FROM program_tiers"
                                   " GROUP BY since, tier ORDER BY since, tier";
/* A month is ahead until it is over. */
static const char NEXT[] = "SELECT id, happens_on, title, county_id FROM program_milestones"
                           " WHERE happens_on >= :month AND (LENGTH(happens_on) = 7 OR happens_on >= :on)"
                           " ORDER BY happens_on, id LIMIT 5";

static enum err get_summary(struct request *rq)
{
    struct str on = request_query(rq, "on");
    int64_t days;
    if (on.ptr && !clock_parse_date(on, &days))
        return fail(rq, ERR_BAD_REQUEST, "on is a day, YYYY-MM-DD");
    if (!on.ptr)
        on = today(rq);
    struct query *counties_on = request_sql(rq, COUNTIES), *tiers = request_sql(rq, TIERS_ON);
    struct query *next = request_sql(rq, NEXT);
    struct buf *out = reply_json(rq, 200);
    query_text(counties_on, ":on", on);
    query_text(tiers, ":on", on);
    query_text(next, ":on", on);
    query_text(next, ":month", (struct str){on.ptr, on.len ? 7 : 0});
    buf_char(out, '{');
    if (query_row(counties_on))
        query_json_members(counties_on, out, rq->zone);
    buf_char(out, ',');
    if (query_row(tiers))
        query_json_members(tiers, out, rq->zone);
    collection_rows(rq, out, "protocols", request_sql(rq, PROTOCOLS));
    collection_rows(rq, out, "tier_changes", request_sql(rq, TIER_CHANGES));
    collection_rows(rq, out, "next_milestones", next);
    buf_char(out, '}');
    return ERR_OK;
}

static const char *const sql[] = {
    COUNTY_LIST,      COUNTY_GET,       COUNTY_INSERT,    COUNTY_UPDATE,  COUNTY_REMOVE,
    STEP_AFTER,       STEP_FORGET,      STEP_KEEP,        MILESTONE_LIST, MILESTONE_GET,
    MILESTONE_INSERT, MILESTONE_UPDATE, MILESTONE_REMOVE, COUNTY_HERE,    COUNTIES,
    TIERS_ON,         PROTOCOLS,        TIER_CHANGES,     NEXT,           NULL};

#define C "/v1/program/counties"
#define M "/v1/program/milestones"

static const struct route routes[] = {
    {METHOD_GET, C, "listCounties", ACCESS_ANYONE, TX_READ, collection_list, &counties,
     .query = "limit cursor", .vary = VARY_NOBODY, .flags = ROUTE_HOUSE},
    {METHOD_POST, C, "createCounty", ACCESS_HOST, TX_WRITE, collection_create, &counties, .body = BODY_JSON,
     .flags = ROUTE_HOUSE},
    {METHOD_GET, C "/{id}", "getCounty", ACCESS_ANYONE, TX_READ, collection_get, &counties,
     .vary = VARY_NOBODY, .flags = ROUTE_HOUSE},
    {METHOD_PATCH, C "/{id}", "updateCounty", ACCESS_HOST, TX_WRITE, collection_update, &counties,
     .body = BODY_JSON, .flags = ROUTE_HOUSE},
    {METHOD_DELETE, C "/{id}", "deleteCounty", ACCESS_HOST, TX_WRITE, collection_remove, &counties,
     .flags = ROUTE_HOUSE},
    {METHOD_GET, M, "listMilestones", ACCESS_ANYONE, TX_READ, collection_list, &milestones,
     .query = "limit cursor", .vary = VARY_NOBODY, .flags = ROUTE_HOUSE},
    {METHOD_POST, M, "createMilestone", ACCESS_HOST, TX_WRITE, collection_create, &milestones,
     .body = BODY_JSON, .flags = ROUTE_HOUSE},
    {METHOD_GET, M "/{id}", "getMilestone", ACCESS_ANYONE, TX_READ, collection_get, &milestones,
     .vary = VARY_NOBODY, .flags = ROUTE_HOUSE},
    {METHOD_PATCH, M "/{id}", "updateMilestone", ACCESS_HOST, TX_WRITE, collection_update, &milestones,
     .body = BODY_JSON, .flags = ROUTE_HOUSE},
    {METHOD_DELETE, M "/{id}", "deleteMilestone", ACCESS_HOST, TX_WRITE, collection_remove, &milestones,
     .flags = ROUTE_HOUSE},
    {METHOD_GET, "/v1/program/summary", "getProgramSummary", ACCESS_ANYONE, TX_READ, get_summary,
     .query = "on", .vary = VARY_NOBODY, .flags = ROUTE_HOUSE | ROUTE_TIMED},
    {0},
};

const struct feature feature_program = {.name = "program", .routes = routes, .sql = sql};

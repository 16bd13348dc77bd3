#include "features/program.h"

#include "features/collection.h"

/* --- counties --- */

#define COUNTY                                                                                               \
    "id, name, tier, plan_status, plan_submitted_on, protocol_status, notes, revision,"                      \
    " updated_at AS \"updated_at:time\""

static const char COUNTY_LIST[] =
    "SELECT " COUNTY ", name AS _key FROM program_counties"
    " WHERE (name, id) > (:after_key, :after_id) ORDER BY name, id LIMIT :limit";
static const char COUNTY_GET[] = "SELECT " COUNTY " FROM program_counties WHERE id = :id";
static const char COUNTY_INSERT[] =
    "INSERT INTO program_counties (id, name, tier, plan_status, plan_submitted_on, protocol_status, notes,"
    " created_at, updated_at)"
    " VALUES (:id, :name, :tier, :plan_status, :plan_submitted_on, :protocol_status, :notes, :now, :now)";
static const char COUNTY_UPDATE[] =
    "UPDATE program_counties SET name = :name, tier = :tier, plan_status = :plan_status,"
    " plan_submitted_on = :plan_submitted_on, protocol_status = :protocol_status, notes = :notes,"
    " revision = revision + 1, updated_at = :now WHERE id = :id";

static const struct field county_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"tier", FIELD_INT, FIELD_NULLABLE, 1, 2},
    {"plan_status", FIELD_ENUM, 0, .values = "none submitted", .preset = "none"},
    {"plan_submitted_on", FIELD_PARTIAL, FIELD_NULLABLE},
    {"protocol_status", FIELD_ENUM, 0, .values = "none required submitted under_review approved",
     .preset = "none"},
    {"notes", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {0},
};

static const struct collection counties = {
    .noun = "county",
    .fields = county_fields,
    .list = COUNTY_LIST,
    .get = COUNTY_GET,
    .insert = COUNTY_INSERT,
    .update = COUNTY_UPDATE,
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
    .check = check_milestone,
    .conflict = "a milestone of that id exists",
};

static const char *const sql[] = {COUNTY_LIST,    COUNTY_GET,    COUNTY_INSERT,    COUNTY_UPDATE,
                                  MILESTONE_LIST, MILESTONE_GET, MILESTONE_INSERT, MILESTONE_UPDATE,
                                  COUNTY_HERE,    NULL};

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
    {METHOD_GET, M, "listMilestones", ACCESS_ANYONE, TX_READ, collection_list, &milestones,
     .query = "limit cursor", .vary = VARY_NOBODY, .flags = ROUTE_HOUSE},
    {METHOD_POST, M, "createMilestone", ACCESS_HOST, TX_WRITE, collection_create, &milestones,
     .body = BODY_JSON, .flags = ROUTE_HOUSE},
    {METHOD_GET, M "/{id}", "getMilestone", ACCESS_ANYONE, TX_READ, collection_get, &milestones,
     .vary = VARY_NOBODY, .flags = ROUTE_HOUSE},
    {METHOD_PATCH, M "/{id}", "updateMilestone", ACCESS_HOST, TX_WRITE, collection_update, &milestones,
     .body = BODY_JSON, .flags = ROUTE_HOUSE},
    {0},
};

const struct feature feature_program = {.name = "program", .routes = routes, .sql = sql};

#include "features/teams.h"

#include "db/feed.h"
#include "features/code_holder.h"
#include "features/collection.h"
#include "features/worksheet_templates.h"

#define TEAM "id, slug, name, county, revision, updated_at AS \"updated_at:time\""

static const char LIST[] = "SELECT " TEAM ", name AS _key FROM teams WHERE event_id = :event"
                           " AND (name, id) > (:after_key, :after_id) ORDER BY name, id LIMIT :limit";
static const char GET[] = "SELECT " TEAM " FROM teams WHERE id = :id AND event_id = :event";
static const char INSERT[] =
    "INSERT INTO teams (id, event_id, slug, name, county, code_label, created_at, updated_at)"
    " VALUES (:id, :event, :slug, :name, :county, :code_label, :now, :now)";
/* The code's label stays: what is printed on the tables stays good. */
static const char UPDATE[] =
    "UPDATE teams SET slug = :slug, name = :name, county = :county, revision = revision + 1,"
    " updated_at = :now WHERE id = :id AND event_id = :event";

static const char CODE[] =
    "SELECT id, code_generation, code_label, slug FROM teams WHERE id = :id AND event_id = :event";
static const char BUMP[] = "UPDATE teams SET code_generation = code_generation + 1"
                           " WHERE id = :id AND event_id = :event";
static const char END[] =
    "UPDATE devices SET revoked_at = :now WHERE revoked_at IS NULL AND participant_id IN"
    " (SELECT id FROM participants WHERE team_id = :id AND event_id = :event"
    " AND role IN ('member', 'lead'))";

/* Whoever has no device left cannot come back as the same participant, so is in the team no more. */
#define ON_TEAM                                                                                              \
    "p.team_id = :id AND p.event_id = :event AND (:team IS NULL OR p.team_id = :team)"                       \
    " AND p.role IN ('member', 'lead')"                                                                      \
    " AND EXISTS (SELECT 1 FROM devices d WHERE d.participant_id = p.id AND d.revoked_at IS NULL)"
#define MEMBER "p.id, p.display_name, p.role, p.joined_at AS \"joined_at:time\""

static const char OWN[] =
    "SELECT id FROM teams WHERE id = :id AND event_id = :event AND (:team IS NULL OR id = :team)";
static const char MEMBERS[] = "SELECT " MEMBER ", p.joined_at AS _key FROM participants p WHERE " ON_TEAM
                              " AND (p.joined_at, p.id) > (:after_key, :after_id)"
                              " ORDER BY p.joined_at, p.id LIMIT :limit";
static const char ONE_MEMBER[] =
    "SELECT " MEMBER " FROM participants p WHERE p.id = :participant_id AND " ON_TEAM;
static const char LEAD[] = "SELECT p.id FROM participants p WHERE p.role = 'lead' AND " ON_TEAM;
static const char STEP_UP[] =
    "UPDATE participants SET role = 'lead', updated_at = :now WHERE id = :participant_id"
    " AND team_id = :id AND event_id = :event AND (:team IS NULL OR team_id = :team)";
static const char STEP_DOWN[] =
    "UPDATE participants SET role = 'member', updated_at = :now WHERE id <> :participant_id"
    " AND role = 'lead' AND team_id = :id AND event_id = :event"
    " AND (:team IS NULL OR team_id = :team)";

static const char *const sql[] = {LIST, GET,     INSERT,     UPDATE, CODE,    BUMP,      END,
                                  OWN,  MEMBERS, ONE_MEMBER, LEAD,   STEP_UP, STEP_DOWN, NULL};

static const struct field fields[] = {
    {"slug", FIELD_SLUG, FIELD_REQUIRED, 4, 64},
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"county", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {0},
};

static void bind(struct request *rq, struct query *q, const struct values *v, struct query *current)
{
    (void)current;
    if (!query_has(q, ":code_label"))
        return;
    char *label = arena_zalloc(rq->arena, CODE_LABEL);
    if (label) {
        code_label(fields_get(v, "slug")->text, label);
        code_fold_label(label);
    }
    query_text(q, ":code_label", str_of(label));
}

static enum err saved(struct request *rq, struct str id, const struct values *v, bool created)
{
    (void)v;
    if (created)
        worksheet_templates_for_team(rq, id);
    return ERR_OK;
}

static const struct collection teams = {
    .noun = "team",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .bind = bind,
    .saved = saved,
    .conflict = "a team of that slug, or that id, exists",
};

static const struct code_holder code = {"team", CODE_TEAM, CODE, BUMP, END};

/* --- members --- */

static enum err own_team(struct request *rq)
{
    return query_row(request_sql_id(rq, OWN)) ? ERR_OK : fail(rq, ERR_NOT_FOUND, "there is no such team");
}

static enum err list_members(struct request *rq)
{
    enum err err = own_team(rq);
    return err == ERR_OK ? collection_page(rq, request_sql_id(rq, MEMBERS), KEY_INT) : err;
}

/* --- the lead --- */

static const struct field lead_fields[] = {
    {"participant_id", FIELD_ID},
    {0},
};

/* A member may claim a lead that nobody has; who has it may hand it on; an organizer may name anyone. */
static enum err may_name(struct request *rq, struct str named)
{
    struct query *q = request_sql_id(rq, LEAD);
    bool taken = query_row(q), mine = taken && str_is(query_get_text(q, 0), rq->who.participant);
    if (rq->frame.organizer || mine)
        return ERR_OK;
    if (!str_is(named, rq->who.participant))
        return fail(rq, ERR_FORBIDDEN, "only the lead or an organizer can name someone else");
    if (taken)
        return fail(rq, ERR_CONFLICT, "the team has a lead, who can hand it on; so can an organizer");
    return ERR_OK;
}

static enum err name_lead(struct request *rq, struct str named)
{
    struct query *q = request_sql_id(rq, ONE_MEMBER);
    query_text(q, ":participant_id", named);
    if (!query_row(q)) {
        invalid(rq, "/participant_id", "is not a member of this team");
        return invalid_result(rq);
    }
    const char *const steps[] = {STEP_UP, STEP_DOWN};
    for (int i = 0; i < 2; i++) {
        q = request_sql_id(rq, steps[i]);
        query_text(q, ":participant_id", named);
        query_run(q);
    }
    rq->after_commit = code_holder_forget_tokens;
    q = request_sql_id(rq, ONE_MEMBER);
    query_text(q, ":participant_id", named);
    if (query_row(q))
        query_json(q, reply_json(rq, 200), rq->zone);
    return ERR_OK;
}

static enum err put_lead(struct request *rq)
{
    struct values v;
    enum err err = own_team(rq);
    if (err == ERR_OK)
        err = fields_read(rq, lead_fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    struct str named = fields_get(&v, "participant_id")->text;
    if (!named.ptr && rq->frame.organizer) {
        invalid(rq, "/participant_id", "is needed: which member leads");
        return invalid_result(rq);
    }
    if (!named.ptr)
        named = str_of(rq->who.participant);
    err = may_name(rq, named);
    return err == ERR_OK ? name_lead(rq, named) : err;
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/teams", "listTeams", ACCESS_ANYONE, TX_READ, collection_list, &teams,
     .query = "limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, E "/teams", "createTeam", ACCESS_HOST, TX_WRITE, collection_create, &teams,
     .body = BODY_JSON},
    {METHOD_GET, E "/teams/{id}", "getTeam", ACCESS_ANYONE, TX_READ, collection_get, &teams,
     .vary = VARY_NOBODY},
    {METHOD_PATCH, E "/teams/{id}", "updateTeam", ACCESS_HOST, TX_WRITE, collection_update, &teams,
     .body = BODY_JSON, .flags = ROUTE_IF_MATCH},
    {METHOD_GET, E "/teams/{id}/code", "getTeamCode", ACCESS_HOST, TX_READ, code_holder_get, &code,
     .vary = VARY_ROLE, .flags = ROUTE_AUDITED},
    {METHOD_POST, E "/teams/{id}/code/rotate", "rotateTeamCode", ACCESS_HOST, TX_WRITE, code_holder_rotate,
     &code, .flags = ROUTE_AUDITED},
    /* A device may also end outside of any event (a stolen refresh token): seen within a minute. */
    {METHOD_GET, E "/teams/{id}/members", "listMembers", ACCESS_TEAM | ACCESS_HOST, TX_READ, list_members,
     .query = "limit cursor", .vary = VARY_TEAM, .flags = ROUTE_TIMED | ROUTE_AUDITED},
    {METHOD_PUT, E "/teams/{id}/lead", "putLead", ACCESS_TEAM | ACCESS_HOST, TX_WRITE, put_lead,
     .body = BODY_JSON, .flags = ROUTE_AUDITED},
    {0},
};

static const struct feed_source feed[] = {
    {"teams", "teams", "row.event_id || '/public'", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"teams", GET},
    {0},
};

const struct feature feature_teams = {.name = "teams",
                                      .reads = "auth admin me",
                                      .routes = routes,
                                      .sql = sql,
                                      .feed = feed,
                                      .documents = documents};

#include "features/organizations.h"

#define ORGANIZATION                                                                                         \
    "id, name, type, county, website, description, revision, updated_at AS \"updated_at:time\""

static const char LIST[] =
    "SELECT " ORGANIZATION ", name AS _key FROM organizations WHERE event_id = :event"
    " AND (:q IS NULL OR search LIKE :q ESCAPE '\\') AND (:type IS NULL OR type = :type)"
    " AND (name, id) > (:after_key, :after_id) ORDER BY name, id LIMIT :limit";
static const char GET[] = "SELECT " ORGANIZATION " FROM organizations WHERE id = :id AND event_id = :event";
static const char INSERT[] =
    "INSERT INTO organizations (id, event_id, name, type, county, website, description, search,"
    " created_at, updated_at)"
    " VALUES (:id, :event, :name, :type, :county, :website, :description, :search, :now, :now)";
static const char UPDATE[] =
    "UPDATE organizations SET name = :name, type = :type, county = :county, website = :website,"
    " description = :description, search = :search, revision = revision + 1, updated_at = :now"
    " WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM organizations WHERE id = :id AND event_id = :event";

static const char *const sql[] = {LIST, GET, INSERT, UPDATE, REMOVE, NULL};

static const struct field fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"type", FIELD_ENUM, FIELD_NULLABLE, .values = AGENCY_TYPES},
    {"county", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"website", FIELD_URL, FIELD_NULLABLE},
    {"description", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {0},
};

enum err organizations_check_type(struct request *rq, const char *name)
{
    struct str type = request_query(rq, name), rest = STR(AGENCY_TYPES);
    while (type.ptr && rest.len)
        if (str_eq(str_split(&rest, ' '), type))
            return ERR_OK;
    return type.ptr ? fail(rq, ERR_BAD_REQUEST, "%s is one of: " AGENCY_TYPES, name) : ERR_OK;
}

static void bind(struct request *rq, struct query *q, const struct values *v, struct query *current)
{
    query_text(q, ":search",
               collection_search(rq, collection_text(v, "name", current),
                                 collection_text(v, "county", current), (struct str){0}));
}

const struct collection organizations_collection = {
    .noun = "organization",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .bind = bind,
    .conflict = "an organization of that name, or that id, exists",
};

static enum err list_organizations(struct request *rq)
{
    enum err err = organizations_check_type(rq, "type");
    return err == ERR_OK ? collection_list(rq) : err;
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/organizations", "listOrganizations", ACCESS_ANYONE, TX_READ, list_organizations,
     &organizations_collection, .query = "q type limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, E "/organizations", "createOrganization", ACCESS_HOST, TX_WRITE, collection_create,
     &organizations_collection, .body = BODY_JSON},
    {METHOD_GET, E "/organizations/{id}", "getOrganization", ACCESS_ANYONE, TX_READ, collection_get,
     &organizations_collection, .vary = VARY_NOBODY},
    {METHOD_PATCH, E "/organizations/{id}", "updateOrganization", ACCESS_HOST, TX_WRITE, collection_update,
     &organizations_collection, .body = BODY_JSON},
    {METHOD_DELETE, E "/organizations/{id}", "deleteOrganization", ACCESS_HOST, TX_WRITE, collection_remove,
     &organizations_collection},
    {0},
};

const struct feature feature_organizations = {
    .name = "organizations", .reads = "attendees", .routes = routes, .sql = sql};

#include "features/speakers.h"

#include "db/feed.h"

#define SPEAKER "id, name, title, organization, bio, revision, updated_at AS \"updated_at:time\""

static const char LIST[] = "SELECT " SPEAKER ", name AS _key FROM speakers"
                           " WHERE event_id = :event AND (name, id) > (:after_key, :after_id)"
                           " ORDER BY name, id LIMIT :limit";
static const char GET[] = "SELECT " SPEAKER " FROM speakers WHERE id = :id AND event_id = :event";
static const char INSERT[] =
    "INSERT INTO speakers (id, event_id, name, title, organization, bio, created_at, updated_at)"
    " VALUES (:id, :event, :name, :title, :organization, :bio, :now, :now)";
static const char UPDATE[] = "UPDATE speakers SET name = :name, title = :title, organization = :organization,"
                             " bio = :bio, revision = revision + 1, updated_at = :now"
                             " WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM speakers WHERE id = :id AND event_id = :event";

static const char *const sql[] = {LIST, GET, INSERT, UPDATE, REMOVE, NULL};

static const struct field fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"title", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"organization", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"bio", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {0},
};

/* Two people may have one name: only the id can clash. */
const struct collection speakers_collection = {
    .noun = "speaker",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .conflict = "a speaker of that id exists",
};

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/speakers", "listSpeakers", ACCESS_ANYONE, TX_READ, collection_list, &speakers_collection,
     .query = "limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, E "/speakers", "createSpeaker", ACCESS_HOST, TX_WRITE, collection_create,
     &speakers_collection, .body = BODY_JSON},
    {METHOD_GET, E "/speakers/{id}", "getSpeaker", ACCESS_ANYONE, TX_READ, collection_get,
     &speakers_collection, .vary = VARY_NOBODY},
    {METHOD_PATCH, E "/speakers/{id}", "updateSpeaker", ACCESS_HOST, TX_WRITE, collection_update,
     &speakers_collection, .body = BODY_JSON, .flags = ROUTE_IF_MATCH},
    {METHOD_DELETE, E "/speakers/{id}", "deleteSpeaker", ACCESS_HOST, TX_WRITE, collection_remove,
     &speakers_collection, .flags = ROUTE_IF_MATCH},
    {0},
};

static const struct feed_source feed[] = {
    {"speakers", "speakers", "row.event_id || '/public'", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"speakers", GET},
    {0},
};

const struct feature feature_speakers = {.name = "speakers",
                                         .reads = "sessions",
                                         .routes = routes,
                                         .sql = sql,
                                         .feed = feed,
                                         .documents = documents};

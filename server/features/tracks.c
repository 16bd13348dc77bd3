#include "features/tracks.h"

#include "db/feed.h"

#define TRACK "id, name, color, position, revision, updated_at AS \"updated_at:time\""
/* By position, then name: positions have at most six digits, so with a million added they sort as text. */
#define PLACE "CAST(1000000 + position AS TEXT) || name"

static const char LIST[] = "SELECT " TRACK ", " PLACE " AS _key FROM tracks"
                           " WHERE event_id = :event AND (" PLACE ", id) > (:after_key, :after_id)"
                           " ORDER BY " PLACE ", id LIMIT :limit";
static const char GET[] = "SELECT " TRACK " FROM tracks WHERE id = :id AND event_id = :event";
static const char INSERT[] =
    "INSERT INTO tracks (id, event_id, name, color, position, created_at, updated_at)"
    " VALUES (:id, :event, :name, :color, :position, :now, :now)";
static const char UPDATE[] =
    "UPDATE tracks SET name = :name, color = :color, position = :position,"
    " revision = revision + 1, updated_at = :now WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM tracks WHERE id = :id AND event_id = :event";

static const char *const sql[] = {LIST, GET, INSERT, UPDATE, REMOVE, NULL};

static const struct field fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"color", FIELD_COLOR, FIELD_NULLABLE},
    {"position", FIELD_INT, 0, 0, 100000, .preset = "0"},
    {0},
};

const struct collection tracks_collection = {
    .noun = "track",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .conflict = "a track of that name, or that id, exists",
};

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/tracks", "listTracks", ACCESS_ANYONE, TX_READ, collection_list, &tracks_collection,
     .query = "limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, E "/tracks", "createTrack", ACCESS_HOST, TX_WRITE, collection_create, &tracks_collection,
     .body = BODY_JSON},
    {METHOD_GET, E "/tracks/{id}", "getTrack", ACCESS_ANYONE, TX_READ, collection_get, &tracks_collection,
     .vary = VARY_NOBODY},
    {METHOD_PATCH, E "/tracks/{id}", "updateTrack", ACCESS_HOST, TX_WRITE, collection_update,
     &tracks_collection, .body = BODY_JSON, .flags = ROUTE_IF_MATCH},
    {METHOD_DELETE, E "/tracks/{id}", "deleteTrack", ACCESS_HOST, TX_WRITE, collection_remove,
     &tracks_collection, .flags = ROUTE_IF_MATCH},
    {0},
};

static const struct feed_source feed[] = {
    {"tracks", "tracks", "row.event_id || '/public'", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"tracks", GET},
    {0},
};

const struct feature feature_tracks = {.name = "tracks",
                                       .reads = "sessions",
                                       .routes = routes,
                                       .sql = sql,
                                       .feed = feed,
                                       .documents = documents};

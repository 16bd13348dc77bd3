#include "features/rooms.h"

#include "db/feed.h"
#include "features/session_changes.h"

#define ROOM "id, name, capacity, location, position, revision, updated_at AS \"updated_at:time\""
/* By position, then name: positions have at most six digits, so with a million added they sort as text. */
#define PLACE "CAST(1000000 + position AS TEXT) || name"

static const char LIST[] = "SELECT " ROOM ", " PLACE " AS _key FROM rooms"
                           " WHERE event_id = :event AND (" PLACE ", id) > (:after_key, :after_id)"
                           " ORDER BY " PLACE ", id LIMIT :limit";
static const char GET[] = "SELECT " ROOM " FROM rooms WHERE id = :id AND event_id = :event";
static const char INSERT[] =
    "INSERT INTO rooms (id, event_id, name, location, capacity, position, created_at, updated_at)"
    " VALUES (:id, :event, :name, :location, :capacity, :position, :now, :now)";
static const char UPDATE[] = "UPDATE rooms SET name = :name, location = :location, capacity = :capacity,"
                             " position = :position, revision = revision + 1, updated_at = :now"
                             " WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM rooms WHERE id = :id AND event_id = :event";

static const char *const sql[] = {LIST, GET, INSERT, UPDATE, REMOVE, NULL};

static const struct field fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"location", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"capacity", FIELD_INT, FIELD_NULLABLE, 0, 100000},
    {"position", FIELD_INT, 0, 0, 100000, .preset = "0"},
    {0},
};

const struct collection rooms_collection = {
    .noun = "room",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .removing = session_changes_room_goes,
    .conflict = "a room of that name, or that id, exists",
};

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/rooms", "listRooms", ACCESS_ANYONE, TX_READ, collection_list, &rooms_collection,
     .query = "limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, E "/rooms", "createRoom", ACCESS_HOST, TX_WRITE, collection_create, &rooms_collection,
     .body = BODY_JSON},
    {METHOD_GET, E "/rooms/{id}", "getRoom", ACCESS_ANYONE, TX_READ, collection_get, &rooms_collection,
     .vary = VARY_NOBODY},
    {METHOD_PATCH, E "/rooms/{id}", "updateRoom", ACCESS_HOST, TX_WRITE, collection_update, &rooms_collection,
     .body = BODY_JSON, .flags = ROUTE_IF_MATCH},
    {METHOD_DELETE, E "/rooms/{id}", "deleteRoom", ACCESS_HOST, TX_WRITE, collection_remove,
     &rooms_collection, .flags = ROUTE_IF_MATCH},
    {0},
};

static const struct feed_source feed[] = {
    {"rooms", "rooms", "row.event_id || '/public'", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"rooms", GET},
    {0},
};

const struct feature feature_rooms = {
    .name = "rooms", .reads = "sessions", .routes = routes, .sql = sql, .feed = feed, .documents = documents};

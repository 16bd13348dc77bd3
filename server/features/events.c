#include "features/events.h"

#include "base/clock.h"
#include "db/feed.h"
#include "features/collection.h"
#include "http/house.h"
#include "http/scope.h"

/* When its people, or what they wrote, will be gone: features/retention.h. */
#define PURGE(what)                                                                                          \
    "CASE WHEN e.ends_at > e.created_at THEN e.ends_at ELSE e.created_at END + e." #what "_days * 86400000"  \
    " AS \"" #what "_purge_at:time\", e." #what "_purged_at AS \"" #what "_purged_at:time\""
/* Done before, and not due any more: it will be done again. */
#define UNPURGE(what)                                                                                        \
#what "_purged_at = CASE WHEN CASE WHEN :ends_at > created_at THEN :ends_at ELSE created_at END"         \
          " + :" #what "_days * 86400000 > :now THEN NULL ELSE " #what "_purged_at END"
#define EVENT                                                                                                \
    "e.id, e.slug, e.name, e.kind, e.starts_at AS \"starts_at:time\", e.ends_at AS \"ends_at:time\", "       \
    "e.zone, e.venue,"                                                                                       \
    " e.hashtag, e.host, e.motto, e.description, e.public AS \"public:bool\","                               \
    " e.directory_days, " PURGE(directory) ", e.responses_days, " PURGE(                                     \
        responses) ", e.revision, e.updated_at AS \"updated_at:time\""

#define PAGE "(e.starts_at, e.id) > (:after_key, :after_id) ORDER BY e.starts_at, e.id LIMIT :limit"

static const char LIST_ALL[] = "SELECT " EVENT ", e.starts_at AS _key FROM events e WHERE " PAGE;
/* The token's, and those of an organizer's account. */
static const char LIST_OWN[] =
    "SELECT " EVENT ", e.starts_at AS _key FROM events e WHERE e.id IN (SELECT :event UNION ALL"
    " SELECT oe.event_id FROM participants p JOIN organizer_events oe ON oe.organizer_id = p.organizer_id"
    " WHERE p.id = :participant AND :organizer = 1) AND " PAGE;
static const char GET[] = "SELECT " EVENT " FROM events e WHERE e.id = :id";
static const char INSERT[] =
    "INSERT INTO events (id, slug, name, kind, starts_at, ends_at, zone, venue, "
    "hashtag, host, motto, description, public, directory_days, responses_days, created_at, updated_at)"
    " VALUES (:id, :slug, :name, :kind, :starts_at, :ends_at, :zone, :venue, "
    ":hashtag, :host, :motto, :description, :public, :directory_days, :responses_days, :now, :now)";
static const char UPDATE[] =
    "UPDATE events SET slug = :slug, name = :name, kind = :kind, starts_at = :starts_at, ends_at = :ends_at, "
    "zone = :zone,"
    " venue = :venue, hashtag = :hashtag, host = :host, motto = :motto, description = :description,"
    " public = :public, directory_days = :directory_days, responses_days = :responses_days, " UNPURGE(
        directory) ", " UNPURGE(responses) ","
                                           " revision = revision + 1, updated_at = :now WHERE id = :id";
static const char OWN[] =
    "INSERT INTO organizer_events (organizer_id, event_id)"
    " SELECT organizer_id, :id FROM participants WHERE id = :participant AND organizer_id IS NOT NULL";

static const char *const sql[] = {LIST_ALL, LIST_OWN, GET, INSERT, UPDATE, OWN, NULL};

static const struct field fields[] = {
    {"slug", FIELD_SLUG, FIELD_REQUIRED, 4, 64},
    {"name", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"kind", FIELD_ENUM, FIELD_REQUIRED, .values = "convening training meeting"},
    {"starts_at", FIELD_TIME, FIELD_REQUIRED},
    {"ends_at", FIELD_TIME, FIELD_REQUIRED},
    {"zone", FIELD_ZONE, FIELD_REQUIRED},
    {"venue", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"hashtag", FIELD_TEXT, FIELD_NULLABLE, 1, 100},
    {"host", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"motto", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"description", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {"public", FIELD_BOOL, 0, .preset = "false"},
    {"directory_days", FIELD_INT, 0, 0, 3650, .preset = "7"},
    {"responses_days", FIELD_INT, 0, 0, 3650, .preset = "90"},
    {0},
};

static enum err check(struct request *rq, struct values *v, struct query *current)
{
    if (collection_int(v, "ends_at", current) <= collection_int(v, "starts_at", current))
        invalid(rq, "/ends_at", "must be after starts_at");
    return invalid_result(rq);
}

/* The list of events in memory follows the table's. */
static void reload(struct request *rq)
{
    scope_reload(rq->house->scope, rq->house->db);
}

static enum err saved(struct request *rq, struct str id, const struct values *v, bool created)
{
    const struct value *zone = fields_get(v, "zone");
    if (zone->set) /* the reply is what a GET will give */
        rq->zone = scope_zone(rq->house->scope, arena_strndup(rq->arena, zone->text.ptr, zone->text.len));
    if (created) {
        struct query *q = request_sql(rq, OWN);
        query_text(q, ":id", id);
        query_run(q);
    }
    rq->after_commit = reload;
    return ERR_OK;
}

/* Times of events stand in the zone of the event: one zone a reply, so the single ones only. */
static const struct collection events = {
    .noun = "event",
    .fields = fields,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .key = KEY_INT,
    .check = check,
    .saved = saved,
    .conflict = "an event of that slug, or that id, exists",
};

static enum err list_events(struct request *rq)
{
    return collection_page(rq, request_sql(rq, rq->who.role == ROLE_ADMIN ? LIST_ALL : LIST_OWN), KEY_INT);
}

/* A new event has a zone before it has a row: its reply, and the same again, are written in it. */
static enum err create_event(struct request *rq)
{
    const char *zone = json_string_value(json_object_get(rq->json, "zone"));
    rq->zone = zone ? scope_zone(rq->house->scope, zone) : NULL;
    return collection_create(rq);
}

/* The path names the event by id or slug; the collection wants its id. */
static enum err with_id(struct request *rq, enum err (*handler)(struct request *))
{
    rq->param_names[0] = STR("id");
    rq->params[0] = str_of(rq->event->id);
    return handler(rq);
}

static enum err get_event(struct request *rq)
{
    return with_id(rq, collection_get);
}

static enum err update_event(struct request *rq)
{
    return with_id(rq, collection_update);
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/events", "listEvents", ACCESS_ANYONE, TX_READ, list_events, &events,
     .query = "limit cursor"},
    {METHOD_POST, "/v1/events", "createEvent", ACCESS_HOST, TX_WRITE, create_event, &events,
     .body = BODY_JSON},
    {METHOD_GET, "/v1/events/{event}", "getEvent", ACCESS_ANYONE, TX_READ, get_event, &events,
     .vary = VARY_NOBODY},
    {METHOD_PATCH, "/v1/events/{event}", "updateEvent", ACCESS_HOST, TX_WRITE, update_event, &events,
     .body = BODY_JSON, .flags = ROUTE_IF_MATCH},
    {0},
};

static const struct feed_source feed[] = {
    {"events", "event", "row.id || '/public'", "row.id",
     .columns = "revision, directory_purged_at, responses_purged_at"}, /* not its counters */
    {0},
};

static const struct document documents[] = {
    {"event", GET},
    {0},
};

const struct feature feature_events = {
    .name = "events", .reads = "admin", .routes = routes, .sql = sql, .feed = feed, .documents = documents};

#include "features/announcements.h"

#include "db/feed.h"
#include "features/collection.h"
#include "features/markdown.h"

#define ANNOUNCEMENT                                                                                         \
    "id, title, body, body_html, priority, session_id, published_at AS \"published_at:time\", revision,"     \
    " updated_at AS \"updated_at:time\""
/* One that is dated ahead waits: until then organizers alone see it. */
#define VISIBLE "event_id = :event AND (:organizer = 1 OR published_at <= :now)"

/* Newest first with a cursor that only goes up: the key is the negated time. */
static const char LIST[] = "SELECT " ANNOUNCEMENT ", -published_at AS _key FROM announcements WHERE " VISIBLE
                           " AND (-published_at, id) > (:after_key, :after_id)"
                           " ORDER BY -published_at, id LIMIT :limit";
static const char GET[] = "SELECT " ANNOUNCEMENT " FROM announcements WHERE id = :id AND " VISIBLE;
/* A pull's clock stands still from its beginning, and it is not asked again: what was published while it
 * waited for its turn is not dated ahead. */
static const char DOCUMENT[] = "SELECT " ANNOUNCEMENT " FROM announcements WHERE id = :id AND"
                               " event_id = :event AND (:organizer = 1 OR published_at <= :now + 10000)";
static const char INSERT[] =
    "INSERT INTO announcements (id, event_id, title, body, body_html, priority, session_id, published_at,"
    " created_at, updated_at)"
    " VALUES (:id, :event, :title, :body, :body_html, :priority, :session_id, :published_at, :now, :now)";
static const char UPDATE[] =
    "UPDATE announcements SET title = :title, body = :body, body_html = :body_html, priority = :priority,"
    " session_id = :session_id, published_at = :published_at,"
    " revision = revision + 1, updated_at = :now WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM announcements WHERE id = :id AND event_id = :event";
static const char SESSION[] = "SELECT 1 FROM sessions WHERE id = :session_id AND event_id = :event";

/* A row that is dated ahead was last written before its time. */
static const char PUBLISH[] =
    "UPDATE announcements SET updated_at = :now WHERE published_at <= :now AND published_at > updated_at";

static const char *const sql[] = {LIST, GET, DOCUMENT, INSERT, UPDATE, REMOVE, SESSION, NULL};

static const struct field fields[] = {
    {"title", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"body", FIELD_PROSE, FIELD_REQUIRED, 1, 8000},
    {"priority", FIELD_ENUM, 0, .values = "normal high urgent", .preset = "normal"},
    {"session_id", FIELD_ID, FIELD_NULLABLE},
    {"published_at", FIELD_TIME, 0},
    {0},
};

static enum err check(struct request *rq, struct values *v, struct query *current)
{
    const struct value *session = fields_get(v, "session_id");
    struct value *published = fields_at(v, "published_at");
    if (!current && !published->text.ptr)
        *published = (struct value){.set = true, .text = STR("now"), .integer = rq->now};
    if (session->text.ptr) {
        struct query *q = request_sql(rq, SESSION);
        query_text(q, ":session_id", session->text);
        if (!query_row(q))
            invalid(rq, "/session_id", "names no session of this event");
    }
    return ERR_OK;
}

/* Made once, when it is written: it is read by everybody. */
static void bind(struct request *rq, struct query *q, const struct values *v, struct query *current)
{
    struct buf html;
    struct str body = collection_text(v, "body", current);
    buf_init(&html, rq->arena, 2 * body.len + 64);
    markdown_html(&html, body);
    query_text(q, ":body_html", buf_view(&html));
}

static const struct collection announcements = {
    .noun = "announcement",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .key = KEY_INT,
    .check = check,
    .bind = bind,
    .conflict = "an announcement of that id exists",
};

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/announcements", "listAnnouncements", ACCESS_ANYONE, TX_READ, collection_list,
     &announcements, .query = "limit cursor", .vary = VARY_ROLE, .flags = ROUTE_TIMED},
    {METHOD_POST, E "/announcements", "createAnnouncement", ACCESS_HOST, TX_WRITE, collection_create,
     &announcements, .body = BODY_JSON},
    {METHOD_GET, E "/announcements/{id}", "getAnnouncement", ACCESS_ANYONE, TX_READ, collection_get,
     &announcements, .vary = VARY_ROLE, .flags = ROUTE_TIMED},
    {METHOD_PATCH, E "/announcements/{id}", "updateAnnouncement", ACCESS_HOST, TX_WRITE, collection_update,
     &announcements, .body = BODY_JSON},
    {METHOD_DELETE, E "/announcements/{id}", "deleteAnnouncement", ACCESS_HOST, TX_WRITE, collection_remove,
     &announcements},
    {0},
};

static const struct feed_source feed[] = {
    {"announcements", "announcements", "row.event_id || '/organizers'", "row.id"},
    {"announcements", "announcements", "row.event_id || '/public'", "row.id",
     .visible = "row.published_at <= row.updated_at"},
    {0},
};

static const char *const due[] = {PUBLISH, NULL};

static const struct document documents[] = {
    {"announcements", DOCUMENT},
    {0},
};

const struct feature feature_announcements = {.name = "announcements",
                                              .reads = "sessions",
                                              .routes = routes,
                                              .sql = sql,
                                              .feed = feed,
                                              .documents = documents,
                                              .due = due};

#include "features/bookmarks.h"

#include "db/feed.h"
#include "features/collection.h"

/* In the order of marking. Times have thirteen digits until the year 2286, so they sort as text; with the
 * session's id the key is unique, and the cursor needs no second part. */
#define ORDER "CAST(b.created_at AS TEXT) || b.session_id"

static const char LIST[] =
    "SELECT b.session_id, b.created_at AS \"created_at:time\", " ORDER " AS _key"
    " FROM bookmarks b JOIN sessions s ON s.id = b.session_id"
    " WHERE b.participant_id = :participant AND s.event_id = :event AND s.status <> 'draft'"
    " AND (" ORDER ", '') > (:after_key, :after_id) ORDER BY " ORDER " LIMIT :limit";
static const char GET[] =
    "SELECT session_id AS id, session_id, created_at AS \"created_at:time\" FROM bookmarks"
    " WHERE participant_id = :participant AND session_id = :id";
static const char SESSION[] =
    "SELECT 1 FROM sessions WHERE id = :session_id AND event_id = :event AND status <> 'draft'";
static const char PUT[] =
    "INSERT INTO bookmarks (participant_id, session_id, created_at)"
    " VALUES (:participant, :session_id, :now) ON CONFLICT (participant_id, session_id) DO NOTHING";
static const char REMOVE[] =
    "DELETE FROM bookmarks WHERE participant_id = :participant AND session_id = :session_id"
    " AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = bookmarks.session_id AND s.event_id = :event)";

/* It was there once and has been removed: the feed remembers. */
static const char REMOVED[] =
    "SELECT 1 FROM feed WHERE scope = 'user/' || :participant AND collection = 'bookmarks'"
    " AND doc_id = :session_id AND visible = 0";

static const char *const sql[] = {LIST, GET, SESSION, PUT, REMOVE, REMOVED, NULL};

static struct query *with_session(struct request *rq, const char *statement)
{
    struct query *q = request_sql(rq, statement);
    query_text(q, ":session_id", request_param(rq, "session_id"));
    return q;
}

static enum err list(struct request *rq)
{
    return collection_page(rq, request_sql(rq, LIST), KEY_TEXT);
}

static enum err put(struct request *rq)
{
    if (!query_row(with_session(rq, SESSION)))
        return fail(rq, ERR_NOT_FOUND, "there is no such session");
    query_run(with_session(rq, PUT));
    return reply_no_content(rq);
}

/* A bookmark that is gone stays gone: only a session that nobody can see is an error. */
static enum err take(struct request *rq)
{
    struct query *q = with_session(rq, REMOVE);
    query_run(q);
    if (!query_changes(q) && !query_row(with_session(rq, SESSION)))
        return fail(rq, ERR_NOT_FOUND, "there is no such session");
    return reply_no_content(rq);
}

static struct query *about(struct conn *c, const char *statement, const char *name, struct str session)
{
    struct query *q = query_get(c, statement);
    query_text(q, name, session);
    return q;
}

bool bookmark_put(struct conn *c, struct str session, enum bookmark_base base, bool wanted)
{
    bool stored = query_row(about(c, GET, ":id", session));
    if (stored == wanted)
        return true;
    if (!wanted && base == BASE_THERE) {
        query_run(about(c, REMOVE, ":session_id", session));
        return true;
    }
    bool stale = base != BASE_GONE && query_row(about(c, REMOVED, ":session_id", session));
    if (!wanted || stale || !query_row(about(c, SESSION, ":session_id", session)))
        return false;
    query_run(about(c, PUT, ":session_id", session));
    return true;
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/bookmarks", "listBookmarks", ACCESS_PARTICIPANT, TX_READ, list, .query = "limit cursor"},
    {METHOD_PUT, E "/bookmarks/{session_id}", "putBookmark", ACCESS_PARTICIPANT, TX_WRITE, put},
    {METHOD_DELETE, E "/bookmarks/{session_id}", "deleteBookmark", ACCESS_PARTICIPANT, TX_WRITE, take},
    {0},
};

static const struct feed_source feed[] = {
    {"bookmarks", "bookmarks", "'user/' || row.participant_id", "row.session_id"},
    {0},
};

static const struct document documents[] = {
    {"bookmarks", GET},
    {0},
};

const struct feature feature_bookmarks = {.name = "bookmarks",
                                          .reads = "sessions sync",
                                          .routes = routes,
                                          .sql = sql,
                                          .feed = feed,
                                          .documents = documents};

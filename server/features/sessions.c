#include "features/sessions.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "base/zone.h"
#include "db/feed.h"
#include "features/session_changes.h"
#include "features/session_shift.h"
#include "features/sessions_import.h"

enum { SPEAKERS_MAX = 100, OBJECTIVES_MAX = 100, TITLE_SHOWN = 200, DAY_MS = 86400000 };

#define KINDS "plenary keynote panel workshop breakout break meal registration training meeting other"

#define SESSION                                                                                              \
    "s.id, s.title, s.abstract, s.kind, s.starts_at AS \"starts_at:time\", s.ends_at AS \"ends_at:time\","   \
    " s.room_id, s.track_id, (SELECT group_concat(o.speaker_id, ' ') FROM (SELECT speaker_id FROM"           \
    " session_speakers WHERE session_id = s.id ORDER BY position) o) AS \"speaker_ids:list\", s.capacity,"   \
    " s.status, s.learning_objectives AS \"learning_objectives:json\", s.revision,"                          \
    " s.updated_at AS \"updated_at:time\""
#define VISIBLE "s.event_id = :event AND (:organizer = 1 OR s.status <> 'draft')"

static const char LIST[] =
    "SELECT " SESSION ", s.starts_at AS _key FROM sessions s WHERE " VISIBLE
    " AND s.starts_at >= :from AND s.starts_at < :to"
    " AND (:track IS NULL OR s.track_id = :track) AND (:room IS NULL OR s.room_id = :room)"
    " AND (:kind IS NULL OR s.kind = :kind) AND (:q IS NULL OR s.search LIKE :q ESCAPE '\\')"
    " AND (s.starts_at, s.id) > (:after_key, :after_id) ORDER BY s.starts_at, s.id LIMIT :limit";
static const char GET[] = "SELECT " SESSION " FROM sessions s WHERE s.id = :id AND " VISIBLE;
static const char INSERT[] =
    "INSERT INTO sessions (id, event_id, title, abstract, kind, starts_at, ends_at, room_id, track_id, "
    "capacity,"
    " status, learning_objectives, search, number, created_at, updated_at)"
    " SELECT :id, :event, :title, :abstract, :kind, :starts_at, :ends_at, :room_id, :track_id, :capacity,"
    " :status, :learning_objectives, :search, session_number, :now, :now FROM events WHERE id = :event";
/* Before each insert: a number is given once, so one of a session that was removed is not given again. */
static const char NUMBER[] = "UPDATE events SET session_number = session_number + 1 WHERE id = :event";
static const char UPDATE[] =
    "UPDATE sessions SET title = :title, abstract = :abstract, kind = :kind, starts_at = :starts_at,"
    " ends_at = :ends_at, room_id = :room_id, track_id = :track_id, capacity = :capacity, status = :status,"
    " learning_objectives = :learning_objectives, search = :search,"
    " revision = revision + 1, updated_at = :now WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM sessions WHERE id = :id AND event_id = :event";

static const char ROOM[] = "SELECT 1 FROM rooms WHERE id = :id AND event_id = :event";
static const char TRACK[] = "SELECT 1 FROM tracks WHERE id = :id AND event_id = :event";
static const char SPEAKER[] = "SELECT 1 FROM speakers WHERE id = :id AND event_id = :event";
static const char IN_ROOM[] = "SELECT title, starts_at, ends_at FROM sessions WHERE event_id = :event AND "
                              "room_id = :room_id AND id <> :id"
                              " AND status <> 'cancelled' AND starts_at < :ends_at AND ends_at > :starts_at "
                              "ORDER BY starts_at, id LIMIT 1";
static const char ANY_PUBLIC[] =
    "SELECT 1 FROM sessions WHERE event_id = :event AND status <> 'draft' LIMIT 1";

static const char NO_SPEAKERS[] = "DELETE FROM session_speakers WHERE session_id = :id";
static const char ADD_SPEAKER[] = "INSERT INTO session_speakers (session_id, speaker_id, position)"
                                  " VALUES (:id, :speaker_id, :position)";
static const char DRAFTS[] =
    "SELECT id FROM sessions WHERE event_id = :event AND status = 'draft' ORDER BY starts_at, id";
static const char PUBLISH[] =
    "UPDATE sessions SET status = 'scheduled', revision = revision + 1, updated_at = :now"
    " WHERE event_id = :event AND status = 'draft'";

static const char *const sql[] = {LIST,        GET,     INSERT,  UPDATE,     REMOVE, ROOM,
                                  TRACK,       SPEAKER, IN_ROOM, ANY_PUBLIC, NUMBER, NO_SPEAKERS,
                                  ADD_SPEAKER, DRAFTS,  PUBLISH, NULL};

static const struct field fields[] = {
    {"title", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"abstract", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {"kind", FIELD_ENUM, 0, .values = KINDS, .preset = "other"},
    {"starts_at", FIELD_TIME, FIELD_REQUIRED},
    {"ends_at", FIELD_TIME, FIELD_REQUIRED},
    {"room_id", FIELD_ID, FIELD_NULLABLE},
    {"track_id", FIELD_ID, FIELD_NULLABLE},
    {"speaker_ids", FIELD_IDS, 0, 0, SPEAKERS_MAX},
    {"capacity", FIELD_INT, FIELD_NULLABLE, 0, 100000},
    {"status", FIELD_ENUM, 0, .values = "draft scheduled moved cancelled"},
    {"learning_objectives", FIELD_TEXTS, 0, 0, OBJECTIVES_MAX, .preset = "[]"},
    {0},
};

/* --- the list and its filters --- */

/* A day of the event's zone, which may have 23 or 25 hours, as [from, to). */
static enum err bind_day(struct request *rq, struct query *q)
{
    struct str day = request_query(rq, "day");
    int64_t days, from = INT64_MIN, to = INT64_MAX;
    if (day.ptr) {
        if (!clock_parse_date(day, &days))
            return fail(rq, ERR_BAD_REQUEST, "day is a date, YYYY-MM-DD");
        from = days * DAY_MS;
        to = from + DAY_MS;
        if (rq->zone) {
            from = zone_to_utc(rq->zone, from);
            to = zone_to_utc(rq->zone, to);
        }
    }
    query_int(q, ":from", from);
    query_int(q, ":to", to);
    return ERR_OK;
}

static enum err bind_id(struct request *rq, struct query *q, const char *name)
{
    struct str id = request_query(rq, name + 1);
    if (id.ptr && !uuid_is(id))
        return fail(rq, ERR_BAD_REQUEST, "%s is an id, a lower-case UUID", name + 1);
    query_text(q, name, id);
    return ERR_OK;
}

static enum err bind_kind(struct request *rq, struct query *q)
{
    struct str kind = request_query(rq, "kind"), rest = STR(KINDS);
    bool known = !kind.ptr;
    while (rest.len && !known)
        known = str_eq(str_split(&rest, ' '), kind);
    if (!known)
        return fail(rq, ERR_BAD_REQUEST, "kind is one of: " KINDS);
    query_text(q, ":kind", kind);
    return ERR_OK;
}

static enum err list(struct request *rq)
{
    struct query *q = request_sql(rq, LIST);
    struct str pattern = {0};
    enum err err = bind_day(rq, q);
    if (err == ERR_OK)
        err = bind_id(rq, q, ":track");
    if (err == ERR_OK)
        err = bind_id(rq, q, ":room");
    if (err == ERR_OK)
        err = bind_kind(rq, q);
    if (err == ERR_OK)
        err = collection_pattern(rq, &pattern);
    if (err != ERR_OK)
        return err;
    query_text(q, ":q", pattern);
    return collection_page(rq, q, KEY_INT);
}

/* --- what must hold --- */

/* A write's knowledge of before, kept between check() and saved(). */
struct step_of {
    bool published; /* the event's agenda was public */
    struct session_facts before;
};

static bool is_here(struct request *rq, const char *statement, struct str id)
{
    struct query *q = request_sql(rq, statement);
    query_text(q, ":id", id);
    return query_row(q);
}

static void check_references(struct request *rq, const struct values *v)
{
    const struct value *room = fields_get(v, "room_id"), *track = fields_get(v, "track_id");
    const struct value *speakers = fields_get(v, "speaker_ids");
    if (room->text.ptr && !is_here(rq, ROOM, room->text))
        invalid(rq, "/room_id", "names no room of this event");
    if (track->text.ptr && !is_here(rq, TRACK, track->text))
        invalid(rq, "/track_id", "names no track of this event");
    for (size_t i = 0; i < speakers->n; i++)
        if (!is_here(rq, SPEAKER, speakers->list[i]))
            invalid(rq, arena_printf(rq->arena, "/speaker_ids/%zu", i), "names no speaker of this event");
}

/* As much of a text as a sentence bears, cut between code points. */
static int shown(struct str s)
{
    size_t n = s.len < TITLE_SHOWN ? s.len : TITLE_SHOWN;
    while (n < s.len && n && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* Times are named in the event's zone. */
enum err session_room_taken(struct request *rq, struct str title, int64_t starts_at, int64_t ends_at)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    clock_format(from, starts_at, rq->zone);
    clock_format(to, ends_at, rq->zone);
    return fail(rq, ERR_CONFLICT, "the room is taken from %s to %s by \"%.*s\"; with ?force=true both stand",
                from, to, shown(title), title.ptr);
}

static enum err check_room(struct request *rq, const struct session_facts *after)
{
    struct str id = request_param(rq, "id");
    struct query *q = request_sql(rq, IN_ROOM);
    query_text(q, ":room_id", after->room_id);
    query_text(q, ":id", id.ptr ? id : STR(""));
    query_int(q, ":starts_at", after->starts_at);
    query_int(q, ":ends_at", after->ends_at);
    if (!query_row(q))
        return ERR_OK;
    return session_room_taken(rq, query_get_text(q, 0), query_get_int(q, 1), query_get_int(q, 2));
}

/* What a body leaves unsaid: a new session is public where others are, and one that moves under people's eyes
 * says so. */
static struct str status_of(const struct values *v, const struct step_of *step,
                            const struct session_facts *after)
{
    struct str given = fields_get(v, "status")->text;
    if (given.ptr)
        return given;
    if (!step->before.there)
        return step->published ? STR("scheduled") : STR("draft");
    return session_is_live(&step->before) && !session_same_place(&step->before, after) ? STR("moved")
                                                                                       : step->before.status;
}

/* A room is asked for by a session that is new, comes back or moves: another edit does not bring up an old
 * overlap. */
static bool takes_room(const struct session_facts *before, const struct session_facts *after)
{
    return after->room_id.ptr && !str_is(after->status, "cancelled") &&
           (!before->there || str_is(before->status, "cancelled") || !session_same_place(before, after));
}

/* An import looks at all of its rooms at once, before it writes. */
static bool checks_rooms(struct request *rq)
{
    return rq->route->of == &sessions_collection && !request_query_flag(rq, "force");
}

static enum err check(struct request *rq, struct values *v, struct query *current)
{
    struct step_of *step = rq->scratch = arena_zalloc(rq->arena, sizeof *step);
    if (!step)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    step->published = query_row(request_sql(rq, ANY_PUBLIC));
    if (current)
        step->before = session_facts_read(rq, query_named_text(current, "id"));
    struct session_facts after = {.there = true,
                                  .starts_at = collection_int(v, "starts_at", current),
                                  .ends_at = collection_int(v, "ends_at", current),
                                  .room_id = collection_text(v, "room_id", current)};
    after.status = status_of(v, step, &after);
    *fields_at(v, "status") = (struct value){.set = true, .text = after.status};
    if (after.ends_at <= after.starts_at)
        invalid(rq, "/ends_at", "must be after starts_at");
    check_references(rq, v);
    enum err err = invalid_result(rq);
    if (err == ERR_OK && takes_room(&step->before, &after) && checks_rooms(rq))
        err = check_room(rq, &after);
    if (err == ERR_OK && !current)
        query_run(request_sql(rq, NUMBER));
    return err;
}

/* --- what a write leaves --- */

static void bind(struct request *rq, struct query *q, const struct values *v, struct query *current)
{
    query_text(q, ":search",
               collection_search(rq, collection_text(v, "title", current),
                                 collection_text(v, "abstract", current),
                                 collection_text(v, "learning_objectives", current)));
}

static void set_speakers(struct request *rq, struct str id, const struct value *speakers)
{
    struct query *q = request_sql(rq, NO_SPEAKERS);
    query_text(q, ":id", id);
    query_run(q);
    for (size_t i = 0; i < speakers->n; i++) {
        q = request_sql(rq, ADD_SPEAKER);
        query_text(q, ":id", id);
        query_text(q, ":speaker_id", speakers->list[i]);
        query_int(q, ":position", (int64_t)i);
        query_run(q);
    }
}

static enum err saved(struct request *rq, struct str id, const struct values *v, bool created)
{
    const struct step_of *step = rq->scratch;
    const struct value *speakers = fields_get(v, "speaker_ids");
    if (speakers->set)
        set_speakers(rq, id, speakers);
    /* The command line loads an agenda, it does not announce one: its first sessions are no news. */
    bool published = step->published && !(created && rq->who.role == ROLE_ADMIN);
    struct session_facts after = session_facts_read(rq, id);
    session_changes_record(rq, id, &step->before, &after, published);
    return ERR_OK;
}

const struct collection sessions_collection = {
    .noun = "session",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .key = KEY_INT,
    .check = check,
    .bind = bind,
    .saved = saved,
    .conflict = "a session of that id exists",
};

void session_json(struct request *rq, struct str id, struct buf *out)
{
    struct query *q = request_sql(rq, GET);
    query_text(q, ":id", id);
    if (query_row(q))
        query_json(q, out, rq->zone);
}

static enum err remove_session(struct request *rq)
{
    struct str id = request_param(rq, "id");
    struct session_facts before = session_facts_read(rq, id), gone = {0};
    enum err err = collection_remove(rq);
    if (err == ERR_OK)
        session_changes_record(rq, id, &before, &gone, true);
    return err;
}

/* --- publishing --- */

static void announce_drafts(struct request *rq)
{
    struct query *q = request_sql(rq, DRAFTS);
    while (query_row(q)) {
        struct session_facts before = session_facts_read(rq, query_get_text(q, 0)), after = before;
        after.status = STR("scheduled");
        session_changes_record(rq, query_get_text(q, 0), &before, &after, true);
    }
}

static enum err publish(struct request *rq)
{
    if (query_row(request_sql(rq, ANY_PUBLIC))) /* else all of it is new, and no change */
        announce_drafts(rq);
    struct query *q = request_sql(rq, PUBLISH);
    query_run(q);
    buf_printf(reply_json(rq, 200), "{\"published\":%d}", query_changes(q));
    return ERR_OK;
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/sessions", "listSessions", ACCESS_ANYONE, TX_READ, list, &sessions_collection,
     .query = "day track room kind q limit cursor", .vary = VARY_ROLE},
    {METHOD_POST, E "/sessions", "createSession", ACCESS_HOST, TX_WRITE, collection_create,
     &sessions_collection, .query = "force", .body = BODY_JSON},
    {METHOD_POST, E "/sessions/import", "importSessions", ACCESS_HOST, TX_NONE, sessions_import,
     .query = "dry_run force", .body = BODY_FILE},
    {METHOD_POST, E "/sessions/publish", "publishSessions", ACCESS_HOST, TX_WRITE, publish},
    {METHOD_POST, E "/sessions/shift", "shiftSessions", ACCESS_HOST, TX_WRITE, session_shift,
     .query = "force", .body = BODY_JSON},
    {METHOD_GET, E "/sessions/changes", "listSessionChanges", ACCESS_ANYONE, TX_READ, session_changes_list,
     .query = "since limit cursor", .vary = VARY_NOBODY},
    {METHOD_GET, E "/sessions/{id}", "getSession", ACCESS_ANYONE, TX_READ, collection_get,
     &sessions_collection, .vary = VARY_ROLE},
    {METHOD_PATCH, E "/sessions/{id}", "updateSession", ACCESS_HOST, TX_WRITE, collection_update,
     &sessions_collection, .query = "force", .body = BODY_JSON, .flags = ROUTE_IF_MATCH},
    {METHOD_DELETE, E "/sessions/{id}", "deleteSession", ACCESS_HOST, TX_WRITE, remove_session,
     &sessions_collection, .flags = ROUTE_IF_MATCH},
    {0},
};

/* Organizers hear of what all hear of; apart from that, of drafts. */
static const struct feed_source feed[] = {
    {"sessions", "sessions", "row.event_id || '/public'", "row.id", .visible = "row.status <> 'draft'"},
    {"sessions", "sessions", "row.event_id || '/organizers'", "row.id", .visible = "row.status = 'draft'"},
    {"session_speakers", "sessions", "s.event_id || '/public'", "s.id", .visible = "s.status <> 'draft'",
     .from = "sessions s WHERE s.id = row.session_id"},
    {"session_speakers", "sessions", "s.event_id || '/organizers'", "s.id", .visible = "s.status = 'draft'",
     .from = "sessions s WHERE s.id = row.session_id"},
    {0},
};

static const struct document documents[] = {
    {"sessions", GET},
    {0},
};

const struct feature feature_sessions = {.name = "sessions",
                                         .reads = "rooms tracks speakers",
                                         .routes = routes,
                                         .sql = sql,
                                         .feed = feed,
                                         .documents = documents};

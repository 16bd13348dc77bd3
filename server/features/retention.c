#include "features/retention.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/uuid.h"
#include "db/plain_copy.h"
#include "features/representation.h"
#include "http/audit.h"
#include "http/cache.h"
#include "http/fields.h"
#include "http/house.h"
#include "http/identity.h"
#include "http/scope.h"

#define DAY "86400000"
#define END "(CASE WHEN e.ends_at > e.created_at THEN e.ends_at ELSE e.created_at END)"
#define COMERS                                                                                               \
    "(EXISTS (SELECT 1 FROM attendees a WHERE a.event_id = e.id)"                                            \
    " OR EXISTS (SELECT 1 FROM participants p WHERE p.event_id = e.id AND p.organizer_id IS NULL))"

static const char DUE[] =
    "SELECT e.id, 'directory' FROM events e WHERE " END " + e.directory_days * " DAY " <= :now"
    " AND (e.directory_purged_at IS NULL OR (e.directory_purged_at <= :now - " DAY " AND " COMERS "))"
    " UNION ALL SELECT e.id, 'responses' FROM events e WHERE " END " + e.responses_days * " DAY " <= :now"
    " AND (e.responses_purged_at IS NULL OR (e.responses_purged_at <= :now - " DAY
    " AND EXISTS (SELECT 1 FROM worksheets w WHERE w.event_id = e.id))) LIMIT 1";

/* Of a first purge: a late comer's figures are not the event's. */
static const char KEEP_FIGURES[] =
    "INSERT INTO kept_figures (event_id, hosts, others, at) SELECT e.id, :hosts, :others, :now FROM events e"
    " WHERE e.id = :event AND e.directory_purged_at IS NULL"
    " AND EXISTS (SELECT 1 FROM attendees a WHERE a.event_id = :event)"
    " ON CONFLICT (event_id) DO UPDATE SET hosts = excluded.hosts, others = excluded.others,"
    " at = excluded.at";

static const char KEYS[] =
    "DELETE FROM create_keys WHERE scope >= :event || '/' AND scope < :event || '0'"; /* '0' is behind '/' */
static const char ATTENDEES[] = "DELETE FROM attendees WHERE event_id = :event";
static const char PARTICIPANTS[] = "DELETE FROM participants WHERE event_id = :event AND organizer_id IS NULL"
                                   " AND role IN ('attendee', 'member', 'lead', 'staff')";
static const char TAGS[] = "DELETE FROM item_tags WHERE event_id = :event";
static const char MARKS[] = "DELETE FROM item_marks WHERE event_id = :event";
/* Of the directory: walk-ins' names. */
static const char ENTRY_REJECTS[] =
    "DELETE FROM push_rejects WHERE event_id = :event AND collection = 'check_ins'";
static const char REJECTS[] = "DELETE FROM push_rejects WHERE event_id = :event";
static const char REDACTED[] =
    "DELETE FROM redacted_texts WHERE item_id IN (SELECT i.id FROM worksheets w JOIN items i"
    " ON i.worksheet_id = w.id WHERE w.event_id = :event AND (:team IS NULL OR w.team_id = :team))";
/* Before their worksheets: whose phones have an item is read from its worksheet. */
static const char ITEMS[] =
    "DELETE FROM items WHERE (:team IS NULL OR team_id = :team) AND worksheet_id IN (SELECT w.id"
    " FROM worksheets w WHERE w.event_id = :event AND (:team IS NULL OR w.team_id = :team))";
static const char WORKSHEETS[] =
    "DELETE FROM worksheets WHERE event_id = :event AND (:team IS NULL OR team_id = :team)";
static const char MARK_DIRECTORY[] = "UPDATE events SET directory_purged_at = :now WHERE id = :event";
static const char MARK_RESPONSES[] = "UPDATE events SET responses_purged_at = :now WHERE id = :event";

static const char *const sql[] = {ENTRY_REJECTS, DUE,        KEEP_FIGURES,   KEYS,           ATTENDEES,
                                  PARTICIPANTS,  TAGS,       MARKS,          REJECTS,        REDACTED,
                                  ITEMS,         WORKSHEETS, MARK_DIRECTORY, MARK_RESPONSES, NULL};

enum { FIGURES_MAX = 4 };

/* One purge of one event. */
struct purge {
    struct house *house;
    struct frame frame;
    char event[UUID_TEXT];
    bool responses; /* else the directory */
    const char *role;
    struct arena *arena;
    struct buf hosts, others; /* representation */
    int people, written;      /* how many of each went */
};

static int run(struct conn *c, const char *statement)
{
    struct query *q = query_get(c, statement);
    query_run(q);
    return query_changes(q);
}

static enum err remove_directory(struct conn *c, struct purge *p)
{
    struct query *q = query_get(c, KEEP_FIGURES);
    query_text(q, ":hosts", buf_view(&p->hosts));
    query_text(q, ":others", buf_view(&p->others));
    query_run(q);
    run(c, KEYS);
    run(c, ENTRY_REJECTS);
    p->people = run(c, ATTENDEES);
    p->written = run(c, PARTICIPANTS);
    return conn_error(c);
}

static enum err remove_responses(struct conn *c, struct purge *p)
{
    static const char *const others[] = {KEYS, TAGS, MARKS, REJECTS, REDACTED, ITEMS};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        run(c, others[i]);
    p->written = run(c, WORKSHEETS);
    return conn_error(c);
}

static enum err remove_all(struct conn *c, void *arg)
{
    struct purge *p = arg;
    return p->responses ? remove_responses(c, p) : remove_directory(c, p);
}

static enum err mark(struct conn *c, void *arg)
{
    struct purge *p = arg;
    char scope[96];
    snprintf(scope, sizeof scope,
             p->responses ? "responses worksheets=%d" : "directory participants=%d attendees=%d", p->written,
             p->people);
    run(c, p->responses ? MARK_RESPONSES : MARK_DIRECTORY);
    return audit_append(c, p->house->keys,
                        &(struct audit_row){.event = p->frame.event,
                                            .participant = p->frame.participant,
                                            .role = p->role,
                                            .action = STR("purge"),
                                            .scope = str_of(scope),
                                            .at = p->frame.now});
}

static enum err read_figures(struct purge *p, bool organizer, struct buf *out)
{
    struct frame frame = p->frame;
    frame.organizer = organizer;
    struct conn *c = db_read_begin(p->house->db, &frame);
    if (!c)
        return ERR_UNAVAILABLE;
    buf_init(out, p->arena, 1024);
    representation_write(c, out);
    enum err err = conn_error(c);
    db_read_end(c);
    return out->failed ? ERR_UNAVAILABLE : err;
}

/* What was deleted is nowhere in memory that is answered from, and opens nothing. */
static void forget(struct purge *p)
{
    struct house *h = p->house;
    for (int f = 0; h->features[f]; f++)
        scope_changed(h->scope, scope_find(h->scope, p->frame.event), f);
    identity_revoked(h->identity);
    cache_clear(h->cache);
}

static enum err carry_out(struct purge *p)
{
    enum err err = p->responses ? ERR_OK : read_figures(p, true, &p->hosts);
    if (err == ERR_OK && !p->responses)
        err = read_figures(p, false, &p->others);
    if (err == ERR_OK)
        err = db_write(p->house->db, &p->frame, remove_all, p);
    if (err != ERR_OK)
        return err;
    forget(p);
    err = db_compact(p->house->db);
    plain_copy_sweep(p->house->config->data);
    if (err == ERR_OK)
        err = db_write(p->house->db, &p->frame, mark, p);
    forget(p); /* the event has changed */
    log_line(err == ERR_OK ? LOG_INFO : LOG_ERROR, "purge", " event=%s what=%s worksheets=%d attendees=%d",
             p->event, p->responses ? "responses" : "directory", p->written, p->people);
    return err;
}

/* --- by the clock --- */

static bool find_due(struct house *house, int64_t now, struct purge *p)
{
    const struct frame frame = {.now = now, .organizer = true};
    struct conn *c = db_read_begin(house->db, &frame);
    struct query *q = c ? query_get(c, DUE) : NULL;
    bool found = q && query_row(q);
    *p = (struct purge){.house = house, .frame = frame, .role = "server"};
    if (found) {
        struct str id = query_get_text(q, 0);
        snprintf(p->event, sizeof p->event, "%.*s", (int)id.len, id.ptr);
        p->frame.event = str_of(p->event);
        p->responses = str_is(query_get_text(q, 1), "responses");
    }
    if (c)
        db_read_end(c);
    return found;
}

static enum err tick(struct house *house, int64_t now)
{
    struct purge p;
    enum err err = ERR_OK;
    while (err == ERR_OK && find_due(house, now, &p)) {
        struct arena arena;
        arena_init(&arena, NULL, 0);
        p.arena = &arena;
        err = carry_out(&p);
        arena_finish(&arena);
    }
    return err;
}

/* --- when told to --- */

static const struct field fields[] = {
    {"what", FIELD_ENUM, FIELD_REQUIRED, .values = "directory responses"},
    {"event", FIELD_TEXT, FIELD_REQUIRED, 1, 64},
    {0},
};

static enum err purge_event(struct request *rq)
{
    struct values v;
    enum err err = fields_read(rq, fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    if (!str_is(fields_get(&v, "event")->text, atomic_load(&rq->event->facts)->slug)) {
        invalid(rq, "/event", "must be the slug of the event that is meant: what is purged is gone");
        return invalid_result(rq);
    }
    struct purge p = {.house = rq->house,
                      .frame = rq->frame,
                      .responses = str_is(fields_get(&v, "what")->text, "responses"),
                      .role = role_name(rq->who.role),
                      .arena = rq->arena};
    snprintf(p.event, sizeof p.event, "%s", rq->event->id);
    err = carry_out(&p);
    if (err != ERR_OK)
        return fail(rq, err, "the purge did not come to its end; it goes on when it is asked for again");
    buf_printf(reply_json(rq, 200),
               "{\"what\":\"%s\",\"attendees\":%d,\"participants\":%d,\"worksheets\":%d}",
               p.responses ? "responses" : "directory", p.people, p.responses ? 0 : p.written,
               p.responses ? p.written : 0);
    return ERR_OK;
}

static const struct route routes[] = {
    {METHOD_POST, "/v1/events/{event}/purge", "purgeEvent", ACCESS_HOST, TX_NONE, purge_event,
     .body = BODY_JSON, .flags = ROUTE_NO_STORE},
    {0},
};

const struct feature feature_retention = {.name = "retention", .routes = routes, .sql = sql, .tick = tick};

#include "features/sessions_import.h"

#include "base/uuid.h"
#include "features/rooms.h"
#include "features/sessions.h"
#include "features/sessions_plan.h"
#include "features/speakers.h"
#include "features/tracks.h"

static const char SESSION_ORIGIN[] =
    "UPDATE sessions SET origin = :origin WHERE id = :id AND event_id = :event";
static const char SPEAKER_ORIGIN[] =
    "UPDATE speakers SET origin = :origin WHERE id = :id AND event_id = :event";

const char *const sessions_import_sql[] = {SESSION_ORIGIN, SPEAKER_ORIGIN, NULL};

/* --- writing --- */

static struct str new_id(struct request *rq)
{
    char *id = arena_alloc(rq->arena, UUID_TEXT);
    if (id)
        uuid_v7(id);
    return str_of(id);
}

static void set(struct values *values, const char *name, struct str text)
{
    *fields_at(values, name) = (struct value){.set = true, .text = text};
}

static void set_time(struct values *values, const char *name, int64_t ms)
{
    *fields_at(values, name) = (struct value){.set = true, .text = STR("set"), .integer = ms};
}

/* As collection_store(), which for sessions keeps what it knows in `scratch`. */
static enum err store(struct request *rq, const struct collection *c, struct str id, struct values *values,
                      bool create)
{
    void *agenda = rq->scratch;
    struct query *current = NULL;
    if (create) {
        fields_preset(values);
    } else {
        current = request_sql(rq, c->get);
        query_text(current, ":id", id);
        query_row(current);
    }
    enum err err = collection_store(rq, c, id, values, current);
    rq->scratch = agenda;
    return err;
}

static enum err keep_origin(struct request *rq, const char *sql, struct str id, struct str origin)
{
    struct query *q = request_sql(rq, sql);
    query_text(q, ":id", id);
    query_text(q, ":origin", origin);
    return query_run(q) == STEP_CONFLICT ? fail(rq, ERR_CONFLICT, "two things of one origin") : ERR_OK;
}

static enum err write_places(struct request *rq, const struct collection *c, struct named_place *place)
{
    enum err err = ERR_OK;
    for (; place && err == ERR_OK; place = place->next) {
        struct values values = {.fields = c->fields};
        set(&values, "name", place->name);
        place->id = new_id(rq);
        err = store(rq, c, place->id, &values, true);
    }
    return err;
}

static enum err write_speaker(struct request *rq, const struct agenda_import *a, struct incoming_speaker *p)
{
    struct values values = {.fields = speakers_collection.fields};
    bool create = !p->id.ptr;
    set(&values, "name", p->name);
    if (a->in.gives & INCOMING_BIOS) {
        set(&values, "title", p->title);
        set(&values, "bio", p->bio);
    }
    if (create)
        p->id = new_id(rq);
    enum err err = store(rq, &speakers_collection, p->id, &values, create);
    return err == ERR_OK && create && p->origin.ptr ? keep_origin(rq, SPEAKER_ORIGIN, p->id, p->origin) : err;
}

static enum err write_speakers(struct request *rq, const struct agenda_import *a)
{
    enum err err = ERR_OK;
    for (struct incoming_session *s = a->in.first; s; s = s->next)
        for (size_t i = 0; i < s->n_speakers && err == ERR_OK; i++) {
            struct incoming_speaker *p = s->speakers[i];
            if (p->same == p && (!p->id.ptr || p->changes)) {
                err = write_speaker(rq, a, p);
                p->changes = false;
            }
        }
    return err;
}

/* Named twice for one session, a person speaks once. */
static bool set_speakers(struct request *rq, struct values *values, const struct incoming_session *s)
{
    struct value *v = fields_at(values, "speaker_ids");
    *v =
        (struct value){.set = true, .list = arena_alloc(rq->arena, (s->n_speakers + 1) * sizeof(struct str))};
    for (size_t i = 0; i < s->n_speakers && v->list; i++) {
        bool again = false;
        for (size_t j = 0; j < v->n; j++)
            again = again || str_eq(v->list[j], s->speakers[i]->same->id);
        if (!again)
            v->list[v->n++] = s->speakers[i]->same->id;
    }
    return v->list != NULL;
}

static enum err write_session(struct request *rq, const struct agenda_import *a,
                              const struct incoming_session *s)
{
    struct values values = {.fields = sessions_collection.fields};
    struct str id = s->known ? s->known->id : new_id(rq);
    unsigned gives = a->in.gives;
    set(&values, "title", s->title);
    set_time(&values, "starts_at", s->starts_at);
    set_time(&values, "ends_at", s->ends_at);
    if (gives & INCOMING_ABSTRACT)
        set(&values, "abstract", s->abstract);
    if (s->kind.ptr)
        set(&values, "kind", s->kind);
    if (s->status.ptr)
        set(&values, "status", s->status);
    if (gives & INCOMING_ROOM)
        set(&values, "room_id", s->in_room ? s->in_room->id : (struct str){0});
    if (gives & INCOMING_TRACK)
        set(&values, "track_id", s->in_track ? s->in_track->id : (struct str){0});
    if (gives & INCOMING_SPEAKERS && !set_speakers(rq, &values, s))
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    enum err err = store(rq, &sessions_collection, id, &values, !s->known);
    return err == ERR_OK && !s->known ? keep_origin(rq, SESSION_ORIGIN, id, s->origin) : err;
}

static enum err write_rows(struct request *rq, const struct agenda_import *a)
{
    enum err err = write_places(rq, &rooms_collection, a->rooms.to_make);
    if (err == ERR_OK)
        err = write_places(rq, &tracks_collection, a->tracks.to_make);
    if (err == ERR_OK)
        err = write_speakers(rq, a);
    for (const struct incoming_session *s = a->in.first; s && err == ERR_OK; s = s->next)
        if (s->changes)
            err = write_session(rq, a, s);
    return err;
}

/* --- the request --- */

static struct buf *report(struct agenda_import *a)
{
    struct buf *out = import_report(&a->im);
    buf_printf(out,
               ",\"created\":%d,\"updated\":%d,\"unchanged\":%d,\"skipped\":%d,\"rooms_created\":%d,"
               "\"tracks_created\":%d,\"speakers_created\":%d,\"speakers_updated\":%d,\"room_overlaps\":%d",
               a->created, a->updated, a->unchanged, a->in.skipped, a->rooms.made, a->tracks.made,
               a->speakers_made, a->speakers_updated, a->overlaps);
    import_report_end(&a->im, out);
    return out;
}

static enum err repeat(struct request *rq, struct str answer)
{
    buf_str(reply_json(rq, 200), answer);
    return ERR_OK;
}

static enum err plan(struct request *rq)
{
    struct agenda_import *a = rq->scratch;
    struct str before;
    enum err err = import_find(&a->im, &before);
    if (err != ERR_OK)
        return err;
    return before.ptr ? repeat(rq, before) : sessions_plan(rq, a);
}

static enum err write_all(struct request *rq)
{
    struct agenda_import *a = rq->scratch;
    enum err err = plan(rq);
    if (err != ERR_OK || rq->reply.status)
        return err;
    if ((err = import_check(&a->im)) == ERR_OK)
        err = write_rows(rq, a);
    if (err == ERR_OK)
        import_keep(&a->im, buf_view(report(a)));
    return err;
}

static enum err read_file(struct request *rq, struct agenda_import *a)
{
    static bool (*const readers[])(struct incoming *) = {incoming_read_csv, incoming_read_sessionize,
                                                         incoming_read_schedule, incoming_read_schedule};
    int type;
    enum err err = import_open(&a->im, rq, "text/csv application/json application/xml text/xml", &type);
    if (err != ERR_OK)
        return err;
    if (type && a->im.file.len > INCOMING_BYTES)
        return fail(rq, ERR_TOO_LARGE, "an agenda may have %d bytes", INCOMING_BYTES);
    incoming_init(&a->in, &a->im, rq->zone);
    if (!readers[type](&a->in))
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    for (struct incoming_session *s = a->in.first; s; s = s->next)
        if (!s->faulty && s->ends_at <= s->starts_at)
            incoming_fault(&a->in, s, "ends_at", "the session ends before it starts, or as it does");
    return ERR_OK;
}

enum err sessions_import(struct request *rq)
{
    struct agenda_import *a = rq->scratch = arena_zalloc(rq->arena, sizeof *a);
    if (!a)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    a->force = request_query_flag(rq, "force");
    enum err err = read_file(rq, a);
    if (err == ERR_OK)
        err = request_transact(rq, TX_READ, plan);
    if (err != ERR_OK || rq->reply.status) /* or answered before */
        return err;
    if ((err = import_check(&a->im)) != ERR_OK)
        return err;
    if (!a->im.dry_run && (a->created || a->updated || a->speakers_updated))
        return request_transact(rq, TX_BULK, write_all);
    report(a);
    return ERR_OK;
}

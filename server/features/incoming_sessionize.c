/* incoming_sessionize.c - an agenda as Sessionize gives it to anyone who embeds it: GET
 * …/api/v2/{id}/view/All.
 *
 * Of its categories the one that is called a track is ours; its formats, levels and questions have no place
 * here. Sessions without a time, and those that are not accepted, are passed over and counted.
 */
#include <stdlib.h>
#include <string.h>

#include "features/incoming.h"
#include "http/body.h"

struct reader {
    struct incoming *a;
    json_t *root;
    struct lookup rooms, tracks, speakers; /* by id */
};

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR("");
}

/* Ids are numbers or texts. */
static struct str id_of(struct reader *r, const json_t *v)
{
    if (json_is_integer(v))
        return str_of(arena_printf(r->a->im->rq->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(v)));
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR("");
}

static struct str origin_of(struct reader *r, struct str id)
{
    return str_of(
        arena_printf(r->a->im->rq->arena, "sessionize:%.*s", (int)(id.len < 100 ? id.len : 100), id.ptr));
}

static void add_named(struct reader *r, struct lookup *to, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        lookup_add(to, id_of(r, json_object_get(one, "id")), one);
    }
}

static void read_speaker(struct reader *r, json_t *from, int index)
{
    struct arena *arena = r->a->im->rq->arena;
    struct str name = str_trim(text_of(from, "fullName")), id = id_of(r, json_object_get(from, "id"));
    if (!name.len) {
        struct str first = text_of(from, "firstName"), last = text_of(from, "lastName");
        name = str_trim(
            str_of(arena_printf(arena, "%.*s %.*s", (int)first.len, first.ptr, (int)last.len, last.ptr)));
    }
    struct incoming_speaker *p = incoming_add_speaker(r->a, origin_of(r, id), name);
    if (!p)
        return;
    p->title = str_trim(text_of(from, "tagLine"));
    p->bio = text_of(from, "bio");
    incoming_check_speaker(r->a, index, p);
    lookup_add(&r->speakers, id, p);
}

static void index_all(struct reader *r)
{
    const json_t *categories = json_object_get(r->root, "categories"),
                 *speakers = json_object_get(r->root, "speakers");
    struct arena *arena = r->a->im->rq->arena;
    add_named(r, &r->rooms, json_object_get(r->root, "rooms"));
    for (size_t i = 0; i < json_array_size(categories); i++) {
        const json_t *c = json_array_get(categories, i);
        const char *title = text_fold(arena, text_of(c, "title"));
        if (title && strstr(title, "track"))
            add_named(r, &r->tracks, json_object_get(c, "items"));
    }
    for (size_t i = 0; i < json_array_size(speakers); i++)
        read_speaker(r, json_array_get(speakers, i), (int)i);
    lookup_sort(&r->rooms);
    lookup_sort(&r->tracks);
    lookup_sort(&r->speakers);
}

static void read_room(struct reader *r, struct incoming_session *s, const json_t *from)
{
    size_t n;
    const json_t *id = json_object_get(from, "roomId");
    if (!id || json_is_null(id))
        return;
    const struct named *found = lookup_find(&r->rooms, id_of(r, id), &n);
    if (found)
        incoming_name(r->a, s, "roomId", text_of(found->of, "name"), &s->room);
    else
        incoming_fault(r->a, s, "roomId", "is the id of no room of this file");
}

static void read_track(struct reader *r, struct incoming_session *s, const json_t *from)
{
    const json_t *items = json_object_get(from, "categoryItems");
    size_t n;
    for (size_t i = 0; i < json_array_size(items) && !s->track.ptr; i++) {
        const struct named *found = lookup_find(&r->tracks, id_of(r, json_array_get(items, i)), &n);
        if (found)
            incoming_name(r->a, s, "categoryItems", text_of(found->of, "name"), &s->track);
    }
}

/* As an id, or as {id, name} in some of Sessionize's views. */
static void read_speakers(struct reader *r, struct incoming_session *s, const json_t *from)
{
    const json_t *list = json_object_get(from, "speakers");
    size_t max = json_array_size(list), n;
    s->speakers = arena_alloc(r->a->im->rq->arena, (max + 1) * sizeof(struct incoming_speaker *));
    if (max > INCOMING_SPEAKERS_MAX || !s->speakers) {
        incoming_fault(r->a, s, "speakers", "names more than 100 people");
        return;
    }
    for (size_t i = 0; i < max; i++) {
        const json_t *one = json_array_get(list, i);
        struct str id = id_of(r, json_is_object(one) ? json_object_get(one, "id") : one);
        const struct named *found = lookup_find(&r->speakers, id, &n);
        if (found)
            s->speakers[s->n_speakers++] = found->of;
        else
            incoming_fault(r->a, s, "speakers", "holds the id of no speaker of this file");
    }
}

static bool is_wanted(const json_t *from)
{
    struct str status = text_of(from, "status");
    return text_of(from, "startsAt").len && text_of(from, "endsAt").len &&
           (!status.len || str_ieq(status, "accepted"));
}

static bool read_session(struct reader *r, const json_t *from)
{
    struct incoming *a = r->a;
    struct str id = id_of(r, json_object_get(from, "id"));
    a->im->rows++;
    if (!is_wanted(from)) {
        a->skipped++;
        return true;
    }
    struct incoming_session *s = incoming_add(a, 0);
    if (!s)
        return false;
    if (!id.len)
        incoming_fault(a, s, "id", "is needed");
    s->origin = origin_of(r, id);
    s->kind = json_is_true(json_object_get(from, "isPlenumSession"))    ? STR("plenary")
              : json_is_true(json_object_get(from, "isServiceSession")) ? STR("break")
                                                                        : STR("other");
    incoming_text(a, s, "title", "title", text_of(from, "title"), &s->title);
    incoming_text(a, s, "abstract", "description", text_of(from, "description"), &s->abstract);
    incoming_time(a, s, "startsAt", text_of(from, "startsAt"), &s->starts_at);
    incoming_time(a, s, "endsAt", text_of(from, "endsAt"), &s->ends_at);
    read_room(r, s, from);
    read_track(r, s, from);
    read_speakers(r, s, from);
    return true;
}

static void release(void *json)
{
    json_decref(json);
}

static bool parse(struct reader *r)
{
    struct import *im = r->a->im;
    json_error_t error;
    if (body_depth(im->file, BODY_DEPTH) > BODY_DEPTH) {
        import_fault(im, -1, 0, NULL, "the JSON is nested more than %d deep", BODY_DEPTH);
        return false;
    }
    if (body_values(im->file, INCOMING_VALUES) > INCOMING_VALUES) {
        import_fault(im, -1, 0, NULL, "the JSON holds more than %d values", INCOMING_VALUES);
        return false;
    }
    r->root = json_loadb(im->file.ptr, im->file.len, JSON_REJECT_DUPLICATES, &error);
    if (!r->root) {
        import_fault(im, -1, error.line > 0 ? error.line : 0, NULL, "this is not JSON, from column %d on",
                     error.column);
        return false;
    }
    if (arena_defer(im->rq->arena, release, r->root))
        return false;
    if (json_is_array(json_object_get(r->root, "sessions")))
        return true;
    import_fault(
        im, -1, 0, NULL,
        "an object with `sessions`, `speakers`, `rooms` and `categories` is wanted: Sessionize's view/All");
    return false;
}

bool incoming_read_sessionize(struct incoming *a)
{
    struct reader r = {.a = a};
    struct arena *arena = a->im->rq->arena;
    a->im->rows_are = "sessions";
    a->gives = INCOMING_ABSTRACT | INCOMING_KIND | INCOMING_ROOM | INCOMING_TRACK | INCOMING_SPEAKERS |
               INCOMING_BIOS;
    lookup_init(&r.rooms, arena);
    lookup_init(&r.tracks, arena);
    lookup_init(&r.speakers, arena);
    if (!parse(&r))
        return true;
    index_all(&r);
    const json_t *sessions = json_object_get(r.root, "sessions");
    if (json_array_size(sessions) > IMPORT_ROWS)
        import_fault(a->im, -1, 0, NULL, "a file may have %d sessions", IMPORT_ROWS);
    for (size_t i = 0; i < json_array_size(sessions) && i < IMPORT_ROWS; i++)
        if (!read_session(&r, json_array_get(sessions, i)))
            return false;
    return !r.rooms.failed && !r.tracks.failed && !r.speakers.failed;
}

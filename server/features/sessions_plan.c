#include "features/sessions_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static const char ROOMS[] = "SELECT id, name FROM rooms WHERE event_id = :event ORDER BY name";
static const char TRACKS[] = "SELECT id, name FROM tracks WHERE event_id = :event ORDER BY name";
static const char SPEAKERS[] =
    "SELECT id, name, title, bio, origin FROM speakers WHERE event_id = :event ORDER BY name, id";
static const char SESSIONS[] =
    "SELECT s.id, s.title, s.abstract, s.kind, s.status, s.room_id, s.track_id, (SELECT "
    "group_concat(o.speaker_id, ' ')"
    " FROM (SELECT speaker_id FROM session_speakers WHERE session_id = s.id ORDER BY position) o), "
    "s.starts_at,"
    " s.ends_at, s.origin FROM sessions s WHERE s.event_id = :event ORDER BY s.starts_at, s.id";

const char *const sessions_plan_sql[] = {ROOMS, TRACKS, SPEAKERS, SESSIONS, NULL};

struct known_speaker {
    struct str id, name, title, bio;
};

static struct str keep(struct request *rq, struct str s)
{
    return s.ptr ? str_of(arena_strndup(rq->arena, s.ptr, s.len)) : s;
}

static struct str folded(struct request *rq, struct str s)
{
    const char *text = text_fold(rq->arena, s);
    return str_of(text ? text : "");
}

/* --- what is there --- */

static void load_places(struct request *rq, struct places *places, const char *sql)
{
    struct query *q = request_sql(rq, sql);
    struct named_place *place;
    *places = (struct places){0};
    lookup_init(&places->known, rq->arena);
    while (query_row(q) && (place = arena_zalloc(rq->arena, sizeof *place))) {
        place->id = keep(rq, query_get_text(q, 0));
        place->name = keep(rq, query_get_text(q, 1));
        lookup_add(&places->known, folded(rq, place->name), place);
    }
    lookup_sort(&places->known);
}

static void load_speakers(struct request *rq, struct agenda_import *a)
{
    struct query *q = request_sql(rq, SPEAKERS);
    struct known_speaker *p;
    lookup_init(&a->speaker_names, rq->arena);
    lookup_init(&a->speaker_origins, rq->arena);
    while (query_row(q) && (p = arena_zalloc(rq->arena, sizeof *p))) {
        p->id = keep(rq, query_get_text(q, 0));
        p->name = keep(rq, query_get_text(q, 1));
        p->title = keep(rq, query_get_text(q, 2));
        p->bio = keep(rq, query_get_text(q, 3));
        lookup_add(&a->speaker_names, folded(rq, p->name), p);
        if (!query_is_null(q, 4))
            lookup_add(&a->speaker_origins, keep(rq, query_get_text(q, 4)), p);
    }
    lookup_sort(&a->speaker_names);
    lookup_sort(&a->speaker_origins);
}

static void load_sessions(struct request *rq, struct agenda_import *a)
{
    struct query *q = request_sql(rq, SESSIONS);
    struct known_session *k;
    lookup_init(&a->origins, rq->arena);
    lookup_init(&a->ids, rq->arena);
    while (query_row(q) && (k = arena_zalloc(rq->arena, sizeof *k))) {
        struct str *texts[] = {&k->id,     &k->title,   &k->abstract, &k->kind,
                               &k->status, &k->room_id, &k->track_id, &k->speaker_ids};
        for (int i = 0; i < 8; i++)
            *texts[i] = keep(rq, query_get_text(q, i));
        k->starts_at = query_get_int(q, 8);
        k->ends_at = query_get_int(q, 9);
        lookup_add(&a->ids, k->id, k);
        if (!query_is_null(q, 10))
            lookup_add(&a->origins, keep(rq, query_get_text(q, 10)), k);
    }
    lookup_sort(&a->ids);
    lookup_sort(&a->origins);
}

/* --- names --- */

static struct named_place *find_place(struct request *rq, struct places *places, struct lookup *unknown,
                                      struct str name, struct incoming_session *s)
{
    size_t n;
    if (!name.ptr)
        return NULL;
    struct str key = folded(rq, name);
    const struct named *found = lookup_find(&places->known, key, &n);
    if (!found)
        lookup_add(unknown, key, s);
    for (size_t i = 1; i < n; i++) /* of those that fold alike, the one that is spelled so */
        if (str_eq(((struct named_place *)found[i].of)->name, name))
            return found[i].of;
    return found ? found->of : NULL;
}

/* One place for all sessions that name it, spelled as the first does. */
static void make_places(struct request *rq, struct places *places, struct lookup *unknown, bool rooms)
{
    struct named_place *place = NULL;
    lookup_sort(unknown);
    for (size_t i = 0; i < unknown->n && !unknown->failed; i++) {
        struct incoming_session *s = unknown->at[i].of;
        if (!i || !str_eq(unknown->at[i].key, unknown->at[i - 1].key)) {
            place = arena_zalloc(rq->arena, sizeof *place);
            if (!place)
                return;
            *place = (struct named_place){places->to_make, .name = rooms ? s->room : s->track};
            places->to_make = place;
            places->made++;
        }
        *(rooms ? &s->in_room : &s->in_track) = place;
    }
}

static void find_places(struct request *rq, struct agenda_import *a)
{
    struct lookup rooms, tracks;
    lookup_init(&rooms, rq->arena);
    lookup_init(&tracks, rq->arena);
    for (struct incoming_session *s = a->in.first; s; s = s->next) {
        s->in_room = find_place(rq, &a->rooms, &rooms, s->room, s);
        s->in_track = find_place(rq, &a->tracks, &tracks, s->track, s);
    }
    make_places(rq, &a->rooms, &rooms, true);
    make_places(rq, &a->tracks, &tracks, false);
}

/* By the file's own name of the person, else by name. */
static struct known_speaker *find_speaker(struct request *rq, struct agenda_import *a,
                                          const struct incoming_speaker *p)
{
    size_t n;
    const struct named *found = p->origin.ptr ? lookup_find(&a->speaker_origins, p->origin, &n) : NULL;
    if (!found)
        found = lookup_find(&a->speaker_names, folded(rq, p->name), &n);
    return found ? found->of : NULL;
}

static bool speaker_differs(const struct agenda_import *a, const struct incoming_speaker *p,
                            const struct known_speaker *k)
{
    if (p->origin.ptr && !str_eq(p->name, k->name))
        return true;
    return a->in.gives & INCOMING_BIOS && (!str_eq(p->title, k->title) || !str_eq(p->bio, k->bio));
}

static bool stands_for(const struct incoming_session *s, size_t before, struct str id)
{
    for (size_t i = 0; i < before; i++)
        if (str_eq(s->speakers[i]->id, id))
            return true;
    return false;
}

/* Where several people have the name: the one who speaks in this session already, and whom no name before it
 * stands for. So they are not exchanged. */
static struct known_speaker *own_speaker(struct request *rq, struct agenda_import *a,
                                         const struct incoming_session *s, size_t at)
{
    size_t n;
    const struct incoming_speaker *p = s->speakers[at];
    struct str ids = s->known ? s->known->speaker_ids : (struct str){0};
    const struct named *found =
        ids.len && !p->origin.ptr ? lookup_find(&a->speaker_names, folded(rq, p->name), &n) : NULL;
    while (found && n > 1 && ids.len) {
        struct str id = str_split(&ids, ' ');
        for (size_t i = 0; i < n; i++)
            if (str_eq(((struct known_speaker *)found[i].of)->id, id) && !stands_for(s, at, id))
                return found[i].of;
    }
    return NULL;
}

/* Speakers of one name, or one origin, are one person in the file. */
static void find_speakers(struct request *rq, struct agenda_import *a)
{
    struct lookup all;
    lookup_init(&all, rq->arena);
    for (struct incoming_session *s = a->in.first; s; s = s->next)
        for (size_t i = 0; i < s->n_speakers; i++) {
            struct incoming_speaker *p = s->speakers[i];
            struct known_speaker *own = own_speaker(rq, a, s, i);
            p->id = own ? own->id : (struct str){0};
            p->same = p;
            p->changes = false;
            if (own)
                continue;
            struct str key = p->origin.ptr ? p->origin : folded(rq, p->name);
            lookup_add(&all, key, p);
        }
    lookup_sort(&all);
    struct incoming_speaker *first = NULL;
    for (size_t i = 0; i < all.n && !all.failed; i++) {
        struct incoming_speaker *p = all.at[i].of;
        if (i && str_eq(all.at[i].key, all.at[i - 1].key)) {
            p->same = first;
            continue;
        }
        struct known_speaker *k = find_speaker(rq, a, p);
        first = p->same = p;
        p->id = k ? k->id : (struct str){0};
        p->changes = k && speaker_differs(a, p, k);
        a->speakers_made += !k;
        a->speakers_updated += p->changes;
    }
}

/* --- sessions --- */

static void match(struct agenda_import *a, struct incoming_session *s)
{
    size_t n;
    const struct named *found = s->origin.ptr ? lookup_find(&a->origins, s->origin, &n) : NULL;
    if (!found && s->guid.ptr)
        found = lookup_find(&a->ids, s->guid, &n);
    s->known = found ? found->of : NULL;
    if (s->known && s->known->by)
        import_fault(&a->im, s->number, s->line, NULL, "is the same session as %s %d: keep one of them",
                     s->line ? "the one in line" : "number",
                     s->line ? s->known->by->line : s->known->by->number);
    else if (s->known)
        s->known->by = s;
}

static void find_doubles(struct request *rq, struct agenda_import *a)
{
    struct lookup all;
    lookup_init(&all, rq->arena);
    for (struct incoming_session *s = a->in.first; s; s = s->next)
        if (s->origin.ptr && !s->known)
            lookup_add(&all, s->origin, s);
    lookup_sort(&all);
    for (size_t i = 1; i < all.n && !all.failed; i++) {
        const struct incoming_session *s = all.at[i].of, *before = all.at[i - 1].of;
        if (str_eq(all.at[i].key, all.at[i - 1].key))
            import_fault(&a->im, s->number, s->line, NULL, "is the same session as %s %d: keep one of them",
                         s->line ? "the one in line" : "number", s->line ? before->line : before->number);
    }
}

/* Named twice, a person speaks once. */
static bool speaks_before(const struct incoming_session *s, size_t at)
{
    const struct incoming_speaker *p = s->speakers[at]->same;
    for (size_t i = 0; i < at; i++) {
        const struct incoming_speaker *before = s->speakers[i]->same;
        if (before == p || (p->id.ptr && str_eq(before->id, p->id)))
            return true;
    }
    return false;
}

static bool same_speakers(const struct incoming_session *s, struct str ids)
{
    for (size_t i = 0; i < s->n_speakers; i++) {
        struct str id = s->speakers[i]->same->id;
        if (speaks_before(s, i))
            continue;
        if (!ids.len || !id.ptr || !str_eq(str_split(&ids, ' '), id))
            return false;
    }
    return !ids.len;
}

static bool same_place(const struct named_place *place, struct str id)
{
    return str_eq(place ? place->id : (struct str){0}, id) && !(place && !place->id.ptr);
}

/* Alike but for white space at the ends and the kind of line breaks, which XML and spreadsheets do not keep.
 */
static bool same_prose(struct str a, struct str b)
{
    size_t i = 0, j = 0;
    a = str_trim(a);
    b = str_trim(b);
    for (; i < a.len && j < b.len; i++, j++) {
        char x = a.ptr[i] == '\r' ? '\n' : a.ptr[i], y = b.ptr[j] == '\r' ? '\n' : b.ptr[j];
        if (x != y)
            return false;
        i += a.ptr[i] == '\r' && a.ptr[i + 1] == '\n'; /* neither ends in one */
        j += b.ptr[j] == '\r' && b.ptr[j + 1] == '\n';
    }
    return i == a.len && j == b.len;
}

static bool differs(const struct agenda_import *a, const struct incoming_session *s)
{
    const struct known_session *k = s->known;
    unsigned gives = a->in.gives;
    return !str_eq(s->title, k->title) || s->starts_at != k->starts_at || s->ends_at != k->ends_at ||
           (gives & INCOMING_ABSTRACT && !same_prose(s->abstract, k->abstract)) ||
           (s->kind.ptr && !str_eq(s->kind, k->kind)) || (s->status.ptr && !str_eq(s->status, k->status)) ||
           (gives & INCOMING_ROOM && !same_place(s->in_room, k->room_id)) ||
           (gives & INCOMING_TRACK && !same_place(s->in_track, k->track_id)) ||
           (gives & INCOMING_SPEAKERS && !same_speakers(s, k->speaker_ids));
}

/* --- rooms that are taken twice --- */

struct slot {
    struct str room;
    int64_t starts_at, ends_at;
    struct str title;
    struct incoming_session *s; /* NULL: not of the file */
    bool takes;                 /* is new, comes back or moves: an old overlap is not brought up */
};

static int by_room_and_time(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;
    int order = memcmp(x->room.ptr, y->room.ptr, x->room.len < y->room.len ? x->room.len : y->room.len);
    if (!order)
        order = (x->room.len > y->room.len) - (x->room.len < y->room.len);
    return order ? order : (x->starts_at > y->starts_at) - (x->starts_at < y->starts_at);
}

static void say_taken(struct request *rq, struct agenda_import *a, const struct slot *one,
                      const struct slot *other)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    struct str title = import_shown(other->title);
    a->overlaps++;
    if (a->force)
        return;
    clock_format(from, other->starts_at, rq->zone);
    clock_format(to, other->ends_at, rq->zone);
    a->im.conflicts++;
    import_fault(&a->im, one->s->number, one->s->line, "room",
                 "is taken from %s to %s by \"%.*s\"; with ?force=true both stand", from, to, (int)title.len,
                 title.ptr);
}

static struct slot slot_of(const struct agenda_import *a, const struct known_session *k,
                           struct incoming_session *s)
{
    struct str status = s && s->status.ptr ? s->status : k ? k->status : STR("");
    struct slot slot = {.room = k ? k->room_id : (struct str){0}, .s = s};
    slot.starts_at = s ? s->starts_at : k->starts_at;
    slot.ends_at = s ? s->ends_at : k->ends_at;
    slot.title = s ? s->title : k->title;
    if (s && (!k || a->in.gives & INCOMING_ROOM))
        slot.room = !s->in_room ? (struct str){0} : s->in_room->id.ptr ? s->in_room->id : s->in_room->name;
    slot.takes = s && (!k || str_is(k->status, "cancelled") || k->starts_at != s->starts_at ||
                       k->ends_at != s->ends_at || !str_eq(slot.room, k->room_id));
    if (str_is(status, "cancelled") || (s && s->faulty))
        slot.room = (struct str){0};
    return slot;
}

static void find_overlaps(struct request *rq, struct agenda_import *a)
{
    size_t n = 0, last = 0;
    struct slot *slots = arena_alloc(rq->arena, (a->ids.n + (size_t)a->im.rows + 1) * sizeof *slots);
    if (!slots)
        return;
    for (size_t i = 0; i < a->ids.n && !a->ids.failed; i++) {
        struct known_session *k = a->ids.at[i].of;
        slots[n] = slot_of(a, k, k->by);
        n += slots[n].room.ptr != NULL;
    }
    for (struct incoming_session *s = a->in.first; s; s = s->next)
        if (!s->known) {
            slots[n] = slot_of(a, NULL, s);
            n += slots[n].room.ptr != NULL;
        }
    qsort(slots, n, sizeof *slots, by_room_and_time);
    for (size_t i = 1; i < n; i++) { /* `last`: of those before, in the room, the one that ends last */
        bool same = str_eq(slots[i].room, slots[last].room);
        if (same && slots[i].starts_at < slots[last].ends_at && slots[i].takes)
            say_taken(rq, a, &slots[i], &slots[last]);
        else if (same && slots[i].starts_at < slots[last].ends_at && slots[last].takes)
            say_taken(rq, a, &slots[last], &slots[i]);
        if (!same || slots[i].ends_at > slots[last].ends_at)
            last = i;
    }
}

enum err sessions_plan(struct request *rq, struct agenda_import *a)
{
    import_plan(&a->im);
    a->created = a->updated = a->unchanged = a->speakers_made = a->speakers_updated = a->overlaps = 0;
    load_places(rq, &a->rooms, ROOMS);
    load_places(rq, &a->tracks, TRACKS);
    load_speakers(rq, a);
    load_sessions(rq, a);
    for (struct incoming_session *s = a->in.first; s; s = s->next)
        match(a, s);
    find_places(rq, a);
    find_speakers(rq, a);
    find_doubles(rq, a);
    for (struct incoming_session *s = a->in.first; s; s = s->next) {
        s->changes = !s->known || differs(a, s);
        if (!s->faulty)
            ++*(!s->known ? &a->created : s->changes ? &a->updated : &a->unchanged);
    }
    find_overlaps(rq, a);
    bool failed = a->rooms.known.failed || a->tracks.known.failed || a->speaker_names.failed ||
                  a->speaker_origins.failed || a->origins.failed || a->ids.failed;
    return failed ? fail(rq, ERR_UNAVAILABLE, "memory is out") : ERR_OK;
}

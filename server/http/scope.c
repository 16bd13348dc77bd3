#include "http/scope.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/log.h"
#include "base/zone.h"

static const char EVENTS[] = "SELECT id, slug, zone, public FROM events";
static const char ORGANIZED[] = "SELECT organizer_id, event_id FROM organizer_events";

const char *const scope_sql[] = {EVENTS, ORGANIZED, NULL};

struct entry { /* an event under its id, or under its slug */
    UT_hash_handle hh;
    struct event *event;
    char name[EVENT_SLUG_MAX + 1];
};

struct pair { /* organizer and event */
    UT_hash_handle hh;
    char key[74];
};

struct zone_entry {
    struct zone_entry *next;
    struct zone *zone;
};

struct scope {
    pthread_rwlock_t lock; /* guards the tables */
    struct entry *by_id, *by_slug;
    struct pair *pairs;
    pthread_mutex_t zone_lock;
    struct zone_entry *zones;
    atomic_uint overall[FEATURES_MAX];
};

const struct zone *scope_zone(struct scope *s, const char *name)
{
    const struct zone *found = NULL;
    pthread_mutex_lock(&s->zone_lock);
    for (struct zone_entry *z = s->zones; z && !found; z = z->next)
        if (!strcmp(zone_name(z->zone), name))
            found = z->zone;
    if (!found) {
        struct zone *zone = zone_create(name);
        struct zone_entry *z = zone ? malloc(sizeof *z) : NULL;
        if (z) {
            *z = (struct zone_entry){s->zones, zone};
            s->zones = z;
            found = zone;
        } else {
            zone_destroy(zone);
        }
    }
    pthread_mutex_unlock(&s->zone_lock);
    return found;
}

static void copy(char *to, size_t size, struct str from)
{
    size_t n = from.len < size ? from.len : size - 1;
    memcpy(to, from.ptr, n);
    to[n] = '\0';
}

static struct entry *entry_add(struct entry **table, const char *name, struct event *event)
{
    struct entry *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    strncpy(e->name, name, sizeof e->name - 1);
    e->event = event;
    HASH_ADD_STR(*table, name, e);
    return e;
}

static int load_event(struct scope *s, struct query *q)
{
    char id[37], zone[65];
    copy(id, sizeof id, query_get_text(q, 0));
    copy(zone, sizeof zone, query_get_text(q, 2));
    struct event_facts *facts = calloc(1, sizeof *facts);
    if (!facts)
        return -1;
    copy(facts->slug, sizeof facts->slug, query_get_text(q, 1));
    facts->zone = scope_zone(s, zone);
    facts->public = query_get_int(q, 3);
    struct entry *e, *under_slug;
    HASH_FIND_STR(s->by_id, id, e);
    if (!e) {
        struct event *event = calloc(1, sizeof *event);
        if (!event || !(e = entry_add(&s->by_id, id, event))) {
            free(event);
            free(facts);
            return -1;
        }
        memcpy(event->id, id, sizeof id);
        for (int f = 0; f < FEATURES_MAX; f++)
            atomic_init(&event->revision[f], 1);
    }
    facts->older = atomic_load(&e->event->facts);
    if (facts->older && !strcmp(facts->older->slug, facts->slug) && facts->older->zone == facts->zone &&
        facts->older->public == facts->public) {
        free(facts);
        return 0;
    }
    if (facts->older) {
        HASH_FIND_STR(s->by_slug, facts->older->slug, under_slug);
        if (under_slug && under_slug->event == e->event) {
            HASH_DEL(s->by_slug, under_slug);
            free(under_slug);
        }
    }
    atomic_store(&e->event->facts, facts);
    return entry_add(&s->by_slug, facts->slug, e->event) ? 0 : -1;
}

static void drop_pairs(struct scope *s)
{
    struct pair *p, *next;
    HASH_ITER(hh, s->pairs, p, next)
    {
        HASH_DEL(s->pairs, p);
        free(p);
    }
}

static void pair_key(char key[74], struct str organizer, struct str event)
{
    memset(key, 0, 74);
    memcpy(key, organizer.ptr, organizer.len < 36 ? organizer.len : 36);
    memcpy(key + 37, event.ptr, event.len < 36 ? event.len : 36);
}

static int load_pairs(struct scope *s, struct conn *c)
{
    drop_pairs(s);
    struct query *q = query_get(c, ORGANIZED);
    while (query_row(q)) {
        struct pair *p = calloc(1, sizeof *p);
        if (!p)
            return -1;
        pair_key(p->key, query_get_text(q, 0), query_get_text(q, 1));
        HASH_ADD(hh, s->pairs, key, sizeof p->key, p);
    }
    return 0;
}

enum err scope_reload(struct scope *s, struct db *db)
{
    struct conn *c = db_read_begin(db, NULL);
    if (!c)
        return ERR_UNAVAILABLE;
    int rc = 0;
    pthread_rwlock_wrlock(&s->lock);
    struct query *q = query_get(c, EVENTS);
    while (!rc && query_row(q))
        rc = load_event(s, q);
    if (!rc)
        rc = load_pairs(s, c);
    pthread_rwlock_unlock(&s->lock);
    enum err err = rc ? ERR_UNAVAILABLE : conn_error(c);
    db_read_end(c);
    return err;
}

struct scope *scope_create(struct db *db)
{
    struct scope *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    pthread_rwlock_init(&s->lock, NULL);
    pthread_mutex_init(&s->zone_lock, NULL);
    for (int f = 0; f < FEATURES_MAX; f++)
        atomic_init(&s->overall[f], 1);
    if (scope_reload(s, db) == ERR_OK)
        return s;
    scope_destroy(s);
    return NULL;
}

static void free_event(struct event *event)
{
    const struct event_facts *f = atomic_load(&event->facts);
    while (f) {
        const struct event_facts *older = f->older;
        free((void *)f);
        f = older;
    }
    free(event);
}

void scope_destroy(struct scope *s)
{
    if (!s)
        return;
    struct entry *e, *next;
    HASH_ITER(hh, s->by_slug, e, next)
    {
        HASH_DEL(s->by_slug, e);
        free(e);
    }
    HASH_ITER(hh, s->by_id, e, next)
    {
        HASH_DEL(s->by_id, e);
        free_event(e->event);
        free(e);
    }
    drop_pairs(s);
    while (s->zones) {
        struct zone_entry *z = s->zones;
        s->zones = z->next;
        zone_destroy(z->zone);
        free(z);
    }
    pthread_rwlock_destroy(&s->lock);
    pthread_mutex_destroy(&s->zone_lock);
    free(s);
}

struct event *scope_find(struct scope *s, struct str name)
{
    struct entry *e = NULL;
    if (!name.len || name.len > EVENT_SLUG_MAX)
        return NULL;
    pthread_rwlock_rdlock(&s->lock);
    HASH_FIND(hh, s->by_slug, name.ptr, name.len, e);
    if (!e)
        HASH_FIND(hh, s->by_id, name.ptr, name.len, e);
    pthread_rwlock_unlock(&s->lock);
    return e ? e->event : NULL;
}

bool scope_organizes(struct scope *s, const char *organizer, const struct event *event)
{
    char key[74];
    struct pair *p;
    pair_key(key, str_of(organizer), str_of(event->id));
    pthread_rwlock_rdlock(&s->lock);
    HASH_FIND(hh, s->pairs, key, sizeof key, p);
    pthread_rwlock_unlock(&s->lock);
    return p != NULL;
}

void scope_changed(struct scope *s, struct event *event, int feature)
{
    if (event)
        atomic_fetch_add(&event->revision[feature], 1);
    atomic_fetch_add(&s->overall[feature], 1);
}

void scope_changed_everywhere(struct scope *s, int feature)
{
    pthread_rwlock_rdlock(&s->lock);
    for (const struct entry *e = s->by_id; e; e = e->hh.next)
        atomic_fetch_add(&e->event->revision[feature], 1);
    pthread_rwlock_unlock(&s->lock);
    atomic_fetch_add(&s->overall[feature], 1);
}

unsigned scope_revision(struct scope *s, const struct event *event, int feature)
{
    return atomic_load(event ? &event->revision[feature] : &s->overall[feature]);
}

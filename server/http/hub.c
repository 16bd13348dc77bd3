#include "http/hub.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"

/* A thousand threads woken at once keep every other request from the cores. So this many are woken at first,
 * and each of them wakes another before it does anything else. */
enum { WAVE = 32 };

struct waiter;

struct link { /* a waiter under one of its scopes */
    struct link *prev, *next;
    struct waiter *waiter;
    struct place *place;
};

struct place { /* one scope */
    UT_hash_handle hh;
    char name[SCOPE_TEXT];
    int64_t seq;
    struct link *waiters;
    struct link *cursor; /* the next to be woken; NULL: all have been */
};

struct waiter {
    struct waiter *prev, *next; /* of all */
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool pending, asleep;
    struct place *wakes; /* whose next waiter it wakes when it is woken itself; or NULL */
    struct hub *hub;
    int n;
    struct link links[SCOPES_MAX];
};

struct hub {
    pthread_mutex_t lock; /* before any waiter's */
    struct place *places;
    struct waiter *all;
    int waiting;
    int64_t floor; /* newest seq of every scope that has no place */
};

struct hub *hub_create(void)
{
    struct hub *h = calloc(1, sizeof *h);
    if (h)
        pthread_mutex_init(&h->lock, NULL);
    return h;
}

void hub_begin(struct hub *h, int64_t seq)
{
    pthread_mutex_lock(&h->lock);
    h->floor = seq;
    pthread_mutex_unlock(&h->lock);
}

void hub_destroy(struct hub *h)
{
    struct place *p, *next;
    if (!h)
        return;
    HASH_ITER(hh, h->places, p, next)
    {
        HASH_DEL(h->places, p);
        free(p);
    }
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static struct place *find_place(struct hub *h, struct str name, bool make)
{
    struct place *p = NULL;
    if (name.len >= SCOPE_TEXT)
        return NULL;
    HASH_FIND(hh, h->places, name.ptr, name.len, p);
    if (p || !make || !(p = calloc(1, sizeof *p)))
        return p;
    memcpy(p->name, name.ptr, name.len);
    p->seq = h->floor;
    HASH_ADD(hh, h->places, name, name.len, p);
    return p;
}

/* True when that ended its sleep: then it goes on with the waiters of `place`. */
static bool wake(struct waiter *w, struct place *place)
{
    pthread_mutex_lock(&w->lock);
    bool sleeps = w->asleep && !w->pending;
    w->pending = true;
    if (sleeps) {
        w->wakes = place;
        pthread_cond_signal(&w->woken);
    }
    pthread_mutex_unlock(&w->lock);
    return sleeps;
}

/* Under the hub's lock. Whoever is awake looks again by itself. */
static void wake_next(struct place *p, int n)
{
    while (p->cursor && n > 0) {
        struct waiter *w = p->cursor->waiter;
        p->cursor = p->cursor->next;
        n -= wake(w, p);
    }
}

static void wake_waiters(struct place *p)
{
    p->cursor = p->waiters;
    wake_next(p, WAVE);
}

void hub_changed(struct hub *h, struct str scope, int64_t seq)
{
    pthread_mutex_lock(&h->lock);
    struct place *p = find_place(h, scope, true);
    if (!p) {
        h->floor = seq;
    } else {
        p->seq = seq;
        wake_waiters(p);
    }
    pthread_mutex_unlock(&h->lock);
}

void hub_poke(struct hub *h, struct str scope)
{
    pthread_mutex_lock(&h->lock);
    struct place *p = find_place(h, scope, false);
    if (p)
        wake_waiters(p);
    pthread_mutex_unlock(&h->lock);
}

int64_t hub_newest(struct hub *h, const struct scopes *scopes)
{
    int64_t newest = 0;
    pthread_mutex_lock(&h->lock);
    for (int i = 0; i < scopes->n; i++) {
        struct place *p = find_place(h, str_of(scopes->names[i]), false);
        int64_t seq = p && p->seq > h->floor ? p->seq : h->floor;
        newest = seq > newest ? seq : newest;
    }
    pthread_mutex_unlock(&h->lock);
    return newest;
}

static void unlink_all(struct hub *h, struct waiter *w)
{
    for (int i = 0; i < w->n; i++) {
        struct link *l = &w->links[i];
        if (l->place->cursor == l)
            l->place->cursor = l->next;
        DL_DELETE(l->place->waiters, l);
    }
    DL_DELETE(h->all, w);
    h->waiting--;
}

struct waiter *hub_enter(struct hub *h, const struct scopes *scopes, int limit)
{
    pthread_condattr_t monotonic;
    struct waiter *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    w->hub = h;
    pthread_mutex_lock(&h->lock);
    bool room = h->waiting < limit;
    if (room) {
        DL_APPEND(h->all, w);
        h->waiting++;
    }
    for (int i = 0; i < scopes->n && room; i++) {
        struct place *p = find_place(h, str_of(scopes->names[i]), true);
        if (!p) {
            unlink_all(h, w);
            room = false;
            break;
        }
        struct link *l = &w->links[w->n++];
        *l = (struct link){.waiter = w, .place = p};
        DL_APPEND(p->waiters, l);
    }
    pthread_mutex_unlock(&h->lock);
    if (room)
        return w;
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->woken);
    free(w);
    return NULL;
}

void hub_leave(struct hub *h, struct waiter *w)
{
    pthread_mutex_lock(&h->lock);
    unlink_all(h, w);
    pthread_mutex_unlock(&h->lock);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->woken);
    free(w);
}

bool hub_wait(struct waiter *w, int timeout_ms)
{
    struct timespec until = clock_monotonic_in(timeout_ms);
    pthread_mutex_lock(&w->lock);
    w->asleep = true;
    while (!w->pending && pthread_cond_timedwait(&w->woken, &w->lock, &until) != ETIMEDOUT)
        ;
    bool pending = w->pending;
    struct place *place = w->wakes;
    w->asleep = w->pending = false;
    w->wakes = NULL;
    pthread_mutex_unlock(&w->lock);
    if (place) {
        pthread_mutex_lock(&w->hub->lock);
        wake_next(place, 1);
        pthread_mutex_unlock(&w->hub->lock);
    }
    return pending;
}

void hub_wake_all(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    for (struct waiter *w = h->all; w; w = w->next)
        wake(w, NULL);
    pthread_mutex_unlock(&h->lock);
}

int hub_waiting(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    int n = h->waiting;
    pthread_mutex_unlock(&h->lock);
    return n;
}

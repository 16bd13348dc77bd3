#include "http/whereabouts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"

struct entry {
    char thing[UUID_TEXT], person[UUID_TEXT], part[UUID_TEXT];
    int64_t until_us; /* monotonic; in the past: free */
};

struct whereabouts {
    pthread_mutex_t lock;
    struct entry entries[WHEREABOUTS_MAX];
};

struct whereabouts *whereabouts_create(void)
{
    struct whereabouts *w = calloc(1, sizeof *w);
    if (w)
        pthread_mutex_init(&w->lock, NULL);
    return w;
}

void whereabouts_destroy(struct whereabouts *w)
{
    if (!w)
        return;
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static void copy(char to[UUID_TEXT], struct str from)
{
    size_t n = from.len < UUID_TEXT ? from.len : UUID_TEXT - 1;
    memcpy(to, from.ptr, n);
    to[n] = '\0';
}

/* The person's entry in the thing, or the place for a new one. */
static struct entry *place(struct whereabouts *w, struct str thing, struct str person)
{
    struct entry *oldest = &w->entries[0];
    for (int i = 0; i < WHEREABOUTS_MAX; i++) {
        struct entry *e = &w->entries[i];
        if (str_is(person, e->person) && str_is(thing, e->thing))
            return e;
        if (e->until_us < oldest->until_us)
            oldest = e;
    }
    memset(oldest, 0, sizeof *oldest);
    return oldest;
}

bool whereabouts_put(struct whereabouts *w, struct str thing, struct str person, struct str part)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&w->lock);
    struct entry *e = place(w, thing, person);
    bool was_here = e->until_us > now, news = part.ptr ? !was_here || !str_is(part, e->part) : was_here;
    if (part.ptr) {
        copy(e->thing, thing);
        copy(e->person, person);
        copy(e->part, part);
    }
    e->until_us = part.ptr ? now + WHEREABOUTS_TTL_MS * INT64_C(1000) : 0;
    pthread_mutex_unlock(&w->lock);
    return news;
}

void whereabouts_each(struct whereabouts *w, struct str thing, void (*say)(void *, struct str, struct str),
                      void *arg)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < WHEREABOUTS_MAX; i++) {
        struct entry *e = &w->entries[i];
        if (e->until_us > now && str_is(thing, e->thing))
            say(arg, str_of(e->person), str_of(e->part));
    }
    pthread_mutex_unlock(&w->lock);
}

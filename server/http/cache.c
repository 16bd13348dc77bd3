#include "http/cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>
#include <uthash.h>
#include <utlist.h>

#include "http/deflate.h"

enum {
    GZIP_MIN = 200,
    WAIT_S = 2, /* for an entry that somebody makes: a query takes one at most */
};

struct entry {
    struct cached pub; /* first: the public part */
    unsigned char key[CACHE_KEY];
    UT_hash_handle hh;
    struct entry *prev, *next; /* most recently used first */
    atomic_int uses;           /* the table's own, and each holder's */
    bool listed;               /* still in the table */
    size_t size;
    pthread_mutex_t gzip_lock;
    bool gzip_tried;
    struct str gzip;
    char bytes[]; /* body, then headers */
};

/* An entry in the making. It leaves the table when it is over, and its last waiter frees it. */
struct flight {
    unsigned char key[CACHE_KEY];
    UT_hash_handle hh;
    pthread_cond_t over;
    int waiters;
    bool ended;
    struct entry *made; /* counted for each waiter; NULL: nothing came of it */
};

struct cache {
    unsigned char hash_key[crypto_shorthash_siphashx24_KEYBYTES];
    pthread_mutex_t lock;
    struct entry *table, *recent;
    struct flight *flights;
    size_t bytes, max_bytes;
    struct cache_stats stats;
};

struct cache *cache_create(size_t max_bytes)
{
    struct cache *c = calloc(1, sizeof *c);
    if (c) {
        c->max_bytes = max_bytes;
        randombytes_buf(c->hash_key, sizeof c->hash_key);
        pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

static void entry_free(struct entry *e)
{
    pthread_mutex_destroy(&e->gzip_lock);
    free((void *)e->gzip.ptr);
    free(e);
}

static void entry_release(struct entry *e)
{
    if (atomic_fetch_sub(&e->uses, 1) == 1)
        entry_free(e);
}

static void drop(struct cache *c, struct entry *e) /* under the lock */
{
    HASH_DEL(c->table, e);
    DL_DELETE(c->recent, e);
    c->bytes -= e->size;
    e->listed = false;
    entry_release(e);
}

/* --- entries in the making; all under the lock --- */

static void flight_begin(struct cache *c, const unsigned char key[CACHE_KEY])
{
    struct flight *f = calloc(1, sizeof *f);
    pthread_condattr_t monotonic;
    if (!f)
        return; /* then others make it, too */
    memcpy(f->key, key, CACHE_KEY);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->over, &monotonic);
    pthread_condattr_destroy(&monotonic);
    HASH_ADD(hh, c->flights, key, CACHE_KEY, f);
}

static void flight_free(struct flight *f)
{
    pthread_cond_destroy(&f->over);
    free(f);
}

static void land(struct cache *c, struct flight *f, struct entry *made)
{
    HASH_DEL(c->flights, f);
    if (!f->waiters) {
        flight_free(f);
        return;
    }
    f->ended = true;
    f->made = made;
    if (made)
        atomic_fetch_add(&made->uses, f->waiters);
    pthread_cond_broadcast(&f->over);
}

/* What came of it, counted; NULL when nothing did, or not in time. */
static struct entry *await(struct cache *c, struct flight *f)
{
    struct timespec end;
    bool late = false;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += WAIT_S;
    f->waiters++;
    while (!f->ended && !late)
        late = pthread_cond_timedwait(&f->over, &c->lock, &end) == ETIMEDOUT;
    struct entry *made = f->made;
    if (--f->waiters == 0 && f->ended)
        flight_free(f);
    return made;
}

static struct flight *flight_of(struct cache *c, const unsigned char key[CACHE_KEY])
{
    struct flight *f;
    HASH_FIND(hh, c->flights, key, CACHE_KEY, f);
    return f;
}

/* --- entries --- */

void cache_clear(struct cache *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->recent)
        drop(c, c->recent);
    pthread_mutex_unlock(&c->lock);
}

void cache_destroy(struct cache *c)
{
    if (!c)
        return;
    while (c->recent)
        drop(c, c->recent);
    while (c->flights)
        land(c, c->flights, NULL);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void cache_key(const struct cache *c, struct str what, unsigned char key[CACHE_KEY])
{
    _Static_assert((int)CACHE_KEY == (int)crypto_shorthash_siphashx24_BYTES, "the hash fills the key");
    crypto_shorthash_siphashx24(key, (const unsigned char *)what.ptr, what.len, c->hash_key);
}

/* Under the lock: the table's own use keeps the entry from going meanwhile. */
static struct entry *take(struct cache *c, const unsigned char key[CACHE_KEY])
{
    struct entry *e;
    HASH_FIND(hh, c->table, key, CACHE_KEY, e);
    if (!e)
        return NULL;
    atomic_fetch_add(&e->uses, 1);
    if (e != c->recent) {
        DL_DELETE(c->recent, e);
        DL_PREPEND(c->recent, e);
    }
    return e;
}

struct cached *cache_get(struct cache *c, const unsigned char key[CACHE_KEY])
{
    pthread_mutex_lock(&c->lock);
    struct entry *e = take(c, key);
    struct flight *f = e ? NULL : flight_of(c, key);
    if (f)
        e = await(c, f);
    else if (!e && c->max_bytes)
        flight_begin(c, key);
    c->stats.hits += e != NULL;
    c->stats.misses += e == NULL;
    pthread_mutex_unlock(&c->lock);
    return e ? &e->pub : NULL;
}

void cache_give_up(struct cache *c, const unsigned char key[CACHE_KEY])
{
    pthread_mutex_lock(&c->lock);
    struct flight *f = flight_of(c, key);
    if (f)
        land(c, f, NULL);
    pthread_mutex_unlock(&c->lock);
}

static struct entry *entry_make(const unsigned char key[CACHE_KEY], const struct cached *value)
{
    size_t n = value->body.len + value->headers.len;
    struct entry *e = malloc(sizeof *e + n + 1);
    if (!e)
        return NULL;
    memset(e, 0, sizeof *e);
    e->pub = *value;
    memcpy(e->key, key, CACHE_KEY);
    memcpy(e->bytes, value->body.ptr, value->body.len);
    if (value->headers.len)
        memcpy(e->bytes + value->body.len, value->headers.ptr, value->headers.len);
    e->pub.body.ptr = e->bytes;
    e->pub.headers.ptr = e->bytes + value->body.len;
    e->size = sizeof *e + n;
    atomic_init(&e->uses, 2); /* the table's and the caller's */
    pthread_mutex_init(&e->gzip_lock, NULL);
    return e;
}

struct cached *cache_put(struct cache *c, const unsigned char key[CACHE_KEY], const struct cached *value)
{
    struct entry *e = value->body.len > c->max_bytes / 8 ? NULL : entry_make(key, value), *old;
    if (!e) {
        cache_give_up(c, key);
        return NULL;
    }
    pthread_mutex_lock(&c->lock);
    HASH_FIND(hh, c->table, key, CACHE_KEY, old);
    if (old)
        drop(c, old);
    HASH_ADD(hh, c->table, key, CACHE_KEY, e);
    DL_PREPEND(c->recent, e);
    e->listed = true;
    c->bytes += e->size;
    struct flight *f = flight_of(c, key);
    if (f)
        land(c, f, e);
    while (c->bytes > c->max_bytes) {
        drop(c, c->recent->prev); /* utlist: the head's prev is the tail */
        c->stats.evictions++;
    }
    pthread_mutex_unlock(&c->lock);
    return &e->pub;
}

void cache_release(struct cache *c, struct cached *cached)
{
    (void)c;
    entry_release((struct entry *)cached);
}

bool gzip(struct str bytes, struct buf *out)
{
    if (bytes.len < GZIP_MIN || bytes.len > UINT32_MAX / 2)
        return false;
    buf_init(out, out->arena, bytes.len);
    if (out->failed)
        return false;
    out->len = deflate_gzip(bytes, out->ptr, bytes.len);
    return out->len > 0;
}

struct str cached_gzip(struct cache *c, struct cached *cached)
{
    struct entry *e = (struct entry *)cached;
    if (cached->body.len < GZIP_MIN)
        return (struct str){0};
    pthread_mutex_lock(&e->gzip_lock);
    if (!e->gzip_tried) {
        char *out = malloc(cached->body.len);
        size_t n = out ? deflate_gzip(cached->body, out, cached->body.len) : 0;
        char *fit = n ? realloc(out, n) : NULL;
        if (fit) {
            e->gzip = (struct str){fit, n};
            pthread_mutex_lock(&c->lock);
            e->size += n;
            if (e->listed)
                c->bytes += n;
            pthread_mutex_unlock(&c->lock);
        } else {
            free(out);
        }
        e->gzip_tried = true;
    }
    struct str result = e->gzip;
    pthread_mutex_unlock(&e->gzip_lock);
    return result;
}

void etag_of(struct str bytes, char out[ETAG_TEXT])
{
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
    char text[ETAG_TEXT - 8]; /* room for the "-gzip" of the compressed form */
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(out, ETAG_TEXT, "\"%s\"", text);
}

void cache_stats(struct cache *c, struct cache_stats *out)
{
    pthread_mutex_lock(&c->lock);
    *out = c->stats;
    out->bytes = c->bytes;
    out->entries = HASH_COUNT(c->table);
    pthread_mutex_unlock(&c->lock);
}

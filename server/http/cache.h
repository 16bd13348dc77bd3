/* cache.h - replies kept by what they were made from, each with its ETag and its gzip form made once.
 *
 *   key = hash(route, path, query, who sees the same bytes, revisions of what it reads)  ──►  bytes, ETag
 *
 * A change moves a revision, so the next request asks for another key; old entries age out. Bounded in bytes,
 * the least recently used goes first. Entries are counted: nothing is locked while one is sent.
 *
 * The ETag is a hash of the bytes: the same content keeps its ETag over restarts and unrelated changes.
 * Threads: safe. Tests: tests/unit/cache_test.c
 */
#ifndef CONVENED_HTTP_CACHE_H
#define CONVENED_HTTP_CACHE_H

#include "base/text.h"

enum { ETAG_TEXT = 40, CACHE_KEY = 16 };

struct cache;

struct cached {
    const char *content_type; /* static */
    struct str body;
    struct str headers; /* further header lines */
    char etag[ETAG_TEXT];
    int people; /* as in struct reply */
};

struct cache *cache_create(size_t max_bytes);
void cache_destroy(struct cache *cache); /* NULL-safe */

void cache_clear(struct cache *cache); /* what is being sent goes when it is sent */

/* The key of what a reply follows from: a hash under a key of the process's own, so that nobody can aim at
 * another's place. */
void cache_key(const struct cache *cache, struct str what, unsigned char key[CACHE_KEY]);

/* The entry of that key, counted; or NULL, and then the caller makes it and says so: cache_put() or
 * cache_give_up(). Whoever asks meanwhile waits for that, for two seconds at most: a thousand phones that
 * miss at once are one query. */
struct cached *cache_get(struct cache *cache, const unsigned char key[CACHE_KEY]);
/* Stores copies and returns the entry, counted; NULL when it does not fit or memory is out. */
struct cached *cache_put(struct cache *cache, const unsigned char key[CACHE_KEY], const struct cached *value);
/* There will be no entry (an error, too large): those who wait for it make their own, at once. */
void cache_give_up(struct cache *cache, const unsigned char key[CACHE_KEY]);
void cache_release(struct cache *cache, struct cached *entry);

/* The body as gzip, made once; absent when it would not be smaller. */
struct str cached_gzip(struct cache *cache, struct cached *entry);

/* `"` + base64url of a 128-bit BLAKE2b of the bytes + `"`. */
void etag_of(struct str bytes, char out[ETAG_TEXT]);
/* One-shot gzip into the arena's buffer (RFC 1952). False when it would not be smaller. */
bool gzip(struct str bytes, struct buf *out);

struct cache_stats {
    uint64_t hits, misses, bytes, entries, evictions;
};
void cache_stats(struct cache *cache, struct cache_stats *out);

#endif

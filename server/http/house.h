/* house.h - the running program: what every request shares. Built by cli/, torn down by it.
 *
 * Threads: the pointers do not change once requests are served; each part says how it may be used.
 */
#ifndef CONVENED_HTTP_HOUSE_H
#define CONVENED_HTTP_HOUSE_H

#include <stdatomic.h>

#include "base/config.h"
#include "http/request.h"

struct house {
    const struct config *config;
    const struct feature *const *features; /* NULL-terminated */
    struct db *db;
    struct keys *keys;
    struct router *router;
    struct scope *scope;
    struct identity *identity;
    struct limiter *limiter;
    struct cache *cache;
    struct hub *hub;
    struct whereabouts *whereabouts;
    struct metrics *metrics;
    struct {
        unsigned char n, of[FEATURES_MAX];
    } reads[FEATURES_MAX]; /* for each feature, those whose writes change its replies */
    char epoch[20];        /* of the database file */
    char boot[9];          /* random, first half of request ids */
    atomic_uint requests;  /* counts request ids */
    atomic_bool draining;  /* /readyz says no, connections close */
};

/* Opens the data directory's database and keys and builds the rest. NULL with a reason. The directory is
 * created when `config->create`. */
struct house *house_open(const struct config *config, const struct feature *const *features,
                         char why[DB_WHY]);
void house_close(struct house *house); /* NULL-safe; no request may be running */

/* Answers one request. The caller made rq with request_init() and ends it with request_finish(). */
void dispatch(struct request *rq);

/* Counts and logs an answer; dispatch() does it for its own. */
void request_note(const struct request *rq, int64_t us);

/* `first` and `size`: memory for the arena to begin with, the caller's. */
void request_init(struct request *rq, struct house *house, const struct input *in, struct arena *arena);
void request_finish(struct request *rq);

/* The reply's head, ready to send: status line, headers, empty line. `len`: body length, -1: it ends with the
 * connection. */
void reply_head(struct request *rq, struct buf *out, int64_t len, bool keep_alive);
/* Whether the request comes from an origin on the allow-list (--cors). */
bool reply_may_cross(const struct request *rq);
/* The body in memory, whichever way it was made; gzip when the request takes it. Call before reply_head. */
struct str reply_body(struct request *rq);

#endif

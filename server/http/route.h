/* route.h - a route is a row; a feature is a list of rows with the SQL they use.
 *
 * Threads: constant data. Tests: tests/unit/router_test.c, tests/api/
 */
#ifndef CONVENED_HTTP_ROUTE_H
#define CONVENED_HTTP_ROUTE_H

#include <stdint.h>

#include "base/error.h"
#include "http/access.h"

struct feed_source;
struct house;
struct request;

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };

/* What the handler gets: no connection, a reader's snapshot, or the writer (committed when it returns
 * ERR_OK). TX_REPEATABLE is a cheaper TX_WRITE for a handler that may be run twice, its first run undone: all
 * that it leaves in the request it makes anew. TX_BULK has a commit of its own, for thousands of rows. */
enum tx { TX_NONE, TX_READ, TX_WRITE, TX_REPEATABLE, TX_BULK };

/* Who sees the same bytes: the scope of a cached reply. The default is the narrowest. */
enum vary { VARY_PERSON, VARY_TEAM, VARY_ROLE, VARY_NOBODY };

enum body {
    BODY_NONE,
    BODY_JSON,
    BODY_ROWS, /* JSON that the handler parses, piece by piece */
    BODY_FILE
};

enum route_flag {
    ROUTE_IF_MATCH = 1, /* the request must carry If-Match (428) */
    ROUTE_NO_STORE = 2, /* secrets: never cached, here or on the way */
    ROUTE_SHARED = 4,   /* Cache-Control: public, for a few minutes */
    ROUTE_TIMED = 8,    /* the reply follows the clock: remembered for a minute at most */
    ROUTE_HOUSE = 16, /* of no event, whatever event the token is for: one state and one zone (UTC) for all */
    ROUTE_FEED = 32,  /* the reply follows the change feed of who asks, and nothing else */
    /* Answers to staff, organizers and the admin are written to the audit first (http/audit.h): all of them,
     * or those with people in them (reply.people). */
    ROUTE_AUDITED = 64,
    ROUTE_PEOPLE = 128
};

struct route {
    enum method method;
    const char *path;      /* template: "/v1/events/{event}/rooms/{id}" */
    const char *operation; /* operationId in api-spec/openapi.yaml */
    unsigned access;       /* ACCESS_… ; 0 stops the boot */
    enum tx tx;
    enum err (*handler)(struct request *rq);
    const void *of;    /* what the handler works on, a struct collection as a rule */
    const char *query; /* query parameters that it takes, space-separated; NULL: none */
    enum body body;
    enum vary vary;
    unsigned flags;  /* enum route_flag */
    const char *own; /* query flag with which the reply is the asker's own, from their own rows; NULL: none */
};

/* A document that phones keep (sync/): by :id, as the caller may see it; no row: gone for them. */
struct document {
    const char *collection;                        /* as in the feed; NULL ends the list */
    const char *get;                               /* in the feature's `sql` too */
    const char *(*pick)(const struct request *rq); /* where readers see different columns: instead of `get` */
    bool people;                                   /* a person each: counted for the audit */
};

/* One row of features.c. A feature's name is its spec tag. A successful write on one of its routes moves its
 * revision; `reads` names the other features whose writes change its replies. */
struct feature {
    const char *name;
    const char *reads;                /* space-separated names, or NULL */
    const struct route *routes;       /* ends with a row whose path is NULL */
    const char *const *sql;           /* NULL-terminated */
    const struct feed_source *feed;   /* which of its rows phones keep, and who hears of a change; or NULL */
    const struct document *documents; /* those, as phones get them; or NULL */
    enum err (*tick)(struct house *house,
                     int64_t now); /* what statements alone cannot do when it is due; or NULL */
    const char *const *due;        /* NULL-terminated: what the clock makes due (ticker.h); or NULL */
};

enum { FEATURES_MAX = 96 };

const char *method_name(enum method method);

/* The boot's check of the list: every row has access, a handler, an operation of its own; every name in
 * `reads` exists. NULL when all is well, else a line that says what is wrong (static buffer; call before
 * threads start). */
const char *features_check(const struct feature *const *features);

#endif

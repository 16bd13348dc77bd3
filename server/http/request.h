/* request.h - one request from its first byte to its last: what a handler reads, and the reply it fills.
 *
 * A handler is `static enum err rooms_list(struct request *rq)`. It reads rq, writes rq->reply and returns
 * ERR_OK, or `return fail(rq, ERR_CONFLICT, "…")`. All that it obtains (arena, queries, JSON) dies with the
 * request. Threads: a request belongs to one thread at a time. Tests: tests/api/
 */
#ifndef CONVENED_HTTP_REQUEST_H
#define CONVENED_HTTP_REQUEST_H

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"
#include "db/query.h"
#include "http/route.h"

struct house;
struct event;
struct cached;

struct header {
    struct str name, value;
};

/* What the listener, or a test, hands to dispatch(). Views that outlive it. */
struct input {
    struct str method, path, query; /* as they came, not decoded */
    const struct header *headers;
    size_t n_headers;
    struct str remote;
    bool on_metrics; /* came in on the loopback metrics listener */
    /* Reads up to `size` bytes of the body: their number, 0 at its end, -1 when they did not come until
     * `deadline_us` (monotonic), -2 when it broke off or is malformed. */
    long (*read)(void *arg, void *to, size_t size, int64_t deadline_us);
    void *read_arg;
};

/* Who asks. Empty texts where a value does not apply. */
struct principal {
    enum role role;
    char participant[37], device[37];
    char event[37];     /* empty: an organizer of several events, or the admin */
    struct event *home; /* that event; NULL when it is empty */
    char team[37];
    char organizer[37]; /* account of an organizer */
};

struct invalid {
    struct invalid *next;
    const char *pointer, *detail;
    int line; /* of an uploaded file; 0: none */
};

/* Where a reply that has no end is written. */
struct sink {
    int (*write)(struct sink *sink,
                 struct str bytes);  /* -1 when the reader is gone, or takes nothing for 15 s */
    bool (*gone)(struct sink *sink); /* the reader has closed; may be asked at any time, and does not wait */
    void *arg;
};

struct reply {
    int status; /* 0 becomes 200 */
    const char *content_type;
    struct buf body;
    struct buf headers;    /* further header lines, each ended by CRLF */
    char etag[40];         /* with its quotes; empty: none */
    struct cached *cached; /* the body stands here instead; released by the request */
    int file; /* or in this open descriptor (0: none), from file_at, file_len bytes; closed by the sender */
    int64_t file_at, file_len;
    void (*stream)(struct request *rq,
                   struct sink *sink); /* called after the head; the connection ends with it, unless `ends` */
    int people;                        /* how many persons it shows; for the audit */
    bool ends; /* of a stream: it is a file, sent in chunks; `cut` when the last one must not be sent */
    bool cut;
    bool close; /* end the connection afterwards: the body was not read to its end */
};

enum { PARAMS_MAX = 3 };

struct request {
    struct house *house;
    const struct input *in;
    struct arena *arena;
    char id[20]; /* X-Request-Id */
    int64_t now; /* ms UTC, the same for the whole request */
    enum method method;
    bool head; /* HEAD: as GET, without the body */
    const struct route *route;
    enum err (*part)(struct request *rq); /* what runs in the transaction: the handler, as a rule */
    int feature;                          /* index of the route's feature */
    struct str params[PARAMS_MAX], param_names[PARAMS_MAX];
    struct principal who;
    struct event *event;     /* of {event}; else the token's, may be NULL */
    const struct zone *zone; /* of that event */
    struct frame frame;
    struct str body;    /* as sent */
    json_t *json;       /* BODY_JSON: an object or an array */
    const char *upload; /* BODY_FILE: path of the spooled file; unlinked unless the handler moves it */
    int64_t upload_size;
    struct conn *conn;
    struct reply reply;
    const char *detail; /* of the error */
    struct invalid *invalid, **invalid_end;
    const char *confirm;                      /* of ERR_CONFIRM: what to send back */
    struct str reason, scope;                 /* for the audit: as given, and beside the path and query */
    int retry_after;                          /* seconds, for 429 and 503 */
    void *scratch;                            /* the handler's own, between its parts (request_transact) */
    void (*after_commit)(struct request *rq); /* set by a handler whose write moves something in memory */
};

/* --- input --- */
struct str request_header(const struct request *rq, const char *name); /* absent when it did not come */
/* As civetweb decides it, which does the closing: a Connection header without keep-alive ends it. */
bool request_wants_close(const struct request *rq);
/* The client's address: `peer`, or what the proxy (--proxy) says when it is the peer. */
struct str request_remote(const struct request *rq, const char *peer);
struct str request_param(const struct request *rq, const char *name); /* path parameter, decoded */
/* A query parameter, decoded; absent when it did not come. Names that the route does not list were refused
 * before. */
struct str request_query(struct request *rq, const char *name);
bool request_query_flag(struct request *rq, const char *name); /* "true" */

/* --- the database --- */
struct query *request_sql(struct request *rq, const char *sql); /* query_get on the request's connection */
/* As request_sql with `:id` bound to the path parameter {id}. */
struct query *request_sql_id(struct request *rq, const char *sql);

/* Runs `part` in a transaction of its own, as the route's tx does for a whole handler: for the few handlers
 * (TX_NONE) that do slow work between a read and a write. ERR_OK after a write means durable. */
enum err request_transact(struct request *rq, enum tx tx, enum err (*part)(struct request *rq));

/* --- errors --- */
/* Reports an error once, where it happens. The text helps its reader; it names nothing of another team.
 * Returns `err`. */
enum err fail(struct request *rq, enum err err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Adds to the `errors` of a 422; `pointer` is a JSON Pointer (RFC 6901). */
void invalid(struct request *rq, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts `prefix` before every pointer that invalid() was given: they were into a part of the body. */
void invalid_under(struct request *rq, const char *prefix);
/* The same with the line of an uploaded file, from 1; 0: none. */
void invalid_line(struct request *rq, const char *pointer, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* ERR_INVALID when invalid() was called, else ERR_OK. */
enum err invalid_result(struct request *rq);

/* --- the reply --- */
enum { HEADER_VALUE_MAX = 4096 }; /* with its NUL; what is longer is cut */
void reply_header(struct request *rq, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct buf *reply_json(struct request *rq, int status); /* starts a JSON body */
enum err reply_no_content(struct request *rq);          /* 204 */

#endif

/* dispatch.c - the life of a request, read top to bottom: see dispatch() at the foot. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/audience.h"
#include "http/audit.h"
#include "http/body.h"
#include "http/cache.h"
#include "http/conditional.h"
#include "http/house.h"
#include "http/identity.h"
#include "http/metrics.h"
#include "http/problem.h"
#include "http/router.h"
#include "http/scope.h"

enum { URI_MAX = 4096 };

/* --- route --- */

static enum err read_method(struct request *rq)
{
    if (str_is(rq->in->method, "HEAD")) {
        rq->method = METHOD_GET;
        rq->head = true;
        return ERR_OK;
    }
    for (enum method m = METHOD_GET; m < METHOD_COUNT; m++)
        if (str_is(rq->in->method, method_name(m))) {
            rq->method = m;
            return ERR_OK;
        }
    rq->reply.close = true;
    reply_header(rq, "Allow", "GET, POST, PUT, PATCH, DELETE");
    return fail(rq, ERR_METHOD_NOT_ALLOWED, "the methods are GET, POST, PUT, PATCH and DELETE");
}

/* True when `key` stands again in the rest of the query. */
static bool stands_again(struct str key, struct str rest)
{
    while (rest.len) {
        struct str pair = str_split(&rest, '&');
        if (str_eq(str_split(&pair, '='), key))
            return true;
    }
    return false;
}

/* A parameter that nobody knows, or a second value, would be silently dropped: better to say so. */
static enum err check_query(struct request *rq)
{
    struct str rest = rq->in->query;
    while (rest.len) {
        struct str pair = str_split(&rest, '&'), value = pair, decoded;
        struct str key = str_split(&value, '=');
        struct str known = str_of(rq->route->query);
        bool found = false;
        while (known.len && !found)
            found = str_eq(str_split(&known, ' '), key);
        if (!found)
            return fail(rq, ERR_BAD_REQUEST,
                        rq->route->query ? "the query parameters here are: %s"
                                         : "no query parameters are taken here%s",
                        rq->route->query ? rq->route->query : "");
        if (stands_again(key, rest))
            return fail(rq, ERR_BAD_REQUEST, "the query parameter %.*s stands twice", (int)key.len, key.ptr);
        if (value.ptr && !text_decode_uri(rq->arena, value, true, &decoded))
            return fail(rq, ERR_BAD_REQUEST, "the query parameter %.*s does not decode", (int)key.len,
                        key.ptr);
    }
    return ERR_OK;
}

static enum err match(struct request *rq)
{
    enum err err = body_check_head(rq);
    if (err != ERR_OK)
        return err;
    if ((err = read_method(rq)) != ERR_OK)
        return err;
    if (rq->in->path.len + rq->in->query.len > URI_MAX)
        return fail(rq, ERR_URI_TOO_LONG, "the path and query may have %d bytes", URI_MAX);
    if ((err = router_match(rq->house->router, rq)) != ERR_OK)
        return err;
    if (rq->in->on_metrics != !!(rq->route->access & ACCESS_METRICS) &&
        !(rq->route->access & ACCESS_PUBLIC)) {
        rq->route = NULL;
        return fail(rq, ERR_NOT_FOUND, "no such path");
    }
    return check_query(rq);
}

/* --- who, and whether they may --- */

static bool may_enter(const struct request *rq, const struct event *event)
{
    const struct principal *who = &rq->who;
    if (rq->route->access & ACCESS_PUBLIC)
        return atomic_load(&event->facts)->public;
    if (who->role == ROLE_ADMIN)
        return true;
    if (*who->event)
        return !strcmp(who->event, event->id);
    return who->role == ROLE_ORGANIZER && scope_organizes(rq->house->scope, who->organizer, event);
}

/* Most ask for the event that their token is for: they need not look, nor wait for who changes the list. */
static struct event *look_up(struct request *rq, struct str name)
{
    struct event *home = rq->who.home;
    if (home && (str_is(name, home->id) || str_is(name, atomic_load(&home->facts)->slug)))
        return home;
    return scope_find(rq->house->scope, name);
}

static enum err find_event(struct request *rq)
{
    struct str name = request_param(rq, "event");
    if (name.ptr) {
        rq->event = look_up(rq, name);
        if (!rq->event || !may_enter(rq, rq->event)) {
            rq->event = NULL;
            return fail(rq, ERR_NOT_FOUND, "there is no such event, or it is not yours");
        }
    } else if (!(rq->route->flags & ROUTE_HOUSE)) {
        rq->event = rq->who.home;
    }
    if (rq->event)
        rq->zone = atomic_load(&rq->event->facts)->zone;
    return ERR_OK;
}

static enum err authorize(struct request *rq)
{
    unsigned access = rq->route->access;
    if (access & ACCESS_METRICS)
        return ERR_OK;
    enum err err = access & ACCESS_PUBLIC ? ERR_OK : identity_check(rq);
    if (err == ERR_OK)
        err = find_event(rq);
    if (err == ERR_OK && !(access & (ACCESS_PUBLIC | 1u << rq->who.role)))
        err = fail(rq, ERR_FORBIDDEN, "the role %s may not do this", role_name(rq->who.role));
    return err;
}

/* What every statement may name: see struct frame. */
static void set_frame(struct request *rq)
{
    bool host = rq->who.role == ROLE_ORGANIZER || rq->who.role == ROLE_ADMIN;
    rq->frame = (struct frame){
        .event = rq->event ? str_of(rq->event->id) : STR(""),
        .team = host ? (struct str){0} : str_of(rq->who.team),
        .participant = *rq->who.participant ? str_of(rq->who.participant) : (struct str){0},
        .device = *rq->who.device ? str_of(rq->who.device) : (struct str){0},
        .now = rq->now,
        .organizer = host,
    };
}

/* --- from memory --- */

static void add_revisions(struct request *rq, struct buf *b)
{
    for (int i = 0; i < rq->house->reads[rq->feature].n; i++) {
        unsigned revision = scope_revision(rq->house->scope, rq->event, rq->house->reads[rq->feature].of[i]);
        buf_add(b, &revision, sizeof revision);
    }
}

static void add_newest(struct request *rq, struct buf *b)
{
    struct scopes scopes;
    audience_of(rq, &scopes);
    int64_t newest = hub_newest(rq->house->hub, &scopes);
    buf_add(b, &newest, sizeof newest);
}

/* Everything that the bytes of the reply follow from. False when memory is out. */
static bool key_of(struct request *rq, unsigned char key[CACHE_KEY])
{
    static const char none[37];
    const struct principal *who = &rq->who;
    bool own = rq->route->own && request_query_flag(rq, rq->route->own);
    enum vary vary = own ? VARY_PERSON : rq->route->vary;
    char role = vary == VARY_NOBODY ? 0 : (char)who->role;
    struct buf b;
    buf_init(&b, rq->arena, 256 + rq->in->path.len + rq->in->query.len);
    buf_add(&b, &rq->route, sizeof rq->route);
    buf_char(&b, role);
    buf_add(&b, vary <= VARY_TEAM ? who->team : none, sizeof none);
    buf_add(&b, vary <= VARY_PERSON ? who->participant : none, sizeof none);
    if (rq->route->flags & ROUTE_TIMED) {
        int64_t minute = rq->now / 60000;
        buf_add(&b, &minute, sizeof minute);
    }
    if (rq->route->flags & ROUTE_FEED || own)
        add_newest(rq, &b);
    if (!(rq->route->flags & ROUTE_FEED))
        add_revisions(rq, &b);
    buf_str(&b, rq->in->path);
    buf_char(&b, '?');
    buf_str(&b, rq->in->query);
    cache_key(rq->house->cache, buf_view(&b), key);
    return !b.failed;
}

static bool is_cacheable(const struct request *rq)
{
    return rq->method == METHOD_GET && rq->route->tx == TX_READ && !(rq->route->flags & ROUTE_NO_STORE);
}

/* The reply from an entry: the caller's count of it passes to the request. */
static void answer_cached(struct request *rq, struct cached *entry)
{
    rq->reply.status = 200;
    rq->reply.cached = entry;
    rq->reply.content_type = entry->content_type;
    rq->reply.people = entry->people;
    memcpy(rq->reply.etag, entry->etag, sizeof entry->etag);
    if (entry->headers.len) {
        buf_init(&rq->reply.headers, rq->arena, entry->headers.len);
        buf_str(&rq->reply.headers, entry->headers);
    }
}

/* --- the handler --- */

static enum err run_write(struct conn *c, void *arg)
{
    struct request *rq = arg;
    rq->conn = c;
    enum err err = rq->part(rq);
    if (err == ERR_OK && rq->reply.body.failed)
        err = ERR_UNAVAILABLE;
    if (err == ERR_OK && rq->route->tx != TX_NONE)
        err = audit_write(rq); /* it stands, or falls, with what was done */
    rq->conn = NULL;
    return err;
}

static enum err run_read(struct request *rq)
{
    rq->conn = db_read_begin(rq->house->db, &rq->frame);
    if (!rq->conn)
        return fail(rq, ERR_UNAVAILABLE, "the server is busy; try again");
    enum err err = rq->part(rq), fault = conn_error(rq->conn);
    db_read_end(rq->conn);
    rq->conn = NULL;
    return fault != ERR_OK ? fault : err;
}

enum err request_transact(struct request *rq, enum tx tx, enum err (*part)(struct request *))
{
    rq->part = part;
    if (tx == TX_READ)
        return run_read(rq);
    if (tx == TX_NONE)
        return part(rq);
    enum err err = (tx == TX_REPEATABLE ? db_write_repeatable
                    : tx == TX_BULK     ? db_write_alone
                                        : db_write)(rq->house->db, &rq->frame, run_write, rq);
    if (err != ERR_OK)
        return err;
    /* Before the answer: whoever wrote reads what they wrote. What is of no event is in all of theirs. */
    if (rq->route->flags & ROUTE_HOUSE)
        scope_changed_everywhere(rq->house->scope, rq->feature);
    else
        scope_changed(rq->house->scope, rq->event, rq->feature);
    return err;
}

static enum err run(struct request *rq)
{
    enum err err = request_transact(rq, rq->route->tx, rq->route->handler);
    if (err == ERR_OK && rq->after_commit)
        rq->after_commit(rq);
    if (err == ERR_OK && rq->reply.body.failed)
        err = fail(rq, ERR_UNAVAILABLE, "memory is out");
    return err;
}

/* The ETag of what a handler made, and a place in the cache for it. */
static void remember(struct request *rq, const unsigned char *key)
{
    struct reply *reply = &rq->reply;
    if (reply->status == 0)
        reply->status = 200;
    bool secret = rq->route->flags & ROUTE_NO_STORE && rq->method != METHOD_GET;
    if ((reply->status != 200 && reply->status != 201) || !reply->body.len || secret)
        return;
    if (!*reply->etag)
        etag_of(buf_view(&reply->body), reply->etag);
    if (!key || reply->status != 200)
        return;
    struct cached value = {
        .content_type = reply->content_type, .body = buf_view(&reply->body), .people = reply->people};
    memcpy(value.etag, reply->etag, sizeof value.etag);
    if (reply->headers.arena)
        value.headers = buf_view(&reply->headers);
    reply->cached = cache_put(rq->house->cache, key, &value);
}

static enum err answer(struct request *rq)
{
    unsigned char key[CACHE_KEY];
    bool cacheable = is_cacheable(rq) && key_of(rq, key);
    if (cacheable) {
        struct cached *hit = cache_get(rq->house->cache, key);
        if (hit) {
            answer_cached(rq, hit);
            return ERR_OK;
        }
    }
    enum err err = run(rq);
    if (err == ERR_OK)
        remember(rq, cacheable ? key : NULL);
    if (cacheable && !rq->reply.cached)
        cache_give_up(rq->house->cache, key);
    return err;
}

/* --- dispatch --- */

/* A browser asks before a call from another origin (Fetch standard): those on the allow-list are told. */
static bool answer_preflight(struct request *rq)
{
    if (!str_is(rq->in->method, "OPTIONS") || !reply_may_cross(rq) || body_check_head(rq) != ERR_OK)
        return false;
    rq->reply.status = 204;
    reply_header(rq, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
    reply_header(
        rq, "Access-Control-Allow-Headers",
        "Authorization, Content-Disposition, Content-Type, Idempotency-Key, If-Match, If-None-Match");
    reply_header(rq, "Access-Control-Max-Age", "600");
    return true;
}

/* By hand, for it is done at every request: printf would take as long as the answer. */
static void log_request(const struct request *rq, int64_t us)
{
    struct buf b;
    buf_init(&b, rq->arena, 256);
    buf_puts(&b, " method=");
    buf_puts(&b, rq->route ? method_name(rq->route->method) : "-");
    buf_puts(&b, " route=");
    buf_puts(&b, rq->route ? rq->route->path : "-");
    buf_puts(&b, " status=");
    buf_int(&b, rq->reply.status);
    buf_puts(&b, " us=");
    buf_int(&b, us);
    buf_puts(&b, " id=");
    buf_puts(&b, rq->id);
    buf_puts(&b, " role=");
    buf_puts(&b, role_name(rq->who.role));
    log_pairs(LOG_INFO, "request", buf_view(&b));
}

void request_note(const struct request *rq, int64_t us)
{
    metrics_request(rq->house->metrics, rq->route ? router_number(rq->house->router, rq->route) : -1,
                    rq->reply.status, us);
    if (log_enabled(LOG_INFO))
        log_request(rq, us);
}

void dispatch(struct request *rq)
{
    int64_t start = clock_monotonic_us();
    if (answer_preflight(rq)) {
        request_note(rq, clock_monotonic_us() - start);
        return;
    }
    enum err err = match(rq);
    if (err == ERR_OK)
        err = authorize(rq);
    if (err == ERR_OK)
        err = body_receive(rq);
    if (err == ERR_OK && rq->route->flags & ROUTE_IF_MATCH && !request_header(rq, "If-Match").ptr)
        err = fail(rq, ERR_NEED_IF_MATCH,
                   "send If-Match with the ETag that you read, so that nobody's change is lost");
    if (err == ERR_OK) {
        set_frame(rq);
        err = answer(rq);
    }
    if (err == ERR_OK)
        err = audit_answer(rq);
    if (err == ERR_OK)
        conditional_apply(rq);
    else
        problem_reply(rq, err);
    request_note(rq, clock_monotonic_us() - start);
}

void request_init(struct request *rq, struct house *house, const struct input *in, struct arena *arena)
{
    memset(rq, 0, sizeof *rq);
    rq->house = house;
    rq->in = in;
    rq->arena = arena;
    rq->now = clock_now_ms();
    uint32_t number = htonl(atomic_fetch_add(&house->requests, 1));
    memcpy(rq->id, house->boot, 8);
    sodium_bin2hex(rq->id + 8, 9, (const unsigned char *)&number, sizeof number);
}

void request_finish(struct request *rq)
{
    if (rq->reply.cached)
        cache_release(rq->house->cache, rq->reply.cached);
    if (rq->reply.file > 0)
        close(rq->reply.file);
    arena_finish(rq->arena);
}

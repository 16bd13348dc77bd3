/* request.c - what a handler reads, how it reports an error, how it starts a reply. */
#include "http/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/house.h"

struct str request_header(const struct request *rq, const char *name)
{
    size_t len = strlen(name); /* most names differ in length: this is asked many times a request */
    for (size_t i = 0; i < rq->in->n_headers; i++) {
        const struct header *h = &rq->in->headers[i];
        if (h->name.len == len && str_ieq(h->name, name))
            return h->value;
    }
    return (struct str){0};
}

bool request_wants_close(const struct request *rq)
{
    struct str c = request_header(rq, "Connection");
    bool close = c.ptr != NULL;
    while (c.len) {
        struct str word = str_trim(str_split(&c, ','));
        if (str_ieq(word, "close"))
            return true;
        if (str_ieq(word, "keep-alive"))
            close = false;
    }
    return close;
}

struct str request_remote(const struct request *rq, const char *peer)
{
    struct str forwarded = request_header(rq, "X-Forwarded-For"), last = {0};
    const char *proxy = rq->house->config->proxy;
    if (!forwarded.ptr || !*proxy || strcmp(peer, proxy))
        return str_of(peer);
    while (forwarded.ptr) /* the last is the one that our proxy wrote */
        last = str_trim(str_split(&forwarded, ','));
    return last;
}

struct str request_param(const struct request *rq, const char *name)
{
    for (int i = 0; i < PARAMS_MAX; i++)
        if (rq->param_names[i].ptr && str_is(rq->param_names[i], name))
            return rq->params[i];
    return (struct str){0};
}

struct str request_query(struct request *rq, const char *name)
{
    struct str rest = rq->in->query;
    while (rest.len) {
        struct str pair = str_split(&rest, '&'), value = pair, decoded;
        struct str key = str_split(&value, '=');
        if (str_is(key, name))
            return text_decode_uri(rq->arena, value.ptr ? value : STR(""), true, &decoded) ? decoded
                                                                                           : (struct str){0};
    }
    return (struct str){0};
}

bool request_query_flag(struct request *rq, const char *name)
{
    return str_is(request_query(rq, name), "true");
}

struct query *request_sql(struct request *rq, const char *sql)
{
    return query_get(rq->conn, sql);
}

struct query *request_sql_id(struct request *rq, const char *sql)
{
    struct query *q = query_get(rq->conn, sql);
    query_text(q, ":id", request_param(rq, "id"));
    return q;
}

enum err fail(struct request *rq, enum err err, const char *fmt, ...)
{
    va_list ap;
    char text[512];
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    rq->detail = arena_strndup(rq->arena, text, len);
    return err;
}

static void add_invalid(struct request *rq, const char *pointer, int line, const char *fmt, va_list ap)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, ap);
    struct invalid *i = arena_alloc(rq->arena, sizeof *i);
    if (!i)
        return;
    *i = (struct invalid){NULL, arena_strndup(rq->arena, pointer, strlen(pointer)),
                          arena_strndup(rq->arena, text, strlen(text)), line};
    if (!rq->invalid)
        rq->invalid_end = &rq->invalid;
    *rq->invalid_end = i;
    rq->invalid_end = &i->next;
}

void invalid_under(struct request *rq, const char *prefix)
{
    for (struct invalid *i = rq->invalid; i; i = i->next) {
        const char *pointer = arena_printf(rq->arena, "%s%s", prefix, i->pointer);
        if (pointer)
            i->pointer = pointer;
    }
}

void invalid(struct request *rq, const char *pointer, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_invalid(rq, pointer, 0, fmt, ap);
    va_end(ap);
}

void invalid_line(struct request *rq, const char *pointer, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_invalid(rq, pointer, line, fmt, ap);
    va_end(ap);
}

enum err invalid_result(struct request *rq)
{
    return rq->invalid ? fail(rq, ERR_INVALID, "the fields named in `errors` are not valid") : ERR_OK;
}

void reply_header(struct request *rq, const char *name, const char *fmt, ...)
{
    va_list ap;
    char value[HEADER_VALUE_MAX];
    va_start(ap, fmt);
    vsnprintf(value, sizeof value, fmt, ap);
    va_end(ap);
    /* A header value never carries a line break of its own: no splitting. */
    value[strcspn(value, "\r\n")] = '\0';
    if (!rq->reply.headers.arena)
        buf_init(&rq->reply.headers, rq->arena, 128);
    buf_printf(&rq->reply.headers, "%s: %s\r\n", name, value);
}

struct buf *reply_json(struct request *rq, int status)
{
    rq->reply.status = status;
    rq->reply.content_type = "application/json";
    buf_init(&rq->reply.body, rq->arena, 1024);
    return &rq->reply.body;
}

enum err reply_no_content(struct request *rq)
{
    rq->reply.status = 204;
    return ERR_OK;
}

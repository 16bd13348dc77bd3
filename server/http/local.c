#include "http/local.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "http/token.h"

enum { HEADERS_MAX = 80, ADMIN_TOKEN_S = 60 };

static long read_body(void *arg, void *to, size_t size, int64_t deadline_us)
{
    (void)deadline_us;
    struct str *rest = arg;
    size_t n = rest->len < size ? rest->len : size;
    if (n)
        memcpy(to, rest->ptr, n);
    rest->ptr += n;
    rest->len -= n;
    return (long)n;
}

static bool has_header(const struct local_call *call, const char *name)
{
    for (size_t i = 0; i < call->n_headers; i++)
        if (str_ieq(call->headers[i].name, name))
            return true;
    return false;
}

static size_t fill_headers(const struct local_call *call, struct arena *arena, struct header *headers)
{
    size_t n = 0;
    for (; n < call->n_headers && n < HEADERS_MAX - 3; n++)
        headers[n] = call->headers[n];
    if (call->token)
        headers[n++] =
            (struct header){STR("Authorization"), str_of(arena_printf(arena, "Bearer %s", call->token))};
    if (call->body.ptr && !has_header(call, "Content-Type"))
        headers[n++] = (struct header){STR("Content-Type"), STR("application/json")};
    if (call->body.ptr && !has_header(call, "Content-Length") && !has_header(call, "Transfer-Encoding"))
        headers[n++] =
            (struct header){STR("Content-Length"), str_of(arena_printf(arena, "%zu", call->body.len))};
    return n;
}

static struct str file_body(const struct reply *reply, struct arena *arena)
{
    char *bytes = arena_alloc(arena, (size_t)reply->file_len + 1);
    ssize_t n = bytes ? pread(reply->file, bytes, (size_t)reply->file_len, reply->file_at) : 0;
    return (struct str){bytes, n < 0 ? 0 : (size_t)n};
}

/* A stream without an end is read as far as its first event. */
static int write_once(struct sink *sink, struct str bytes)
{
    buf_str(sink->arg, bytes);
    return memmem(bytes.ptr, bytes.len, "data:", 5) ? -1 : 0;
}

static int write_all(struct sink *sink, struct str bytes)
{
    buf_str(sink->arg, bytes);
    return ((struct buf *)sink->arg)->failed ? -1 : 0;
}

static bool never_gone(struct sink *sink)
{
    (void)sink;
    return false;
}

/* A 200 on its way to the caller's sink. False when its end did not get there. */
static bool hand_on(struct request *rq, struct sink *to)
{
    if (rq->reply.stream)
        rq->reply.stream(rq, to);
    return rq->reply.stream ? !rq->reply.cut : !to->write(to, reply_body(rq));
}

static struct str stream_body(struct request *rq, struct arena *arena)
{
    struct buf out;
    struct sink sink = {rq->reply.ends ? write_all : write_once, never_gone, &out};
    buf_init(&out, arena, 256);
    rq->reply.stream(rq, &sink);
    return buf_view(&out);
}

void local_call(struct house *house, const struct local_call *call, struct arena *arena,
                struct local_reply *out)
{
    struct header headers[HEADERS_MAX];
    struct str rest = call->body, query = str_of(call->target), path = str_split(&query, '?');
    struct input in = {.method = str_of(call->method),
                       .path = path,
                       .query = query,
                       .headers = headers,
                       .remote = STR("127.0.0.1"),
                       .on_metrics = call->on_metrics,
                       .read = call->body.ptr ? read_body : NULL,
                       .read_arg = &rest};
    struct arena own;
    struct request rq;
    in.n_headers = fill_headers(call, arena, headers);
    arena_init(&own, NULL, 0);
    request_init(&rq, house, &in, &own);
    dispatch(&rq);
    struct buf head;
    buf_init(&head, arena, 1024);
    bool file = rq.reply.file > 0 && rq.reply.status < 300;
    bool handed = call->to && rq.reply.status == 200 && !file;
    bool whole = !handed || hand_on(&rq, call->to);
    struct str body = handed            ? STR("")
                      : file            ? file_body(&rq.reply, arena)
                      : rq.reply.stream ? stream_body(&rq, arena)
                                        : reply_body(&rq);
    reply_head(&rq, &head, (int64_t)body.len, !rq.reply.close);
    out->status = rq.reply.status;
    out->head = buf_view(&head);
    out->cut = rq.reply.cut || !whole;
    out->operation = rq.route ? rq.route->operation : NULL;
    out->body =
        rq.head || !body.len ? STR("") : (struct str){arena_strndup(arena, body.ptr, body.len), body.len};
    request_finish(&rq);
}

struct str local_header(const struct local_reply *reply, const char *name)
{
    struct str rest = reply->head;
    str_split(&rest, '\n');
    while (rest.len) {
        struct str value = str_trim(str_split(&rest, '\n')), key = str_split(&value, ':');
        if (str_ieq(key, name))
            return str_trim(value);
    }
    return (struct str){0};
}

const char *local_admin_token(struct house *house, struct arena *arena)
{
    struct claims claims = {.role = ROLE_ADMIN, .ver = 1, .iat = clock_now_ms() / 1000};
    struct buf out;
    claims.exp = claims.iat + ADMIN_TOKEN_S;
    uuid_v7(claims.sub);
    uuid_v7(claims.jti);
    buf_init(&out, arena, 512);
    return token_issue(house->keys, &claims, &out) ? NULL : buf_cstr(&out);
}

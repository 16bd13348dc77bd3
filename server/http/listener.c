#include "http/listener.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <civetweb.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/guard.h"
#include "http/head.h"
#include "http/hub.h"
#include "http/metrics.h"
#include "http/problem.h"

enum {
    REQUEST_TIMEOUT_MS = 15000,
    KEEP_ALIVE_MS = 30000,
    FIRST_BLOCK = 12 * 1024, /* of the request's arena, on the worker's stack */
    FILE_CHUNK = 64 * 1024,
    DRAIN_MS = 2500, /* for running requests, before connections are cut */
    DESKS = 8,
    DESK_SIZE = 256 * 1024
};

/* Where an answer is put together, head and body, for one write. Few answers are on their way at a moment, so
 * few desks serve all workers, and a remembered answer takes no memory; who finds none free does. */
struct desk {
    atomic_bool taken;
    char bytes[DESK_SIZE];
};

struct listener {
    struct house *house;
    struct mg_context *context;
    bool metrics;
    int threads;
    int port;
    int wake;            /* readable when its threads are to stop */
    atomic_size_t stack; /* smallest worker stack seen, bytes */
    atomic_int running;  /* requests between head and last byte */
    struct desk desks[DESKS];
};

/* One of civetweb's threads, for what it keeps to itself. */
struct worker {
    int64_t since_us; /* it has been waiting for a head */
    int64_t wait_us;  /* and does so this long */
    bool refused;     /* the last request on the connection was answered by refuse() */
};

/* --- one request --- */

struct body_source {
    struct mg_connection *conn;
    int64_t left;    /* of a declared length */
    bool is_chunked; /* there is none */
    bool go_on;      /* the client waits for "100 Continue" */
    bool ended;      /* read to its end: the next request can be found behind it */
};

static long read_body(void *arg, void *to, size_t size, int64_t deadline_us)
{
    struct body_source *b = arg;
    int64_t start = clock_monotonic_us();
    if (b->ended)
        return 0;
    if (b->go_on)
        mg_printf(b->conn, "HTTP/1.1 100 Continue\r\n\r\n");
    b->go_on = false;
    guard_deadline(deadline_us);
    int n = mg_read(b->conn, to, size);
    guard_deadline(0);
    if (!b->is_chunked && n > 0)
        b->left -= n;
    b->ended = b->is_chunked ? n == 0 : b->left == 0;
    if (n > 0 || b->ended)
        return n;
    /* Civetweb does not say which: silence takes its full time, or the caller's; a fault does not. */
    int64_t now = clock_monotonic_us();
    return now >= deadline_us || now - start >= REQUEST_TIMEOUT_MS * INT64_C(1000) - 100000 ? -1 : -2;
}

static void open_body(struct body_source *b, const struct mg_request_info *info, struct request *rq)
{
    b->is_chunked = request_header(rq, "Transfer-Encoding").ptr != NULL;
    b->left = info->content_length > 0 ? info->content_length : 0;
    b->ended = !b->is_chunked && b->left == 0;
    b->go_on = !b->ended && str_ieq(request_header(rq, "Expect"), "100-continue") &&
               !strcmp(info->http_version, "1.1");
}

static int send_file(struct mg_connection *conn, const struct reply *reply)
{
    char *chunk = malloc(FILE_CHUNK);
    int64_t at = reply->file_at, left = reply->file_len;
    while (chunk && left > 0) {
        ssize_t n = pread(reply->file, chunk, left < FILE_CHUNK ? (size_t)left : FILE_CHUNK, at);
        if (n <= 0 || mg_write(conn, chunk, (size_t)n) != n)
            break;
        at += n;
        left -= n;
    }
    free(chunk);
    return left ? -1 : 0;
}

/* Near the cap an idle connection costs another phone its place: then each answer ends its connection. */
static bool is_crowded(const struct listener *l)
{
    return metrics_open_connections(l->house->metrics) > l->threads - l->threads / 8;
}

static int write_stream(struct sink *sink, struct str bytes)
{
    return mg_write(sink->arg, bytes.ptr, bytes.len) == (int)bytes.len ? 0 : -1;
}

/* Chunked transfer coding (RFC 9112, 7.1): its end tells a whole file from one that was cut. */
static int write_chunk(struct sink *sink, struct str bytes)
{
    return mg_printf(sink->arg, "%zx\r\n", bytes.len) > 0 && !write_stream(sink, bytes) &&
                   !write_stream(sink, STR("\r\n"))
               ? 0
               : -1;
}

static bool reader_gone(struct sink *sink)
{
    (void)sink;
    return guard_reader_gone();
}

/* A reply of unknown length: the head, then whatever comes, until the reader or the handler has enough. */
static void send_stream(struct mg_connection *conn, struct request *rq, bool http11, bool keep)
{
    struct buf out;
    bool chunked = rq->reply.ends && http11;
    struct sink sink = {chunked ? write_chunk : write_stream, reader_gone, conn};
    if (chunked)
        reply_header(rq, "Transfer-Encoding", "chunked");
    buf_init(&out, rq->arena, 1024);
    reply_head(rq, &out, -1, chunked && keep);
    bool sent = !out.failed && mg_write(conn, out.ptr, out.len) == (int)out.len;
    if (sent && !rq->head)
        rq->reply.stream(rq, &sink);
    if (sent && chunked && !rq->head && !rq->reply.cut)
        sent = !write_stream(&sink, STR("0\r\n\r\n"));
    if (!sent || !chunked || !keep || rq->reply.cut)
        mg_disable_connection_keep_alive(conn);
}

static struct desk *find_desk(struct listener *l)
{
    for (struct desk *d = l->desks; d < l->desks + DESKS; d++)
        if (!atomic_exchange_explicit(&d->taken, true, memory_order_acquire))
            return d;
    return NULL;
}

static bool send_whole(struct mg_connection *conn, struct listener *l, struct request *rq, int64_t len,
                       struct str body, bool keep)
{
    struct desk *desk = find_desk(l);
    struct arena arena;
    struct buf out;
    arena_init(&arena, desk ? desk->bytes : NULL, desk ? sizeof desk->bytes : 0);
    buf_init(&out, &arena, 1024 + body.len);
    reply_head(rq, &out, len, keep);
    buf_str(&out, body);
    bool sent = !out.failed && mg_write(conn, out.ptr, out.len) == (int)out.len;
    arena_finish(&arena);
    if (desk)
        atomic_store_explicit(&desk->taken, false, memory_order_release);
    return sent;
}

static void send_reply(struct mg_connection *conn, struct listener *l, struct request *rq, bool http11)
{
    struct reply *reply = &rq->reply;
    bool keep = http11 && !reply->close && !request_wants_close(rq) && !is_crowded(l) &&
                !atomic_load(&l->house->draining);
    if (reply->stream) {
        send_stream(conn, rq, http11, keep);
        return;
    }
    struct str body = reply_body(rq), none = {0};
    bool is_file = reply->file > 0 && reply->status < 300, with_file = is_file && !rq->head;
    bool sent = send_whole(conn, l, rq, is_file ? reply->file_len : (int64_t)body.len,
                           rq->head || is_file ? none : body, keep);
    if (!keep || !sent || (with_file && send_file(conn, reply)))
        mg_disable_connection_keep_alive(conn);
}

/* A request whose head is not to be trusted: it is answered and its connection ends. Returns the status. */
static int refuse(struct mg_connection *conn, enum err err, const char *why)
{
    struct listener *l = mg_get_user_data(mg_get_context(conn));
    struct worker *w = mg_get_thread_pointer(conn);
    struct input in = {.method = STR("-"), .path = STR("-"), .on_metrics = l->metrics};
    char first[4096];
    struct arena arena;
    struct request rq;
    arena_init(&arena, first, sizeof first);
    request_init(&rq, l->house, &in, &arena);
    problem_reply(&rq, fail(&rq, err, "%s", why));
    rq.reply.close = true;
    send_reply(conn, l, &rq, false);
    request_note(&rq, 0);
    request_finish(&rq);
    if (w)
        w->refused = true;
    return err_info(err)->status;
}

static enum err check_head(const struct mg_request_info *info, const struct header *headers, size_t n,
                           const char **why)
{
    const char *buffer = guard_first_read();
    if (!buffer || info->request_method < buffer)
        return ERR_UNAVAILABLE;
    struct head head = {.buffer = buffer,
                        .method = info->request_method,
                        .uri = info->request_uri,
                        .query = info->query_string,
                        .version = info->http_version,
                        .headers = headers,
                        .n_headers = n};
    return head_check(&head, why);
}

static int answer(struct mg_connection *conn, struct listener *l, const struct input *head)
{
    struct input in = *head;
    const struct mg_request_info *info = mg_get_request_info(conn);
    char first[FIRST_BLOCK];
    struct arena arena;
    struct request rq;
    struct body_source source = {.conn = conn};
    arena_init(&arena, first, sizeof first);
    request_init(&rq, l->house, &in, &arena);
    open_body(&source, info, &rq);
    in.remote = request_remote(&rq, info->remote_addr);
    if (!source.ended) {
        in.read = read_body;
        in.read_arg = &source;
    }
    dispatch(&rq);
    if (!source.ended)
        rq.reply.close = true;
    send_reply(conn, l, &rq, !strcmp(info->http_version, "1.1"));
    int status = rq.reply.status;
    request_finish(&rq);
    if (!source.ended)
        guard_linger();
    return status > 0 ? status : 500;
}

static int begin_request(struct mg_connection *conn)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    struct listener *l = info->user_data;
    struct worker *w = mg_get_thread_pointer(conn);
    struct header headers[HEAD_HEADERS];
    struct input in = {.method = str_of(info->request_method),
                       .path = str_of(info->local_uri_raw ? info->local_uri_raw : info->request_uri),
                       .query = str_of(info->query_string),
                       .headers = headers,
                       .on_metrics = l->metrics};
    const char *why = "the request could not be read; try again";
    atomic_fetch_add(&l->running, 1);
    for (int i = 0; i < info->num_headers && i < HEAD_HEADERS; i++)
        headers[in.n_headers++] =
            (struct header){str_of(info->http_headers[i].name), str_of(info->http_headers[i].value)};
    enum err err = check_head(info, headers, in.n_headers, &why);
    int status = err == ERR_OK ? answer(conn, l, &in) : refuse(conn, err, why);
    if (err != ERR_OK)
        guard_linger();
    if (w) {
        w->since_us = clock_monotonic_us();
        w->wait_us = KEEP_ALIVE_MS * INT64_C(1000);
    }
    atomic_fetch_sub(&l->running, 1);
    return status;
}

/* --- civetweb's other calls --- */

/* Errors that civetweb finds by itself, before begin_request: heads that do not parse, are too large, or do
 * not arrive. */
static int http_error(struct mg_connection *conn, int status, const char *message)
{
    (void)message;
    const struct worker *w = mg_get_thread_pointer(conn);
    if (w && clock_monotonic_us() - w->since_us >= w->wait_us) {
        refuse(conn, ERR_TIMEOUT, "the head did not arrive in time");
    } else if (status < 500 || status == 505) {
        refuse(conn, status == 413 ? ERR_HEAD_TOO_LARGE : ERR_BAD_REQUEST,
               "the head is not one of HTTP/1.1, or larger than 16 KiB");
        guard_linger();
    } else {
        refuse(conn, ERR_UNAVAILABLE, "the request could not be read; try again");
    }
    return 0;
}

static int log_message(const struct mg_connection *conn, const char *message)
{
    (void)conn;
    char quoted[256];
    log_line(LOG_WARN, "listener", " detail=%s", log_quote(quoted, sizeof quoted, message));
    return 1;
}

static int open_connection(const struct mg_connection *conn, void **data)
{
    struct listener *l = mg_get_user_data(mg_get_context(conn));
    struct worker *w = mg_get_thread_pointer(conn);
    *data = NULL;
    if (w) {
        w->since_us = clock_monotonic_us();
        w->wait_us = REQUEST_TIMEOUT_MS * INT64_C(1000);
        w->refused = false;
    }
    metrics_connections(l->house->metrics, 1);
    return 0;
}

/* Civetweb drops requests for `*` and for other servers' URIs without a word; this is the last place to say
 * one. */
static void close_connection(const struct mg_connection *conn)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    struct listener *l = mg_get_user_data(mg_get_context(conn));
    const struct worker *w = mg_get_thread_pointer(conn);
    if (info && info->request_uri && info->http_version && !info->local_uri_raw && w && !w->refused)
        refuse((struct mg_connection *)(uintptr_t)conn, ERR_BAD_REQUEST,
               "the request is not for a path of this server");
    metrics_connections(l->house->metrics, -1);
}

static void *start_thread(const struct mg_context *context, int type)
{
    struct listener *l = mg_get_user_data(context);
    guard_wake_on(l->wake);
    if (type != 1) /* not a worker */
        return NULL;
    /* A worker that wakes does not push aside the one that runs: a request is shorter than two switches. */
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &(struct sched_param){0});
    size_t size = guard_stack(), seen = atomic_load(&l->stack);
    while ((!seen || size < seen) && !atomic_compare_exchange_weak(&l->stack, &seen, size))
        ;
    return calloc(1, sizeof(struct worker));
}

static void end_thread(const struct mg_context *context, int type, void *worker)
{
    (void)context, (void)type;
    free(worker);
}

/* --- starting and stopping --- */

static struct mg_context *start_context(struct listener *l, const char *address)
{
    static const struct mg_callbacks callbacks = {.begin_request = begin_request,
                                                  .http_error = http_error,
                                                  .log_message = log_message,
                                                  .init_connection = open_connection,
                                                  .connection_close = close_connection,
                                                  .init_thread = start_thread,
                                                  .exit_thread = end_thread};
    char threads[16], timeout[16], keep[16], head[16];
    snprintf(threads, sizeof threads, "%d", l->threads);
    snprintf(timeout, sizeof timeout, "%d", REQUEST_TIMEOUT_MS);
    snprintf(keep, sizeof keep, "%d", KEEP_ALIVE_MS);
    snprintf(head, sizeof head, "%d", HEAD_BUFFER);
    /* clang-format off */
    const char *const options[] = {
        "listening_ports", address,
        "num_threads", threads,
        "request_timeout_ms", timeout,
        "keep_alive_timeout_ms", keep,
        "max_request_size", head,
        "enable_keep_alive", "yes",
        "enable_auth_domain_check", "no",
        "tcp_nodelay", "1",
        "decode_url", "no",
        "enable_directory_listing", "no",
        "access_control_allow_origin", "",
        "access_control_allow_methods", "",
        "access_control_allow_headers", "",
        "listen_backlog", "1024",
        "connection_queue", "256",
        NULL};
    /* clang-format on */
    return mg_start(&callbacks, l, (const char **)options);
}

static void destroy(struct listener *l)
{
    eventfd_write(l->wake, 1);
    mg_stop(l->context);
    mg_exit_library();
    close(l->wake);
    free(l);
}

struct listener *listener_start(struct house *house, const char *address, int threads, bool metrics,
                                char why[DB_WHY])
{
    struct listener *l = calloc(1, sizeof *l);
    struct mg_server_port ports[4];
    if (!l) {
        snprintf(why, DB_WHY, "out of memory");
        return NULL;
    }
    l->house = house; /* the desks' memory is left untouched */
    l->threads = threads;
    l->metrics = metrics;
    l->wake = eventfd(0, EFD_CLOEXEC);
    mg_init_library(0);
    l->context = start_context(l, address);
    if (!l->context || mg_get_server_ports(l->context, 4, ports) < 1) {
        snprintf(why, DB_WHY, "cannot listen on %s (is the port in use?)", address);
        destroy(l);
        return NULL;
    }
    l->port = ports[0].port;
    for (int i = 0; i < 200 && !atomic_load(&l->stack); i++)
        usleep(1000);
    if (atomic_load(&l->stack) < GUARD_STACK) {
        snprintf(why, DB_WHY,
                 "worker stacks are %zu bytes, need %d: the program must be linked with -rdynamic",
                 atomic_load(&l->stack), GUARD_STACK);
        destroy(l);
        return NULL;
    }
    return l;
}

/* mg_stop() cuts running requests off. */
static void *stop(void *arg)
{
    struct listener *l = arg;
    for (int i = 0; i < DRAIN_MS / 10 && atomic_load(&l->running); i++) {
        hub_wake_all(l->house->hub); /* streams see that the house is draining, and end */
        usleep(10000);
    }
    destroy(l);
    return NULL;
}

void listener_stop(struct listener *const listeners[], size_t n)
{
    pthread_t threads[2];
    bool started[2] = {0};
    for (size_t i = 0; i < n; i++)
        started[i] = listeners[i] && !pthread_create(&threads[i], NULL, stop, listeners[i]);
    for (size_t i = 0; i < n; i++)
        if (started[i])
            pthread_join(threads[i], NULL);
        else if (listeners[i])
            stop(listeners[i]);
}

int listener_port(const struct listener *l)
{
    return l->port;
}

#include "http/listener.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <civetweb.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/metrics.h"
#include "http/problem.h"

enum {
    STACK_MIN = 1024 * 1024,
    REQUEST_TIMEOUT_MS = 15000,
    KEEP_ALIVE_MS = 30000,
    FIRST_BLOCK = 12 * 1024, /* of the request's arena, on the worker's stack */
    FILE_CHUNK = 64 * 1024,
    HEADERS_MAX = 64
};

struct listener {
    struct house *house;
    struct mg_context *context;
    bool metrics;
    int threads;
    int port;
    atomic_size_t stack; /* smallest worker stack seen, bytes */
};

/* Debian's civetweb gives its workers stacks of 100 KiB, which a nested token overflows inside libjwt and
 * jansson. This stands before libc's function in the symbol order (the binary is linked with -rdynamic) and
 * asks for 1 MiB at least; listener_start() refuses to run when a worker shows that it was not reached. */
__attribute__((visibility("default"))) int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    static int (*real)(pthread_attr_t *, size_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_attr_setstacksize");
    return real(attr, size < STACK_MIN ? STACK_MIN : size);
}

/* --- one request --- */

struct body_source {
    struct mg_connection *conn;
    int64_t deadline_us;
};

static long read_body(void *arg, void *to, size_t size)
{
    struct body_source *b = arg;
    if (clock_monotonic_us() > b->deadline_us)
        return -1;
    return mg_read(b->conn, to, size);
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

static bool wants_close(const struct request *rq)
{
    struct str c = request_header(rq, "Connection");
    while (c.len)
        if (str_ieq(str_trim(str_split(&c, ',')), "close"))
            return true;
    return false;
}

/* Near the cap an idle connection costs another phone its place: then each answer ends its connection. */
static bool is_crowded(const struct listener *l)
{
    return metrics_open_connections(l->house->metrics) > l->threads - l->threads / 8;
}

static void send_reply(struct mg_connection *conn, struct listener *l, struct request *rq, bool http11)
{
    struct reply *reply = &rq->reply;
    struct str body = reply_body(rq);
    int64_t len = reply->file > 0 && reply->status < 300 ? reply->file_len : (int64_t)body.len;
    bool keep =
        http11 && !reply->close && !wants_close(rq) && !is_crowded(l) && !atomic_load(&l->house->draining);
    struct buf out;
    buf_init(&out, rq->arena, 1024 + (rq->head ? 0 : body.len));
    reply_head(rq, &out, len, keep);
    if (!rq->head && !(reply->file > 0 && reply->status < 300))
        buf_str(&out, body);
    if (!keep)
        mg_disable_connection_keep_alive(conn);
    if (out.failed) {
        mg_disable_connection_keep_alive(conn);
        return;
    }
    if (mg_write(conn, out.ptr, out.len) != (int)out.len)
        mg_disable_connection_keep_alive(conn);
    else if (reply->file > 0 && reply->status < 300 && !rq->head && send_file(conn, reply))
        mg_disable_connection_keep_alive(conn);
}

static struct str remote_of(const struct request *rq, const struct mg_request_info *info)
{
    struct str forwarded = request_header(rq, "X-Forwarded-For");
    if (!forwarded.ptr || !*rq->house->config->proxy || strcmp(info->remote_addr, rq->house->config->proxy))
        return str_of(info->remote_addr);
    struct str last = {0};
    while (forwarded.ptr) /* the last is the one that our proxy wrote */
        last = str_trim(str_split(&forwarded, ','));
    return last;
}

static int begin_request(struct mg_connection *conn)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    struct listener *l = info->user_data;
    struct header headers[HEADERS_MAX];
    char first[FIRST_BLOCK];
    struct arena arena;
    struct body_source source = {conn, clock_monotonic_us() + INT64_C(300) * 1000000};
    struct input in = {.method = str_of(info->request_method),
                       .path = str_of(info->local_uri_raw ? info->local_uri_raw : info->request_uri),
                       .query = str_of(info->query_string),
                       .headers = headers,
                       .on_metrics = l->metrics,
                       .read = read_body,
                       .read_arg = &source};
    for (int i = 0; i < info->num_headers && i < HEADERS_MAX; i++)
        headers[in.n_headers++] =
            (struct header){str_of(info->http_headers[i].name), str_of(info->http_headers[i].value)};
    arena_init(&arena, first, sizeof first);
    struct request rq;
    request_init(&rq, l->house, &in, &arena);
    in.remote = remote_of(&rq, info);
    bool bodyless = info->content_length <= 0 && !request_header(&rq, "Transfer-Encoding").ptr;
    if (bodyless)
        in.read = NULL;
    dispatch(&rq);
    if (!bodyless && rq.reply.status >= 400)
        rq.reply.close = true; /* the body may not have been read */
    send_reply(conn, l, &rq, !strcmp(info->http_version, "1.1"));
    int status = rq.reply.status;
    request_finish(&rq);
    return status > 0 ? status : 500;
}

/* --- civetweb's other calls --- */

/* Errors that civetweb finds by itself, before begin_request: heads that do not parse or are too large. */
static int http_error(struct mg_connection *conn, int status, const char *message)
{
    (void)message;
    char first[4096];
    struct arena arena;
    struct buf body, out;
    enum err err = status == 413 || status == 431 ? ERR_HEAD_TOO_LARGE
                   : status == 408                ? ERR_TIMEOUT
                   : status < 500                 ? ERR_BAD_REQUEST
                                                  : ERR_UNAVAILABLE;
    const struct err_info *info = err_info(err);
    arena_init(&arena, first, sizeof first);
    buf_init(&body, &arena, 512);
    problem_write(&body, info->status, info->slug, info->title,
                  "the request head could not be read; it may have 64 headers and 16 KiB", "-", NULL);
    buf_init(&out, &arena, 1024);
    buf_printf(&out,
               "HTTP/1.1 %d Error\r\nContent-Type: application/problem+json\r\nContent-Length: "
               "%zu\r\nCache-Control: no-store\r\n"
               "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
               info->status, body.len);
    buf_str(&out, buf_view(&body));
    mg_disable_connection_keep_alive(conn);
    if (!out.failed)
        mg_write(conn, out.ptr, out.len);
    arena_finish(&arena);
    return 0;
}

static int log_message(const struct mg_connection *conn, const char *message)
{
    (void)conn;
    char quoted[256];
    log_line(LOG_WARN, "listener", " detail=%s", log_quote(quoted, sizeof quoted, message));
    return 1;
}

static int count_open(const struct mg_connection *conn, void **data)
{
    struct listener *l = mg_get_user_data(mg_get_context(conn));
    *data = NULL;
    metrics_connections(l->house->metrics, 1);
    return 0;
}

static void count_close(const struct mg_connection *conn)
{
    struct listener *l = mg_get_user_data(mg_get_context(conn));
    metrics_connections(l->house->metrics, -1);
}

static void *measure_stack(const struct mg_context *context, int type)
{
    struct listener *l = mg_get_user_data(context);
    pthread_attr_t attr;
    void *low;
    size_t size = 0;
    if (type == 1 && !pthread_getattr_np(pthread_self(), &attr)) {
        pthread_attr_getstack(&attr, &low, &size);
        pthread_attr_destroy(&attr);
        size_t seen = atomic_load(&l->stack);
        while ((!seen || size < seen) && !atomic_compare_exchange_weak(&l->stack, &seen, size))
            ;
    }
    return NULL;
}

/* --- starting and stopping --- */

static struct mg_context *start_context(struct listener *l, const char *address)
{
    static const struct mg_callbacks callbacks = {.begin_request = begin_request,
                                                  .http_error = http_error,
                                                  .log_message = log_message,
                                                  .init_connection = count_open,
                                                  .connection_close = count_close,
                                                  .init_thread = measure_stack};
    char threads[16], timeout[16], keep[16];
    snprintf(threads, sizeof threads, "%d", l->threads);
    snprintf(timeout, sizeof timeout, "%d", REQUEST_TIMEOUT_MS);
    snprintf(keep, sizeof keep, "%d", KEEP_ALIVE_MS);
    const char *const options[] = {"listening_ports",
                                   address,
                                   "num_threads",
                                   threads,
                                   "request_timeout_ms",
                                   timeout,
                                   "keep_alive_timeout_ms",
                                   keep,
                                   "enable_keep_alive",
                                   "yes",
                                   "tcp_nodelay",
                                   "1",
                                   "decode_url",
                                   "no",
                                   "enable_directory_listing",
                                   "no",
                                   "access_control_allow_origin",
                                   "",
                                   "access_control_allow_methods",
                                   "",
                                   "access_control_allow_headers",
                                   "",
                                   "listen_backlog",
                                   "1024",
                                   "connection_queue",
                                   "256",
                                   NULL};
    return mg_start(&callbacks, l, (const char **)options);
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
    l->house = house;
    l->threads = threads;
    l->metrics = metrics;
    mg_init_library(0);
    l->context = start_context(l, address);
    if (!l->context || mg_get_server_ports(l->context, 4, ports) < 1) {
        snprintf(why, DB_WHY, "cannot listen on %s (is the port in use?)", address);
        listener_stop(l);
        return NULL;
    }
    l->port = ports[0].port;
    for (int i = 0; i < 200 && !atomic_load(&l->stack); i++)
        usleep(1000);
    if (atomic_load(&l->stack) < STACK_MIN) {
        snprintf(why, DB_WHY,
                 "worker stacks are %zu bytes, need %d: the program must be linked with -rdynamic",
                 atomic_load(&l->stack), STACK_MIN);
        listener_stop(l);
        return NULL;
    }
    return l;
}

void listener_stop(struct listener *l)
{
    if (!l)
        return;
    if (l->context)
        mg_stop(l->context);
    mg_exit_library();
    free(l);
}

int listener_port(const struct listener *l)
{
    return l->port;
}

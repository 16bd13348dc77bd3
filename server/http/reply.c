/* reply.c - the head and body of an answer, ready for one write. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/cache.h"
#include "http/house.h"

/* Reason phrases (RFC 9110, 15; RFC 6585). */
static const char *reason(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {206, "Partial Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Error";
}

static bool takes_gzip(const struct request *rq)
{
    struct str rest = request_header(rq, "Accept-Encoding");
    while (rest.len) {
        struct str word = str_split(&rest, ','), q = word;
        struct str coding = str_trim(str_split(&q, ';'));
        if (str_ieq(coding, "gzip") || str_is(coding, "*"))
            return !q.ptr || !(str_is(str_trim(q), "q=0") || str_starts(str_trim(q), "q=0.0"));
    }
    return false;
}

static bool is_text(const char *type)
{
    return type && (!strncmp(type, "text/", 5) || strstr(type, "json"));
}

static struct str as_gzip(struct request *rq, struct str body)
{
    if (rq->reply.cached)
        return cached_gzip(rq->house->cache, rq->reply.cached);
    struct buf small = {.arena = rq->arena};
    return gzip(body, &small) ? buf_view(&small) : (struct str){0};
}

struct str reply_body(struct request *rq)
{
    struct reply *reply = &rq->reply;
    struct str body = reply->cached ? reply->cached->body : buf_view(&reply->body);
    bool empty = reply->status == 204 || reply->status == 304;
    if ((reply->status >= 300 || empty) && reply->status != 304)
        return empty ? STR("") : body;
    struct str zipped = is_text(reply->content_type) && takes_gzip(rq) ? as_gzip(rq, body) : (struct str){0};
    if (zipped.len && *reply->etag) /* another representation, another strong tag (RFC 9110, 8.8.3) */
        memcpy(strrchr(reply->etag, '"'), "-gzip\"", sizeof "-gzip\"");
    if (empty)
        return STR("");
    if (zipped.len)
        reply_header(rq, "Content-Encoding", "gzip");
    return zipped.len ? zipped : body;
}

static void put2(struct buf *out, int n, char after)
{
    char text[] = {(char)('0' + n / 10), (char)('0' + n % 10), after};
    buf_add(out, text, sizeof text);
}

/* IMF-fixdate (RFC 9110, 5.6.7). */
static void put_date(struct buf *out, int64_t now_ms)
{
    static const char names[] = "Thu, Fri, Sat, Sun, Mon, Tue, Wed, "; /* 1970 began on a Thursday */
    static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
    int year, month, day, second = (int)(now_ms / 1000 % 86400);
    int64_t days = now_ms / 86400000;
    clock_civil(days, &year, &month, &day);
    buf_puts(out, "Date: ");
    buf_add(out, names + 5 * (days % 7), 5);
    put2(out, day, ' ');
    buf_add(out, months + 4 * (month - 1), 4);
    buf_int(out, year);
    buf_char(out, ' ');
    put2(out, second / 3600, ':');
    put2(out, second / 60 % 60, ':');
    put2(out, second % 60, ' ');
    buf_puts(out, "GMT\r\n");
}

static const char *cache_control(const struct request *rq)
{
    if (!rq->route || rq->reply.status >= 400)
        return "no-store";
    if (rq->route->flags & ROUTE_NO_STORE)
        return "no-store";
    if (rq->route->flags & ROUTE_SHARED)
        return "public, max-age=300";
    return "private, no-cache";
}

static bool is_listed(struct str origin, const char *list)
{
    struct str rest = str_of(list);
    while (rest.len)
        if (str_eq(str_split(&rest, ' '), origin))
            return true;
    return false;
}

bool reply_may_cross(const struct request *rq)
{
    struct str origin = request_header(rq, "Origin");
    return origin.len && is_listed(origin, rq->house->config->cors);
}

static void put_cors(struct request *rq, struct buf *out)
{
    if (!reply_may_cross(rq))
        return;
    buf_puts(out, "Access-Control-Allow-Origin: ");
    buf_str(out, request_header(rq, "Origin"));
    buf_puts(out,
             "\r\nAccess-Control-Expose-Headers: Content-Disposition, ETag, Link, Location, Retry-After, "
             "X-Request-Id\r\n");
}

void reply_head(struct request *rq, struct buf *out, int64_t len, bool keep_alive)
{
    struct reply *reply = &rq->reply;
    bool html = reply->content_type && !strncmp(reply->content_type, "text/html", 9);
    buf_puts(out, "HTTP/1.1 ");
    buf_int(out, reply->status);
    buf_char(out, ' ');
    buf_puts(out, reason(reply->status));
    buf_puts(out, "\r\n");
    put_date(out, rq->now);
    if (reply->content_type && reply->status != 204 && reply->status != 304) {
        buf_puts(out, "Content-Type: ");
        buf_puts(out, reply->content_type);
        buf_puts(out, "\r\n");
    }
    if (reply->status != 304 && reply->status != 204 && len >= 0) {
        buf_puts(out, "Content-Length: ");
        buf_int(out, len);
        buf_puts(out, "\r\n");
    }
    if (*reply->etag) {
        buf_puts(out, "ETag: ");
        buf_puts(out, reply->etag);
        buf_puts(out, "\r\n");
    }
    buf_puts(out, "Cache-Control: ");
    buf_puts(out, cache_control(rq));
    buf_puts(out, *rq->house->config->cors ? "\r\nVary: Accept-Encoding, Authorization, Origin\r\n"
                                           : "\r\nVary: Accept-Encoding, Authorization\r\n");
    buf_puts(out, "X-Request-Id: ");
    buf_puts(out, rq->id);
    buf_puts(out, "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
    /* Pages state their own policy, with the hash of their own style and script. */
    if (!html)
        buf_puts(out, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
    put_cors(rq, out);
    if (reply->headers.arena)
        buf_str(out, buf_view(&reply->headers));
    buf_puts(out, keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

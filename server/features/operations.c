#include "features/operations.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/embed.h"
#include "features/page.h"
#include "http/house.h"
#include "http/metrics.h"

static const char ALIVE[] = "SELECT value FROM sequence WHERE id = 1";

static const char *const sql[] = {ALIVE, NULL};

enum { DISK_FREE_MB = 64 };

static enum err get_health(struct request *rq)
{
    buf_puts(reply_json(rq, 200), "{\"status\":\"ok\"}");
    return ERR_OK;
}

static bool has_room(const struct request *rq)
{
    struct statvfs fs;
    return !statvfs(rq->house->config->data, &fs) &&
           (uint64_t)fs.f_bavail * fs.f_frsize >= (uint64_t)DISK_FREE_MB << 20;
}

static enum err get_ready(struct request *rq)
{
    bool database = query_row(request_sql(rq, ALIVE)), disk = has_room(rq);
    bool draining = atomic_load(&rq->house->draining), ready = database && disk && !draining;
    struct buf *out = reply_json(rq, ready ? 200 : 503);
    /* Migrations ran before the first request, or there would be no answer. */
    buf_printf(out,
               "{\"status\":\"%s\",\"checks\":{\"database\":\"%s\",\"migrations\":\"ok\",\"disk\":\"%s\"}}",
               ready      ? "ready"
               : draining ? "stopping"
                          : "not ready",
               database ? "ok" : "failed", disk ? "ok" : "full");
    if (!ready)
        reply_header(rq, "Retry-After", "5");
    return ERR_OK;
}

static enum err get_metrics(struct request *rq)
{
    rq->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    buf_init(&rq->reply.body, rq->arena, 8192);
    metrics_print(rq->house, &rq->reply.body);
    return ERR_OK;
}

/* A built-in file; `of` is its name. */
static enum err get_file(struct request *rq)
{
    const char *name = rq->route->of;
    const struct embedded *file = embed_find(name);
    if (!file)
        return fail(rq, ERR_NOT_FOUND, "this program was built without it");
    buf_init(&rq->reply.body, rq->arena, file->size);
    buf_add(&rq->reply.body, file->data, file->size);
    if (!strcmp(name, "openapi.json")) {
        rq->reply.content_type = "application/json";
        return ERR_OK;
    }
    rq->reply.content_type = "text/html; charset=utf-8";
    return page_policy(rq, file->data);
}

static const struct route routes[] = {
    {METHOD_GET, "/healthz", "getHealth", ACCESS_PUBLIC, TX_NONE, get_health, .flags = ROUTE_NO_STORE},
    {METHOD_GET, "/readyz", "getReady", ACCESS_PUBLIC, TX_READ, get_ready, .flags = ROUTE_NO_STORE},
    {METHOD_GET, "/metrics", "getMetrics", ACCESS_METRICS, TX_NONE, get_metrics, .flags = ROUTE_NO_STORE},
    {METHOD_GET, "/openapi.json", "getOpenapi", ACCESS_PUBLIC, TX_READ, get_file, "openapi.json",
     .vary = VARY_NOBODY, .flags = ROUTE_SHARED},
    {METHOD_GET, "/docs", "getDocs", ACCESS_PUBLIC, TX_READ, get_file, "docs.html", .vary = VARY_NOBODY,
     .flags = ROUTE_SHARED},
    {METHOD_GET, "/setup", "getSetup", ACCESS_PUBLIC, TX_READ, get_file, "setup.html", .vary = VARY_NOBODY,
     .flags = ROUTE_SHARED},
    {METHOD_GET, "/join", "getJoinPage", ACCESS_PUBLIC, TX_READ, get_file, "join.html", .vary = VARY_NOBODY,
     .flags = ROUTE_SHARED},
    {0},
};

const struct feature feature_operations = {.name = "operations", .routes = routes, .sql = sql};

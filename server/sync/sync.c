#include "sync/sync.h"

#include "http/house.h"
#include "sync/presence.h"
#include "sync/pull.h"
#include "sync/push.h"
#include "sync/rejects.h"
#include "sync/stream.h"

static const char SEQ[] = "SELECT value FROM sequence WHERE id = 1";

static enum err get_info(struct request *rq)
{
    struct query *q = request_sql(rq, SEQ);
    int64_t seq = query_row(q) ? query_get_int(q, 0) : 0;
    struct buf *out = reply_json(rq, 200);
    buf_printf(out, "{\"epoch\":\"%s\",\"seq\":%lld,\"collections\":[", rq->house->epoch, (long long)seq);
    const char *comma = "";
    for (const struct feature *const *f = rq->house->features; *f; f++)
        for (const struct document *d = (*f)->documents; d && d->collection; d++) {
            buf_printf(out, "%s\"%s\"", comma, d->collection);
            comma = ",";
        }
    buf_printf(out, "],\"limits\":{\"pull\":%d,\"push_rows\":100,\"push_bytes\":1048576,\"text\":65536}}",
               PULL_MAX);
    return ERR_OK;
}

#define S "/v1/events/{event}/sync"

static const struct route routes[] = {
    {METHOD_GET, S "/info", "getSyncInfo", ACCESS_ANYONE, TX_READ, get_info, .flags = ROUTE_NO_STORE},
    {METHOD_GET, S "/pull", "syncPullAll", ACCESS_ANYONE, TX_READ, sync_pull_all, .query = "seq limit",
     .flags = ROUTE_FEED | ROUTE_PEOPLE},
    {METHOD_GET, S "/{collection}/pull", "syncPull", ACCESS_ANYONE, TX_READ, sync_pull_one,
     .query = "seq limit", .flags = ROUTE_FEED | ROUTE_PEOPLE},
    {METHOD_POST, S "/{collection}/push", "syncPush", ACCESS_PARTICIPANT, TX_NONE, sync_push,
     .body = BODY_ROWS, .flags = ROUTE_NO_STORE},
    {METHOD_GET, S "/rejects", "listSyncRejects", ACCESS_PARTICIPANT, TX_READ, rejects_list,
     .query = "limit cursor"},
    {METHOD_GET, S "/rejects/counts", "countSyncRejects", ACCESS_HOST, TX_READ, rejects_count,
     .vary = VARY_ROLE},
    {METHOD_GET, S "/stream", "syncStream", ACCESS_PARTICIPANT, TX_NONE, sync_stream},
    {METHOD_GET, "/v1/events/{event}/worksheets/{id}/presence", "getPresence", ACCESS_TEAM, TX_READ,
     presence_get, .flags = ROUTE_NO_STORE},
    {METHOD_PUT, "/v1/events/{event}/worksheets/{id}/presence", "putPresence", ACCESS_TEAM, TX_READ,
     presence_put, .body = BODY_JSON},
    {0},
};

static const char *const sql[] = {SEQ, NULL};

const struct feature feature_sync = {.name = "sync", .routes = routes, .sql = sql};

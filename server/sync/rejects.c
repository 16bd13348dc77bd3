#include "sync/rejects.h"

#include "features/collection.h"

static const char LIST[] =
    "SELECT id, collection, reason, substr(body, 1, 8192) AS body, at AS \"at:time\", at AS _key"
    " FROM push_rejects WHERE event_id = :event AND participant_id = :participant"
    " AND (at, id) > (:after_key, :after_id) ORDER BY at, id LIMIT :limit";
static const char COUNTS[] = "SELECT collection, reason, count(*) AS count FROM push_rejects"
                             " WHERE event_id = :event GROUP BY collection, reason";

const char *const rejects_sql[] = {LIST, COUNTS, NULL};

enum err rejects_list(struct request *rq)
{
    return collection_page(rq, request_sql(rq, LIST), KEY_INT);
}

enum err rejects_count(struct request *rq)
{
    struct query *q = request_sql(rq, COUNTS);
    struct buf *out = reply_json(rq, 200);
    const char *comma = "";
    buf_puts(out, "{\"items\":[");
    for (; query_row(q); comma = ",") {
        buf_puts(out, comma);
        query_json(q, out, rq->zone);
    }
    buf_puts(out, "]}");
    return ERR_OK;
}

#include "features/audit.h"

#include "base/uuid.h"
#include "features/collection.h"

static const char LIST[] =
    "SELECT a.number, a.at AS \"at:time\", a.participant_id, p.display_name, a.role, a.action, a.scope,"
    " a.reason, a.hash, -a.number AS _key FROM audit a LEFT JOIN participants p ON p.id = a.participant_id"
    " WHERE a.event_id = :event AND (:action IS NULL OR a.action = :action)"
    " AND (:by IS NULL OR a.participant_id = :by)"
    " AND -a.number > :after_key AND coalesce(:after_id, '') = '' ORDER BY -a.number LIMIT :limit";

static const char *const sql[] = {LIST, NULL};

static enum err list(struct request *rq)
{
    struct query *q = request_sql(rq, LIST);
    struct str by = request_query(rq, "participant");
    if (by.ptr && !uuid_is(by))
        return fail(rq, ERR_BAD_REQUEST, "participant is an id: a lower-case UUID");
    query_text(q, ":action", request_query(rq, "action"));
    query_text(q, ":by", by);
    return collection_page(rq, q, KEY_INT);
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/events/{event}/audit", "listAudit", ACCESS_HOST, TX_READ, list,
     .query = "action participant limit cursor", .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {0},
};

const struct feature feature_audit = {.name = "audit", .routes = routes, .sql = sql};

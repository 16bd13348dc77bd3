#include "sync/pull.h"

#include "http/audience.h"
#include "http/house.h"

#ifdef MUTANT_FILTER_AFTER_LIMIT /* others' changes fill the page, which comes out short (tests/model/) */
#define FEED "(SELECT * FROM feed WHERE seq > :seq ORDER BY seq LIMIT :limit)"
#else
#define FEED "feed"
#endif

/* Whoever begins has nothing that could be taken away, but for what an answer to a push brought before: those
 * collections come with their tombstones. Organizers push no items, and are told of none. */
#define COUNTS(entry)                                                                                        \
    "(:seq > 0 OR " entry ".visible = 1 OR (" entry ".collection IN ('items', 'bookmarks')"                  \
    " AND " entry ".scope NOT LIKE '%/organizers'))"

/* Each scope's entries come in order from its index and are merged, so that a page costs a page, wherever in
 * the feed it begins. A document's entries in several scopes count as one, the newest. */
#define SCOPE(scope, filter)                                                                                 \
    "SELECT f.collection, f.doc_id, f.seq FROM " FEED " f WHERE f.scope = " scope                            \
    " AND f.seq > :seq AND " COUNTS("f") filter                                                              \
        " AND NOT EXISTS (SELECT 1 FROM feed n"                                                              \
        " WHERE n.scope IN (:scope1, :scope2, :scope3, :scope4) AND n.collection = f.collection"             \
        " AND n.doc_id = f.doc_id AND (n.seq > f.seq OR (n.seq = f.seq AND n.scope > f.scope))"              \
        " AND " COUNTS("n") ")"
#define AND_OF(scope, filter) " UNION ALL " SCOPE(scope, filter)
#define CHANGES(filter)                                                                                      \
    SCOPE(":scope1", filter)                                                                                 \
    AND_OF(":scope2", filter)                                                                                \
    AND_OF(":scope3", filter) AND_OF(":scope4", filter) " ORDER BY 3 LIMIT :limit"

static const char ALL[] = CHANGES("");
static const char ONE[] = CHANGES(" AND f.collection = :collection");

const char *const pull_sql[] = {ALL, ONE, NULL};

const struct document *sync_find(const struct request *rq, struct str collection)
{
    for (const struct feature *const *f = rq->house->features; *f; f++)
        for (const struct document *d = (*f)->documents; d && d->collection; d++)
            if (str_is(collection, d->collection))
                return d;
    return NULL;
}

bool sync_document(struct request *rq, const struct document *document, struct str id, struct buf *out)
{
    struct query *q = request_sql(rq, document->pick ? document->pick(rq) : document->get);
    query_text(q, ":id", id);
    bool visible = query_row(q);
    buf_char(out, '{');
    if (visible) {
        query_json_members(q, out, rq->zone);
    } else {
        buf_puts(out, "\"id\":");
        buf_json(out, id);
    }
    buf_puts(out, visible ? ",\"_deleted\":false}" : ",\"_deleted\":true}");
    return visible;
}

static enum err read_cursor(struct request *rq, int64_t preset, int64_t *seq, int64_t *limit)
{
    struct str s = request_query(rq, "seq"), l = request_query(rq, "limit");
    *seq = 0;
    *limit = preset;
    if (s.ptr && (!str_int(s, seq) || *seq < 0))
        return fail(rq, ERR_BAD_REQUEST, "seq is a checkpoint's number, from 0");
#ifdef MUTANT_CLAMPED_LIMIT
    l = l.ptr && str_int(l, limit) && *limit > PULL_MAX ? STR("500") : l;
#endif
    /* Never clamped: a page shorter than asked means "finished". */
    if (l.ptr && (!str_int(l, limit) || *limit < 1 || *limit > PULL_MAX))
        return fail(rq, ERR_BAD_REQUEST, "limit is a whole number from 1 to %d", PULL_MAX);
    return ERR_OK;
}

static struct query *changes(struct request *rq, struct str collection, int64_t seq, int64_t limit,
                             struct scopes *scopes)
{
    static const char *const names[SCOPES_MAX] = {":scope1", ":scope2", ":scope3", ":scope4"};
    struct query *q = request_sql(rq, collection.ptr ? ONE : ALL);
    audience_of(rq, scopes);
    for (int i = 0; i < SCOPES_MAX; i++)
        query_text(q, names[i], i < scopes->n ? str_of(scopes->names[i]) : (struct str){0});
    query_int(q, ":seq", seq);
    query_int(q, ":limit", limit);
    if (collection.ptr)
        query_text(q, ":collection", collection);
    return q;
}

static void put_checkpoint(struct buf *out, int64_t seq)
{
    buf_puts(out, ",\"checkpoint\":{\"seq\":");
    buf_int(out, seq);
    buf_char(out, '}');
}

/* When nothing came, the checkpoint is the one that was sent: the next poll is the same request. */
static int64_t put_changes(struct request *rq, struct str collection, int64_t seq, int64_t limit, int64_t *n,
                           struct buf *out)
{
    struct scopes scopes;
    struct query *q = changes(rq, collection, seq, limit, &scopes);
    for (*n = 0; query_row(q); ++*n) {
        const struct document *d = sync_find(rq, query_get_text(q, 0));
        if (*n)
            buf_char(out, ',');
        if (!collection.ptr) {
            buf_puts(out, "{\"collection\":");
            buf_json(out, query_get_text(q, 0));
            buf_puts(out, ",\"document\":");
        }
        rq->reply.people += sync_document(rq, d, query_get_text(q, 1), out) && d->people;
        if (!collection.ptr)
            buf_char(out, '}');
        seq = query_get_int(q, 2);
    }
    return seq;
}

enum err sync_pull_one(struct request *rq)
{
    int64_t seq, limit, n;
    struct str collection = request_param(rq, "collection");
    enum err err = read_cursor(rq, PULL_PRESET, &seq, &limit);
    if (err != ERR_OK)
        return err;
    if (!sync_find(rq, collection))
        return fail(rq, ERR_NOT_FOUND, "there is no such collection");
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"documents\":[");
    seq = put_changes(rq, collection, seq, limit, &n, out);
    buf_char(out, ']');
    put_checkpoint(out, seq);
    buf_char(out, '}');
    return ERR_OK;
}

enum err sync_pull_all(struct request *rq)
{
    int64_t seq, limit, n;
    enum err err = read_cursor(rq, PULL_MAX, &seq, &limit);
    if (err != ERR_OK)
        return err;
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"changes\":[");
    seq = put_changes(rq, (struct str){0}, seq, limit, &n, out);
    buf_char(out, ']');
    put_checkpoint(out, seq);
    buf_puts(out, n == limit ? ",\"more\":true}" : ",\"more\":false}");
    return ERR_OK;
}

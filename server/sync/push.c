#include "sync/push.h"

#include <string.h>

#include "base/uuid.h"
#include "features/entries.h"
#include "sync/pull.h"
#include "sync/rows.h"

enum { KEPT_MAX = 256 * 1024, ID_MAX = 200 };

static const char KEEP[] =
    "INSERT INTO push_rejects (id, event_id, participant_id, device_id, collection, reason, body, at)"
    " VALUES (:reject_id, :event, :participant, :device, :collection, :reason, :body, :now)"
    " ON CONFLICT (id) DO NOTHING";

const char *const push_sql[] = {KEEP, NULL};

const char PUSH_CONFLICT[] = "conflict";

static const struct {
    const char *collection;
    const char *(*take)(struct request *rq, const struct push_row *row);
    int (*wait)(struct request *rq); /* seconds until a push may come; NULL: none */
} takers[] = {
    {"items", push_item}, {"bookmarks", push_bookmark}, {"check_ins", push_check_in, entry_codes_wait}};

struct push {
    struct str collection;
    const struct document *document;
    const char *(*take)(struct request *rq, const struct push_row *row);
    int (*wait)(struct request *rq);
    int n;
    struct push_row *rows;
};

/* Kept whole, once. */
static void keep(struct request *rq, struct str collection, const struct push_row *row, const char *reason)
{
    char id[UUID_TEXT];
    struct str body = row->text;
    if (body.len > KEPT_MAX)
        for (body.len = KEPT_MAX; (body.ptr[body.len] & 0xC0) == 0x80;)
            body.len--;
    uuid_derive(id, str_of(rq->who.participant), row->text);
    struct query *q = request_sql(rq, KEEP);
    query_text(q, ":reject_id", str_of(id));
    query_text(q, ":collection", collection);
    query_text(q, ":reason", str_of(reason));
    query_text(q, ":body", body);
    query_run(q);
}

static enum err take_rows(struct request *rq)
{
    const struct push *push = rq->scratch;
    if (push->wait && (rq->retry_after = push->wait(rq)))
        return fail(rq, ERR_RATE_LIMITED, "too many wrong codes were tried; push again in %d seconds",
                    rq->retry_after);
    struct buf *out = reply_json(rq, 200);
    const char *comma = "";
    buf_char(out, '[');
    for (int i = 0; i < push->n; i++) {
        const struct push_row *row = &push->rows[i];
        const char *why = row->fault ? row->fault : push->take ? push->take(rq, row) : "is read-only";
        if (!why)
            continue;
        if (why != PUSH_CONFLICT)
            keep(rq, push->collection, row, why);
        if (!row->id.ptr)
            continue; /* nothing to name it by */
        buf_puts(out, comma);
        sync_document(rq, push->document, row->id, out);
        comma = ",";
    }
    buf_char(out, ']');
    return ERR_OK;
}

static void read_row(struct request *rq, struct push_row *row)
{
    const json_t *json = rows_parse(rq->arena, row->text);
    row->to = json_object_get(json, "newDocumentState");
    row->assumed = json_object_get(json, "assumedMasterState");
    const json_t *id = json_object_get(row->to, "id");
    if (json_is_string(id) && json_string_length(id) <= ID_MAX)
        row->id = (struct str){json_string_value(id), json_string_length(id)};
    if (!json)
        row->id = rows_guess_id(row->text);
    if (!json)
        row->fault = "is not JSON, or nested too deep";
    else if (!json_is_object(row->to))
        row->fault = "has no newDocumentState";
    else if (!row->id.ptr || !uuid_is(row->id))
        row->fault = "has no id";
    if (!json_is_object(row->assumed))
        row->assumed = NULL;
}

static enum err read_rows(struct request *rq, struct push *push)
{
    struct str texts[PUSH_ROWS];
    push->n = text_is_utf8(rq->body) ? rows_split(rq->body, texts, PUSH_ROWS) : -1;
    if (push->n < 0)
        return fail(rq, ERR_BAD_REQUEST, "the body is not a JSON array in UTF-8");
    if (push->n > PUSH_ROWS)
        return fail(rq, ERR_TOO_LARGE, "a push may have at most %d rows", PUSH_ROWS);
    push->rows = arena_zalloc(rq->arena, ((size_t)push->n + 1) * sizeof *push->rows);
    if (!push->rows)
        return ERR_UNAVAILABLE;
    for (int i = 0; i < push->n; i++) {
        push->rows[i].text = texts[i];
        read_row(rq, &push->rows[i]);
    }
    return ERR_OK;
}

enum err sync_push(struct request *rq)
{
    struct push *push = arena_zalloc(rq->arena, sizeof *push);
    if (!push)
        return ERR_UNAVAILABLE;
    push->collection = request_param(rq, "collection");
    push->document = sync_find(rq, push->collection);
    if (!push->document)
        return fail(rq, ERR_NOT_FOUND, "there is no such collection");
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
        if (str_is(push->collection, takers[i].collection)) {
            push->take = takers[i].take;
            push->wait = takers[i].wait;
        }
    enum err err = read_rows(rq, push);
    if (err != ERR_OK)
        return err;
    rq->scratch = push;
    /* Who waits counts wrong codes in memory: such a push is not run twice. */
    return request_transact(rq, push->wait ? TX_WRITE : TX_REPEATABLE, take_rows);
}

#include "features/worksheet_items.h"

#include "base/uuid.h"
#include "db/feed.h"
#include "features/items.h"
#include "http/cache.h"
#include "http/conditional.h"
#include "http/fields.h"

enum { TEXT_MAX = 64 * 1024, OWNER_MAX = 200, KEY_MAX = 200 };

static const struct field create_fields[] = {
    {"id", FIELD_ID, FIELD_NULLABLE},
    {"prompt_id", FIELD_ID, FIELD_REQUIRED},
    {"text", FIELD_BYTES, FIELD_REQUIRED, 1, TEXT_MAX},
    {"owner", FIELD_TEXT, FIELD_NULLABLE, 0, OWNER_MAX},
    {"due", FIELD_DATE, FIELD_NULLABLE},
    {"done", FIELD_BOOL, 0, .preset = "0"},
    {"after", FIELD_ID, FIELD_NULLABLE},
    {0},
};

static const struct field update_fields[] = {
    {"text", FIELD_BYTES, FIELD_REQUIRED, 1, TEXT_MAX},
    {"owner", FIELD_TEXT, FIELD_NULLABLE, 0, OWNER_MAX},
    {"due", FIELD_DATE, FIELD_NULLABLE},
    {"done", FIELD_BOOL},
    {"after", FIELD_ID, FIELD_NULLABLE},
    {0},
};

struct call {
    struct item_write write;
    enum item_verdict verdict;
    char id[UUID_TEXT]; /* of a new item without an id of the client's */
};

/* If-Match names the item as a reply gave it. */
static bool is_outdated(struct request *rq, const struct item_write *w)
{
    struct str header = request_header(rq, "If-Match");
    struct buf now;
    char etag[ETAG_TEXT];
    if (!header.ptr || w->kind == ITEM_CREATE)
        return false;
    buf_init(&now, rq->arena, 1024);
    item_read(rq->conn, w->worksheet, w->id, rq->zone, &now);
    etag_of(buf_view(&now), etag);
    return !conditional_lists(header, etag);
}

static enum err write_in_transaction(struct request *rq)
{
    struct call *call = rq->scratch;
    struct buf *out = reply_json(rq, 200);
    call->write.outdated = is_outdated(rq, &call->write);
    call->verdict = item_write(rq->conn, &call->write, rq->zone, out);
    return ERR_OK;
}

static enum err refused(struct request *rq, const struct call *call)
{
    switch (call->verdict) {
    case ITEM_OUTDATED:
        return fail(
            rq, ERR_STALE,
            "it has changed since you read it: read it again, then send your change with the new ETag;"
            " what you sent is kept in its revisions");
    case ITEM_LATE:
        return fail(
            rq, ERR_CONFLICT,
            "the worksheet is submitted: reopen it to change it; what you sent is kept in its revisions");
    case ITEM_TAKEN:
        return fail(rq, ERR_CONFLICT,
                    "this id or Idempotency-Key was used before with other content: take a new one");
    case ITEM_REMOVED:
        return fail(rq, ERR_CONFLICT, "this item was made before, and has been removed since");
    case ITEM_FULL:
        return fail(rq, ERR_CONFLICT, "the worksheet is full: shorten or remove some of its items");
    case ITEM_NO_PROMPT:
        invalid(rq, "/prompt_id", "is not a prompt of this worksheet");
        return invalid_result(rq);
    case ITEM_NO_PLACE:
        invalid(rq, "/after", "is not another item of the same prompt");
        return invalid_result(rq);
    default:
        return fail(rq, ERR_NOT_FOUND, "there is no such worksheet or item");
    }
}

/* What was refused is journalled all the same: so the transaction succeeds, and the error is given
 * afterwards. */
static enum err write_item(struct request *rq, struct call *call)
{
    rq->scratch = call;
    call->write.worksheet = request_param(rq, "id");
    enum err err = request_transact(rq, TX_REPEATABLE, write_in_transaction);
    if (err != ERR_OK)
        return err;
    if (call->verdict > ITEM_STALE)
        return refused(rq, call);
    if (call->write.kind == ITEM_DELETE)
        return reply_no_content(rq);
    if (call->write.kind == ITEM_CREATE && call->verdict == ITEM_ACCEPTED) {
        rq->reply.status = 201;
        reply_header(rq, "Location", "%.*s/%.*s", (int)rq->in->path.len, rq->in->path.ptr,
                     (int)call->write.id.len, call->write.id.ptr);
    }
    return ERR_OK;
}

static void take_fields(struct item_write *w, const struct values *v)
{
    w->to = (struct item){
        .prompt = fields_get(v, "prompt_id")->text,
        .text = fields_get(v, "text")->text,
        .owner = fields_get(v, "owner")->text,
        .due = fields_get(v, "due")->text,
        .done = fields_get(v, "done")->integer != 0,
    };
    w->behind = fields_get(v, "after")->text;
}

static enum item_place place_of(const struct request *rq, const struct item_write *w)
{
    if (!json_object_get(rq->json, "after"))
        return PLACE_KEEP;
    return w->behind.ptr ? PLACE_BEHIND : PLACE_FIRST;
}

/* An Idempotency-Key becomes the id, so that one rule recognizes every repeat. */
static enum err choose_id(struct request *rq, struct call *call, struct str given)
{
    struct str key = request_header(rq, "Idempotency-Key"), worksheet = request_param(rq, "id");
    call->write.id = given.ptr ? given : (struct str){call->id, UUID_TEXT - 1};
    if (key.ptr && (!key.len || key.len > KEY_MAX || !text_is_utf8(key)))
        return fail(rq, ERR_BAD_REQUEST, "Idempotency-Key may have 1 to %d bytes", KEY_MAX);
    if (given.ptr)
        return ERR_OK;
    if (key.ptr) {
        struct str name = str_of(arena_printf(rq->arena, "%.*s/%s/%.*s", (int)worksheet.len, worksheet.ptr,
                                              rq->who.participant, (int)key.len, key.ptr));
        if (!name.ptr)
            return ERR_UNAVAILABLE;
        uuid_derive(call->id, STR("item"), name);
    } else {
        uuid_v7(call->id);
    }
    return ERR_OK;
}

static enum err create_item(struct request *rq)
{
    struct values values;
    struct call *call = arena_zalloc(rq->arena, sizeof *call);
    if (!call)
        return ERR_UNAVAILABLE;
    enum err err = fields_read(rq, create_fields, rq->json, false, &values);
    if (err == ERR_OK)
        err = choose_id(rq, call, fields_get(&values, "id")->text);
    if (err != ERR_OK)
        return err;
    call->write.kind = ITEM_CREATE;
    take_fields(&call->write, &values);
    call->write.place = place_of(rq, &call->write);
    return write_item(rq, call);
}

static enum err update_item(struct request *rq)
{
    static const struct {
        const char *name;
        enum item_set set;
    } sets[] = {{"text", ITEM_TEXT}, {"owner", ITEM_OWNER}, {"due", ITEM_DUE}, {"done", ITEM_DONE}};
    struct values values;
    struct call *call = arena_zalloc(rq->arena, sizeof *call);
    if (!call)
        return ERR_UNAVAILABLE;
    enum err err = fields_read(rq, update_fields, rq->json, true, &values);
    if (err != ERR_OK)
        return err;
    call->write.kind = ITEM_EDIT;
    call->write.id = request_param(rq, "item");
    take_fields(&call->write, &values);
    call->write.place = place_of(rq, &call->write);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (fields_get(&values, sets[i].name)->set)
            call->write.set |= sets[i].set;
    return write_item(rq, call);
}

static enum err delete_item(struct request *rq)
{
    struct call *call = arena_zalloc(rq->arena, sizeof *call);
    if (!call)
        return ERR_UNAVAILABLE;
    call->write.kind = ITEM_DELETE;
    call->write.id = request_param(rq, "item");
    return write_item(rq, call);
}

#define ITEMS "/v1/events/{event}/worksheets/{id}/items"

static const struct route routes[] = {
    {METHOD_POST, ITEMS, "createItem", ACCESS_TEAM, TX_NONE, create_item, .body = BODY_JSON},
    {METHOD_PATCH, ITEMS "/{item}", "updateItem", ACCESS_TEAM, TX_NONE, update_item, .body = BODY_JSON},
    {METHOD_DELETE, ITEMS "/{item}", "deleteItem", ACCESS_TEAM, TX_NONE, delete_item},
    {0},
};

/* Organizers hear of items that they may read: of a submitted or shared worksheet. */
static const struct feed_source feed[] = {
    {"items", "items", "'team/' || row.team_id", "row.id", .seq = "row.seq", .visible = "row.deleted = 0"},
    {"items", "items", "(SELECT w.event_id || '/organizers' FROM worksheets w WHERE w.id = row.worksheet_id)",
     "row.id", .seq = "row.seq",
     .visible = "(SELECT row.deleted = 0 AND (w.state = 'submitted' OR w.shared = 1) FROM worksheets w WHERE "
                "w.id = row.worksheet_id)"},
    {"worksheets", "items", "row.event_id || '/organizers'", "i.id",
     .visible = "i.deleted = 0 AND (row.state = 'submitted' OR row.shared = 1)", .columns = "state, shared",
     .from = "items i WHERE i.worksheet_id = row.id"},
    {0},
};

static const struct document documents[] = {
    {"items", ITEM_DOCUMENT},
    {0},
};

const struct feature feature_worksheet_items = {
    .name = "worksheet_items", .routes = routes, .sql = items_sql, .feed = feed, .documents = documents};

/* push_item.c - a pushed item or bookmark, from its JSON to the function that writes it. */
#include <string.h>

#include "base/clock.h"
#include "features/bookmarks.h"
#include "features/items.h"
#include "features/order_key.h"
#include "sync/push.h"

enum { TEXT_MAX = 64 * 1024, OWNER_MAX = 200 };

static const char HOME[] =
    "SELECT worksheet_id FROM items WHERE id = :id AND (:team IS NULL OR team_id = :team)";

const char *const push_item_sql[] = {HOME, NULL};

static struct str text_of(const json_t *json)
{
    return (struct str){json_string_value(json), json_string_length(json)};
}

/* Absent, null and, where a form knows no null, empty: nothing. False: not a text. */
static bool optional(const json_t *document, const char *name, bool empty_is_nothing, struct str *out)
{
    const json_t *json = json_object_get(document, name);
    *out = text_of(json);
    if (empty_is_nothing && !out->len)
        *out = (struct str){0};
    return !json || json_is_null(json) || json_is_string(json);
}

static bool flag(const json_t *document, const char *name, bool *out)
{
    const json_t *json = json_object_get(document, name);
    *out = json_is_true(json);
    return !json || json_is_null(json) || json_is_boolean(json);
}

static bool is_date(struct str s)
{
    int64_t days;
    return s.len == 10 && clock_parse_date(s, &days);
}

/* NULL, or what is wrong with it. */
static const char *read_item(const json_t *document, struct item *item)
{
    *item = (struct item){0};
    if (!flag(document, "_deleted", &item->deleted))
        return "_deleted is not true or false";
    if (item->deleted)
        return NULL; /* whatever else it says */
    item->prompt = text_of(json_object_get(document, "prompt_id"));
    item->text = text_of(json_object_get(document, "text"));
    item->seq = json_integer_value(json_object_get(document, "seq"));
    if (!item->prompt.ptr || !uuid_is(item->prompt))
        return "prompt_id is not an id";
    if (!item->text.ptr || item->text.len > TEXT_MAX || text_has_control(item->text, "\n\r\t"))
        return "text is not one, or too long";
    if (!optional(document, "owner", false, &item->owner) || text_length(item->owner) > OWNER_MAX ||
        text_has_control(item->owner, ""))
        return "owner is not a line of text, or too long";
    if (!optional(document, "due", true, &item->due) || (item->due.ptr && !is_date(item->due)))
        return "due is not a date";
    if (!flag(document, "done", &item->done))
        return "done is not true or false";
    if (!optional(document, "order_key", true, &item->order_key) ||
        (item->order_key.ptr && !order_key_is(item->order_key)))
        return "order_key is not one";
    return NULL;
}

/* Of a removal that does not say it: where the item is. */
static struct str worksheet_of(struct request *rq, const struct push_row *row)
{
    struct str id = text_of(json_object_get(row->to, "worksheet_id"));
    if (id.ptr)
        return id;
    struct query *q = request_sql(rq, HOME);
    query_text(q, ":id", row->id);
    return query_row(q) ? query_get_text(q, 0) : (struct str){0};
}

const char *push_item(struct request *rq, const struct push_row *row)
{
    struct item base;
    struct item_write w = {.kind = ITEM_PUT, .id = row->id};
    if (!(ACCESS_TEAM & 1u << rq->who.role))
        return "items are the teams' to write";
    const char *fault = read_item(row->to, &w.to);
    if (fault)
        return fault;
    w.worksheet = worksheet_of(rq, row);
    if (!w.worksheet.ptr)
        return w.to.deleted ? NULL : "worksheet_id is not an id";
    if (row->assumed && !read_item(row->assumed, &base))
        w.base = &base; /* one that makes no sense is as if nothing had been seen */
    switch (item_write(rq->conn, &w, rq->zone, NULL)) {
    case ITEM_ACCEPTED:
    case ITEM_SAME:
        return NULL;
    case ITEM_UNKNOWN:
        return "there is no such worksheet";
    default:
        return PUSH_CONFLICT;
    }
}

const char *push_bookmark(struct request *rq, const struct push_row *row)
{
    bool gone, was_gone = true;
    struct str session = text_of(json_object_get(row->to, "session_id"));
    if (!flag(row->to, "_deleted", &gone))
        return "_deleted is not true or false";
    if (session.ptr && !str_eq(session, row->id))
        return "id is not the session's";
    bool seen = row->assumed && flag(row->assumed, "_deleted", &was_gone);
    enum bookmark_base base = !seen ? BASE_NOTHING : was_gone ? BASE_GONE : BASE_THERE;
    return bookmark_put(rq->conn, row->id, base, !gone) ? NULL : PUSH_CONFLICT;
}

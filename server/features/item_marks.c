#include "features/item_marks.h"

#include <string.h>

#include "features/answers.h"
#include "http/conditional.h"
#include "http/fields.h"

enum { TAGS_MAX = 20, TAG_MAX = 40 };

static const char SEEN[] =
    "SELECT i.prompt_id FROM items i JOIN worksheets w ON w.id = i.worksheet_id WHERE i.id = :item"
    " AND w.event_id = :event AND (:team IS NULL OR i.team_id = :team) AND" ANSWERS_SEEN;
static const char MARK[] = "SELECT starred AS \"starred:bool\", merged_into, revision,"
                           " updated_at AS \"updated_at:time\" FROM item_marks"
                           " WHERE item_id = :item AND event_id = :event";
static const char TAGS[] =
    "SELECT tag FROM item_tags WHERE item_id = :item AND event_id = :event ORDER BY tag";
static const char KEEP[] =
    "INSERT INTO item_marks (item_id, event_id, starred, merged_into, updated_at)"
    " VALUES (:item, :event, :starred, :merged_into, :now) ON CONFLICT (item_id) DO UPDATE SET"
    " starred = excluded.starred, merged_into = excluded.merged_into, revision = item_marks.revision + 1,"
    " updated_at = excluded.updated_at";
static const char CLEAR_TAGS[] = "DELETE FROM item_tags WHERE item_id = :item AND event_id = :event";
static const char ADD_TAG[] = "INSERT INTO item_tags (item_id, tag, event_id, created_at)"
                              " VALUES (:item, :tag, :event, :now)";
/* Would a ring close? What :target is merged into, and that, and so on. */
static const char RING[] =
    "WITH RECURSIVE above (id) AS (SELECT CAST(:target AS TEXT) UNION SELECT m.merged_into FROM item_marks m"
    " JOIN above a ON m.item_id = a.id WHERE m.event_id = :event AND m.merged_into IS NOT NULL)"
    " SELECT 1 FROM above WHERE id = :item";

static const char *const sql[] = {SEEN, MARK, TAGS, KEEP, CLEAR_TAGS, ADD_TAG, RING, NULL};

static const struct field fields[] = {
    {"starred", FIELD_BOOL, 0, .preset = "0"},
    {"merged_into", FIELD_ID, FIELD_NULLABLE},
    {0},
};

static struct query *about(struct request *rq, const char *statement, struct str item)
{
    struct query *q = request_sql(rq, statement);
    query_text(q, ":item", item);
    return q;
}

/* The prompt of an item that an organizer may read; absent when there is none. */
static struct str prompt_of(struct request *rq, struct str item)
{
    struct query *q = about(rq, SEEN, item);
    if (!query_row(q))
        return (struct str){0};
    struct str prompt = query_get_text(q, 0);
    return str_of(arena_strndup(rq->arena, prompt.ptr, prompt.len));
}

static enum err not_found(struct request *rq)
{
    return fail(rq, ERR_NOT_FOUND, "there is no such item, or it is not handed in");
}

/* An item without marks has them all the same: none. */
static void put_marks(struct request *rq, struct str item, struct buf *out)
{
    struct query *q = about(rq, MARK, item);
    buf_puts(out, "{\"item_id\":");
    buf_json(out, item);
    if (query_row(q)) {
        buf_char(out, ',');
        query_json_members(q, out, rq->zone);
    } else {
        buf_puts(out, ",\"starred\":false,\"merged_into\":null,\"revision\":0,\"updated_at\":null");
    }
    buf_puts(out, ",\"tags\":[");
    q = about(rq, TAGS, item);
    for (const char *comma = ""; query_row(q); comma = ",") {
        buf_puts(out, comma);
        buf_json(out, query_get_text(q, 0));
    }
    buf_puts(out, "]}");
}

static enum err get_marks(struct request *rq)
{
    struct str item = request_param(rq, "item");
    if (!prompt_of(rq, item).ptr)
        return not_found(rq);
    put_marks(rq, item, reply_json(rq, 200));
    return ERR_OK;
}

/* --- PATCH --- */

struct tags {
    bool set;
    struct str list[TAGS_MAX];
    size_t n;
};

static bool has_tag(struct request *rq, const struct tags *tags, struct str tag)
{
    const char *folded = text_fold(rq->arena, tag);
    for (size_t i = 0; folded && i < tags->n; i++) {
        const char *other = text_fold(rq->arena, tags->list[i]);
        if (other && !strcmp(folded, other))
            return true;
    }
    return false;
}

/* Takes `tags` out of the body, because fields know lists of texts as JSON alone. */
static void read_tags(struct request *rq, struct tags *tags)
{
    json_t *array = json_object_get(rq->json, "tags"), *element;
    size_t i;
    tags->n = 0;
    tags->set = array;
    if (array && !json_is_null(array) && (!json_is_array(array) || json_array_size(array) > TAGS_MAX))
        invalid(rq, "/tags", "must be an array of at most %d texts", TAGS_MAX);
    else
        json_array_foreach(array, i, element)
        {
            struct str tag = {json_string_value(element), json_string_length(element)};
            tag = tag.ptr ? str_trim(tag) : tag;
            size_t length = tag.ptr && !text_has_control(tag, "") ? text_length(tag) : 0;
            if (length < 1 || length > TAG_MAX)
                invalid(rq, arena_printf(rq->arena, "/tags/%zu", i), "must be one line of 1 to %d characters",
                        TAG_MAX);
            else if (!has_tag(rq, tags, tag))
                tags->list[tags->n++] = (struct str){arena_strndup(rq->arena, tag.ptr, tag.len), tag.len};
        }
    json_object_del(rq->json, "tags");
}

static enum err check_target(struct request *rq, struct str item, struct str prompt, struct str target)
{
    if (!target.ptr)
        return ERR_OK;
    struct str other = prompt_of(rq, target);
    if (!other.ptr) {
        invalid(rq, "/merged_into", "is not an item that is handed in or shared");
    } else if (!str_eq(other, prompt)) {
        invalid(rq, "/merged_into", "is an answer to another question");
    } else {
        struct query *q = about(rq, RING, item);
        query_text(q, ":target", target);
        if (query_row(q))
            invalid(rq, "/merged_into", "is merged into this one already, or is this one: a ring");
    }
    return invalid_result(rq);
}

static void keep_tags(struct request *rq, struct str item, const struct tags *tags)
{
    if (!tags->set)
        return;
    query_run(about(rq, CLEAR_TAGS, item));
    for (size_t i = 0; i < tags->n; i++) {
        struct query *q = about(rq, ADD_TAG, item);
        query_text(q, ":tag", tags->list[i]);
        query_run(q);
    }
}

static void keep(struct request *rq, struct str item, const struct values *values, const struct tags *tags)
{
    struct query *old = about(rq, MARK, item), *q = about(rq, KEEP, item);
    const struct value *starred = fields_get(values, "starred"), *into = fields_get(values, "merged_into");
    bool had = query_row(old);
    query_int(q, ":starred", starred->set ? starred->integer : had ? query_get_int(old, 0) : 0);
    query_text(q, ":merged_into", into->set ? into->text : had ? query_get_text(old, 1) : (struct str){0});
    query_run(q);
    keep_tags(rq, item, tags);
}

static enum err update_marks(struct request *rq)
{
    struct values values;
    struct buf now;
    struct tags *tags = arena_zalloc(rq->arena, sizeof *tags);
    struct str item = request_param(rq, "item"), prompt = prompt_of(rq, item);
    if (!prompt.ptr)
        return not_found(rq);
    buf_init(&now, rq->arena, 512);
    put_marks(rq, item, &now);
    enum err err = tags ? conditional_if_match(rq, buf_view(&now)) : ERR_UNAVAILABLE;
    if (err != ERR_OK)
        return err;
    if (json_is_object(rq->json))
        read_tags(rq, tags);
    err = fields_read(rq, fields, rq->json, true, &values);
    if (err == ERR_OK)
        err = check_target(rq, item, prompt, fields_get(&values, "merged_into")->text);
    if (err != ERR_OK)
        return err;
    keep(rq, item, &values, tags);
    put_marks(rq, item, reply_json(rq, 200));
    return ERR_OK;
}

#define ITEM "/v1/events/{event}/synthesis/items/{item}"

static const struct route routes[] = {
    {METHOD_GET, ITEM, "getItemMarks", ACCESS_HOST, TX_READ, get_marks, .vary = VARY_NOBODY},
    {METHOD_PATCH, ITEM, "updateItemMarks", ACCESS_HOST, TX_WRITE, update_marks, .body = BODY_JSON,
     .flags = ROUTE_IF_MATCH},
    {0},
};

const struct feature feature_item_marks = {
    .name = "item_marks",
    .reads = "worksheets worksheet_templates worksheet_items submissions teams sync late_edits redactions",
    .routes = routes,
    .sql = sql};

#include "features/collection.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "http/conditional.h"
#include "http/house.h"
#include "http/scope.h"

enum { LIMIT_PRESET = 100, LIMIT_MAX = 500, CURSOR_MAX = 2048, QUERY_TEXT_MAX = 100 };

static const char KEY_FIND[] =
    "SELECT body_hash, target_id FROM create_keys WHERE scope = :scope AND name = :name";
static const char KEY_KEEP[] = "INSERT INTO create_keys (scope, name, body_hash, target_id, created_at)"
                               " VALUES (:scope, :name, :body_hash, :target_id, :now)";

const char *const collection_sql[] = {KEY_FIND, KEY_KEEP, NULL};

static const struct collection *collection_of(const struct request *rq)
{
    return rq->route->of;
}

/* --- pages --- */

/* A cursor is base64url of the last row's key, a NUL and its id: opaque to clients, checked like any input.
 */
static enum err bind_cursor(struct request *rq, struct query *q, enum cursor_key key)
{
    struct str cursor = request_query(rq, "cursor");
    unsigned char *raw = arena_alloc(rq->arena, CURSOR_MAX);
    size_t len = 0;
    int64_t number = INT64_MIN;
    if (!raw)
        return ERR_UNAVAILABLE;
    struct str first = STR(""), id = STR("");
    if (cursor.ptr) {
        const char *nul =
            text_decode_base64url(cursor, raw, CURSOR_MAX, &len) ? memchr(raw, '\0', len) : NULL;
        if (!nul || !text_is_utf8((struct str){(char *)raw, len}))
            return fail(rq, ERR_BAD_REQUEST, "the cursor is not one that this list gave");
        first = (struct str){(char *)raw, (size_t)(nul - (char *)raw)};
        id = (struct str){nul + 1, len - first.len - 1};
        if ((key == KEY_INT && !str_int(first, &number)) || memchr(id.ptr, '\0', id.len))
            return fail(rq, ERR_BAD_REQUEST, "the cursor is not one that this list gave");
    }
    if (key == KEY_INT)
        query_int(q, ":after_key", number);
    else
        query_text(q, ":after_key", first);
    query_text(q, ":after_id", id);
    return ERR_OK;
}

static enum err read_limit(struct request *rq, int64_t *limit)
{
    struct str s = request_query(rq, "limit");
    *limit = LIMIT_PRESET;
    if (s.ptr && (!str_int(s, limit) || *limit < 1 || *limit > LIMIT_MAX))
        return fail(rq, ERR_BAD_REQUEST, "limit is a whole number from 1 to %d", LIMIT_MAX);
    return ERR_OK;
}

static void put_next(struct request *rq, struct buf *out, const char *cursor)
{
    buf_puts(out, ",\"next\":\"");
    buf_puts(out, cursor);
    buf_char(out, '"');
    struct buf link; /* the same request with another cursor */
    buf_init(&link, rq->arena, 256);
    buf_char(&link, '<');
    buf_str(&link, rq->in->path);
    buf_char(&link, '?');
    struct str rest = rq->in->query;
    while (rest.len) {
        struct str pair = str_split(&rest, '&');
        if (!str_starts(pair, "cursor=")) {
            buf_str(&link, pair);
            buf_char(&link, '&');
        }
    }
    buf_printf(&link, "cursor=%s>; rel=\"next\"", cursor);
    const char *text = buf_cstr(&link);
    if (text && link.len < HEADER_VALUE_MAX)
        reply_header(rq, "Link", "%s", text);
}

static const char *cursor_after(struct request *rq, struct query *q)
{
    struct buf raw, text;
    buf_init(&raw, rq->arena, 128);
    buf_init(&text, rq->arena, 128);
    buf_str(&raw, query_named_text(q, "_key"));
    buf_char(&raw, '\0');
    buf_str(&raw, query_named_text(q, "id"));
    buf_base64url(&text, raw.ptr, raw.len);
    return buf_cstr(&text);
}

enum err collection_page(struct request *rq, struct query *q, enum cursor_key key)
{
    int64_t limit, n = 0;
    const char *next = NULL, *last = NULL;
    enum err err = read_limit(rq, &limit);
    if (err == ERR_OK)
        err = bind_cursor(rq, q, key);
    if (err != ERR_OK)
        return err;
    query_int(q, ":limit", limit + 1); /* one more tells whether there is a next page */
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"items\":[");
    while (query_row(q)) {
        if (n == limit) {
            next = last;
            break;
        }
        if (n++)
            buf_char(out, ',');
        query_json(q, out, rq->zone);
        if (n == limit)
            last = cursor_after(rq, q);
    }
    rq->reply.people = (int)n; /* read for lists of people alone */
    buf_char(out, ']');
    if (next)
        put_next(rq, out, next);
    buf_char(out, '}');
    return ERR_OK;
}

void collection_rows(struct request *rq, struct buf *out, const char *key, struct query *q)
{
    buf_printf(out, ",\"%s\":[", key);
    for (int n = 0; query_row(q); n++) {
        if (n)
            buf_char(out, ',');
        query_json(q, out, rq->zone);
    }
    buf_char(out, ']');
}

/* Filters are text parameters of the same name; `q` becomes a pattern. */
static enum err bind_filters(struct request *rq, struct query *q)
{
    struct str rest = str_of(rq->route->query);
    while (rest.len) {
        struct str name = str_split(&rest, ' ');
        char parameter[64];
        snprintf(parameter, sizeof parameter, ":%.*s", (int)name.len, name.ptr);
        if (str_is(name, "limit") || str_is(name, "cursor") || !query_has(q, parameter))
            continue;
        struct str value = request_query(rq, parameter + 1);
        if (str_is(name, "q")) {
            enum err err = collection_pattern(rq, &value);
            if (err != ERR_OK)
                return err;
        }
        query_text(q, parameter, value);
    }
    return ERR_OK;
}

enum err collection_list(struct request *rq)
{
    const struct collection *c = collection_of(rq);
    struct query *q = request_sql(rq, c->list);
    enum err err = bind_filters(rq, q);
    return err == ERR_OK ? collection_page(rq, q, c->key) : err;
}

enum err collection_pattern(struct request *rq, struct str *out)
{
    struct str q = request_query(rq, "q");
    *out = (struct str){0};
    if (!q.ptr)
        return ERR_OK;
    if (text_length(q) > QUERY_TEXT_MAX)
        return fail(rq, ERR_BAD_REQUEST, "q may have %d characters", QUERY_TEXT_MAX);
    struct buf pattern;
    buf_init(&pattern, rq->arena, q.len + 8);
    buf_char(&pattern, '%');
    for (const char *c = text_fold(rq->arena, q); c && *c; c++) {
        if (*c == '%' || *c == '_' || *c == '\\')
            buf_char(&pattern, '\\');
        buf_char(&pattern, *c);
    }
    buf_char(&pattern, '%');
    *out = buf_view(&pattern);
    return ERR_OK;
}

struct str collection_search(struct request *rq, struct str a, struct str b, struct str c)
{
    struct buf all;
    buf_init(&all, rq->arena, a.len + b.len + c.len + 3);
    buf_str(&all, a);
    buf_char(&all, ' ');
    buf_str(&all, b);
    buf_char(&all, ' ');
    buf_str(&all, c);
    return str_of(text_fold(rq->arena, buf_view(&all)));
}

struct str collection_text(const struct values *values, const char *name, struct query *current)
{
    const struct value *v = fields_get(values, name);
    return v->set ? v->text : current ? query_named_text(current, name) : (struct str){0};
}

int64_t collection_int(const struct values *values, const char *name, struct query *current)
{
    const struct value *v = fields_get(values, name);
    return v->set ? v->integer : current ? query_named_int(current, name) : 0;
}

/* --- one thing --- */

enum err collection_reply(struct request *rq, const char *get, struct str id, int status, const char *noun)
{
    struct query *q = request_sql(rq, get);
    query_text(q, ":id", id);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such %s", noun);
    query_json(q, reply_json(rq, status), rq->zone);
    return ERR_OK;
}

enum err collection_get(struct request *rq)
{
    const struct collection *c = collection_of(rq);
    return collection_reply(rq, c->get, request_param(rq, "id"), 200, c->noun);
}

static struct str hash_of(struct request *rq)
{
    unsigned char hash[16];
    char *hex = arena_alloc(rq->arena, 2 * sizeof hash + 1);
    char *text = json_dumps(rq->json, JSON_COMPACT | JSON_SORT_KEYS); /* depth was bounded on the way in */
    if (!hex || !text) {
        free(text);
        return (struct str){0};
    }
    crypto_generichash(hash, sizeof hash, (unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
    free(text);
    return (struct str){hex, 2 * sizeof hash};
}

static enum err find_key(struct request *rq, struct str scope, struct str name, struct str hash,
                         struct str *id, bool *repeat)
{
    struct query *q = request_sql(rq, KEY_FIND);
    query_text(q, ":scope", scope);
    query_text(q, ":name", name);
    if (!query_row(q))
        return ERR_OK;
    if (!str_eq(query_get_text(q, 0), hash))
        return fail(rq, ERR_CONFLICT,
                    "this id or Idempotency-Key was used before with other content: take a new one");
    struct str target = query_get_text(q, 1);
    *id = str_of(arena_strndup(rq->arena, target.ptr, target.len));
    *repeat = true;
    return ERR_OK;
}

enum err collection_claim_id(struct request *rq, struct str given, const char *space, struct str *id,
                             bool *repeat)
{
    struct str key = request_header(rq, "Idempotency-Key"), hash = hash_of(rq);
    struct str scope = str_of(arena_printf(rq->arena, "%s/%s", rq->event ? rq->event->id : "", space));
    struct str name = given;
    *repeat = false;
    if (!hash.ptr || !scope.ptr)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    if (key.ptr && (!key.len || key.len > 200 || !text_is_utf8(key)))
        return fail(rq, ERR_BAD_REQUEST, "Idempotency-Key may have 1 to 200 bytes");
    if (!given.ptr) {
        char *made = arena_alloc(rq->arena, UUID_TEXT);
        if (!made)
            return fail(rq, ERR_UNAVAILABLE, "memory is out");
        uuid_v7(made);
        *id = str_of(made);
        if (!key.ptr)
            return ERR_OK; /* nothing to recognize a repeat by */
        name = str_of(arena_printf(rq->arena, "key:%s:%.*s", rq->who.participant, (int)key.len, key.ptr));
    } else {
        *id = given;
    }
    enum err err = find_key(rq, scope, name, hash, id, repeat);
    if (err != ERR_OK || *repeat)
        return err;
    struct query *q = request_sql(rq, KEY_KEEP);
    query_text(q, ":scope", scope);
    query_text(q, ":name", name);
    query_text(q, ":body_hash", hash);
    query_text(q, ":target_id", *id);
    query_run(q);
    return ERR_OK;
}

/* Takes `id` out of the body: every POST may carry one, no table needs to say so. */
static struct str take_id(struct request *rq)
{
    json_t *id = json_object_get(rq->json, "id");
    struct str given = {json_string_value(id), json_string_length(id)};
    if (id && !json_is_null(id) && !(given.ptr && uuid_is(given))) {
        invalid(rq, "/id", "must be a lower-case UUID");
        given = (struct str){0};
    }
    return given.ptr ? str_of(arena_strndup(rq->arena, given.ptr, given.len)) : given;
}

static void bind_all(struct request *rq, const struct collection *c, struct query *q, struct str id,
                     const struct values *values, struct query *current)
{
    fields_bind(rq, q, values, current);
    query_text(q, ":id", id);
    if (c->bind)
        c->bind(rq, q, values, current);
}

static enum err conflict(struct request *rq, const struct collection *c)
{
    return fail(
        rq, ERR_CONFLICT, "%s",
        c->conflict
            ? c->conflict
            : "it clashes with what is stored: its id is taken, or it names something that is not here");
}

static void put_location(struct request *rq, struct str id)
{
    reply_header(rq, "Location", "%.*s/%.*s", (int)rq->in->path.len, rq->in->path.ptr, (int)id.len, id.ptr);
}

enum err collection_store(struct request *rq, const struct collection *c, struct str id,
                          struct values *values, struct query *current)
{
    enum err err = c->check ? c->check(rq, values, current) : ERR_OK;
    if (err == ERR_OK)
        err = invalid_result(rq);
    if (err != ERR_OK)
        return err;
    struct query *q = request_sql(rq, current ? c->update : c->insert);
    bind_all(rq, c, q, id, values, current);
    if (query_run(q) == STEP_CONFLICT)
        return conflict(rq, c);
    return c->saved ? c->saved(rq, id, values, !current) : ERR_OK;
}

enum err collection_create(struct request *rq)
{
    const struct collection *c = collection_of(rq);
    struct values values;
    struct str id = {0}, given = take_id(rq);
    bool repeat;
    enum err err = collection_claim_id(rq, given, c->noun, &id, &repeat);
    if (err != ERR_OK)
        return err;
    json_object_del(rq->json, "id");
    if ((err = fields_read(rq, c->fields, rq->json, false, &values)) != ERR_OK)
        return err;
    if (repeat)
        return collection_reply(rq, c->get, id, 200, c->noun);
    if ((err = collection_store(rq, c, id, &values, NULL)) != ERR_OK)
        return err;
    put_location(rq, id);
    return collection_reply(rq, c->get, id, 201, c->noun);
}

/* The row as a GET would give it now, for If-Match; the query stays on the row for its columns. */
static enum err read_current(struct request *rq, const struct collection *c, struct query **current)
{
    struct buf now;
    *current = request_sql_id(rq, c->get);
    if (!query_row(*current))
        return fail(rq, ERR_NOT_FOUND, "there is no such %s", c->noun);
    buf_init(&now, rq->arena, 1024);
    query_json(*current, &now, rq->zone);
    return conditional_if_match(rq, buf_view(&now));
}

enum err collection_update(struct request *rq)
{
    const struct collection *c = collection_of(rq);
    struct values values;
    struct query *current;
    struct str id = request_param(rq, "id");
    enum err err = read_current(rq, c, &current);
    if (err == ERR_OK)
        err = fields_read(rq, c->fields, rq->json, true, &values);
    if (err == ERR_OK)
        err = collection_store(rq, c, id, &values, current);
    return err == ERR_OK ? collection_reply(rq, c->get, id, 200, c->noun) : err;
}

enum err collection_remove(struct request *rq)
{
    const struct collection *c = collection_of(rq);
    struct query *current;
    enum err err = read_current(rq, c, &current);
    if (err != ERR_OK)
        return err;
    if (c->removing)
        c->removing(rq, request_param(rq, "id"));
    if (query_run(request_sql_id(rq, c->remove)) == STEP_CONFLICT)
        return conflict(rq, c);
    return reply_no_content(rq);
}

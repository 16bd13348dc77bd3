/* What stands before the parsers: header lines, an empty line, then JSON. */
#include "fuzz.h"

#include <limits.h>

#include "http/body.h"
#include "http/conditional.h"

/* As deep as jansson would recurse. */
static int depth_of(const json_t *json)
{
    int deepest = 0;
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_object(json))
        json_object_foreach((json_t *)json, key, member)
        {
            int depth = depth_of(member);
            deepest = depth > deepest ? depth : deepest;
        }
    else if (json_is_array(json))
        json_array_foreach(json, i, member)
        {
            int depth = depth_of(member);
            deepest = depth > deepest ? depth : deepest;
        }
    else
        return 0;
    return deepest + 1;
}

/* As many values as jansson made. */
static int values_of(const json_t *json)
{
    int n = 1;
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_object(json))
        json_object_foreach((json_t *)json, key, member) n += values_of(member);
    else if (json_is_array(json))
        json_array_foreach(json, i, member) n += values_of(member);
    return n;
}

static void read_json(struct arena *arena, struct str text)
{
    int depth = body_depth(text, BODY_DEPTH);
    HOLD(depth >= 0 && depth <= BODY_DEPTH + 1);
    if (depth > BODY_DEPTH)
        return;
    json_error_t error;
    json_t *json = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return;
    HOLD(depth_of(json) == depth);
    HOLD(values_of(json) <= body_values(text, INT_MAX - 1));
    const char *key;
    json_t *member;
    json_object_foreach(json, key, member)
    {
        struct buf out;
        struct str s = {json_string_value(member), json_string_length(member)};
        if (!s.ptr)
            continue;
        HOLD(text_is_utf8(s));
        buf_init(&out, arena, 64); /* what we write of it reads back the same */
        buf_json(&out, s);
        json_t *back = json_loadb(out.ptr, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
        HOLD(back && json_equal(back, member));
        HOLD(!memmem(out.ptr, out.len, "</", 2));
        json_decref(back);
    }
    json_decref(json);
}

static size_t count(const struct ask *a, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < a->in.n_headers; i++)
        n += str_ieq(a->in.headers[i].name, name);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ask a;
    struct str rest = {(const char *)data, size};
    ask_begin(&a, STR("/"), (struct str){0});
    while (rest.ptr && a.in.n_headers < sizeof a.headers / sizeof *a.headers) {
        struct str value = str_split(&rest, '\n');
        if (!value.len)
            break;
        struct str name = str_split(&value, ':');
        a.headers[a.in.n_headers++] = (struct header){name, value.ptr ? str_trim(value) : STR("")};
    }
    if (body_check_head(&a.rq) == ERR_OK) {
        HOLD(!a.rq.reply.close);
        HOLD(count(&a, "Content-Length") + count(&a, "Transfer-Encoding") <= 1);
    } else {
        HOLD(a.rq.reply.close && a.rq.detail);
    }
    struct str tags = request_header(&a.rq, "If-Match");
    if (tags.ptr)
        conditional_lists(tags, "\"q3vJk0ZrT1mXy7d_9LwBfA\"");
    if (rest.ptr)
        read_json(&a.arena, rest);
    ask_end(&a);
    return 0;
}

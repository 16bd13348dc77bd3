/* values.c - `${name}` in scenarios, and JSON Pointers (RFC 6901) into replies. */
#include "harness/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct variable {
    struct variable *next;
    const char *name, *value;
};

void harness_set(struct harness *h, const char *name, const char *value)
{
    const char *copy = arena_printf(&h->arena, "%s", value);
    for (struct variable *v = h->variables; v; v = v->next)
        if (!strcmp(v->name, name)) {
            v->value = copy;
            return;
        }
    struct variable *v = arena_alloc(&h->arena, sizeof *v);
    assert_non_null(v);
    *v = (struct variable){h->variables, arena_printf(&h->arena, "%s", name), copy};
    h->variables = v;
}

void harness_seed_id(const char *name, char id[UUID_TEXT])
{
    char space[128];
    const char *colon = strchr(name, ':'), *slash = strchr(name, '/');
    bool has_event = slash && slash < colon;
    snprintf(space, sizeof space, "%s%.*s", has_event ? "" : "csec2015/", (int)(colon - name), name);
    uuid_derive(id, str_of(space), str_of(colon + 1));
}

static const char *find(struct harness *h, const char *name, struct arena *arena)
{
    char id[UUID_TEXT];
    for (struct variable *v = h->variables; v; v = v->next)
        if (!strcmp(v->name, name))
            return v->value;
    const char *value = people_value(h, name);
    if (value || !strncmp(name, "code:", 5))
        return value;
    if (!strcmp(name, "new"))
        uuid_v7(id);
    else if (strchr(name, ':'))
        harness_seed_id(name, id);
    else
        return NULL;
    return arena_printf(arena, "%s", id);
}

const char *harness_value(struct harness *h, const char *name)
{
    const char *value = find(h, name, &h->scratch);
    if (!value)
        fail_msg("nothing has set ${%s}", name);
    return value;
}

static void put(struct buf *out, char c, bool swap)
{
    buf_char(out, (char)(!swap ? c : c == '\'' ? '"' : c == '"' ? '\'' : c));
}

const char *harness_fill(struct harness *h, const char *text, bool swap, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, strlen(text) + 128);
    while (*text) {
        const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
        if (!end) {
            put(&out, *text++, swap);
            continue;
        }
        const char *name = arena_strndup(arena, text + 2, (size_t)(end - text - 2));
        const char *value = find(h, name, arena);
        if (!value)
            fail_msg("nothing has set ${%s}", name);
        buf_puts(&out, value);
        text = end + 1;
    }
    return buf_cstr(&out);
}

static json_t *step(json_t *json, struct str key)
{
    char name[128] = "";
    int64_t index;
    if (json_is_array(json))
        return str_int(key, &index) && index >= 0 ? json_array_get(json, (size_t)index) : NULL;
    snprintf(name, sizeof name, "%.*s", (int)key.len, key.ptr);
    return json_object_get(json, name);
}

const char *harness_at(struct harness *h, const struct local_reply *reply, const char *pointer)
{
    json_t *root = json_loadb(reply->body.ptr, reply->body.len, 0, NULL), *at = root;
    struct str rest = str_of(*pointer ? pointer + 1 : NULL);
    while (rest.ptr && at)
        at = step(at, str_split(&rest, '/'));
    char *text = at && !json_is_string(at) ? json_dumps(at, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *value = json_is_string(at) ? json_string_value(at) : text;
    const char *copy = value ? arena_printf(&h->scratch, "%s", value) : NULL;
    free(text);
    json_decref(root);
    return copy;
}

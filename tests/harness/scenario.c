/* scenario.c - sends a scenario's request and holds the reply against what was wanted. */
#include "harness/parts.h"

#include <stdio.h>
#include <string.h>

struct local_reply harness_send(struct harness *h, const struct scenario *s, struct arena *arena)
{
    struct header headers[COUNT(s->headers)];
    struct local_call call = {.method = s->method, .headers = headers, .on_metrics = s->on_metrics};
    struct local_reply reply;
    call.target = harness_fill(h, s->path, false, arena);
    call.token = s->token ? harness_fill(h, s->token, false, arena) : h->tokens[s->as];
    if (s->body_len)
        call.body = (struct str){s->body, s->body_len};
    else if (s->body || s->json)
        call.body = str_of(harness_fill(h, s->body ? s->body : s->json, !s->body, arena));
    for (; call.n_headers < COUNT(s->headers) && s->headers[call.n_headers]; call.n_headers++) {
        struct str value = str_of(harness_fill(h, s->headers[call.n_headers], false, arena));
        struct str name = str_split(&value, ':');
        headers[call.n_headers] = (struct header){name, str_trim(value)};
    }
    local_call(h->house, &call, arena, &reply);
    record_reply(h, call.method, call.target, &reply);
    return reply;
}

/* Everything that helps to see what went wrong, with `wrong` first. */
static void complain(struct harness *h, const struct scenario *s, const struct local_reply *reply,
                     const char *wrong)
{
    struct buf out;
    buf_init(&out, &h->scratch, 4096);
    buf_printf(&out, "%s\n%s: %s %s\n", wrong, harness_actor(s->as), s->method,
               harness_fill(h, s->path, false, &h->scratch));
    for (size_t i = 0; i < COUNT(s->headers) && s->headers[i]; i++)
        buf_printf(&out, "%s\n", harness_fill(h, s->headers[i], false, &h->scratch));
    if (s->json)
        buf_printf(&out, "%s\n", harness_fill(h, s->json, true, &h->scratch));
    buf_puts(&out, "---- answered ----\n");
    buf_printf(&out, "%.*s", (int)reply->head.len, reply->head.ptr);
    buf_printf(&out, "%.*s%s\n", reply->body.len > 4000 ? 4000 : (int)reply->body.len, reply->body.ptr,
               reply->body.len > 4000 ? " (and more)" : "");
    struct str rest = buf_view(&out); /* cmocka would cut it short */
    while (rest.ptr) {
        struct str line = str_split(&rest, '\n');
        printf("# %.*s\n", (int)line.len, line.ptr);
    }
    fail_msg("%s: %s", s->name ? s->name : s->path, wrong);
}

static bool holds(struct str text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void check(struct harness *h, const struct scenario *s, const struct local_reply *reply)
{
    if (reply->status != s->status)
        complain(h, s, reply,
                 arena_printf(&h->scratch, "wanted status %d, got %d", s->status, reply->status));
    for (size_t i = 0; i < COUNT(s->contains) && s->contains[i]; i++) {
        const char *part = harness_fill(h, s->contains[i], true, &h->scratch);
        if (!holds(reply->body, part))
            complain(h, s, reply, arena_printf(&h->scratch, "the body lacks %s", part));
    }
    for (size_t i = 0; i < COUNT(s->absent) && s->absent[i]; i++) {
        const char *part = harness_fill(h, s->absent[i], true, &h->scratch);
        if (holds(reply->body, part))
            complain(h, s, reply, arena_printf(&h->scratch, "the body holds %s", part));
    }
    for (size_t i = 0; i < COUNT(s->head) && s->head[i]; i++) {
        const char *part = harness_fill(h, s->head[i], false, &h->scratch);
        if (!holds(reply->head, part))
            complain(h, s, reply, arena_printf(&h->scratch, "the head lacks %s", part));
    }
}

/* What holds of every answer, whatever it is about. */
static void check_always(struct harness *h, const struct scenario *s, const struct local_reply *reply)
{
    if (!holds(reply->head, "X-Content-Type-Options: nosniff") || !holds(reply->head, "X-Request-Id: "))
        complain(h, s, reply, "the head lacks X-Content-Type-Options or X-Request-Id");
    if (reply->status >= 400 && !holds(reply->head, "Content-Type: application/problem+json") &&
        strcmp(s->path, "/readyz") != 0 && strncmp(s->path, "/certificates/", 14) != 0)
        complain(h, s, reply, "the error is not application/problem+json");
}

static void save(struct harness *h, const struct scenario *s, const struct local_reply *reply)
{
    struct str rest = str_of(s->save);
    while (rest.len) {
        struct str from = str_split(&rest, ' '), name = str_split(&from, '=');
        const char *where = arena_strndup(&h->scratch, from.ptr, from.len);
        const char *to = arena_strndup(&h->scratch, name.ptr, name.len), *value = NULL;
        if (where[0] == '/') {
            value = harness_at(h, reply, where);
        } else {
            struct str header = local_header(reply, where);
            value = header.ptr ? arena_strndup(&h->scratch, header.ptr, header.len) : NULL;
        }
        if (!value)
            complain(h, s, reply, arena_printf(&h->scratch, "nothing to save at %s", where));
        harness_set(h, to, value);
    }
}

struct local_reply play(struct harness *h, const struct scenario *s)
{
    struct local_reply reply = harness_send(h, s, &h->scratch);
    check_always(h, s, &reply);
    check(h, s, &reply);
    save(h, s, &reply);
    return reply;
}

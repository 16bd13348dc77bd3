/* Paths and queries: METHOD-BYTE path [? query], through decoding and the router of all features. */
#include "fuzz.h"

#include "features/features.h"
#include "http/router.h"

static void hold_text(struct str s)
{
    HOLD(text_is_utf8(s) && !text_has_control(s, NULL));
}

/* What was decoded is text, no longer than it was, and the same again when it is encoded and decoded. */
static void decode(struct arena *a, struct str s, bool query)
{
    struct str out, again;
    struct buf encoded;
    if (!text_decode_uri(a, s, query, &out))
        return;
    hold_text(out);
    HOLD(out.len <= s.len);
    HOLD(query || !memchr(s.ptr ? s.ptr : "", '%', s.len) || !memmem(s.ptr, s.len, "%2f", 3));
    buf_init(&encoded, a, out.len * 3 + 1);
    for (size_t i = 0; i < out.len; i++)
        if (out.ptr[i] == '/')
            buf_char(&encoded, '/');
        else
            buf_printf(&encoded, "%%%02x", (unsigned char)out.ptr[i]);
    HOLD(text_decode_uri(a, buf_view(&encoded), query, &again));
    HOLD(again.len == out.len && (!out.len || !memcmp(again.ptr, out.ptr, out.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    static struct ask a;
    if (!router)
        router = router_create(features);
    if (!size)
        return 0;
    struct str query = {(const char *)data + 1, size - 1}, path = str_split(&query, '?');
    ask_begin(&a, path, query);
    a.rq.method = data[0] % METHOD_COUNT;
    enum err err = router_match(router, &a.rq);
    HOLD(err == ERR_OK || err == ERR_NOT_FOUND || err == ERR_METHOD_NOT_ALLOWED || err == ERR_BAD_REQUEST);
    HOLD((err == ERR_OK) == (a.rq.route != NULL && !a.rq.detail));
    for (int i = 0; err == ERR_OK && i < PARAMS_MAX; i++)
        if (a.rq.params[i].ptr)
            hold_text(a.rq.params[i]);
    while (query.len) {
        struct str value = str_split(&query, '&'), key = str_split(&value, '=');
        char name[32];
        decode(&a.arena, value, true);
        snprintf(name, sizeof name, "%.*s", key.len < 31 ? (int)key.len : 31, key.ptr);
        struct str found = request_query(&a.rq, name);
        if (found.ptr)
            hold_text(found);
    }
    decode(&a.arena, path, false);
    ask_end(&a);
    return 0;
}

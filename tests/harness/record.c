/* record.c - one JSON line a reply, for tests/lint/validate-replies.mjs. */
#include "harness/parts.h"

#include <ctype.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE = 2048 };

static void put_headers(struct buf *out, struct str head)
{
    bool first = true;
    str_split(&head, '\n'); /* the status line */
    while (head.ptr) {
        struct str value = str_trim(str_split(&head, '\n')), name = str_split(&value, ':');
        if (!value.ptr)
            continue;
        buf_puts(out, first ? "\"" : ",\"");
        for (size_t i = 0; i < name.len; i++)
            buf_char(out, (char)tolower((unsigned char)name.ptr[i]));
        buf_puts(out, "\":");
        buf_json(out, str_trim(value));
        first = false;
    }
}

static void put_text(struct buf *out, struct str text)
{
    if (text_is_utf8(text)) {
        buf_json(out, text);
        return;
    }
    buf_char(out, '"');
    buf_base64url(out, text.ptr, text.len);
    buf_puts(out, "\",\"base64\":true");
}

/* Twelve people read the same long list: once is enough to hold it against the contract. */
static bool is_recorded(struct harness *h, const struct local_reply *reply)
{
    static const unsigned char key[crypto_shorthash_KEYBYTES];
    uint64_t hash;
    if (reply->body.len < LARGE)
        return false;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)reply->body.ptr, reply->body.len, key);
    hash ^= (uint64_t)reply->status << 32 ^ (uintptr_t)reply->operation; /* a name stands at one address */
    return atomic_exchange(&h->recorded[hash % COUNT(h->recorded)], hash) == hash;
}

void record_reply(struct harness *h, const char *method, const char *target, const struct local_reply *reply)
{
    if (is_recorded(h, reply))
        return;
    struct arena arena;
    struct buf line;
    arena_init(&arena, NULL, 0);
    buf_init(&line, &arena, 1024 + 2 * reply->body.len);
    buf_puts(&line, "{\"operation\":");
    buf_json(&line, str_of(reply->operation ? reply->operation : ""));
    buf_puts(&line, ",\"method\":");
    buf_json(&line, str_of(method));
    buf_puts(&line, ",\"path\":");
    buf_json(&line, text_is_utf8(str_of(target)) ? str_of(target) : STR("(not UTF-8)"));
    buf_printf(&line, ",\"status\":%d,\"headers\":{", reply->status);
    put_headers(&line, reply->head);
    buf_puts(&line, "},\"body\":");
    put_text(&line, reply->body);
    buf_puts(&line, "}\n");
    /* One write a line: programs that run side by side do not mix. */
    int fd = open("build/test/replies.jsonl", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (line.failed || fd < 0 || write(fd, line.ptr, line.len) != (ssize_t)line.len)
        harness_stop("build/test/replies.jsonl cannot be written");
    close(fd);
    arena_finish(&arena);
}

#include "http/problem.h"

#include "http/cache.h"
#include "http/house.h"

void problem_write(struct buf *out, int status, const char *slug, const char *title, const char *detail,
                   const char *id, const struct invalid *invalid)
{
    buf_puts(out, "{\"type\":\"/problems/");
    buf_puts(out, slug);
    buf_puts(out, "\",\"title\":");
    buf_json(out, str_of(title));
    buf_printf(out, ",\"status\":%d,\"detail\":", status);
    buf_json(out, str_of(detail));
    buf_printf(out, ",\"instance\":\"%s\"", id);
    for (const struct invalid *i = invalid; i; i = i->next) {
        buf_puts(out, i == invalid ? ",\"errors\":[{\"pointer\":" : ",{\"pointer\":");
        buf_json(out, str_of(i->pointer));
        if (i->line)
            buf_printf(out, ",\"line\":%d", i->line);
        buf_puts(out, ",\"detail\":");
        buf_json(out, str_of(i->detail));
        buf_char(out, '}');
    }
    buf_puts(out, invalid ? "]}" : "}");
}

/* Faults below the handlers have no sentence of their own. */
static const char *detail_of(const struct request *rq, enum err err)
{
    if (rq->detail)
        return rq->detail;
    switch (err) {
    case ERR_STORAGE_FULL:
        return "the disk is full: nothing was stored; reading still works";
    case ERR_UNAVAILABLE:
        return "nothing was stored; try again";
    case ERR_INTERNAL:
        return "nothing was stored; tell the organizer the request id";
    default:
        return err_info(err)->title;
    }
}

void problem_reply(struct request *rq, enum err err)
{
    const struct err_info *info = err_info(err);
    struct reply *reply = &rq->reply;
    if (reply->cached) {
        cache_release(rq->house->cache, reply->cached);
        reply->cached = NULL;
    }
    reply->status = info->status;
    reply->content_type = "application/problem+json";
    reply->etag[0] = '\0';
    reply->file_len = 0;
    reply->stream = NULL;
    if (err == ERR_RATE_LIMITED || err == ERR_UNAVAILABLE || err == ERR_STORAGE_FULL)
        reply_header(rq, "Retry-After", "%d", rq->retry_after > 0 ? rq->retry_after : 2);
    buf_init(&reply->body, rq->arena, 512);
    problem_write(&reply->body, info->status, info->slug, info->title, detail_of(rq, err), rq->id,
                  err == ERR_INVALID || err == ERR_CONFLICT ? rq->invalid : NULL);
    if (err == ERR_CONFIRM && rq->confirm && reply->body.len) {
        reply->body.len--;
        buf_printf(&reply->body, ",\"confirm\":\"%s\"}", rq->confirm);
    }
}

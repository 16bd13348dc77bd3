#include "http/conditional.h"

#include <string.h>

#include "http/cache.h"

static bool same_tag(struct str tag, const char *etag)
{
    size_t n = strlen(etag) - 1; /* without the closing quote */
    if (str_starts(tag, "W/"))
        tag = (struct str){tag.ptr + 2, tag.len - 2};
    if (tag.len < n + 1 || memcmp(tag.ptr, etag, n))
        return false;
    struct str rest = {tag.ptr + n, tag.len - n};
    return str_is(rest, "\"") || str_is(rest, "-gzip\"");
}

bool conditional_lists(struct str header, const char *etag)
{
    if (str_is(str_trim(header), "*"))
        return true;
    while (header.ptr)
        if (same_tag(str_trim(str_split(&header, ',')), etag))
            return true;
    return false;
}

void conditional_apply(struct request *rq)
{
    struct str header =
        rq->method == METHOD_GET && *rq->reply.etag ? request_header(rq, "If-None-Match") : (struct str){0};
    if (rq->reply.status == 0)
        rq->reply.status = 200;
    if (header.ptr && (rq->reply.status == 200 || rq->reply.status == 206) &&
        conditional_lists(header, rq->reply.etag))
        rq->reply.status = 304;
}

enum err conditional_if_match(struct request *rq, struct str current)
{
    struct str header = request_header(rq, "If-Match");
    char etag[ETAG_TEXT];
    if (!header.ptr)
        return ERR_OK;
    etag_of(current, etag);
    if (conditional_lists(header, etag))
        return ERR_OK;
    return fail(rq, ERR_STALE,
                "it has changed since you read it: read it again, then send your change with the new ETag");
}

#include "features/page.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/embed.h"

/* Names each inline element of this page by the hash of its text (CSP 3, 2.3.1): nothing else may run or
 * apply. */
static void put_sources(struct buf *policy, const char *html, const char *element)
{
    char open[16], close[16],
        text[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    unsigned char hash[crypto_hash_sha256_BYTES];
    const char *start, *end;
    snprintf(open, sizeof open, "<%s>", element);
    snprintf(close, sizeof close, "</%s>", element);
    buf_printf(policy, "; %s-src", element);
    bool any = false;
    while ((start = strstr(html, open)) && (end = strstr(start, close))) {
        start += strlen(open);
        crypto_hash_sha256(hash, (const unsigned char *)start, (size_t)(end - start));
        sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
        buf_printf(policy, " 'sha256-%s'", text);
        html = end;
        any = true;
    }
    if (!any)
        buf_puts(policy, " 'none'");
}

enum err page_policy(struct request *rq, const char *html)
{
    struct buf policy;
    buf_init(&policy, rq->arena, 512);
    buf_puts(&policy, "default-src 'none'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
                      "frame-ancestors 'none'");
    put_sources(&policy, html, "style");
    put_sources(&policy, html, "script");
    const char *text = buf_cstr(&policy);
    if (!text)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    reply_header(rq, "Content-Security-Policy", "%s", text);
    return ERR_OK;
}

/* The sheet's bytes are the element's: what the hash is over. `head`: further elements. */
static struct buf *begin(struct request *rq, struct str title, const char *style, const char *head)
{
    const struct embedded *sheet = embed_find(style);
    struct buf *out = &rq->reply.body, element;
    rq->reply.content_type = "text/html; charset=utf-8";
    buf_init(&element, rq->arena, 8192);
    buf_printf(&element, "<style>%s</style>", sheet ? sheet->data : "");
    buf_init(out, rq->arena, 64 * 1024);
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<title>");
    buf_html(out, title);
    buf_puts(out, "</title>\n");
    buf_puts(out, head);
    const char *html = buf_cstr(&element);
    if (!html || page_policy(rq, html) != ERR_OK)
        out->failed = true;
    buf_str(out, buf_view(&element));
    buf_puts(out, "\n</head>\n<body>\n");
    return out;
}

struct buf *page_begin(struct request *rq, struct str title, const char *style)
{
    return begin(rq, title, style, "<meta name=\"robots\" content=\"noindex\">\n");
}

struct buf *page_begin_public(struct request *rq, struct str title, const char *style)
{
    return begin(rq, title, style, "");
}

enum err page_end(struct request *rq)
{
    buf_puts(&rq->reply.body, "</body>\n</html>\n");
    return ERR_OK;
}

/* page.h - HTML pages that the server makes: one head, a built-in style sheet, a strict policy.
 *
 * A page needs no script and fetches nothing: its style stands inside it and is allowed by its hash (CSP 3),
 * pictures are inline SVG. All text from people goes through buf_html().
 *
 *     struct buf *out = page_begin(rq, title, "report.css");
 *     buf_puts(out, "<h1>"); buf_html(out, title); …
 *     return page_end(rq);
 *
 * Memory: the request's. Threads: as the request. Tests: tests/api/operations_test.c
 */
#ifndef CONVENED_FEATURES_PAGE_H
#define CONVENED_FEATURES_PAGE_H

#include "http/request.h"

/* Starts a reply of text/html with everything up to and with <body>; `style` is a file of server/web/. */
struct buf *page_begin(struct request *rq, struct str title, const char *style);
/* The same for a page that search engines may list. */
struct buf *page_begin_public(struct request *rq, struct str title, const char *style);
enum err page_end(struct request *rq);

/* The Content-Security-Policy of a page whose every style and script element stands in `html`, without
 * attributes. */
enum err page_policy(struct request *rq, const char *html);

#endif

#include "http/head.h"

#include <string.h>

/* One empty line before a request is old clients' habit (RFC 9112, 2.2); anything else is not a head's start.
 */
static bool begins_well(const struct head *h)
{
    size_t skipped = (size_t)(h->method - h->buffer);
    return skipped == 0 || (skipped == 2 && h->buffer[0] == '\r');
}

/* METHOD SP URI SP VERSION CRLF, one space each. */
static bool line_is_plain(const struct head *h)
{
    const char *last = h->query ? h->query : h->uri;
    return h->uri == h->method + strlen(h->method) + 1 &&
           h->version == last + strlen(last) + 1 + strlen("HTTP/");
}

/* NAME ":" SP* VALUE: the colon became the one NUL between them. */
static bool is_plain(const struct header *h)
{
    for (const char *p = h->name.ptr + h->name.len + 1; p < h->value.ptr; p++)
        if (*p != ' ')
            return false;
    return true;
}

static int count(const struct head *h, const char *name)
{
    int n = 0;
    for (size_t i = 0; i < h->n_headers; i++)
        n += str_ieq(h->headers[i].name, name);
    return n;
}

/* Each line begins where the one before ended with CRLF, up to the empty one. */
static enum err check_lines(const struct head *h, const char **why)
{
    const char *at = h->version + strlen(h->version) + 2, *limit = h->buffer + HEAD_BUFFER;
    for (size_t i = 0; i < h->n_headers; i++) {
        const struct header *line = &h->headers[i];
        if (line->name.ptr != at || !is_plain(line)) {
            *why = "a header line is malformed";
            return ERR_BAD_REQUEST;
        }
        at = line->value.ptr + line->value.len + 2;
    }
    if (at + 2 - h->buffer > HEAD_BYTES) {
        *why = "a request's head may have 16 KiB";
        return ERR_HEAD_TOO_LARGE;
    }
    /* The last line feed became a NUL; without headers, the whole empty line did. */
    if (at + 2 <= limit && (at[0] == '\r' || (!h->n_headers && !at[0])) && !at[1])
        return ERR_OK;
    *why = h->n_headers == HEAD_HEADERS ? "a request may have 64 headers" : "a header line is malformed";
    return h->n_headers == HEAD_HEADERS ? ERR_HEAD_TOO_LARGE : ERR_BAD_REQUEST;
}

enum err head_check(const struct head *h, const char **why)
{
    bool http11 = !strcmp(h->version, "1.1");
    if (!begins_well(h) || !line_is_plain(h)) {
        *why = "the request line is malformed";
        return ERR_BAD_REQUEST;
    }
    enum err err = check_lines(h, why);
    if (err != ERR_OK)
        return err;
    if (count(h, "Host") > 1 || (http11 && !count(h, "Host"))) {
        *why = "a request has one Host header";
        return ERR_BAD_REQUEST;
    }
    if (!http11 && count(h, "Transfer-Encoding")) {
        *why = "HTTP/1.0 has no Transfer-Encoding";
        return ERR_BAD_REQUEST;
    }
    return ERR_OK;
}

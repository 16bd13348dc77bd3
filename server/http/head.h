/* head.h - whether a request's head says what civetweb read out of it.
 *
 * Civetweb's parser stops without a word at the 65th header and at a header line that begins with a space,
 * takes spaces before a colon and bare line feeds, and looks past the end of what it received when the head
 * begins with empty lines. A proxy in front may read the same bytes otherwise, and what two programs read
 * differently smuggles requests. The parser cuts its buffer into strings in place, so what it skipped can be
 * seen between them.
 *
 * Threads: safe, no state. Tests: tests/smoke/hostile_test.mjs
 */
#ifndef CONVENED_HTTP_HEAD_H
#define CONVENED_HTTP_HEAD_H

#include "http/request.h"

enum {
    HEAD_BYTES = 16384,  /* most that are taken */
    HEAD_BUFFER = 32768, /* room for more, so that a head that is somewhat too large is known as such */
    HEAD_HEADERS = 64
};

/* All point into the one buffer that holds the head. */
struct head {
    const char *buffer; /* its first byte */
    const char *method, *uri, *query, *version;
    const struct header *headers;
    size_t n_headers;
};

/* ERR_OK, or why the head is refused. */
enum err head_check(const struct head *head, const char **why);

#endif

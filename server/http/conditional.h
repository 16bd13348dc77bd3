/* conditional.h - If-None-Match and If-Match (RFC 9110, 13). Threads: as the request. Tests:
 * tests/unit/conditional_test.c */
#ifndef CONVENED_HTTP_CONDITIONAL_H
#define CONVENED_HTTP_CONDITIONAL_H

#include "http/request.h"

/* Does the list of entity tags hold this one? `*` holds any; the "-gzip" of a compressed form is passed over.
 */
bool conditional_lists(struct str header, const char *etag);

/* Turns a 200 to a GET into a 304 when the client has these bytes. */
void conditional_apply(struct request *rq);

/* For writes: compares If-Match, when it came, with the bytes that a GET would give now. ERR_STALE names the
 * mend. */
enum err conditional_if_match(struct request *rq, struct str current);

#endif

/* body.h - takes a request's body in: length, type, depth, time. For dispatch() only.
 *
 * Threads: as the request. Tests: tests/unit/body_test.c, tests/smoke/hostile.mjs, tests/fuzz/
 */
#ifndef CONVENED_HTTP_BODY_H
#define CONVENED_HTTP_BODY_H

#include "http/request.h"

enum {
    BODY_MAX = 1024 * 1024,    /* bytes of JSON */
    BODY_OPEN_MAX = 16 * 1024, /* of who needs no token: a code, a password, and a thousand of them at once */
    BODY_DEPTH = 32,           /* of nesting, counted before any parser sees it */
    BODY_VALUES = 20000,  /* as body_values() counts them: each takes the parser a hundred times its bytes */
    BODY_DEADLINE_S = 15, /* from the first byte to the last, on the monotonic clock */
    BODY_FILE_DEADLINE_S = 300
};

/* Head checks that hold for every request: Transfer-Encoding beside Content-Length, doubled or non-digit
 * Content-Length, Content-Encoding. Refusals end the connection. */
enum err body_check_head(struct request *rq);
/* Reads what the route wants: rq->json, or rq->upload. */
enum err body_receive(struct request *rq);

/* Nesting of arrays and objects in JSON text, strings skipped; stops counting past `limit`. */
int body_depth(struct str json, int limit);
/* At least as many as there are values in JSON text, strings skipped; stops counting past `limit`. */
int body_values(struct str json, int limit);

#endif

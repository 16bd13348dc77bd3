/* local.h - one request without sockets: the command line's and the tests' way into dispatch().
 *
 * Threads: as dispatch. Tests: it is what tests/api/ runs on.
 */
#ifndef CONVENED_HTTP_LOCAL_H
#define CONVENED_HTTP_LOCAL_H

#include "http/house.h"

struct local_call {
    const char *method;
    const char *target;           /* path and query, as on the wire */
    const char *token;            /* NULL: none */
    struct str body;              /* absent: none; sent as application/json unless a header says otherwise */
    const struct header *headers; /* further ones */
    size_t n_headers;
    bool on_metrics;
    struct sink *to; /* where the body of a 200 goes; NULL: into the reply */
};

struct local_reply {
    int status;
    struct str head; /* as it would be sent */
    struct str body;
    bool cut;              /* its end is missing */
    const char *operation; /* operationId of the row that answered; NULL when none matched */
};

/* `out` points into the arena, which the caller ends. Files are read into the body. */
void local_call(struct house *house, const struct local_call *call, struct arena *arena,
                struct local_reply *out);

/* A header's value in a reply's head; absent when it is not there. */
struct str local_header(const struct local_reply *reply, const char *name);

/* An admin token for the command line, good for a minute. NULL when memory is out. */
const char *local_admin_token(struct house *house, struct arena *arena);

#endif

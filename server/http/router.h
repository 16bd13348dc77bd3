/* router.h - from a path to its row: a tree of segments, one look a segment.
 *
 *   /v1 ── auth ── join
 *      └── events ── {event} ── rooms ── {id}
 *
 * A literal segment wins over a parameter. Threads: immutable once made. Tests: tests/unit/router_test.c
 */
#ifndef CONVENED_HTTP_ROUTER_H
#define CONVENED_HTTP_ROUTER_H

#include "http/request.h"

struct router;

struct router *router_create(const struct feature *const *features); /* NULL when memory is out */
void router_destroy(struct router *router);                          /* NULL-safe */

/* Fills rq->route, feature and params from rq->in->path and rq->method. ERR_NOT_FOUND; ERR_METHOD_NOT_ALLOWED
 * with an Allow header; ERR_BAD_REQUEST on an escape that does not decode, a control byte or an encoded
 * slash. */
enum err router_match(const struct router *router, struct request *rq);

/* Every route has a number from 0, for counters. */
int router_count(const struct router *router);
int router_number(const struct router *router, const struct route *route);

#endif

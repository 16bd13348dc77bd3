/* audience.h - whose changes a person hears of. Threads: as the request. Tests: tests/api/sync_test.c */
#ifndef CONVENED_HTTP_AUDIENCE_H
#define CONVENED_HTTP_AUDIENCE_H

#include "http/hub.h"
#include "http/request.h"

/* The scopes of who asks, in the request's event. */
void audience_of(const struct request *rq, struct scopes *out);

#endif

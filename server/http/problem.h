/* problem.h - errors as RFC 9457 problem+json. Threads: as the request. Tests: tests/api/hostile_test.c */
#ifndef CONVENED_HTTP_PROBLEM_H
#define CONVENED_HTTP_PROBLEM_H

#include "http/request.h"

/* Replaces whatever the reply holds by the problem of `err`, rq->detail and rq->invalid. */
void problem_reply(struct request *rq, enum err err);
/* The body alone, for errors that have no request (the listener's own). */
void problem_write(struct buf *out, int status, const char *slug, const char *title, const char *detail,
                   const char *id, const struct invalid *invalid);

#endif

/* error.h - every way a request can fail, in one list.
 *
 * One X-list gives the enum, the status code, the RFC 9457 problem `type` slug and its title; /docs and
 * api-spec repeat nothing of it. An error is reported once, where it happens (see fail() in
 * http/request.h); callers pass the code up.
 * Threads: constant data. Tests: tests/unit/error_test.c
 */
#ifndef CONVENED_BASE_ERROR_H
#define CONVENED_BASE_ERROR_H

/*  name                status  slug                      title */
#define ERR_LIST(X)                                                                                          \
    X(OK, 200, "ok", "OK")                                                                                   \
    X(BAD_REQUEST, 400, "bad-request", "The request is malformed")                                           \
    X(UNAUTHORIZED, 401, "unauthorized", "A valid access token is needed")                                   \
    X(FORBIDDEN, 403, "forbidden", "Your role may not do this")                                              \
    X(NOT_FOUND, 404, "not-found", "There is nothing here")                                                  \
    X(METHOD_NOT_ALLOWED, 405, "method-not-allowed", "This path does not take that method")                  \
    X(TIMEOUT, 408, "timeout", "The request took too long to arrive")                                        \
    X(CONFLICT, 409, "conflict", "The request conflicts with what is stored")                                \
    X(STALE, 412, "stale", "The thing has changed since you read it")                                        \
    X(TOO_LARGE, 413, "too-large", "The request body is too large")                                          \
    X(URI_TOO_LONG, 414, "uri-too-long", "The request path is too long")                                     \
    X(UNSUPPORTED, 415, "unsupported-media-type", "This content type is not accepted here")                  \
    X(RANGE, 416, "range-not-satisfiable", "The requested range is outside the file")                        \
    X(INVALID, 422, "invalid", "Some fields are not valid")                                                  \
    X(UPGRADE, 426, "upgrade-required", "This version of the client is too old")                             \
    X(NEED_IF_MATCH, 428, "precondition-required", "If-Match is needed")                                     \
    X(CONFIRM, 428, "confirmation-required", "This must be confirmed")                                       \
    X(RATE_LIMITED, 429, "rate-limited", "Too many attempts")                                                \
    X(HEAD_TOO_LARGE, 431, "head-too-large", "The request head is too large")                                \
    X(INTERNAL, 500, "internal", "The server failed")                                                        \
    X(UNAVAILABLE, 503, "unavailable", "The server cannot do this right now")                                \
    X(STORAGE_FULL, 507, "storage-full", "The server has no room to store this")

enum err {
#define X(name, status, slug, title) ERR_##name,
    ERR_LIST(X)
#undef X
        ERR_COUNT
};

/* What a problem body says of an error. `status` is the HTTP status code (RFC 9110). */
struct err_info {
    int status;
    const char *name;
    const char *slug;
    const char *title;
};

/* The row of `err`; an out-of-range value reads as ERR_INTERNAL. Static storage. */
const struct err_info *err_info(enum err err);

#endif

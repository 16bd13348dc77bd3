#include "http/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/house.h"

enum { CHUNK = 64 * 1024 };

static enum err refuse(struct request *rq, enum err err, const char *why)
{
    rq->reply.close = true; /* what is left of the body is not read */
    return fail(rq, err, "%s", why);
}

static struct str only_header(const struct request *rq, const char *name, int *count)
{
    struct str found = {0};
    *count = 0;
    for (size_t i = 0; i < rq->in->n_headers; i++)
        if (str_ieq(rq->in->headers[i].name, name)) {
            found = rq->in->headers[i].value;
            ++*count;
        }
    return found;
}

/* The declared length; -1 when there is none. */
static int64_t declared_length(const struct request *rq)
{
    int64_t n;
    struct str length = request_header(rq, "Content-Length");
    return length.ptr && str_int(length, &n) ? n : -1;
}

enum err body_check_head(struct request *rq)
{
    int lengths, codings;
    int64_t n;
    struct str length = only_header(rq, "Content-Length", &lengths);
    struct str coding = only_header(rq, "Transfer-Encoding", &codings);
    if (lengths > 1 || codings > 1)
        return refuse(rq, ERR_BAD_REQUEST, "Content-Length or Transfer-Encoding stands twice");
    if (lengths && codings)
        return refuse(rq, ERR_BAD_REQUEST, "Content-Length and Transfer-Encoding do not go together");
    if (codings && !str_ieq(coding, "chunked"))
        return refuse(rq, ERR_BAD_REQUEST, "the only Transfer-Encoding taken is chunked");
    if (lengths && (!length.len || length.ptr[0] == '-' || !str_int(length, &n)))
        return refuse(rq, ERR_BAD_REQUEST, "Content-Length is not a whole number");
    struct str encoding = request_header(rq, "Content-Encoding");
    if (encoding.ptr && !str_ieq(encoding, "identity"))
        return refuse(rq, ERR_UNSUPPORTED, "send the body without Content-Encoding");
    return ERR_OK;
}

/* The end of the JSON string that begins at `i`. */
static size_t string_end(struct str json, size_t i)
{
    for (i++; i < json.len && json.ptr[i] != '"'; i++)
        i += json.ptr[i] == '\\';
    return i;
}

int body_depth(struct str json, int limit)
{
    int depth = 0, deepest = 0;
    for (size_t i = 0; i < json.len && deepest <= limit; i++) {
        char c = json.ptr[i];
        if (c == '"') {
            i = string_end(json, i);
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return deepest;
}

int body_values(struct str json, int limit)
{
    int n = 1;
    for (size_t i = 0; i < json.len && n <= limit; i++) {
        char c = json.ptr[i];
        if (c == '"')
            i = string_end(json, i);
        n += c == ',' || c == '[' || c == '{';
    }
    return n;
}

/* Reads to the end of the body, at most `max` bytes, each piece to `take`. */
static enum err read_all(struct request *rq, int64_t max, int deadline_s,
                         enum err (*take)(struct request *, void *, const char *, size_t), void *arg)
{
    int64_t total = 0, deadline = clock_monotonic_us() + deadline_s * INT64_C(1000000);
    char *chunk = arena_alloc(rq->arena, CHUNK);
    if (!chunk)
        return refuse(rq, ERR_UNAVAILABLE, "memory is out");
    for (;;) {
        long n = rq->in->read ? rq->in->read(rq->in->read_arg, chunk, CHUNK, deadline) : 0;
        if (n == 0)
            break;
        if (n == -2)
            return refuse(rq, ERR_BAD_REQUEST, "the body breaks off, or its chunks are malformed");
        if (n < 0 || clock_monotonic_us() > deadline)
            return refuse(rq, ERR_TIMEOUT, "the body did not arrive in time");
        total += n;
        if (total > max)
            return refuse(rq, ERR_TOO_LARGE,
                          arena_printf(rq->arena, "the body may have at most %lld bytes", (long long)max));
        enum err err = take(rq, arg, chunk, (size_t)n);
        if (err != ERR_OK)
            return err;
    }
    if (declared_length(rq) > total)
        return refuse(rq, ERR_TIMEOUT, "the body is shorter than its Content-Length");
    return ERR_OK;
}

static enum err too_large(struct request *rq, int64_t max)
{
    if (declared_length(rq) <= max)
        return ERR_OK;
    return refuse(rq, ERR_TOO_LARGE,
                  arena_printf(rq->arena, "the body may have at most %lld bytes", (long long)max));
}

/* --- JSON --- */

static enum err take_text(struct request *rq, void *arg, const char *bytes, size_t n)
{
    struct buf *b = arg;
    buf_add(b, bytes, n);
    return b->failed ? refuse(rq, ERR_UNAVAILABLE, "memory is out") : ERR_OK;
}

static bool is_json_type(const struct request *rq)
{
    struct str rest = request_header(rq, "Content-Type");
    if (!rest.ptr)
        return false;
    struct str type = str_trim(str_split(&rest, ';')), parameter = str_trim(rest);
    if (!str_ieq(type, "application/json") &&
        !(rq->method == METHOD_PATCH && str_ieq(type, "application/merge-patch+json")))
        return false;
    return !parameter.len || str_ieq(parameter, "charset=utf-8") || str_ieq(parameter, "charset=\"utf-8\"");
}

static void release_json(void *json)
{
    json_decref(json);
}

/* In our words: the parser's own quote what was sent. */
static const char *json_fault(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "a key stands twice";
    case json_error_null_character:
        return "a text holds a NUL";
    case json_error_invalid_utf8:
        return "it is not UTF-8";
    case json_error_premature_end_of_input:
        return "it ends too early";
    default:
        return "the syntax is wrong";
    }
}

static int64_t most_of(const struct request *rq)
{
    return rq->route->access & ACCESS_PUBLIC ? BODY_OPEN_MAX : BODY_MAX;
}

static enum err receive_json(struct request *rq)
{
    struct buf text;
    enum err err = too_large(rq, most_of(rq));
    if (err != ERR_OK)
        return err;
    buf_init(&text, rq->arena, 512);
    err = read_all(rq, most_of(rq), BODY_DEADLINE_S, take_text, &text);
    if (err != ERR_OK)
        return err;
    rq->body = buf_view(&text);
    bool rows = rq->route->body == BODY_ROWS;
    bool none =
        !rows && !rq->body.len && rq->route->method == METHOD_POST && !request_header(rq, "Content-Type").ptr;
    if (!none && !is_json_type(rq))
        return fail(rq, ERR_UNSUPPORTED, "send Content-Type: application/json%s in UTF-8",
                    rq->method == METHOD_PATCH ? " or application/merge-patch+json" : "");
    if (body_values(rq->body, BODY_VALUES) > BODY_VALUES)
        return fail(rq, ERR_BAD_REQUEST, "the JSON holds more than %d values", BODY_VALUES);
    if (rows)
        return ERR_OK;
    if (none) {
        rq->json = json_object(); /* actions: no body means no options */
    } else {
        if (body_depth(rq->body, BODY_DEPTH) > BODY_DEPTH)
            return fail(rq, ERR_BAD_REQUEST, "the JSON is nested more than %d deep", BODY_DEPTH);
        json_error_t error;
        rq->json = json_loadb(rq->body.ptr, rq->body.len, JSON_REJECT_DUPLICATES, &error);
        if (!rq->json)
            return fail(rq, ERR_BAD_REQUEST, "the body is not JSON: line %d, column %d: %s", error.line,
                        error.column, json_fault(&error));
    }
    return rq->json && !arena_defer(rq->arena, release_json, rq->json)
               ? ERR_OK
               : fail(rq, ERR_UNAVAILABLE, "memory is out");
}

/* --- a file --- */

static enum err take_file(struct request *rq, void *arg, const char *bytes, size_t n)
{
    int fd = *(int *)arg;
    while (n) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return refuse(rq, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_UNAVAILABLE,
                          "the file could not be stored");
        rq->upload_size += done;
        bytes += done;
        n -= (size_t)done;
    }
    return ERR_OK;
}

static void remove_upload(void *path)
{
    unlink(path); /* gone already when the handler moved it */
}

static enum err receive_file(struct request *rq)
{
    int64_t max = rq->house->config->upload_mb * INT64_C(1048576);
    enum err err = too_large(rq, max);
    if (err != ERR_OK)
        return err;
    char *path = arena_printf(rq->arena, "%s/files/upload-%s", rq->house->config->data, rq->id);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return refuse(rq, ERR_UNAVAILABLE, "the file could not be stored");
    rq->upload = path;
    arena_defer(rq->arena, remove_upload, path);
    err = read_all(rq, max, BODY_FILE_DEADLINE_S, take_file, &fd);
    if (err == ERR_OK && fsync(fd))
        err =
            refuse(rq, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_UNAVAILABLE, "the file could not be stored");
    if (close(fd) && err == ERR_OK)
        err = refuse(rq, ERR_UNAVAILABLE, "the file could not be stored");
    return err;
}

static enum err take_nothing(struct request *rq, void *arg, const char *bytes, size_t n)
{
    (void)rq, (void)arg, (void)bytes, (void)n;
    return ERR_OK;
}

enum err body_receive(struct request *rq)
{
    if (rq->method == METHOD_GET)
        return ERR_OK;
    if (rq->route->body == BODY_FILE)
        return receive_file(rq);
    if (rq->route->body == BODY_JSON || rq->route->body == BODY_ROWS)
        return receive_json(rq);
    enum err err = too_large(rq, most_of(rq));
    return err == ERR_OK ? read_all(rq, most_of(rq), BODY_DEADLINE_S, take_nothing, NULL) : err;
}

#include "features/import.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sodium.h>

#include "http/scope.h"

enum { SHOWN = 60, DETAIL = 400, KEY_LENGTH = 200 };

static const char FIND[] =
    "SELECT body_hash, target_id FROM create_keys WHERE scope = :scope AND name = :name";
static const char KEEP[] = "INSERT INTO create_keys (scope, name, body_hash, target_id, created_at)"
                           " VALUES (:scope, :name, :body_hash, :target_id, :now)";

const char *const import_sql[] = {FIND, KEEP, NULL};

/* --- the file --- */

static void unmap(void *arg)
{
    struct str *file = arg;
    munmap((void *)file->ptr, file->len);
}

static enum err map_upload(struct import *im)
{
    struct request *rq = im->rq;
    struct str *mapped = arena_alloc(rq->arena, sizeof *mapped);
    int fd = open(rq->upload, O_RDONLY | O_CLOEXEC);
    void *at = fd >= 0 && rq->upload_size ? mmap(NULL, (size_t)rq->upload_size, PROT_READ, MAP_PRIVATE, fd, 0)
                                          : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (!mapped || at == MAP_FAILED)
        return fail(rq, ERR_UNAVAILABLE, "the file could not be read; try again");
    *mapped = im->file = (struct str){at, (size_t)rq->upload_size};
    return arena_defer(rq->arena, unmap, mapped) ? fail(rq, ERR_UNAVAILABLE, "memory is out") : ERR_OK;
}

/* Other parameters (`header=present`) say nothing that we do not see. */
static bool is_utf8_type(struct str parameters)
{
    while (parameters.len) {
        struct str value = str_trim(str_split(&parameters, ';')), name = str_split(&value, '=');
        if (str_ieq(str_trim(name), "charset") && !str_ieq(str_trim(value), "utf-8") &&
            !str_ieq(str_trim(value), "\"utf-8\""))
            return false;
    }
    return true;
}

static enum err read_key(struct import *im)
{
    struct request *rq = im->rq;
    struct str key = request_header(rq, "Idempotency-Key");
    unsigned char hash[16];
    char *hex = arena_alloc(rq->arena, 2 * sizeof hash + 1);
    if (!key.ptr)
        return ERR_OK;
    if (!key.len || key.len > KEY_LENGTH || !text_is_utf8(key))
        return fail(rq, ERR_BAD_REQUEST, "Idempotency-Key may have 1 to %d bytes", KEY_LENGTH);
    if (!hex)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    crypto_generichash(hash, sizeof hash, (const unsigned char *)im->file.ptr, im->file.len, NULL, 0);
    im->hash = str_of(sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash));
    im->key = str_of(arena_printf(rq->arena, "key:%s:%.*s", rq->who.participant, (int)key.len, key.ptr));
    return ERR_OK;
}

enum err import_open(struct import *im, struct request *rq, const char *types, int *type)
{
    struct str parameters = request_header(rq, "Content-Type"), rest = str_of(types);
    struct str given = parameters.ptr ? str_trim(str_split(&parameters, ';')) : STR("");
    *im = (struct import){.rq = rq, .dry_run = request_query_flag(rq, "dry_run"), .rows_are = "rows"};
    im->end = &im->first;
    bool known = false;
    for (*type = -1; rest.len && !known; ++*type) {
        struct str one = str_split(&rest, ' ');
        known = str_ieq(given, arena_printf(rq->arena, "%.*s", (int)one.len, one.ptr));
    }
    if (!known || !is_utf8_type(parameters))
        return fail(rq, ERR_UNSUPPORTED, "send Content-Type: %s, in UTF-8", types);
    im->file = STR("");
    enum err err = rq->upload_size ? map_upload(im) : ERR_OK;
    return err == ERR_OK && !im->dry_run ? read_key(im) : err;
}

/* --- a repeat --- */

static struct query *key_query(struct import *im, const char *sql)
{
    struct request *rq = im->rq;
    struct query *q = request_sql(rq, sql);
    query_text(q, ":scope", str_of(arena_printf(rq->arena, "%s/%s", rq->event->id, rq->route->operation)));
    query_text(q, ":name", im->key);
    return q;
}

enum err import_find(struct import *im, struct str *repeat)
{
    *repeat = (struct str){0};
    if (!im->key.ptr)
        return ERR_OK;
    struct query *q = key_query(im, FIND);
    if (!query_row(q))
        return ERR_OK;
    if (!str_eq(query_get_text(q, 0), im->hash))
        return fail(im->rq, ERR_CONFLICT,
                    "this Idempotency-Key came before with another file: take a new one");
    struct str answer = query_get_text(q, 1);
    *repeat = str_of(arena_strndup(im->rq->arena, answer.ptr, answer.len));
    return ERR_OK;
}

void import_keep(struct import *im, struct str answer)
{
    if (!im->key.ptr)
        return;
    struct query *q = key_query(im, KEEP);
    query_text(q, ":body_hash", im->hash);
    query_text(q, ":target_id", answer);
    query_run(q);
}

/* --- faults --- */

struct str import_shown(struct str s)
{
    if (s.len > SHOWN)
        for (s.len = SHOWN; s.len && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80;)
            s.len--;
    return s;
}

/* Is the next fault one of those that are kept? A file may have a million. */
static bool keeps(const struct import *im)
{
    return im->faults - im->before_plan < IMPORT_LISTED;
}

static void add(struct import *im, int line, const char *pointer, const char *column, const char *fmt,
                va_list ap)
{
    char detail[DETAIL];
    struct import_fault *f = keeps(im) ? arena_alloc(im->rq->arena, sizeof *f) : NULL;
    im->faults++;
    if (!f)
        return;
    vsnprintf(detail, sizeof detail, fmt, ap);
    *f = (struct import_fault){NULL,    line,   im->faults,
                               pointer, column, arena_strndup(im->rq->arena, detail, strlen(detail))};
    *im->end = f;
    im->end = &f->next;
}

void import_fault(struct import *im, int row, int line, const char *column, const char *fmt, ...)
{
    va_list ap;
    const char *pointer = "";
    if (row >= 0 && keeps(im))
        pointer = arena_printf(im->rq->arena, column ? "/%s/%d/%s" : "/%s/%d", im->rows_are, row, column);
    va_start(ap, fmt);
    add(im, line, pointer, column, fmt, ap);
    va_end(ap);
}

void import_fault_at(struct import *im, const char *pointer, int line, const char *column, const char *fmt,
                     ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(im, line, pointer, column, fmt, ap);
    va_end(ap);
}

void import_plan(struct import *im)
{
    if (im->plan) {
        *im->plan = NULL;
        im->end = im->plan;
        im->faults = im->before_plan;
    }
    im->plan = im->end;
    im->before_plan = im->faults;
    im->conflicts = 0;
}

/* --- the report --- */

static int by_line(const void *a, const void *b)
{
    const struct import_fault *x = *(struct import_fault *const *)a, *y = *(struct import_fault *const *)b;
    return x->line != y->line ? (x->line > y->line) - (x->line < y->line)
                              : (x->order > y->order) - (x->order < y->order);
}

/* Those to list, in the order of the file. */
static size_t listed(const struct import *im, struct import_fault *list[2 * IMPORT_LISTED])
{
    size_t n = 0;
    for (struct import_fault *f = im->first; f && n < 2 * IMPORT_LISTED; f = f->next)
        list[n++] = f;
    if (n > 1)
        qsort(list, n, sizeof(struct import_fault *), by_line);
    return n < IMPORT_LISTED ? n : IMPORT_LISTED;
}

enum err import_check(struct import *im)
{
    struct import_fault *list[2 * IMPORT_LISTED];
    if (im->dry_run || !im->faults)
        return ERR_OK;
    size_t n = listed(im, list);
    for (size_t i = 0; i < n; i++)
        invalid_line(im->rq, list[i]->pointer, list[i]->line, "%s", list[i]->detail);
    return fail(im->rq, im->faults == im->conflicts ? ERR_CONFLICT : ERR_INVALID,
                "nothing was imported: %d %s in %d %s%s", im->faults, im->faults == 1 ? "fault" : "faults",
                im->rows, im->rows_are, im->faults > IMPORT_LISTED ? "; `errors` has the first hundred" : "");
}

struct buf *import_report(struct import *im)
{
    struct buf *out = reply_json(im->rq, 200);
    buf_printf(out, "{\"dry_run\":%s,\"rows\":%d", im->dry_run ? "true" : "false", im->rows);
    return out;
}

void import_report_end(struct import *im, struct buf *out)
{
    struct import_fault *list[2 * IMPORT_LISTED];
    size_t n = listed(im, list);
    buf_printf(out, ",\"error_count\":%d,\"errors\":[", im->faults);
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i ? ",{\"line\":" : "{\"line\":");
        if (list[i]->line)
            buf_int(out, list[i]->line);
        else
            buf_puts(out, "null");
        buf_puts(out, ",\"pointer\":");
        buf_json(out, str_of(list[i]->pointer));
        buf_puts(out, ",\"column\":");
        if (list[i]->column)
            buf_json(out, str_of(list[i]->column));
        else
            buf_puts(out, "null");
        buf_puts(out, ",\"detail\":");
        buf_json(out, str_of(list[i]->detail));
        buf_char(out, '}');
    }
    buf_puts(out, "]}");
}

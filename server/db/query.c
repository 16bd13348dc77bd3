/* query.c - binding, stepping and reading a prepared statement. */
#include "db/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/internal.h"

/* The index of a parameter that a handler may bind; 0 (and a fault) when the statement does not name it. */
static int parameter(struct query *q, const char *name)
{
    if (!q->stmt)
        return 0;
    size_t len = strlen(name);
    for (int left = q->n_parameters, i = q->next; left; left--, i++) {
        if (i >= q->n_parameters)
            i = 0;
        const struct parameter *p = &q->parameters[i];
        if ((size_t)p->len == len && !memcmp(p->name, name, len)) {
            q->next = i + 1;
            return p->index;
        }
    }
    log_line(LOG_ERROR, "parameter is not the handler's to bind", " name=%s sql=\"%.60s\"", name, q->sql);
    q->conn->err = ERR_INTERNAL;
    return 0;
}

static void check(struct query *q, int rc)
{
    if (rc != SQLITE_OK)
        conn_fault(q->conn, rc);
}

bool query_has(struct query *q, const char *name)
{
    return q->stmt && sqlite3_bind_parameter_index(q->stmt, name) > 0;
}

void query_text(struct query *q, const char *name, struct str s)
{
    int i = parameter(q, name);
    if (i)
        check(q, s.ptr ? sqlite3_bind_text64(q->stmt, i, s.ptr, s.len, SQLITE_STATIC, SQLITE_UTF8)
                       : sqlite3_bind_null(q->stmt, i));
}

void query_int(struct query *q, const char *name, int64_t n)
{
    int i = parameter(q, name);
    if (i)
        check(q, sqlite3_bind_int64(q->stmt, i, n));
}

void query_null(struct query *q, const char *name)
{
    int i = parameter(q, name);
    if (i)
        check(q, sqlite3_bind_null(q->stmt, i));
}

void query_copy(struct query *q, const char *name, struct query *from, int column)
{
    int i = parameter(q, name);
    if (i && from->stmt)
        check(q, sqlite3_bind_value(q->stmt, i, sqlite3_column_value(from->stmt, column)));
}

enum step query_step(struct query *q)
{
    if (!q->stmt || q->conn->err != ERR_OK)
        return STEP_FAILED;
    int rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return STEP_ROW;
    if (rc == SQLITE_DONE) {
        q->changes = sqlite3_changes(q->conn->handle);
        return STEP_DONE;
    }
    if ((rc & 0xff) == SQLITE_CONSTRAINT)
        return STEP_CONFLICT;
    conn_fault(q->conn, rc);
    return STEP_FAILED;
}

bool query_row(struct query *q)
{
    return query_step(q) == STEP_ROW;
}

enum step query_run(struct query *q)
{
    enum step step = query_step(q);
    if (q->stmt)
        sqlite3_reset(q->stmt);
    return step;
}

int query_changes(struct query *q)
{
    return q->changes;
}

int query_columns(struct query *q)
{
    return q->n_columns;
}

int query_column(struct query *q, const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < q->n_columns; i++)
        if ((size_t)q->columns[i].len == len && !memcmp(q->columns[i].name, name, len))
            return i;
    return -1;
}

bool query_is_null(struct query *q, int column)
{
    return !q->stmt || sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

struct str query_get_text(struct query *q, int column)
{
    if (!q->stmt)
        return (struct str){0};
    const char *s = (const char *)sqlite3_column_text(q->stmt, column);
    return (struct str){s, s ? (size_t)sqlite3_column_bytes(q->stmt, column) : 0};
}

int64_t query_get_int(struct query *q, int column)
{
    return q->stmt ? sqlite3_column_int64(q->stmt, column) : 0;
}

struct str query_named_text(struct query *q, const char *name)
{
    int i = query_column(q, name);
    return i < 0 ? (struct str){0} : query_get_text(q, i);
}

int64_t query_named_int(struct query *q, const char *name)
{
    int i = query_column(q, name);
    return i < 0 ? 0 : query_get_int(q, i);
}

/* --- rows as JSON --- */

static void json_list(struct buf *out, struct str words)
{
    buf_char(out, '[');
    struct str word;
    for (bool first = true; words.ptr && words.len; first = false) {
        word = str_split(&words, ' ');
        if (!first)
            buf_char(out, ',');
        buf_json(out, word);
    }
    buf_char(out, ']');
}

static void json_value(struct query *q, int i, struct buf *out, const struct zone *zone)
{
    enum column_kind kind = q->columns[i].kind;
    int type = sqlite3_column_type(q->stmt, i);
    char time[CLOCK_TEXT];
    if (kind == COLUMN_LIST)
        json_list(out, query_get_text(q, i));
    else if (type == SQLITE_NULL)
        buf_puts(out, "null");
    else if (kind == COLUMN_JSON)
        buf_str(out, query_get_text(q, i));
    else if (kind == COLUMN_TIME) {
        buf_char(out, '"');
        buf_add(out, time, (size_t)clock_format(time, sqlite3_column_int64(q->stmt, i), zone));
        buf_char(out, '"');
    } else if (kind == COLUMN_BOOL)
        buf_puts(out, sqlite3_column_int64(q->stmt, i) ? "true" : "false");
    else if (type == SQLITE_INTEGER)
        buf_int(out, sqlite3_column_int64(q->stmt, i));
    else
        buf_json(out, query_get_text(q, i));
}

void query_json_members(struct query *q, struct buf *out, const struct zone *zone)
{
    bool first = true;
    for (int i = 0; i < q->n_columns; i++) {
        const struct column *col = &q->columns[i];
        if (col->kind == COLUMN_HIDDEN)
            continue;
        if (!first)
            buf_char(out, ',');
        first = false;
        buf_char(out, '"');
        buf_add(out, col->name, (size_t)col->len);
        buf_add(out, "\":", 2);
        json_value(q, i, out, zone);
    }
}

void query_json(struct query *q, struct buf *out, const struct zone *zone)
{
    buf_char(out, '{');
    query_json_members(q, out, zone);
    buf_char(out, '}');
}

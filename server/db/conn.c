/* conn.c - one connection: settings, statements, faults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/internal.h"
#include "db/wal_file.h"

static const char *const frame_names[FRAME_NAMES] = {":event",  ":team", ":participant",
                                                     ":device", ":now",  ":organizer"};

/* Connections trust nothing in the file: no views or triggers with side effects, no double-quoted strings. */
static const char SETTINGS[] = "PRAGMA foreign_keys=ON;"
                               "PRAGMA synchronous=FULL;"
                               "PRAGMA secure_delete=ON;"
                               "PRAGMA temp_store=MEMORY;"
                               "PRAGMA cell_size_check=ON;"
                               "PRAGMA cache_size=-4000;"
                               "PRAGMA wal_autocheckpoint=0;"
                               "PRAGMA journal_size_limit=50331648;"; /* as writer.c lets the log grow */
/* What a shared commit changes stays in memory until the next. */
static const char WRITER_SETTINGS[] = WRITER_CACHE;

static int past_deadline(void *arg)
{
    const struct conn *c = arg;
    return c->deadline_us && clock_monotonic_us() > c->deadline_us;
}

static void settle(sqlite3 *h)
{
    sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    /* One plan whatever is bound: else some statements are prepared anew each time they run. */
    sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    sqlite3_limit(h, SQLITE_LIMIT_LENGTH, 8 * 1024 * 1024);
    sqlite3_limit(h, SQLITE_LIMIT_SQL_LENGTH, 64 * 1024);
    sqlite3_limit(h, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(h, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 512);
    sqlite3_extended_result_codes(h, 1);
    sqlite3_busy_timeout(h, 2000);
}

void one_line(char why[DB_WHY])
{
    for (char *c = why; (c = strpbrk(c, "\r\n"));)
        *c = ' ';
}

struct conn *conn_open(const char *path, int flags, struct db *db, char why[DB_WHY])
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c) {
        snprintf(why, DB_WHY, "%s: out of memory", path);
        return NULL;
    }
    c->db = db;
    c->missing.conn = c;
    int rc = sqlite3_open_v2(path, &c->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             flags & SQLITE_OPEN_READWRITE ? wal_file_vfs() : NULL);
    if (rc == SQLITE_OK) {
        settle(c->handle);
        rc = sqlite3_exec(c->handle, SETTINGS, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK && flags & SQLITE_OPEN_READWRITE)
        rc = sqlite3_exec(c->handle, WRITER_SETTINGS, NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        snprintf(why, DB_WHY, "%s: %s", path, c->handle ? sqlite3_errmsg(c->handle) : sqlite3_errstr(rc));
        one_line(why);
        conn_close(c);
        return NULL;
    }
    sqlite3_progress_handler(c->handle, 4000, past_deadline, c);
    return c;
}

static void forget_names(struct query *q)
{
    for (int i = 0; q->columns && i < q->n_columns; i++)
        free(q->columns[i].name);
    free(q->columns);
    free(q->parameters);
}

void conn_close(struct conn *c)
{
    if (!c)
        return;
    for (size_t i = 0; c->table && i <= c->mask; i++) {
        sqlite3_finalize(c->table[i].stmt);
        forget_names(&c->table[i]);
    }
    free(c->table);
    sqlite3_close_v2(c->handle);
    free(c);
}

/* --- statements --- */

static size_t place(const struct conn *c, const char *sql)
{
    size_t i = ((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 20 & c->mask;
    while (c->table[i].sql && c->table[i].sql != sql)
        i = (i + 1) & c->mask;
    return i;
}

static enum column_kind kind_of(const char *colon)
{
    static const char *const kinds[] = {
        [COLUMN_TIME] = ":time", [COLUMN_BOOL] = ":bool", [COLUMN_JSON] = ":json", [COLUMN_LIST] = ":list"};
    for (enum column_kind k = COLUMN_TIME; k <= COLUMN_LIST; k++)
        if (!strcmp(colon, kinds[k]))
            return k;
    return COLUMN_PLAIN;
}

static bool is_frame(const struct query *q, int index)
{
    for (int i = 0; i < FRAME_NAMES; i++)
        if (q->frame[i] == index)
            return true;
    return false;
}

/* What handlers bind, so that a bind need not ask SQLite for it. */
static int describe_parameters(struct query *q)
{
    int n = sqlite3_bind_parameter_count(q->stmt);
    for (int i = 0; i < FRAME_NAMES; i++)
        q->frame[i] = sqlite3_bind_parameter_index(q->stmt, frame_names[i]);
    q->parameters = calloc((size_t)n + 1, sizeof *q->parameters);
    if (!q->parameters)
        return -1;
    for (int i = 1; i <= n; i++) {
        const char *name = sqlite3_bind_parameter_name(q->stmt, i);
        const char *here = name && !is_frame(q, i) ? strstr(q->sql, name) : NULL;
        if (here)
            q->parameters[q->n_parameters++] = (struct parameter){here, (int)strlen(name), i};
    }
    return 0;
}

static int describe(struct query *q)
{
    q->n_columns = sqlite3_column_count(q->stmt);
    q->columns = calloc((size_t)q->n_columns + 1, sizeof *q->columns);
    if (!q->columns)
        return -1;
    for (int i = 0; i < q->n_columns; i++) {
        const char *name = sqlite3_column_name(q->stmt, i);
        if (!name)
            return -1;
        const char *colon = strchr(name, ':');
        struct column *col = &q->columns[i];
        col->len = (int)(colon ? (size_t)(colon - name) : strlen(name));
        col->name = strndup(name, (size_t)col->len); /* SQLite's goes when it prepares the statement anew */
        if (!col->name)
            return -1;
        col->kind = name[0] == '_' ? COLUMN_HIDDEN : colon ? kind_of(colon) : COLUMN_PLAIN;
    }
    return describe_parameters(q);
}

static int prepare_one(struct query *q, char why[DB_WHY])
{
    sqlite3 *handle = q->conn->handle;
    const char *tail = NULL;
    int rc = sqlite3_prepare_v3(handle, q->sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, &tail);
    if (rc != SQLITE_OK || !q->stmt || (tail && *tail)) {
        snprintf(why, DB_WHY, "cannot prepare \"%.80s…\": %s", q->sql,
                 rc == SQLITE_OK ? "more than one statement" : sqlite3_errmsg(handle));
        return -1;
    }
    return describe(q);
}

int conn_prepare(struct conn *c, const char *const *const *sql, bool later, char why[DB_WHY])
{
    size_t n = 0;
    for (const char *const *const *list = sql; list && *list; list++)
        for (const char *const *s = *list; *s; s++)
            n++;
    size_t size = 64;
    while (size < n * 2)
        size *= 2;
    c->mask = size - 1;
    c->table = calloc(size, sizeof *c->table);
    if (!c->table) {
        snprintf(why, DB_WHY, "out of memory");
        return -1;
    }
    for (const char *const *const *list = sql; list && *list; list++)
        for (const char *const *s = *list; *s; s++) {
            struct query *q = &c->table[place(c, *s)];
            if (q->sql)
                continue; /* two features may share a text */
            q->sql = *s;
            q->conn = c;
            if (!later && prepare_one(q, why))
                return -1;
        }
    return 0;
}

static void bind_frame(struct query *q, const struct frame *f)
{
    const struct str texts[] = {[FRAME_EVENT] = f->event,
                                [FRAME_TEAM] = f->team,
                                [FRAME_PARTICIPANT] = f->participant,
                                [FRAME_DEVICE] = f->device};
    for (int i = FRAME_EVENT; i <= FRAME_DEVICE; i++)
        if (q->frame[i] && texts[i].ptr)
            sqlite3_bind_text(q->stmt, q->frame[i], texts[i].ptr, (int)texts[i].len, SQLITE_STATIC);
    if (q->frame[FRAME_NOW])
        sqlite3_bind_int64(q->stmt, q->frame[FRAME_NOW], f->now);
    if (q->frame[FRAME_ORGANIZER])
        sqlite3_bind_int(q->stmt, q->frame[FRAME_ORGANIZER], f->organizer);
}

/* The prepared statement, or NULL: said, and remembered as the connection's fault. */
static struct query *find(struct conn *c, const char *sql)
{
    char why[DB_WHY] = "it is not listed by its feature";
    struct query *q = c->table ? &c->table[place(c, sql)] : NULL;
    if (q && (q->stmt || (q->sql && !prepare_one(q, why))))
        return q;
    log_line(LOG_ERROR, "statement cannot be used", " sql=\"%.60s\" why=\"%s\"", sql, why);
    c->err = ERR_INTERNAL;
    return NULL;
}

struct query *query_get(struct conn *c, const char *sql)
{
    struct query *q = find(c, sql);
    if (!q)
        return &c->missing;
    if (q->used) {
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
    } else {
        q->used = true;
        q->next_used = c->used;
        c->used = q;
    }
    q->next = 0;
    if (c->frame)
        bind_frame(q, c->frame);
    return q;
}

void conn_reset(struct conn *c)
{
    while (c->used) {
        struct query *q = c->used;
        c->used = q->next_used;
        q->used = false;
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
    }
    c->err = ERR_OK;
}

/* --- faults --- */

void conn_fault(struct conn *c, int rc)
{
    if (c->err != ERR_OK)
        return;
    switch (rc & 0xff) {
    case SQLITE_FULL:
        c->err = ERR_STORAGE_FULL;
        break;
    case SQLITE_INTERRUPT:
    case SQLITE_BUSY:
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
        c->err = ERR_UNAVAILABLE;
        break;
    default:
        c->err = ERR_INTERNAL;
    }
    char quoted[200];
    log_line(LOG_ERROR, "database", " code=%d detail=%s", rc,
             log_quote(quoted, sizeof quoted, c->handle ? sqlite3_errmsg(c->handle) : ""));
}

enum err conn_error(const struct conn *c)
{
    return c->err;
}

int conn_exec(struct conn *c, const char *sql)
{
    int rc = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return 0;
    conn_fault(c, rc);
    return -1;
}

int conn_run(struct conn *c, const char *sql)
{
    struct query *q = find(c, sql);
    int rc = q ? sqlite3_step(q->stmt) : SQLITE_ERROR;
    if (q)
        sqlite3_reset(q->stmt);
    if (rc == SQLITE_DONE)
        return 0;
    conn_fault(c, rc);
    return -1;
}

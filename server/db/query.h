/* query.h - one prepared statement: bind, step, read, write rows as JSON.
 *
 * A column's alias is its JSON key; after a colon it may say how its value is written:
 *   starts_at:time   integer ms → RFC 3339 text in the reader's zone       published:bool  0/1 → false/true
 *   file:json        text that is JSON already → as it stands              speaker_ids:list  space-separated
 * → array A column whose name starts with `_` is not written.
 *
 * Queries are reset when the transaction ends; nobody frees them. Text that a column gives is valid until the
 * next step. A failed bind or step is remembered in the connection (conn_error) and ends the transaction with
 * an error, so handlers need not check each call. Threads: as its connection. Tests: tests/unit/db_test.c
 */
#ifndef CONVENED_DB_QUERY_H
#define CONVENED_DB_QUERY_H

#include "db/db.h"

enum step {
    STEP_ROW,
    STEP_DONE,
    STEP_CONFLICT, /* a constraint refused it (UNIQUE, FOREIGN KEY, CHECK) */
    STEP_FAILED    /* conn_error() says how */
};

/* The statement prepared from this SQL text, reset, its frame values bound. SQL that no feature lists is a
 * programming error: it is logged and every use of the result fails. */
struct query *query_get(struct conn *c, const char *sql);

bool query_has(struct query *q,
               const char *name); /* does the statement name this parameter (with its colon)? */
void query_text(struct query *q, const char *name,
                struct str s); /* absent binds NULL; `s` outlives the step */
void query_int(struct query *q, const char *name, int64_t n);
void query_null(struct query *q, const char *name);
/* Binds column `column` of the current row of `from`, whatever its type. */
void query_copy(struct query *q, const char *name, struct query *from, int column);

enum step query_step(struct query *q);
bool query_row(struct query *q);      /* steps; true while there is a row */
enum step query_run(struct query *q); /* steps once and resets: for writes */
int query_changes(struct query *q);   /* rows that the last query_run() changed */

int query_columns(struct query *q);
int query_column(struct query *q, const char *name); /* index by the alias's part before the colon, or -1 */
bool query_is_null(struct query *q, int column);
struct str query_get_text(struct query *q, int column); /* absent for NULL */
int64_t query_get_int(struct query *q, int column);     /* 0 for NULL */
struct str query_named_text(struct query *q, const char *name);
int64_t query_named_int(struct query *q, const char *name);

/* Writes the current row as members `"key":value,…` without braces, then as an object with them. */
void query_json_members(struct query *q, struct buf *out, const struct zone *zone);
void query_json(struct query *q, struct buf *out, const struct zone *zone);

#endif

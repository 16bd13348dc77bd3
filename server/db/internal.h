/* internal.h - what the files of db/ share. */
#ifndef CONVENED_DB_INTERNAL_H
#define CONVENED_DB_INTERNAL_H

#include <sqlite3.h>

#include "db/feed.h"
#include "db/query.h"

enum column_kind { COLUMN_PLAIN, COLUMN_TIME, COLUMN_BOOL, COLUMN_JSON, COLUMN_LIST, COLUMN_HIDDEN };

struct column {
    const char *name; /* up to the colon; not NUL-terminated there */
    int len;
    enum column_kind kind;
};

enum frame_name {
    FRAME_EVENT,
    FRAME_TEAM,
    FRAME_PARTICIPANT,
    FRAME_DEVICE,
    FRAME_NOW,
    FRAME_ORGANIZER,
    FRAME_NAMES
};

struct query {
    struct conn *conn;
    const char *sql; /* key of the connection's table; NULL is an empty place */
    sqlite3_stmt *stmt;
    int n_columns;
    struct column *columns;
    int frame[FRAME_NAMES]; /* parameter index of each frame value, 0 when it is not named */
    int changes;
    bool used; /* to be reset when the transaction ends */
    struct query *next_used;
};

struct conn {
    sqlite3 *handle;
    struct db *db;
    struct query *table; /* open addressing over the SQL text's address */
    size_t mask;
    struct query *used;
    struct query missing; /* stands for SQL that no feature lists */
    const struct frame *frame;
    enum err err;
    int64_t deadline_us; /* monotonic; 0: none */
    struct conn *next_free;
};

/* Opens `path` with the house's settings. NULL with a reason. */
struct conn *conn_open(const char *path, int flags, struct db *db, char why[DB_WHY]);
int conn_prepare(struct conn *c, const char *const *const *sql, bool read_only, char why[DB_WHY]);
/* SQLite quotes schemas with their line breaks: makes them spaces. */
void one_line(char why[DB_WHY]);
void conn_close(struct conn *c);                /* NULL-safe */
int conn_exec(struct conn *c, const char *sql); /* 0, or -1 with conn->err set */
int conn_run(struct conn *c, const char *sql);  /* the same, of a listed statement without rows */
void conn_fault(struct conn *c, int rc);        /* notes the first failure of a transaction */
void conn_reset(struct conn *c);                /* resets what the transaction used, forgets its error */

/* Makes the triggers of the change feed on the writer's connection (db/feed.h). */
int feed_prepare(struct conn *c, const struct feed_source *const *lists, char why[DB_WHY]);

/* Is the file ours, and no newer than this program? Reads only. */
int migrate_check(struct conn *c, char why[DB_WHY]);
/* Brings the schema up to the newest embedded migration, each in its own transaction. */
int migrate(struct conn *c, char why[DB_WHY]);

#endif

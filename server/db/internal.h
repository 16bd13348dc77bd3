/* internal.h - what the files of db/ share. */
#ifndef CONVENED_DB_INTERNAL_H
#define CONVENED_DB_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#define SQLITE_ENABLE_PREUPDATE_HOOK /* as Debian builds it: feed.c */
#include <sqlite3.h>

#include "db/feed.h"
#include "db/query.h"

enum column_kind { COLUMN_PLAIN, COLUMN_TIME, COLUMN_BOOL, COLUMN_JSON, COLUMN_LIST, COLUMN_HIDDEN };

struct column {
    char *name; /* up to the colon */
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

/* A parameter that is the handler's to bind. */
struct parameter {
    const char *name; /* in the SQL text, with its colon; `len` bytes */
    int len;
    int index;
};

struct query {
    struct conn *conn;
    const char *sql; /* key of the connection's table; NULL is an empty place */
    sqlite3_stmt *stmt;
    int n_columns;
    struct column *columns;
    int frame[FRAME_NAMES]; /* parameter index of each frame value, 0 when it is not named */
    int n_parameters, next; /* handlers bind in the order of the text, as a rule: where to look first */
    struct parameter *parameters;
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

struct job; /* writer.c */

enum { FEED_SCOPE = 64 };

/* What the transaction on its way has taken of the sequence, and who is to hear of it (feed.c). */
struct feed {
    int64_t stored; /* the sequence's value in the file */
    int64_t seq;    /* the newest number taken */
    bool failed;    /* who is to hear is not known: no commit */
    size_t n, room;
    struct touched {
        int64_t seq; /* its newest */
        char scope[FEED_SCOPE];
    } * touched;
};

struct feed_mark {
    int64_t seq;
    size_t n;
};

struct db {
    struct conn *writer;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock; /* guards the queue and `stopping` */
    pthread_cond_t queued;
    struct job *first, **last;
    bool at_work;      /* somebody runs a batch or a checkpoint: `writer` and what stands below is theirs */
    bool wakes_itself; /* the writer thread, after IDLE_MS without a write */
    bool stopping;

    pthread_mutex_t pool_lock; /* guards `idle` */
    pthread_cond_t freed;
    struct conn *idle;
    struct conn **readers;
    int n_readers;
    int read_deadline_ms;

    void (*changed)(void *, struct str, int64_t); /* see db_on_change() */
    void *changed_arg;

    /* of whoever is at work */
    struct feed feed;
    int wal_pages;     /* in the log after the last commit */
    bool wal_waits;    /* something was written since the last checkpoint */
    int checkpoint_at; /* pages */

    atomic_uint_fast64_t commits, writes, batch_max, wal, bytes, waiting;
};

/* Opens `path` with the house's settings. NULL with a reason. */
struct conn *conn_open(const char *path, int flags, struct db *db, char why[DB_WHY]);
/* Enters these lists of statements, and prepares them: now, or `later`, each when it is first used. */
int conn_prepare(struct conn *c, const char *const *const *sql, bool later, char why[DB_WHY]);
/* SQLite quotes schemas with their line breaks: makes them spaces. */
void one_line(char why[DB_WHY]);
void conn_close(struct conn *c);                /* NULL-safe */
int conn_exec(struct conn *c, const char *sql); /* 0, or -1 with conn->err set */
int conn_run(struct conn *c, const char *sql);  /* the same, of a listed statement without rows */
void conn_fault(struct conn *c, int rc);        /* notes the first failure of a transaction */
void conn_reset(struct conn *c);                /* resets what the transaction used, forgets its error */

/* Makes the triggers of the change feed on the writer's connection (db/feed.h). */
int feed_prepare(struct conn *c, const struct feed_source *const *lists, char why[DB_WHY]);

/* Makes triggers that refuse to change or delete rows of these tables: on the writer's connection, as those
 * of the feed, so that no statement of ours can. */
int append_only_prepare(struct conn *c, const char *const *tables, char why[DB_WHY]);

/* The numbers of a transaction are taken in memory, and written once, before its commit. */
extern const char FEED_STORE[];
struct feed_mark feed_mark(const struct db *db);
void feed_undo(struct db *db, struct feed_mark to); /* what was taken since is taken back */
void feed_forget(struct db *db);                    /* the transaction is undone */
int feed_store(struct db *db);                      /* before the commit; -1 */
void feed_announce(struct db *db);                  /* after it: see db_on_change() */

/* Is the file ours, and no newer than this program? Reads only. */
int migrate_check(struct conn *c, char why[DB_WHY]);
/* Brings the schema up to the newest embedded migration, each in its own transaction. */
int migrate(struct conn *c, char why[DB_WHY]);

/* Is a transaction open? Some faults (a full disk) roll the whole of it back. */
bool conn_in_transaction(const struct conn *c);
int conn_pragma(struct conn *c, const char *sql); /* a pragma's number; -1 when there is none */

/* The thread that does every write (writer.c). */
/* The writer's memory for pages: as a rule, and for a job that is alone with all that it changes. */
#define WRITER_CACHE "PRAGMA cache_size=-16000"
#define WRITER_CACHE_ALONE "PRAGMA cache_size=-64000"

extern const char DB_BEGIN_READ[], DB_COMMIT[];
extern const char *const writer_sql[];
void writer_watch(struct db *db); /* hears how long the log is */
int writer_start(struct db *db);  /* 0 or -1 */
void writer_stop(struct db *db);  /* after the queued writes */

#endif

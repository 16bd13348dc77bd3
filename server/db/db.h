/* db.h - the database: one writer that shares commits, N readers, statements prepared once.
 *
 *   request threads                     one at a time                              disk
 *   db_write(job) ──► queue ──► BEGIN ─ job ─ job ─ … ─ sequence ─ COMMIT ──► WAL, synchronous=FULL
 *        ◄── answered only after the commit is durable ────────────┘
 *   db_read_begin() ──► a read-only connection with a deadline, in a read transaction
 *
 * A write that finds nobody at work runs on its own thread. Those that arrive meanwhile join the next commit,
 * on the writer thread, and one bad row fails alone: each job has its savepoint, or may run again
 * (db_write_repeatable). One connection does every write and every checkpoint (SQLite's WAL-reset bug, 3.7.0
 * to 3.51.2, needs two for that). db/ is the only folder that includes sqlite3.h; nothing above it knows
 * which engine runs.
 *
 * Statements are known by the address of their SQL text: a feature lists its SQL, db_open() prepares it on
 * the writer, and a typo stops the boot. A reader prepares what it is asked for, when it first is.
 *
 * Threads: a conn and its queries are used by one thread at a time; struct db is safe.
 * Tests: tests/unit/db_test.c, writer_test.c
 */
#ifndef CONVENED_DB_DB_H
#define CONVENED_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct db;
struct conn;
struct query;
struct zone;
struct feed_source;

enum { DB_WHY = 256 };

/* Values that the caller's place gives to every statement that names them. A handler cannot bind these names:
 * a statement on team-owned rows says `:team`, and the framework fills it in from the token. */
struct frame {
    struct str event;       /* :event */
    struct str team;        /* :team; absent (NULL) means every team and is for organizers; "" matches none */
    struct str participant; /* :participant */
    struct str device;      /* :device */
    int64_t now;            /* :now, ms UTC */
    bool organizer;         /* :organizer, 0 or 1 */
};

struct db_options {   /* see db_open() */
    const char *path; /* the database file; created when `create` */
    bool create;
    int readers;                            /* read connections, 1 to 64 */
    int read_deadline_ms;                   /* a read that runs longer is stopped */
    const struct feed_source *const *feeds; /* NULL-terminated list of lists (db/feed.h), or NULL */
    const char *const *append_only;         /* NULL-terminated names of tables that no statement may change */
    /* NULL-terminated list of NULL-terminated lists of SQL texts, static storage */
    const char *const *const *sql;
};

/* Opens, checks (quick_check, WAL, synchronous=FULL), migrates and prepares. NULL with a one-line reason that
 * names the file; a damaged or unknown file is never written to. */
struct db *db_open(const struct db_options *options, char why[DB_WHY]);
void db_close(struct db *db); /* NULL-safe; waits for queued writes */

/* A reader with an open read transaction, or NULL when none came free in time. */
struct conn *db_read_begin(struct db *db, const struct frame *frame);
void db_read_end(struct conn *c);

/* Runs `run(conn, arg)`, on this thread or the writer's, inside a transaction and returns after the commit is
 * durable. The result of `run` when it failed (its writes are undone); ERR_UNAVAILABLE or ERR_STORAGE_FULL
 * when the statement or the commit failed; ERR_OK means durable. `run` must not wait for anything. */
enum err db_write(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *),
                  void *arg);
/* The same, cheaper, of a `run` that may be run twice, its first run undone: it keeps nothing of it outside
 * the database, or makes it anew. */
enum err db_write_repeatable(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *),
                             void *arg);

/* The same in a commit of its own, for a job of many thousand statements: others wait for it, so it is to be
 * no longer than it must. */
enum err db_write_alone(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *),
                        void *arg);

/* Rewrites the database and empties its log, so that no byte of what was deleted is left in either; writes
 * wait meanwhile. ERR_UNAVAILABLE when readers did not end in time. */
enum err db_compact(struct db *db);

/* The next value of the database's write sequence, taken inside the write transaction, so that commit order
 * is sequence order. 0 on failure. */
int64_t conn_next_seq(struct conn *c);

/* The first failure of a statement since the transaction began; ERR_OK when there was none. Constraint
 * violations do not count: query_step() reports them. */
enum err conn_error(const struct conn *c);

/* After each commit that touched the feed, on the thread that made it, before its writes are answered: the
 * scopes that it touched, each with its newest sequence number. Set once, before requests; returns the
 * sequence at that moment, -1 on failure. */
int64_t db_on_change(struct db *db, void (*changed)(void *arg, struct str scope, int64_t seq), void *arg);

struct db_stats {
    uint64_t commits;   /* durable commits since the start */
    uint64_t writes;    /* jobs in them */
    uint64_t batch_max; /* most jobs in one commit */
    uint64_t wal_pages; /* in the write-ahead log after the last commit */
    uint64_t bytes;     /* database size */
    uint64_t waiting;   /* jobs in the queue now */
};
void db_stats(struct db *db, struct db_stats *out);

/* Copies the live database to a new file (SQLite's online backup) and checks the copy. -1 with a reason. */
int db_backup(struct db *db, const char *to, char why[DB_WHY]);
/* Copies the database in `from` to the file `to`, which is new or empty, opening `from` read-only: safe
 * beside a running server. */
int db_copy(const char *from, const char *to, char why[DB_WHY]);
/* Gives a database that nobody has open a new epoch (meta): after a restore, clients pull afresh. -1 with a
 * reason. */
int db_new_epoch(const char *path, char why[DB_WHY]);
/* Hands each row of one SELECT over a database file, opened read-only, to `row`, until that returns other
 * than 0. For commands that look at a file which a server may have open. What `row` returned last, or -1 with
 * a reason. */
int db_read_file(const char *path, const char *sql, int (*row)(void *arg, struct query *q), void *arg,
                 char why[DB_WHY]);
/* integrity_check and foreign_key_check of a database file, opened read-only: number of problems, each handed
 * to `say`; -1 when it cannot be read. */
int db_check(const char *path, void (*say)(void *, const char *), void *arg);

#endif

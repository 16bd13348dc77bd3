/* db.c - opening, closing, and the pool of readers. */
#include "db/db.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/internal.h"

const char DB_BEGIN_READ[] = "BEGIN", DB_COMMIT[] = "COMMIT";

enum { READER_WAIT_MS = 5000 /* for a free one */ };

/* --- readers --- */

struct conn *db_read_begin(struct db *db, const struct frame *frame)
{
    struct timespec until = clock_monotonic_in(READER_WAIT_MS);
    pthread_mutex_lock(&db->pool_lock);
    while (!db->idle)
        if (pthread_cond_timedwait(&db->freed, &db->pool_lock, &until) == ETIMEDOUT && !db->idle) {
            pthread_mutex_unlock(&db->pool_lock);
            return NULL;
        }
    struct conn *c = db->idle;
    db->idle = c->next_free;
    pthread_mutex_unlock(&db->pool_lock);
    c->frame = frame;
    c->deadline_us = clock_monotonic_us() + db->read_deadline_ms * INT64_C(1000);
    conn_run(c, DB_BEGIN_READ);
    return c;
}

void db_read_end(struct conn *c)
{
    struct db *db = c->db;
    conn_reset(c);
    c->deadline_us = 0;
    if (conn_in_transaction(c))
        conn_run(c, DB_COMMIT);
    c->err = ERR_OK;
    c->frame = NULL;
    pthread_mutex_lock(&db->pool_lock);
    c->next_free = db->idle;
    db->idle = c;
    pthread_cond_signal(&db->freed);
    pthread_mutex_unlock(&db->pool_lock);
}

/* --- opening and closing --- */

static bool is_wal(struct conn *c)
{
    sqlite3_stmt *s = NULL;
    const char *mode = NULL;
    if (sqlite3_prepare_v2(c->handle, "PRAGMA journal_mode", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        mode = (const char *)sqlite3_column_text(s, 0);
    bool wal = mode && !strcmp(mode, "wal");
    sqlite3_finalize(s);
    return wal;
}

static int open_writer(struct db *db, const struct db_options *o, char why[DB_WHY])
{
    int flags = SQLITE_OPEN_READWRITE | (o->create ? SQLITE_OPEN_CREATE : 0);
    db->writer = conn_open(o->path, flags, db, why);
    if (!db->writer)
        return -1;
    sqlite3_stmt *s = NULL;
    const char *answer = NULL;
    if (sqlite3_prepare_v2(db->writer->handle, "PRAGMA quick_check(1)", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        answer = (const char *)sqlite3_column_text(s, 0);
    bool sound = answer && !strcmp(answer, "ok");
    if (!sound)
        snprintf(why, DB_WHY, "%s: damaged, left as it is: %.120s (restore a backup)", o->path,
                 answer ? answer : sqlite3_errmsg(db->writer->handle));
    sqlite3_finalize(s);
    if (!sound)
        one_line(why);
    if (!sound || migrate_check(db->writer, why))
        return -1;
    conn_exec(db->writer, "PRAGMA journal_mode=WAL");
    if (conn_pragma(db->writer, "PRAGMA synchronous") != 2 || !is_wal(db->writer)) {
        snprintf(why, DB_WHY, "%s: WAL with synchronous=FULL is not to be had here", o->path);
        return -1;
    }
    writer_watch(db);
    return migrate(db->writer, why);
}

/* The features' lists with the writer's own first. NULL when memory is out. */
static const char *const **with_own(const char *const *const *sql)
{
    size_t n = 0;
    while (sql && sql[n])
        n++;
    const char *const **all = calloc(n + 2, sizeof *all);
    if (all) {
        all[0] = writer_sql;
        for (size_t i = 0; i < n; i++)
            all[i + 1] = sql[i];
    }
    return all;
}

static int open_connections(struct db *db, const struct db_options *o, char why[DB_WHY])
{
    const char *const **all = with_own(o->sql);
    db->readers = calloc((size_t)o->readers, sizeof(struct conn *));
    int rc = -1;
    if (!all || !db->readers) {
        snprintf(why, DB_WHY, "out of memory");
        goto out;
    }
    if (feed_prepare(db->writer, o->feeds, why) || append_only_prepare(db->writer, o->append_only, why) ||
        conn_prepare(db->writer, all, false, why))
        goto out;
    for (; db->n_readers < o->readers; db->n_readers++) {
        struct conn *c = conn_open(o->path, SQLITE_OPEN_READONLY, db, why);
        if (!c)
            goto out;
        db->readers[db->n_readers] = c;
        if (conn_prepare(c, all, true, why)) {
            db->n_readers++;
            goto out;
        }
        c->next_free = db->idle;
        db->idle = c;
    }
    rc = 0;
out:
    free(all);
    return rc;
}

/* SQLite's count of its memory costs a lock for every allocation, and nobody reads it. */
static void forgo_statistics(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct db *db_open(const struct db_options *o, char why[DB_WHY])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, forgo_statistics);
    struct db *db = calloc(1, sizeof *db);
    if (!db) {
        snprintf(why, DB_WHY, "out of memory");
        return NULL;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&db->lock, NULL);
    pthread_mutex_init(&db->pool_lock, NULL);
    pthread_cond_init(&db->queued, &monotonic);
    pthread_cond_init(&db->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    db->last = &db->first;
    db->read_deadline_ms = o->read_deadline_ms > 0 ? o->read_deadline_ms : 1000;
    if (open_writer(db, o, why) || open_connections(db, o, why))
        goto fail;
    if (!writer_start(db))
        return db;
    snprintf(why, DB_WHY, "cannot start the writer thread");
fail:
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    writer_stop(db);
    for (int i = 0; i < db->n_readers; i++)
        conn_close(db->readers[i]);
    free(db->readers);
    free(db->feed.touched);
    conn_close(db->writer); /* last, so that SQLite checkpoints and removes the log */
    pthread_mutex_destroy(&db->lock);
    pthread_mutex_destroy(&db->pool_lock);
    pthread_cond_destroy(&db->queued);
    pthread_cond_destroy(&db->freed);
    free(db);
}

void db_stats(struct db *db, struct db_stats *out)
{
    *out = (struct db_stats){
        .commits = atomic_load_explicit(&db->commits, memory_order_relaxed),
        .writes = atomic_load_explicit(&db->writes, memory_order_relaxed),
        .batch_max = atomic_load_explicit(&db->batch_max, memory_order_relaxed),
        .wal_pages = atomic_load_explicit(&db->wal, memory_order_relaxed),
        .bytes = atomic_load_explicit(&db->bytes, memory_order_relaxed),
        .waiting = atomic_load_explicit(&db->waiting, memory_order_relaxed),
    };
}

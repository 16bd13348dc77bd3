/* db.c - opening, the pool of readers, and the writer thread with its shared commits. */
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

enum {
    BATCH_MAX = 256,       /* jobs a commit; bounds how long the first of them waits */
    READER_WAIT_MS = 5000, /* for a free reader */
    IDLE_MS = 50,          /* without writes: time for a checkpoint */
    WAL_PAGES_BUSY = 4000, /* 16 MB: checkpoint even under load */
};

/* Run for every job or batch, so they are prepared like the features' own. */
static const char BEGIN_READ[] = "BEGIN";
static const char BEGIN_WRITE[] = "BEGIN IMMEDIATE";
static const char COMMIT[] = "COMMIT";
static const char SAVE[] = "SAVEPOINT job";
static const char KEEP[] = "RELEASE job";
static const char UNDO[] = "ROLLBACK TO job";
/* Not in one with RETURNING, for which SQLite opens a table in memory each time. */
static const char NEXT_SEQ[] = "UPDATE sequence SET value = value + 1 WHERE id = 1";
static const char SEQ[] = "SELECT value FROM sequence WHERE id = 1";
/* By an expression: by the column alone, the planner would walk the whole feed in the order of its scopes. */
static const char CHANGED[] = "SELECT scope, max(seq) FROM feed WHERE seq > :seq GROUP BY scope || ''";
static const char *const own_sql[] = {BEGIN_READ, BEGIN_WRITE, COMMIT, SAVE,    KEEP,
                                      UNDO,       NEXT_SEQ,    SEQ,    CHANGED, NULL};

struct job {
    struct job *next;
    const struct frame *frame;
    enum err (*run)(struct conn *, void *);
    void *arg;
    enum err err;
    sem_t done;
};

struct db {
    struct conn *writer;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock; /* guards the queue and `stopping` */
    pthread_cond_t queued;
    struct job *first, **last;
    bool stopping;

    pthread_mutex_t pool_lock; /* guards `idle` */
    pthread_cond_t freed;
    struct conn *idle;
    struct conn **readers;
    int n_readers;
    int read_deadline_ms;

    void (*changed)(void *, struct str, int64_t); /* see db_on_change() */
    void *changed_arg;
    int64_t announced; /* sequence up to which it was called; writer thread only */

    int wal_pages; /* writer thread only */
    atomic_uint_fast64_t commits, writes, batch_max, wal, bytes, waiting;
};

static int note_wal(void *arg, sqlite3 *handle, const char *name, int pages)
{
    (void)handle, (void)name;
    ((struct db *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

/* --- the writer thread --- */

static int read_pragma(struct conn *c, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(c->handle, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return value;
}

static void checkpoint(struct db *db)
{
    int left = 0, moved = 0;
    sqlite3_wal_checkpoint_v2(db->writer->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &left, &moved);
    if (moved >= left)
        db->wal_pages = 0;
}

/* True when the transaction is still open: some faults (a full disk) roll the whole of it back. */
static bool in_transaction(const struct conn *c)
{
    return !sqlite3_get_autocommit(c->handle);
}

static enum err run_job(struct db *db, struct job *job)
{
    struct conn *w = db->writer;
    w->frame = job->frame;
    if (conn_run(w, SAVE))
        return w->err;
    enum err err = job->run(w, job->arg);
    if (err == ERR_OK)
        err = w->err;
    conn_reset(w);
    w->frame = NULL;
    if (in_transaction(w) && ((err != ERR_OK && conn_run(w, UNDO)) || conn_run(w, KEEP)))
        return w->err;
    return err;
}

static void finish(struct job *from, const struct job *end, enum err failed)
{
    while (from != end) {
        struct job *next = from->next; /* the job is gone once its owner wakes */
        if (failed != ERR_OK && from->err == ERR_OK)
            from->err = failed;
        sem_post(&from->done);
        from = next;
    }
}

static enum err commit(struct db *db, unsigned n)
{
    if (!in_transaction(db->writer) || conn_run(db->writer, COMMIT)) {
        enum err err = db->writer->err != ERR_OK ? db->writer->err : ERR_UNAVAILABLE;
        if (in_transaction(db->writer))
            sqlite3_exec(db->writer->handle, "ROLLBACK", NULL, NULL, NULL);
        return err == ERR_STORAGE_FULL ? err : ERR_UNAVAILABLE;
    }
    atomic_fetch_add_explicit(&db->commits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&db->writes, n, memory_order_relaxed);
    if (n > atomic_load_explicit(&db->batch_max, memory_order_relaxed))
        atomic_store_explicit(&db->batch_max, n, memory_order_relaxed);
    atomic_store_explicit(&db->wal, (uint64_t)db->wal_pages, memory_order_relaxed);
    return ERR_OK;
}

static void announce(struct db *db)
{
    struct conn *w = db->writer;
    int64_t newest = db->announced;
    if (!db->changed)
        return;
    struct query *q = query_get(w, CHANGED);
    query_int(q, ":seq", db->announced);
    while (query_row(q)) {
        int64_t seq = query_get_int(q, 1);
        newest = seq > newest ? seq : newest;
        db->changed(db->changed_arg, query_get_text(q, 0), seq);
    }
    db->announced = newest;
    conn_reset(w);
}

/* Runs the batch [jobs, NULL) in as few transactions as its faults allow: one, as a rule. */
static void run_batch(struct db *db, struct job *jobs)
{
    struct conn *w = db->writer;
    while (jobs) {
        struct job *job = jobs;
        unsigned n = 0;
        conn_reset(w);
        if (conn_run(w, BEGIN_WRITE)) {
            enum err err = w->err == ERR_STORAGE_FULL ? w->err : ERR_UNAVAILABLE;
            finish(jobs, NULL, err);
            break;
        }
        do {
            job->err = run_job(db, job);
            n += job->err == ERR_OK;
            job = job->next;
        } while (job && in_transaction(w));
        conn_reset(w);
        enum err err = commit(db, n);
        if (err == ERR_OK && n)
            announce(db);
        finish(jobs, job, err);
        jobs = job;
    }
    conn_reset(w);
}

static struct job *take_batch(struct db *db)
{
    struct job *jobs = db->first, **end = &db->first;
    unsigned n = 0;
    for (; *end && n < BATCH_MAX; n++)
        end = &(*end)->next;
    db->first = *end;
    *end = NULL;
    if (!db->first)
        db->last = &db->first;
    atomic_fetch_sub_explicit(&db->waiting, n, memory_order_relaxed);
    return jobs;
}

/* Waits for work, checkpointing when there is none. NULL when the database closes. */
static struct job *next_batch(struct db *db)
{
    pthread_mutex_lock(&db->lock);
    while (!db->first && !db->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += IDLE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (!db->wal_pages) {
            pthread_cond_wait(&db->queued, &db->lock);
        } else if (pthread_cond_timedwait(&db->queued, &db->lock, &until) == ETIMEDOUT && !db->first) {
            pthread_mutex_unlock(&db->lock);
            checkpoint(db);
            pthread_mutex_lock(&db->lock);
            if (db->wal_pages) /* a reader holds the log: try again when something was written */
                db->wal_pages = 0;
        }
    }
    struct job *jobs = db->first ? take_batch(db) : NULL;
    pthread_mutex_unlock(&db->lock);
    return jobs;
}

static void measure(struct db *db)
{
    int64_t pages = read_pragma(db->writer, "PRAGMA page_count"),
            size = read_pragma(db->writer, "PRAGMA page_size");
    atomic_store_explicit(&db->bytes, (uint64_t)(pages * size), memory_order_relaxed);
}

static void *writer_main(void *arg)
{
    struct db *db = arg;
    struct job *jobs;
    while ((jobs = next_batch(db))) {
        run_batch(db, jobs);
        if (db->wal_pages > WAL_PAGES_BUSY) {
            checkpoint(db);
            measure(db);
        }
    }
    return NULL;
}

enum err db_write(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *), void *arg)
{
    struct job job = {.frame = frame, .run = run, .arg = arg};
    sem_init(&job.done, 0, 0);
    pthread_mutex_lock(&db->lock);
    if (db->stopping) {
        pthread_mutex_unlock(&db->lock);
        return ERR_UNAVAILABLE;
    }
    *db->last = &job;
    db->last = &job.next;
    atomic_fetch_add_explicit(&db->waiting, 1, memory_order_relaxed);
    pthread_cond_signal(&db->queued);
    pthread_mutex_unlock(&db->lock);
    while (sem_wait(&job.done) && errno == EINTR)
        ;
    sem_destroy(&job.done);
    return job.err;
}

int64_t conn_next_seq(struct conn *c)
{
    query_run(query_get(c, NEXT_SEQ));
    struct query *q = query_get(c, SEQ);
    int64_t seq = query_row(q) ? query_get_int(q, 0) : 0;
    query_run(q); /* to its end: nothing stays open over the writes that follow */
    return seq;
}

int64_t db_on_change(struct db *db, void (*changed)(void *, struct str, int64_t), void *arg)
{
    struct conn *c = db_read_begin(db, NULL);
    if (!c)
        return -1;
    struct query *q = query_get(c, SEQ);
    int64_t seq = query_row(q) ? query_get_int(q, 0) : -1;
    db_read_end(c);
    pthread_mutex_lock(&db->lock); /* the writer takes it before each batch */
    db->announced = seq;
    db->changed_arg = arg;
    db->changed = changed;
    pthread_mutex_unlock(&db->lock);
    return seq;
}

/* --- readers --- */

struct conn *db_read_begin(struct db *db, const struct frame *frame)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += READER_WAIT_MS / 1000;
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
    conn_run(c, BEGIN_READ);
    return c;
}

void db_read_end(struct conn *c)
{
    struct db *db = c->db;
    conn_reset(c);
    c->deadline_us = 0;
    if (in_transaction(c))
        conn_run(c, COMMIT);
    c->err = ERR_OK;
    c->frame = NULL;
    pthread_mutex_lock(&db->pool_lock);
    c->next_free = db->idle;
    db->idle = c;
    pthread_cond_signal(&db->freed);
    pthread_mutex_unlock(&db->pool_lock);
}

/* --- opening and closing --- */

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
    if (read_pragma(db->writer, "PRAGMA synchronous") != 2 ||
        sqlite3_exec(db->writer->handle, "SELECT 1 FROM pragma_journal_mode WHERE journal_mode='wal'", NULL,
                     NULL, NULL)) {
        snprintf(why, DB_WHY, "%s: WAL with synchronous=FULL is not to be had here", o->path);
        return -1;
    }
    sqlite3_wal_hook(db->writer->handle, note_wal, db);
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
        all[0] = own_sql;
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
    if (feed_prepare(db->writer, o->feeds, why) || conn_prepare(db->writer, all, false, why))
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
    measure(db);
    if (pthread_create(&db->thread, NULL, writer_main, db)) {
        snprintf(why, DB_WHY, "cannot start the writer thread");
        goto fail;
    }
    db->thread_runs = true;
    return db;
fail:
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    pthread_mutex_lock(&db->lock);
    db->stopping = true;
    pthread_cond_signal(&db->queued);
    pthread_mutex_unlock(&db->lock);
    if (db->thread_runs)
        pthread_join(db->thread, NULL);
    for (int i = 0; i < db->n_readers; i++)
        conn_close(db->readers[i]);
    free(db->readers);
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

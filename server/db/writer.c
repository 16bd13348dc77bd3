/* writer.c - shared commits, each job in its own savepoint, checkpoints when there is time: by the writer
 * thread, or, of a job that finds nobody at work, by its own thread. */
#include <errno.h>
#include <malloc.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/clock.h"
#include "db/internal.h"

enum {
    BATCH_MAX = 256,       /* jobs a commit; bounds how long the first of them waits */
    IDLE_MS = 50,          /* without writes: time for a checkpoint */
    WAL_PAGES_BUSY = 6000, /* 25 MB: checkpoint even under load; larger ones take longer, and those who wait
                              the longest are theirs */
    WAL_PAGES_MAX = 12000, /* 49 MB: write no more until no reader needs the log */
};

/* Run for every job or batch, so they are prepared like the features' own. */
static const char BEGIN_WRITE[] = "BEGIN IMMEDIATE";
static const char SAVE[] = "SAVEPOINT job";
static const char KEEP[] = "RELEASE job";
static const char UNDO[] = "ROLLBACK TO job";
static const char SEQ[] = "SELECT value FROM sequence WHERE id = 1";
const char *const writer_sql[] = {DB_BEGIN_READ, BEGIN_WRITE, DB_COMMIT,  SAVE, KEEP,
                                  UNDO,          SEQ,         FEED_STORE, NULL};

struct job {
    struct job *next;
    const struct frame *frame;
    enum err (*run)(struct conn *, void *);
    void *arg;
    bool repeatable, alone;
    bool compacts; /* instead: rewrites the file, in no transaction */
    enum err err;
    sem_t done;
#ifdef MUTANT_SEQ_BEFORE_LOCK
    long long seq;
#endif
};

int conn_pragma(struct conn *c, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(c->handle, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* After each commit. A log that got shorter has begun anew. */
static int note_wal(void *arg, sqlite3 *handle, const char *name, int pages)
{
    (void)handle, (void)name;
    struct db *db = arg;
    if (pages < db->wal_pages)
        db->checkpoint_at = WAL_PAGES_BUSY;
    db->wal_pages = pages;
    db->wal_waits = true;
    return SQLITE_OK;
}

/* Moves what no reader needs to stay. The next one is due when the log has grown by as much again, for while
 * a reader holds the log another try right away would move nothing. */
static void checkpoint(struct db *db)
{
    sqlite3_wal_checkpoint_v2(db->writer->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    db->wal_waits = false;
    db->checkpoint_at = db->wal_pages + WAL_PAGES_BUSY;
}

/* False when the log is full and a reader still holds it after the time that readers have. */
static bool has_room(struct db *db)
{
    if (db->wal_pages <= WAL_PAGES_MAX)
        return true;
    if (sqlite3_wal_checkpoint_v2(db->writer->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) !=
        SQLITE_OK)
        return false;
    db->wal_pages = 0;
    db->checkpoint_at = WAL_PAGES_BUSY;
    return true;
}

/* True when the transaction is still open: some faults (a full disk) roll the whole of it back. */
bool conn_in_transaction(const struct conn *c)
{
    return !sqlite3_get_autocommit(c->handle);
}

static void run_plain(struct conn *w, struct job *job)
{
#ifdef MUTANT_SEQ_BEFORE_LOCK
    w->db->feed.seq = job->seq;
#endif
    w->frame = job->frame;
    job->err = job->run(w, job->arg);
    if (job->err == ERR_OK)
        job->err = w->err;
    conn_reset(w);
    w->frame = NULL;
}

/* Runs it, in a savepoint or not. False when it failed and what it wrote cannot be undone alone. */
static bool run_job(struct db *db, struct job *job, bool save)
{
    struct conn *w = db->writer;
    struct feed_mark mark = feed_mark(db);
    if (save && conn_run(w, SAVE)) {
        job->err = w->err;
        return !conn_in_transaction(w);
    }
    int64_t before = sqlite3_total_changes64(w->handle);
    run_plain(w, job);
    bool failed = job->err != ERR_OK;
    if (failed)
        feed_undo(db, mark);
    if (!conn_in_transaction(w))
        return true;
    if (save)
        return !((failed && conn_run(w, UNDO)) || conn_run(w, KEEP));
    return !failed || sqlite3_total_changes64(w->handle) == before;
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

static void roll_back(struct db *db)
{
    conn_reset(db->writer);
    if (conn_in_transaction(db->writer))
        sqlite3_exec(db->writer->handle, "ROLLBACK", NULL, NULL, NULL);
    feed_forget(db);
}

static enum err commit(struct db *db, unsigned n)
{
    struct conn *w = db->writer;
    if (!conn_in_transaction(w) || feed_store(db) || conn_run(w, DB_COMMIT)) {
        enum err err = w->err == ERR_STORAGE_FULL ? w->err : ERR_UNAVAILABLE;
        roll_back(db);
        return err;
    }
    atomic_fetch_add_explicit(&db->commits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&db->writes, n, memory_order_relaxed);
    if (n > atomic_load_explicit(&db->batch_max, memory_order_relaxed))
        atomic_store_explicit(&db->batch_max, n, memory_order_relaxed);
    atomic_store_explicit(&db->wal, (uint64_t)db->wal_pages, memory_order_relaxed);
    feed_announce(db);
    return ERR_OK;
}

/* Runs jobs into the open transaction, `careful`: each in its savepoint, until all have run or it is lost.
 * The first that did not run, or NULL. `again`: all is undone, and each may run again in its savepoint. */
static struct job *run_jobs(struct db *db, struct job *jobs, bool careful, unsigned *n, bool *again)
{
    bool lone = !jobs->next, sound;
    struct job *job = jobs;
    *n = 0;
    do {
        bool save = careful || !(lone || job->repeatable);
        sound = run_job(db, job, save);
        *again = !sound && !save && !lone;
        *n += job->err == ERR_OK;
        job = job->next;
    } while (job && !job->compacts && sound && conn_in_transaction(db->writer));
    conn_reset(db->writer);
    if (!sound)
        roll_back(db);
    return job;
}

static void measure(struct db *db)
{
    int64_t pages = conn_pragma(db->writer, "PRAGMA page_count"),
            size = conn_pragma(db->writer, "PRAGMA page_size");
    atomic_store_explicit(&db->bytes, (uint64_t)(pages * size), memory_order_relaxed);
}

/* What was deleted leaves the file, and the log: nothing of it is behind. VACUUM attaches a file to itself.
 */
static enum err compact(struct db *db)
{
    struct conn *w = db->writer;
    int left = -1, moved = 0, rc = SQLITE_BUSY;
    conn_reset(w);
    sqlite3_limit(w->handle, SQLITE_LIMIT_ATTACHED, 1);
    int failed = conn_exec(w, "VACUUM");
    sqlite3_limit(w->handle, SQLITE_LIMIT_ATTACHED, 0);
    for (int i = 0; !failed && i < 3 && rc == SQLITE_BUSY; i++) /* waits for readers, who have a deadline */
        rc = sqlite3_wal_checkpoint_v2(w->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, &left, &moved);
    enum err err = w->err;
    conn_reset(w);
    measure(db);
    if (rc == SQLITE_OK) {
        db->wal_pages = 0;
        db->checkpoint_at = WAL_PAGES_BUSY;
    }
    return err != ERR_OK ? err : rc == SQLITE_OK ? ERR_OK : ERR_UNAVAILABLE;
}

/* Runs the batch [jobs, NULL) in as few transactions as its faults allow: one, as a rule. A savepoint costs a
 * copy of every page that its job writes. So a job that is alone has none, and those that may run again go
 * first, without any: should one of them fail after it has written, all are undone and run again with. */
static void run_batch(struct db *db, struct job *jobs)
{
    struct conn *w = db->writer;
    bool careful = false, again, alone = jobs->alone;
    unsigned n;
    if (alone) /* what does not fit is written out, and read again, before the commit */
        conn_exec(w, WRITER_CACHE_ALONE);
    while (jobs) {
        struct job *first = jobs;
        conn_reset(w);
        if (first->compacts) {
            first->err = compact(db);
            jobs = first->next;
            finish(first, jobs, ERR_OK);
            continue;
        }
        if (!has_room(db) || conn_run(w, BEGIN_WRITE)) {
            finish(jobs, NULL, w->err == ERR_STORAGE_FULL ? w->err : ERR_UNAVAILABLE);
            break;
        }
        struct job *rest = run_jobs(db, jobs, careful, &n, &again);
        careful = careful || again;
        if (again)
            continue;
        enum err err = commit(db, n);
        finish(jobs, rest, err);
        jobs = rest;
    }
    if (alone) {
        conn_exec(w, WRITER_CACHE);
        malloc_trim(0);
    }
    conn_reset(w);
}

/* The jobs that wait, up to BATCH_MAX, those that may run again in front. */
static struct job *take_batch(struct db *db)
{
    struct job *first = NULL, **end = &first, *rest = NULL, **rest_end = &rest;
    unsigned n = 0;
    for (bool alone = false; db->first && n < BATCH_MAX && !alone && !(n && db->first->alone); n++) {
        struct job *job = db->first, ***to = job->repeatable ? &end : &rest_end;
        alone = job->alone;
        db->first = job->next;
        **to = job;
        *to = &job->next;
    }
    *rest_end = NULL;
    *end = rest;
    if (!db->first)
        db->last = &db->first;
    atomic_fetch_sub_explicit(&db->waiting, n, memory_order_relaxed);
    return first;
}

/* Waits until there may be something to do. True when the log waits for a checkpoint, and nobody has written
 * for IDLE_MS. */
static bool wait_for_work(struct db *db)
{
    struct timespec until = clock_monotonic_in(IDLE_MS);
    uint64_t before = atomic_load_explicit(&db->commits, memory_order_relaxed);
    db->wakes_itself = !db->at_work && db->wal_waits;
    if (!db->wakes_itself) {
        pthread_cond_wait(&db->queued, &db->lock);
        return false;
    }
    return pthread_cond_timedwait(&db->queued, &db->lock, &until) == ETIMEDOUT &&
           before == atomic_load_explicit(&db->commits, memory_order_relaxed);
}

/* One batch, or a checkpoint: under the lock, which is free meanwhile. */
static void work(struct db *db, bool full)
{
    struct job *jobs = full ? NULL : take_batch(db);
    db->at_work = true;
    pthread_mutex_unlock(&db->lock);
    if (jobs)
        run_batch(db, jobs);
    else
        checkpoint(db);
    if (full)
        measure(db);
    pthread_mutex_lock(&db->lock);
    db->at_work = false;
}

static void *writer_main(void *arg)
{
    struct db *db = arg;
    bool idle = false;
    pthread_mutex_lock(&db->lock);
    while (db->at_work || db->first || !db->stopping) {
        bool full = !db->at_work && db->wal_pages > db->checkpoint_at;
        if (db->at_work || !(db->first || full || idle)) {
            idle = wait_for_work(db);
        } else {
            work(db, full);
            idle = false;
        }
    }
    pthread_mutex_unlock(&db->lock);
    return NULL;
}

/* On the caller's thread, under the lock, which is free meanwhile: what comes then waits for the writer. */
static void run_at_once(struct db *db, struct job *job)
{
    db->at_work = true;
    pthread_mutex_unlock(&db->lock);
    run_batch(db, job);
    pthread_mutex_lock(&db->lock);
    db->at_work = false;
    if (db->first || db->stopping || db->wal_pages > db->checkpoint_at || !db->wakes_itself)
        pthread_cond_signal(&db->queued);
}

static enum err write_job(struct db *db, struct job *job)
{
    sem_init(&job->done, 0, 0);
#ifdef MUTANT_SEQ_BEFORE_LOCK /* each takes its numbers as it comes; then some wait longer (tests/model/) */
    static atomic_llong taken = 1000000;
    job->seq = atomic_fetch_add(&taken, 1000);
    nanosleep(&(struct timespec){0, job->seq / 1000 % 4 * 500000}, NULL);
#endif
    pthread_mutex_lock(&db->lock);
    if (db->stopping) {
        pthread_mutex_unlock(&db->lock);
        return ERR_UNAVAILABLE;
    }
    if (!db->first && !db->at_work && !job->alone && !job->compacts) {
        run_at_once(db, job);
        pthread_mutex_unlock(&db->lock);
        sem_destroy(&job->done);
        return job->err;
    }
    *db->last = job;
    db->last = &job->next; // cppcheck-suppress autoVariables ; it leaves the queue before this returns
    atomic_fetch_add_explicit(&db->waiting, 1, memory_order_relaxed);
    pthread_cond_signal(&db->queued);
    pthread_mutex_unlock(&db->lock);
    while (sem_wait(&job->done) && errno == EINTR)
        ;
    sem_destroy(&job->done);
    return job->err;
}

enum err db_write(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *), void *arg)
{
    return write_job(db, &(struct job){.frame = frame, .run = run, .arg = arg});
}

enum err db_write_repeatable(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *),
                             void *arg)
{
    return write_job(db, &(struct job){.frame = frame, .run = run, .arg = arg, .repeatable = true});
}

enum err db_compact(struct db *db)
{
    return write_job(db, &(struct job){.compacts = true});
}

enum err db_write_alone(struct db *db, const struct frame *frame, enum err (*run)(struct conn *, void *),
                        void *arg)
{
    return write_job(db, &(struct job){.frame = frame, .run = run, .arg = arg, .alone = true});
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
    db->changed_arg = arg;
    db->changed = changed;
    pthread_mutex_unlock(&db->lock);
    return seq;
}

void writer_watch(struct db *db)
{
    db->checkpoint_at = WAL_PAGES_BUSY;
    sqlite3_wal_hook(db->writer->handle, note_wal, db);
}

int writer_start(struct db *db)
{
    measure(db);
    db->thread_runs = !pthread_create(&db->thread, NULL, writer_main, db);
    return db->thread_runs ? 0 : -1;
}

void writer_stop(struct db *db)
{
    pthread_mutex_lock(&db->lock);
    db->stopping = true;
    pthread_cond_signal(&db->queued);
    pthread_mutex_unlock(&db->lock);
    if (db->thread_runs)
        pthread_join(db->thread, NULL);
}

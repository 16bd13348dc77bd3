/* The writer's shared commits: a bad job fails alone, whether its neighbours may run again or not; a commit
 * that fails fails all; numbers and scopes of what was undone are taken back; the log stays small; who is
 * alone waits for no thread. */
#include "db_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "db/feed.h"

enum { JOBS = 60 };

static const char FILL[] = "INSERT INTO meta (name, value) VALUES (:name, :value)"
                           " ON CONFLICT (name) DO UPDATE SET value = excluded.value";

static const char *const sql[] = {PUT, GET, COUNT, FILL, NULL};
static const char *const *const lists[] = {sql, NULL};

/* Facts whose name begins with `test` are documents that all hear of. */
static const struct feed_source sources[] = {
    {"meta", "facts", "CASE WHEN row.name LIKE 'test%' THEN 'all' END", "row.name"},
    {0},
};

static int set_up(void **state)
{
    static const struct feed_source *const feeds[] = {sources, NULL};
    if (start_with(state, lists))
        return -1;
    struct fixture *f = *state;
    close_db(f);
    f->db = db_open(
        &(struct db_options){
            .path = f->path, .readers = 3, .read_deadline_ms = 100, .feeds = feeds, .sql = lists},
        f->why);
    return f->db ? 0 : -1;
}

struct job {
    struct db *db;
    struct put put;
    char name[32];
    bool repeatable;
    int runs;
    int64_t seq;
    enum err got;
};

/* Writes its fact, takes a number, and ends as it is told to. */
static enum err run_job(struct conn *c, void *arg)
{
    struct job *job = arg;
    job->runs++;
    enum err err = run_put(c, &job->put);
    job->seq = conn_next_seq(c);
    return err;
}

static void *write_job(void *arg)
{
    struct job *job = arg;
    job->got = (job->repeatable ? db_write_repeatable : db_write)(job->db, NULL, run_job, job);
    return NULL;
}

static uint64_t waiting(struct db *db)
{
    struct db_stats stats;
    db_stats(db, &stats);
    return stats.waiting;
}

/* Keeps the writer until all the others stand in its queue, however slow the machine. */
static enum err hold_until_all_wait(struct conn *c, void *db)
{
    (void)c;
    for (int i = 0; i < 10000 && waiting(db) < JOBS; i++)
        usleep(1000);
    return ERR_OK;
}

static void *hold(void *db)
{
    db_write(db, NULL, hold_until_all_wait, db);
    return NULL;
}

/* All in one batch. */
static void run_together(struct fixture *f, struct job jobs[JOBS])
{
    pthread_t threads[JOBS], holder;
    assert_int_equal(pthread_create(&holder, NULL, hold, f->db), 0);
    usleep(20000);
    for (int i = 0; i < JOBS; i++) {
        struct job *job = &jobs[i];
        job->db = f->db;
        snprintf(job->name, sizeof job->name, "test %d", i);
        job->put.name = job->name;
        assert_int_equal(pthread_create(&threads[i], NULL, write_job, job), 0);
    }
    for (int i = 0; i < JOBS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(holder, NULL);
}

/* Each got what it asked for, and the good ones' numbers have no holes. */
static void assert_each_alone(struct fixture *f, const struct job jobs[JOBS])
{
    int64_t first = INT64_MAX, last = 0;
    int good = 0;
    for (int i = 0; i < JOBS; i++) {
        const struct job *job = &jobs[i];
        assert_int_equal(job->got, job->put.end);
        assert_int_equal(has(f->db, job->name), job->put.end == ERR_OK);
        assert_in_range(job->runs, 1, job->repeatable ? 2 : 1);
        if (job->put.end != ERR_OK)
            continue;
        good++;
        first = job->seq < first ? job->seq : first;
        last = job->seq > last ? job->seq : last;
    }
    assert_int_equal(last - first, 2 * (good - 1)); /* the feed's entry takes one, too */
}

static void a_job_that_may_run_again_fails_alone(void **state)
{
    struct job jobs[JOBS] = {0};
    for (int i = 0; i < JOBS; i++) {
        jobs[i].repeatable = true;
        jobs[i].put.end = i % 7 == 3 ? ERR_STALE : ERR_OK;
    }
    run_together(*state, jobs);
    assert_each_alone(*state, jobs);
}

static void who_may_not_run_again_does_not(void **state)
{
    struct job jobs[JOBS] = {0};
    for (int i = 0; i < JOBS; i++) {
        jobs[i].repeatable = i % 2;
        jobs[i].put.end = i % 5 == 3 ? ERR_STALE : ERR_OK;
    }
    run_together(*state, jobs);
    assert_each_alone(*state, jobs);
}

static void good_jobs_run_once(void **state)
{
    struct job jobs[JOBS] = {0};
    for (int i = 0; i < JOBS; i++)
        jobs[i].repeatable = true;
    run_together(*state, jobs);
    assert_each_alone(*state, jobs);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(jobs[i].runs, 1);
}

/* --- faults of the disk --- */

/* Files of this process may grow by so many bytes from the size of `path`; -1: as they like. */
static void limit_files(const char *path, long more)
{
    struct stat s;
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (more >= 0 && !stat(path, &s))
        limit.rlim_cur = (rlim_t)(s.st_size + more);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

struct heard {
    int times;
    int64_t seq;
};

static void hear(void *arg, struct str scope, int64_t seq)
{
    struct heard *heard = arg;
    if (str_is(scope, "all"))
        *heard = (struct heard){heard->times + 1, seq};
}

static void a_commit_that_fails_fails_all(void **state)
{
    struct fixture *f = *state;
    struct job jobs[JOBS] = {0}, one = {.db = f->db, .name = "test one", .put.name = "test one"};
    struct heard heard = {0};
    db_on_change(f->db, hear, &heard);
    for (int i = 0; i < JOBS; i++)
        jobs[i].repeatable = i % 2;
    write_job(&one);
    assert_int_equal(one.got, ERR_OK);
    assert_int_equal(heard.times, 1);
    limit_files(temp_path(&f->t, "convened.db-wal"), 0);
    run_together(f, jobs);
    limit_files(NULL, -1);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].got, ERR_UNAVAILABLE);
        assert_false(has(f->db, jobs[i].name));
    }
    assert_int_equal(heard.times, 1); /* nobody hears of what did not happen */
    int64_t before = one.seq;
    one = (struct job){.db = f->db, .put.name = "test two"};
    write_job(&one);
    assert_int_equal(one.got, ERR_OK); /* it goes on, with the number that is next */
    assert_int_equal(one.seq, before + 2);
    assert_int_equal(heard.times, 2);
    assert_int_equal(heard.seq, one.seq - 1);
}

struct fill {
    char *text;
    size_t len;
    int letter;
};

static enum err run_fill(struct conn *c, void *arg)
{
    struct fill *fill = arg;
    memset(fill->text, fill->letter++ % 2 ? 'a' : 'b',
           fill->len); /* pages that stay as they are are not written */
    struct query *q = query_get(c, FILL);
    query_text(q, ":name", STR("test"));
    query_text(q, ":value", (struct str){fill->text, fill->len});
    return query_run(q) == STEP_DONE ? ERR_OK : ERR_CONFLICT;
}

static long log_size(struct fixture *f)
{
    struct stat s;
    return stat(temp_path(&f->t, "convened.db-wal"), &s) ? -1 : (long)s.st_size;
}

/* A reader that never ends keeps the log from beginning anew: it fills, writes are refused, and go on when
 * the reader is gone. */
static void the_log_stays_small_whoever_reads(void **state)
{
    struct fixture *f = *state;
    struct fill fill = {.len = 1 << 20};
    enum err err = ERR_OK;
    int writes = 0;
    assert_non_null(fill.text = malloc(fill.len));
    struct conn *reader = db_read_begin(f->db, NULL);
    assert_true(query_row(query_get(reader, COUNT)));
    for (; writes < 100 && err == ERR_OK; writes++)
        err = db_write(f->db, NULL, run_fill, &fill);
    assert_int_equal(err, ERR_UNAVAILABLE);
    assert_in_range(writes, 30, 60);
    assert_in_range(log_size(f), 32 << 20, 64 << 20);
    db_read_end(reader);
    for (int i = 0; i < 200; i++) { /* without such a reader, no write is refused, however long it goes on */
        assert_int_equal(db_write(f->db, NULL, run_fill, &fill), ERR_OK);
        assert_in_range(log_size(f), 1, 64 << 20);
    }
    free(fill.text);
}

static void a_lone_job_that_fails_is_not_heard_of(void **state)
{
    struct fixture *f = *state;
    struct heard heard = {0};
    int64_t begin = db_on_change(f->db, hear, &heard);
    for (int repeatable = 0; repeatable < 2; repeatable++) {
        struct job job = {
            .db = f->db, .repeatable = repeatable, .put = {.name = "test", .end = ERR_CONFLICT}};
        write_job(&job);
        assert_int_equal(job.got, ERR_CONFLICT);
        assert_int_equal(job.runs, 1);
        assert_false(has(f->db, "test"));
    }
    assert_int_equal(heard.times, 0);
    assert_int_equal(db_on_change(f->db, hear, &heard), begin);
}

static enum err note_thread(struct conn *c, void *arg)
{
    pthread_t *where = arg;
    (void)c;
    *where = pthread_self();
    return ERR_OK;
}

static void *ask_where(void *arg)
{
    struct job *job = arg;
    pthread_t where;
    job->got = db_write(job->db, NULL, note_thread, &where);
    job->runs = pthread_equal(where, pthread_self());
    return NULL;
}

/* A write that finds nobody at work waits for no other thread; one that does leaves its own free. */
static void who_is_alone_does_it_on_its_own_thread(void **state)
{
    struct fixture *f = *state;
    struct job job = {.db = f->db}, others[JOBS];
    pthread_t holder, threads[JOBS];
    ask_where(&job);
    assert_int_equal(job.runs, 1);
    assert_int_equal(pthread_create(&holder, NULL, hold, f->db), 0);
    usleep(20000);
    for (int i = 0; i < JOBS; i++) {
        others[i] = (struct job){.db = f->db};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_where, &others[i]), 0);
    }
    for (int i = 0; i < JOBS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(holder, NULL);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(others[i].got, ERR_OK);
        assert_int_equal(others[i].runs, 0);
    }
}

static int log_begins(struct fixture *f) /* the log's salt: another one when it began anew */
{
    int salt = 0;
    FILE *log = fopen(temp_path(&f->t, "convened.db-wal"), "r");
    if (log && (fseek(log, 16, SEEK_SET) || fread(&salt, sizeof salt, 1, log) != 1))
        salt = 0;
    if (log)
        fclose(log);
    return salt;
}

/* The writer thread moves what others have written, once they rest: the next write finds an empty log. */
static void the_log_is_moved_when_there_is_time(void **state)
{
    struct fixture *f = *state;
    struct fill fill = {.len = 1 << 16};
    assert_non_null(fill.text = malloc(fill.len));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(db_write(f->db, NULL, run_fill, &fill), ERR_OK);
        int before = log_begins(f), tries = 0;
        assert_int_not_equal(before, 0);
        do {
            usleep(100000);
            assert_int_equal(db_write(f->db, NULL, run_fill, &fill), ERR_OK);
        } while (log_begins(f) == before && ++tries < 50);
        assert_in_range(tries, 0, 49);
    }
    free(fill.text);
}

/* Whoever closes the database waits for what is on its way, and for nothing else. */
static void closing_waits_for_writes_alone(void **state)
{
    struct fixture *f = *state;
    char name[32];
    for (int i = 0; i < 50; i++) {
        pthread_t threads[4];
        struct job jobs[4];
        for (int k = 0; k < 4; k++) {
            jobs[k] = (struct job){.db = f->db};
            assert_int_equal(pthread_create(&threads[k], NULL, ask_where, &jobs[k]), 0);
        }
        for (int k = 0; k < 4; k++)
            pthread_join(threads[k], NULL);
        snprintf(name, sizeof name, "test %d", i);
        struct job job = {.db = f->db, .put = {.name = name}};
        write_job(&job);
        close_db(f);
        open_good(f);
        assert_true(has(f->db, name));
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_job_that_may_run_again_fails_alone),
        TEST(who_may_not_run_again_does_not),
        TEST(good_jobs_run_once),
        TEST(a_commit_that_fails_fails_all),
        TEST(the_log_stays_small_whoever_reads),
        TEST(a_lone_job_that_fails_is_not_heard_of),
        TEST(who_is_alone_does_it_on_its_own_thread),
        TEST(the_log_is_moved_when_there_is_time),
        TEST(closing_waits_for_writes_alone),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}

#include "db_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"

static const char FRAME[] =
    "SELECT :event AS event, :team AS team, :participant AS participant, :device AS device,"
    " :now AS now, :organizer AS organizer, :mine AS mine";
static const char KINDS[] =
    "SELECT 1 AS one, 'a\"b' AS text, NULL AS nil, 0 AS \"at:time\", 1 AS \"yes:bool\","
    " 0 AS \"no:bool\", '{\"x\":1}' AS \"raw:json\", 'a b' AS \"words:list\","
    " NULL AS \"none:list\", 'secret' AS _hidden, NULL AS \"unset:time\"";
static const char SLOW[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT max(i) FROM n";
static const char COPY[] = "SELECT :x AS x";
static const char ORPHAN[] =
    "INSERT INTO organizer_events (organizer_id, event_id) VALUES ('nobody', 'nothing')";
static const char BROKEN[] = "UPDATE meta SET value = value WHERE abs(-9223372036854775808) = 1";
static const char UNLISTED[] = "SELECT 1";

static const char *const sql[] = {PUT, GET, COUNT, FRAME, KINDS, SLOW, COPY, ORPHAN, BROKEN, NULL};
static const char *const *const lists[] = {sql, NULL};

static int set_up(void **state)
{
    return start_with(state, lists);
}

/* --- opening --- */

static void what_was_written_is_there_again(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put(f->db, "test"), ERR_OK);
    assert_true(has(f->db, "test"));
    close_db(f);
    assert_int_not_equal(access(temp_path(&f->t, "convened.db-wal"), F_OK), 0); /* all is in the one file */
    open_good(f);
    assert_true(has(f->db, "test"));
    assert_false(has(f->db, "tests"));
}

static void assert_does_not_open(struct fixture *f, const char *const *statements, const char *says)
{
    const char *const *const list[] = {statements, NULL};
    f->why[0] = '\0';
    struct db *db = open_with(f, list, true);
    if (db || !strstr(f->why, says) || strchr(f->why, '\n'))
        fail_msg("wanted \"%s\" in: %s", says, f->why);
}

static void a_typo_stops_the_boot(void **state)
{
    struct fixture *f = *state;
    close_db(f);
    assert_does_not_open(f, (const char *const[]){"SELEC 1", NULL}, "syntax error");
    assert_does_not_open(f, (const char *const[]){"SELECT nam FROM meta", NULL}, "no such column: nam");
    assert_does_not_open(f, (const char *const[]){"SELECT \"nam\" FROM meta", NULL}, "no such column");
    assert_does_not_open(f, (const char *const[]){"SELECT 1; DELETE FROM meta", NULL}, "more than one");
    assert_does_not_open(f, (const char *const[]){"", NULL}, "");
    open_good(f);
}

static void a_missing_file_is_made_only_when_asked(void **state)
{
    struct fixture *f = *state;
    close_db(f);
    snprintf(f->path, sizeof f->path, "%s/other.db", f->t.path);
    assert_null(open_with(f, f->sql, false));
    assert_non_null(strstr(f->why, f->path));
    assert_int_not_equal(access(f->path, F_OK), 0);
    snprintf(f->path, sizeof f->path, "%s/no/such/folder.db", f->t.path);
    assert_null(open_with(f, f->sql, true));
}

static void an_empty_file_becomes_a_database(void **state)
{
    struct fixture *f = *state;
    close_db(f);
    snprintf(f->path, sizeof f->path, "%s/empty.db", f->t.path);
    assert_int_equal(temp_write(&f->t, "empty.db", "", 0, 0600), 0);
    open_good(f);
    assert_int_equal(put(f->db, "test"), ERR_OK);
}

/* --- frames --- */

static void the_frame_fills_in_who_asks(void **state)
{
    struct fixture *f = *state;
    struct frame frame = {
        .event = STR("e"), .team = STR(""), .participant = STR("p"), .now = 7, .organizer = true};
    struct conn *c = db_read_begin(f->db, &frame);
    struct query *q = query_get(c, FRAME);
    query_text(q, ":mine", STR("m"));
    assert_true(query_row(q));
    assert_true(str_is(query_named_text(q, "event"), "e") && str_is(query_named_text(q, "team"), "") &&
                str_is(query_named_text(q, "participant"), "p") && str_is(query_named_text(q, "mine"), "m"));
    assert_true(query_is_null(q, query_column(q, "device"))); /* absent is null: for :team, every team */
    assert_int_equal(query_named_int(q, "now"), 7);
    assert_int_equal(query_named_int(q, "organizer"), 1);
    db_read_end(c);
    c = db_read_begin(f->db, NULL); /* nothing of it is left for the next */
    q = query_get(c, FRAME);
    assert_true(query_row(q));
    for (int i = 0; i < query_columns(q); i++)
        assert_true(query_is_null(q, i));
    db_read_end(c);
}

static void the_frame_is_not_a_handlers_to_bind(void **state)
{
    static const char *const names[] = {":event", ":team",      ":participant", ":device",
                                        ":now",   ":organizer", ":nothing",     "mine"};
    struct fixture *f = *state;
    struct frame frame = {.event = STR("e"), .team = STR("t")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int how = 0; how < 4; how++) {
            struct conn *c = db_read_begin(f->db, &frame);
            struct query *q = query_get(c, FRAME);
            if (how == 0)
                query_text(q, names[i], STR("forged"));
            else if (how == 1)
                query_int(q, names[i], 1);
            else if (how == 2)
                query_null(q, names[i]);
            else
                query_copy(q, names[i], q, 0);
            assert_int_equal(query_step(q), STEP_FAILED); /* and nothing is read under a forged frame */
            assert_int_equal(conn_error(c), ERR_INTERNAL);
            db_read_end(c);
        }
}

static enum err forge(struct conn *c, void *arg)
{
    struct put p = {.name = arg};
    run_put(c, &p);
    query_text(query_get(c, FRAME), ":team", STR("other"));
    return ERR_OK; /* the job did not look */
}

static void a_forged_frame_undoes_the_write(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_write(f->db, NULL, forge, "test"), ERR_INTERNAL);
    assert_false(has(f->db, "test"));
    assert_int_equal(put(f->db, "test"), ERR_OK); /* the next goes on */
}

static void sql_that_no_feature_lists_does_not_run(void **state)
{
    struct fixture *f = *state;
    struct conn *c = db_read_begin(f->db, NULL);
    struct query *q = query_get(c, UNLISTED);
    query_int(q, ":x", 1);
    assert_int_equal(query_step(q), STEP_FAILED);
    assert_int_equal(query_run(q), STEP_FAILED);
    assert_null(query_get_text(q, 0).ptr);
    assert_int_equal(query_get_int(q, 0), 0);
    assert_true(query_is_null(q, 0));
    assert_int_equal(conn_error(c), ERR_INTERNAL);
    db_read_end(c);
    c = db_read_begin(f->db, NULL);
    assert_int_equal(query_step(query_get(c, PUT)), STEP_FAILED); /* a write, on a reader */
    db_read_end(c);
    assert_int_equal(count(f->db), 0);
}

/* --- writing --- */

static enum err run_seq(struct conn *c, void *arg)
{
    struct put *p = arg;
    p->sleep_ms = (int)conn_next_seq(c);
    return p->end;
}

static int next_seq(struct db *db, enum err end)
{
    struct put p = {.end = end};
    assert_int_equal(db_write(db, NULL, run_seq, &p), end);
    return p.sleep_ms;
}

static void the_sequence_has_no_holes(void **state)
{
    struct fixture *f = *state;
    int first = next_seq(f->db, ERR_OK);
    assert_int_equal(next_seq(f->db, ERR_OK), first + 1);
    assert_int_equal(next_seq(f->db, ERR_CONFLICT), first + 2); /* undone */
    assert_int_equal(next_seq(f->db, ERR_OK), first + 2);
}

static void a_job_that_fails_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct put p = {.name = "test", .end = ERR_STALE};
    assert_int_equal(db_write(f->db, NULL, run_put, &p), ERR_STALE);
    assert_int_equal(p.step, STEP_DONE);
    assert_false(has(f->db, "test"));
}

static void constraints_are_the_jobs_to_tell(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put(f->db, "test"), ERR_OK);
    assert_int_equal(put(f->db, "test"), ERR_CONFLICT); /* UNIQUE */
    assert_int_equal(put(f->db, NULL), ERR_CONFLICT);   /* NOT NULL */
    assert_int_equal(count(f->db), 1);
}

static enum err run_orphan(struct conn *c, void *arg)
{
    *(enum step *)arg = query_run(query_get(c, ORPHAN));
    return ERR_OK;
}

static void foreign_keys_hold(void **state)
{
    struct fixture *f = *state;
    enum step step = STEP_DONE;
    assert_int_equal(db_write(f->db, NULL, run_orphan, &step), ERR_OK);
    assert_int_equal(step, STEP_CONFLICT);
}

static enum err run_broken(struct conn *c, void *arg)
{
    struct put *p = arg;
    run_put(c, p);
    query_run(query_get(c, BROKEN)); /* abs() overflows: a fault, no constraint */
    return ERR_OK;
}

static void a_fault_that_nobody_looked_at_undoes_the_job(void **state)
{
    struct fixture *f = *state;
    struct put p = {.name = "test"};
    assert_int_equal(db_write(f->db, NULL, run_broken, &p), ERR_INTERNAL);
    assert_int_equal(p.step, STEP_DONE);
    assert_false(has(f->db, "test"));
}

/* --- shared commits --- */

enum { JOBS = 60 };

struct crowd {
    struct db *db;
    int number;
    atomic_int *wrong;
};

/* One of three is refused by a constraint, one of three fails. */
static void *write_one(void *arg)
{
    struct crowd *c = arg;
    char name[32];
    snprintf(name, sizeof name, "test %d", c->number % 3 == 1 ? 1 : c->number);
    struct put p = {.name = name, .end = c->number % 3 == 2 ? ERR_NOT_FOUND : ERR_OK};
    if (db_write(c->db, NULL, run_put, &p) != p.end)
        atomic_fetch_add(c->wrong, 1);
    return NULL;
}

static void *keep_busy(void *db)
{
    struct put p = {.name = "slow", .sleep_ms = 400};
    db_write(db, NULL, run_put, &p);
    return NULL;
}

static uint64_t waiting(struct db *db)
{
    struct db_stats stats;
    db_stats(db, &stats);
    return stats.waiting;
}

/* Keeps the writer until all the others stand in its queue, however slow the machine. */
static enum err hold_until_all_wait(struct conn *c, void *arg)
{
    struct put p = {.name = "slow"};
    for (int i = 0; i < 10000 && waiting(arg) < JOBS; i++)
        usleep(1000);
    return run_put(c, &p);
}

static void *hold(void *db)
{
    db_write(db, NULL, hold_until_all_wait, db);
    return NULL;
}

/* While the writer is busy sixty jobs queue up: they share one commit, and each bad one fails alone. */
static void jobs_share_a_commit_and_fail_alone(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd[JOBS];
    pthread_t threads[JOBS], busy;
    atomic_int wrong = 0;
    struct db_stats before, after;
    db_stats(f->db, &before);
    assert_int_equal(pthread_create(&busy, NULL, hold, f->db), 0);
    usleep(20000);
    for (int i = 0; i < JOBS; i++) {
        crowd[i] = (struct crowd){f->db, i, &wrong};
        assert_int_equal(pthread_create(&threads[i], NULL, write_one, &crowd[i]), 0);
    }
    for (int i = 0; i < JOBS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(busy, NULL);
    db_stats(f->db, &after);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(count(f->db), JOBS / 3 + 1);
    assert_true(after.commits - before.commits <= 3); /* two, unless one came before the holder */
    assert_true(after.batch_max >= JOBS / 3 && after.batch_max <= JOBS + 1);
    assert_int_equal(after.writes - before.writes, 1 + JOBS / 3 * 2);
    assert_int_equal(waiting(f->db), 0);
}

/* What a power cut just after the answer would leave: the file and its log as they are on the disk. */
static void an_answer_means_that_it_is_on_the_disk(void **state)
{
    struct fixture *f = *state;
    struct fixture after = {.t = f->t, .sql = f->sql};
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "test %d", i);
        assert_int_equal(put(f->db, name), ERR_OK);
        copy_file(f, "convened.db", "after.db", 8 << 20);
        copy_file(f, "convened.db-wal", "after.db-wal", 8 << 20);
        snprintf(after.path, sizeof after.path, "%s/after.db", f->t.path);
        open_good(&after);
        assert_true(has(after.db, name));
        assert_int_equal(count(after.db), i + 1);
        close_db(&after);
    }
}

static void closing_waits_for_what_is_queued(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd[10];
    pthread_t threads[10], busy;
    atomic_int wrong = 0;
    pthread_create(&busy, NULL, keep_busy, f->db);
    usleep(20000);
    for (int i = 0; i < 10; i++) {
        crowd[i] = (struct crowd){f->db, 3 * i, &wrong};
        pthread_create(&threads[i], NULL, write_one, &crowd[i]);
    }
    for (int i = 0; i < 300 && waiting(f->db) < 10; i++)
        usleep(1000);
    assert_int_equal(waiting(f->db), 10);
    close_db(f);
    for (int i = 0; i < 10; i++)
        pthread_join(threads[i], NULL);
    pthread_join(busy, NULL);
    open_good(f);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(count(f->db), 10);
}

/* --- reading --- */

static void a_reader_sees_one_moment(void **state)
{
    struct fixture *f = *state;
    struct conn *c = db_read_begin(f->db, NULL);
    struct query *q = query_get(c, COUNT);
    assert_true(query_row(q) && query_get_int(q, 0) == 0);
    assert_int_equal(put(f->db, "test"), ERR_OK);
    q = query_get(c, COUNT);
    assert_true(query_row(q) && query_get_int(q, 0) == 0);
    assert_int_equal(count(f->db), 1);
    db_read_end(c);
}

static void a_read_that_takes_too_long_is_stopped(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 4; round++) { /* more than there are readers: each can be used again */
        struct conn *c = db_read_begin(f->db, NULL);
        int64_t start = clock_monotonic_us();
        assert_int_equal(query_step(query_get(c, SLOW)), STEP_FAILED);
        assert_true(clock_monotonic_us() - start < 2000000);
        assert_int_equal(conn_error(c), ERR_UNAVAILABLE);
        assert_int_equal(query_step(query_get(c, COUNT)), STEP_FAILED); /* no half of an answer */
        db_read_end(c);
        assert_int_equal(count(f->db), 0);
    }
}

static void *end_soon(void *c)
{
    usleep(50000);
    db_read_end(c);
    return NULL;
}

static void whoever_finds_no_reader_waits(void **state)
{
    struct fixture *f = *state;
    struct conn *c[3];
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        assert_non_null(c[i] = db_read_begin(f->db, NULL));
    pthread_create(&thread, NULL, end_soon, c[0]);
    struct conn *fourth = db_read_begin(f->db, NULL);
    assert_ptr_equal(fourth, c[0]);
    pthread_join(thread, NULL);
    db_read_end(fourth);
    db_read_end(c[1]);
    db_read_end(c[2]);
}

static void rows_become_json(void **state)
{
    struct fixture *f = *state;
    struct buf out;
    buf_init(&out, &f->arena, 0);
    struct conn *c = db_read_begin(f->db, NULL);
    struct query *q = query_get(c, KINDS);
    assert_true(query_row(q));
    query_json(q, &out, NULL);
    assert_string_equal(buf_cstr(&out),
                        "{\"one\":1,\"text\":\"a\\\"b\",\"nil\":null,\"at\":\"1970-01-01T00:00:00Z\","
                        "\"yes\":true,\"no\":false,\"raw\":{\"x\":1},\"words\":[\"a\",\"b\"],\"none\":[],"
                        "\"unset\":null}");
    assert_int_equal(query_column(q, "yes"), 4);
    assert_int_equal(query_column(q, "yes:bool"), -1);
    assert_true(str_is(query_named_text(q, "_hidden"), "secret"));
    assert_null(query_named_text(q, "nil").ptr);
    assert_null(query_named_text(q, "no such").ptr);
    struct query *copy = query_get(c, COPY);
    query_copy(copy, ":x", q, 1);
    assert_true(query_row(copy) && str_is(query_get_text(copy, 0), "a\"b"));
    assert_true(query_has(copy, ":x") && !query_has(copy, "x") && !query_has(copy, ":y"));
    db_read_end(c);
}

/* --- all at once --- */

static void *read_and_write(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "test %d-%d", c->number, i);
        if (put(c->db, name) != ERR_OK || !has(c->db, name)) /* whoever wrote reads it */
            atomic_fetch_add(c->wrong, 1);
    }
    return NULL;
}

static void readers_and_writers_go_side_by_side(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd[8];
    pthread_t threads[8];
    atomic_int wrong = 0;
    for (int i = 0; i < 8; i++) {
        crowd[i] = (struct crowd){f->db, i, &wrong};
        pthread_create(&threads[i], NULL, read_and_write, &crowd[i]);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(count(f->db), 800);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_there_again),
        TEST(a_typo_stops_the_boot),
        TEST(a_missing_file_is_made_only_when_asked),
        TEST(an_empty_file_becomes_a_database),
        TEST(the_frame_fills_in_who_asks),
        TEST(the_frame_is_not_a_handlers_to_bind),
        TEST(a_forged_frame_undoes_the_write),
        TEST(sql_that_no_feature_lists_does_not_run),
        TEST(the_sequence_has_no_holes),
        TEST(a_job_that_fails_leaves_nothing),
        TEST(constraints_are_the_jobs_to_tell),
        TEST(foreign_keys_hold),
        TEST(a_fault_that_nobody_looked_at_undoes_the_job),
        TEST(jobs_share_a_commit_and_fail_alone),
        TEST(an_answer_means_that_it_is_on_the_disk),
        TEST(closing_waits_for_what_is_queued),
        TEST(a_reader_sees_one_moment),
        TEST(a_read_that_takes_too_long_is_stopped),
        TEST(whoever_finds_no_reader_waits),
        TEST(rows_become_json),
        TEST(readers_and_writers_go_side_by_side),
    };
    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}

/* db_fixture.h - a database in a directory of its own, and statements over the table of facts, which stands
 * for any other.
 *
 * Threads: put() and has() as the database.
 */
#ifndef CONVENED_TESTS_DB_FIXTURE_H
#define CONVENED_TESTS_DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above */
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "db/query.h"
#include "temp_dir.h"

static const char PUT[] = "INSERT INTO meta (name, value) VALUES (:name, :value)";
static const char GET[] = "SELECT value FROM meta WHERE name = :name";
static const char COUNT[] = "SELECT count(*) FROM meta WHERE name LIKE 'test%'";

struct fixture {
    struct temp_dir t;
    struct arena arena;
    struct db *db;
    const char *const *const *sql;
    char path[128], why[DB_WHY];
};

static inline struct db *open_with(struct fixture *f, const char *const *const *statements, bool create)
{
    return db_open(
        &(struct db_options){
            .path = f->path, .create = create, .readers = 3, .read_deadline_ms = 100, .sql = statements},
        f->why);
}

static inline void open_good(struct fixture *f)
{
    f->db = open_with(f, f->sql, true);
    if (!f->db)
        fail_msg("%s", f->why);
}

static inline void close_db(struct fixture *f)
{
    db_close(f->db);
    f->db = NULL;
}

static inline int start_with(void **state, const char *const *const *statements)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    f->sql = statements;
    arena_init(&f->arena, NULL, 0);
    if (temp_make(&f->t))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/convened.db", f->t.path);
    open_good(f);
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    db_close(f->db);
    arena_finish(&f->arena);
    temp_remove(&f->t);
    free(f);
    return 0;
}

struct put {
    const char *name;
    enum err end;   /* what the job returns */
    enum step step; /* what the insert gave */
    int sleep_ms;
};

static inline enum err run_put(struct conn *c, void *arg)
{
    struct put *p = arg;
    struct query *q = query_get(c, PUT);
    query_text(q, ":name", str_of(p->name));
    query_text(q, ":value", STR("v"));
    p->step = query_run(q);
    usleep((unsigned)p->sleep_ms * 1000);
    return p->end;
}

static inline enum err put(struct db *db, const char *name)
{
    struct put p = {.name = name};
    enum err err = db_write(db, NULL, run_put, &p);
    return err == ERR_OK && p.step != STEP_DONE ? ERR_CONFLICT : err;
}

static inline bool has(struct db *db, const char *name)
{
    struct conn *c = db_read_begin(db, NULL);
    assert_non_null(c);
    struct query *q = query_get(c, GET);
    query_text(q, ":name", str_of(name));
    bool found = query_row(q);
    assert_int_equal(conn_error(c), ERR_OK);
    db_read_end(c);
    return found;
}

static inline int64_t count(struct db *db)
{
    struct conn *c = db_read_begin(db, NULL);
    assert_non_null(c);
    struct query *q = query_get(c, COUNT);
    assert_true(query_row(q));
    int64_t n = query_get_int(q, 0);
    db_read_end(c);
    return n;
}

/* Copies a file of the directory to another of it, up to `max` bytes: what a crash would find, or half of it.
 */
static inline void copy_file(struct fixture *f, const char *from, const char *to, size_t max)
{
    char *bytes = malloc(max + 1);
    FILE *in = fopen(temp_path(&f->t, from), "rb");
    size_t n = in ? fread(bytes, 1, max, in) : 0;
    if (in)
        fclose(in);
    assert_int_equal(temp_write(&f->t, to, bytes, n, 0600), 0);
    free(bytes);
}

#endif

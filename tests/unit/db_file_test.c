/* Database files that are damaged, somebody else's, or newer than the program; copies of good ones. */
#include "db_fixture.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "base/embed.h"

static const char *const sql[] = {PUT, GET, COUNT, NULL};
static const char *const *const lists[] = {sql, NULL};

enum { FILE_MAX = 1 << 20 };

static int set_up(void **state)
{
    return start_with(state, lists);
}

static void use(struct fixture *f, const char *name)
{
    snprintf(f->path, sizeof f->path, "%s/%s", f->t.path, name);
}

static size_t read_file(const char *path, char *bytes)
{
    FILE *in = fopen(path, "rb");
    size_t n = in ? fread(bytes, 1, FILE_MAX, in) : 0;
    if (in)
        fclose(in);
    return n;
}

/* SQL by a connection that knows nothing of ours. */
static void forge(const char *path, const char *text)
{
    sqlite3 *h;
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

static int number(const char *path, const char *text)
{
    sqlite3 *h;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(h, text, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(h);
    return n;
}

/* It does not open, the reason is one line that names the file (or says `says`), and not a byte of it
 * changes. */
static void assert_refused(struct fixture *f, const char *says)
{
    static char before[FILE_MAX], after[FILE_MAX];
    size_t n = read_file(f->path, before);
    f->why[0] = '\0';
    struct db *db = open_with(f, f->sql, true);
    db_close(db);
    if (db || !strstr(f->why, says) || strchr(f->why, '\n'))
        fail_msg("wanted \"%s\" in: %s", says, f->why);
    assert_int_equal(read_file(f->path, after), n);
    assert_memory_equal(before, after, n);
}

/* --- not ours --- */

static void files_of_others_are_left_as_they_are(void **state)
{
    struct fixture *f = *state;
    char noise[5000];
    close_db(f);
    use(f, "text.db");
    temp_write(&f->t, "text.db", "not a database, but a letter to somebody\n", 41, 0600);
    assert_refused(f, f->path);
    use(f, "noise.db");
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7919 >> 3);
    temp_write(&f->t, "noise.db", noise, sizeof noise, 0600);
    assert_refused(f, f->path);
    use(f, "other.db");
    forge(f->path, "CREATE TABLE bookmarks (url TEXT)");
    assert_refused(f, "not a convened database");
    forge(f->path, "PRAGMA application_id=1; PRAGMA user_version=1");
    assert_refused(f, "not a convened database");
    assert_int_equal(mkdir(temp_path(&f->t, "folder.db"), 0700), 0);
    use(f, "folder.db");
    assert_null(open_with(f, f->sql, true));
}

static void a_newer_schema_wants_a_newer_program(void **state)
{
    struct fixture *f = *state;
    close_db(f);
    int have = number(f->path, "PRAGMA user_version");
    forge(f->path, "PRAGMA user_version=9999");
    f->why[0] = '\0';
    assert_null(open_with(f, f->sql, true));
    assert_non_null(strstr(f->why, "9999"));
    assert_int_equal(number(f->path, "PRAGMA user_version"), 9999);
    char text[64];
    snprintf(text, sizeof text, "PRAGMA user_version=%d", have);
    forge(f->path, text);
    open_good(f);
}

static void migrations_are_applied_once_and_in_order(void **state)
{
    struct fixture *f = *state;
    int newest = 0, files = 0;
    for (const struct embedded *e = embedded; e->name; e++)
        if (!strncmp(e->name, "migrations/", 11)) {
            int n = atoi(e->name + 11);
            assert_true(n > newest); /* the build lists them in order */
            newest = n;
            files++;
        }
    assert_int_equal(newest, files); /* without a gap */
    assert_int_equal(put(f->db, "test"), ERR_OK);
    for (int i = 0; i < 3; i++) {
        close_db(f);
        assert_int_equal(number(f->path, "PRAGMA user_version"), newest);
        open_good(f);
    }
    assert_int_equal(count(f->db), 1);
}

/* The first migration would make what is there already: it is undone as a whole, and the rest is not tried.
 */
static void a_migration_that_fails_changes_nothing(void **state)
{
    struct fixture *f = *state;
    close_db(f);
    int tables = number(f->path, "SELECT count(*) FROM sqlite_schema");
    forge(f->path, "PRAGMA user_version=0");
    assert_null(open_with(f, f->sql, true));
    assert_non_null(strstr(f->why, "migrations/0001"));
    assert_int_equal(number(f->path, "PRAGMA user_version"), 0);
    assert_int_equal(number(f->path, "SELECT count(*) FROM sqlite_schema"), tables);
}

/* --- damage --- */

static void a_short_file_is_refused(void **state)
{
    struct fixture *f = *state;
    static char bytes[FILE_MAX];
    close_db(f);
    size_t n = read_file(f->path, bytes);
    use(f, "short.db");
    /* SQLite takes a single byte for an empty file, and its last page may be empty anyway. */
    for (size_t left = 2; left < n - 4096; left += left < 2000 ? 333 : 4096 * 7 + 100) {
        temp_write(&f->t, "short.db", bytes, left, 0600);
        assert_refused(f, f->path);
    }
}

/* Mutations by the hundred: each file is refused and left as it is, or opens and can be read. */
static void a_damaged_file_is_refused_or_sound(void **state)
{
    enum { ROUNDS = 250 };
    struct fixture *f = *state;
    static char good[FILE_MAX], bad[FILE_MAX], after[FILE_MAX];
    uint64_t seed = 2015;
    int refused = 0;
    for (int i = 0; i < 50; i++) {
        char name[32];
        snprintf(name, sizeof name, "test %d", i);
        assert_int_equal(put(f->db, name), ERR_OK);
    }
    close_db(f);
    size_t n = read_file(f->path, good);
    for (int round = 0; round < ROUNDS; round++) {
        char name[32];
        memcpy(bad, good, n);
        for (int i = 0; i < 1 + round % 40; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            size_t at =
                (size_t)(seed >> 20) % (round % 3 ? n : 4096); /* the header and the schema more often */
            bad[at] = (char)(seed >> 13);
        }
        snprintf(name, sizeof name, "bad%d.db", round);
        use(f, name);
        temp_write(&f->t, name, bad, n, 0600);
        f->why[0] = '\0';
        f->db = open_with(f, f->sql, true);
        if (f->db) {
            struct conn *c = db_read_begin(f->db, NULL);
            query_row(query_get(c, COUNT)); /* a number or an error */
            db_read_end(c);
        } else {
            refused++;
            assert_true(*f->why && !strchr(f->why, '\n'));
            assert_int_equal(read_file(f->path, after), n);
            assert_memory_equal(bad, after, n);
        }
        close_db(f);
        unlink(f->path);
    }
    assert_true(refused > ROUNDS / 3); /* much of a small file is empty pages: no harm there */
}

static void count_up(void *arg, const char *text)
{
    ++*(int *)arg;
    assert_non_null(text);
}

static void a_check_finds_damage(void **state)
{
    struct fixture *f = *state;
    static char bytes[FILE_MAX];
    int said = 0;
    close_db(f);
    assert_int_equal(db_check(f->path, count_up, &said), 0);
    assert_int_equal(said, 0);
    forge(f->path, "PRAGMA foreign_keys=OFF; INSERT INTO organizer_events VALUES ('nobody', 'nothing')");
    assert_true(db_check(f->path, count_up, &said) > 0);
    assert_true(said > 0);
    size_t n = read_file(f->path, bytes);
    memset(bytes + 4096, 0x5A, 4096 * 3);
    temp_write(&f->t, "bad.db", bytes, n, 0600);
    use(f, "bad.db");
    assert_int_not_equal(db_check(f->path, count_up, &said), 0);
    use(f, "missing.db");
    assert_int_equal(db_check(f->path, count_up, &said), -1);
}

/* --- copies --- */

struct load {
    struct db *db;
    atomic_int stop, written;
};

static void *write_on(void *arg)
{
    struct load *l = arg;
    for (int i = 0; !atomic_load(&l->stop); i++) {
        char name[32];
        snprintf(name, sizeof name, "test %d", i);
        if (put(l->db, name) == ERR_OK)
            atomic_store(&l->written, i + 1);
    }
    return NULL;
}

/* Each copy, made while writing goes on, is sound and holds all that was answered before it began. */
static void a_backup_is_one_moment(void **state)
{
    struct fixture *f = *state;
    struct load load = {.db = f->db};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &load), 0);
    for (int i = 0; i < 10; i++) {
        struct fixture copy = {.t = f->t, .sql = f->sql};
        usleep(10000);
        snprintf(copy.path, sizeof copy.path, "%s/copy%d.db", f->t.path, i);
        int before = atomic_load(&load.written);
        if (db_backup(f->db, copy.path, f->why))
            fail_msg("%s", f->why);
        int after = atomic_load(&load.written) + 1;
        char wal[160];
        snprintf(wal, sizeof wal, "%s-wal", copy.path);
        assert_int_not_equal(access(wal, F_OK), 0); /* one plain file */
        open_good(&copy);
        int64_t n = count(copy.db);
        assert_true(n >= before && n <= after);
        close_db(&copy);
    }
    atomic_store(&load.stop, 1);
    pthread_join(thread, NULL);
}

static void a_copy_overwrites_nothing(void **state)
{
    struct fixture *f = *state;
    char to[128];
    snprintf(to, sizeof to, "%s/taken", f->t.path);
    temp_write(&f->t, "taken", "precious", 8, 0600);
    assert_int_equal(db_backup(f->db, to, f->why), -1);
    assert_non_null(strstr(f->why, "taken"));
    assert_int_equal(db_copy(f->path, f->path, f->why), -1);
    char bytes[9] = "";
    FILE *in = fopen(to, "rb");
    assert_int_equal(fread(bytes, 1, 8, in), 8);
    fclose(in);
    assert_string_equal(bytes, "precious");
}

static void a_copy_that_fails_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    char to[128];
    snprintf(to, sizeof to, "%s/no/folder", f->t.path);
    assert_int_equal(db_backup(f->db, to, f->why), -1);
    snprintf(to, sizeof to, "%s/copy.db", f->t.path);
    assert_int_equal(db_copy(temp_path(&f->t, "missing.db"), to, f->why), -1);
    assert_int_not_equal(access(to, F_OK), 0);
    temp_write(&f->t, "text.db", "not a database, but a letter to somebody\n", 41, 0600);
    assert_int_equal(db_copy(temp_path(&f->t, "text.db"), to, f->why), -1);
    assert_int_not_equal(access(to, F_OK), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(files_of_others_are_left_as_they_are),
        TEST(a_newer_schema_wants_a_newer_program),
        TEST(migrations_are_applied_once_and_in_order),
        TEST(a_migration_that_fails_changes_nothing),
        TEST(a_short_file_is_refused),
        TEST(a_damaged_file_is_refused_or_sound),
        TEST(a_check_finds_damage),
        TEST(a_backup_is_one_moment),
        TEST(a_copy_overwrites_nothing),
        TEST(a_copy_that_fails_leaves_no_file),
    };
    return cmocka_run_group_tests_name("db_file", tests, NULL, NULL);
}

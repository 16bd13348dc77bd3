/* Power loss: a disk that keeps what was synced, and of the rest what chance leaves. No acknowledged write
 * may be lost, and none may stand half; with synchronous=NORMAL the same cuts must lose some, or they prove
 * nothing.
 */
#include "db_fixture.h"

#include <stdatomic.h>

#include <sqlite3.h>

#include "db/internal.h"

enum {
    CUTS = 500,
    CUTS_NORMAL = 40,
    SECTOR = 512,
    THOROUGH = 8,
    PAUSE_US = 60000 /* the writer uses it for a checkpoint */
};

static const char UP_TO[] = "SELECT count(*) FROM meta WHERE name LIKE 'test%' AND name <= :name";

static const char *const power_sql[] = {PUT, GET, COUNT, UP_TO, NULL};
static const char *const *const power_lists[] = {power_sql, NULL};

/* --- the disk --- */

struct op { /* a write that was not synced yet */
    struct op *next;
    sqlite3_int64 at;
    int len; /* -1: the file was cut to `at` */
    char bytes[];
};

struct image {
    char *bytes;
    size_t size, room;
};

struct disk { /* one file */
    struct image kept;
    struct op *pending, **last;
};

enum { KINDS = 2 /* the database and its log, whose methods differ */ };

static struct power {
    sqlite3_vfs vfs, *real;
    const sqlite3_io_methods *files[KINDS];
    sqlite3_io_methods tapped[KINDS];  /* those, but for what changes a file */
    sqlite3_io_methods hurried[KINDS]; /* those, but for the real disk's time */
    const char *live;                  /* path that the files on the disk begin with */
    struct disk disks[KINDS];
    unsigned random;
    atomic_int left;  /* operations until the cut; 0: none is to come */
    atomic_int acked; /* writes that were answered */
    int acked_then;
    struct image found[KINDS]; /* after the cut */
} power;

static unsigned chance(unsigned n)
{
    power.random = power.random * 1664525 + 1013904223;
    return (power.random >> 8) % n;
}

static void put_bytes(struct image *to, sqlite3_int64 at, const char *bytes, int n)
{
    size_t end = (size_t)at + (size_t)n;
    if (end > to->room) { /* by doubling: a sector at a time, copies would be most of the test */
        to->room = 2 * end;
        to->bytes = realloc(to->bytes, to->room);
    }
    if (end > to->size) {
        memset(to->bytes + to->size, 0, end - to->size);
        to->size = end;
    }
    memcpy(to->bytes + at, bytes, (size_t)n);
}

/* `torn`: each of its sectors arrives or does not. */
static void apply(struct image *to, const struct op *op, bool torn)
{
    if (op->len < 0) {
        if (!(torn && chance(2)) && (size_t)op->at < to->size)
            to->size = (size_t)op->at;
        return;
    }
    bool whole = !torn || chance(3) == 0, none = !whole && chance(2);
    for (int i = 0; i < op->len; i += SECTOR)
        if (whole || (!none && chance(2)))
            put_bytes(to, op->at + i, op->bytes + i, op->len - i < SECTOR ? op->len - i : SECTOR);
}

static void cut(void)
{
    power.acked_then = atomic_load(&power.acked);
    for (int i = 0; i < KINDS; i++) {
        const struct disk *d = &power.disks[i];
        struct image *to = &power.found[i];
        to->size = 0;
        put_bytes(to, 0, d->kept.size ? d->kept.bytes : "", (int)d->kept.size);
        for (const struct op *op = d->pending; op; op = op->next)
            apply(to, op, true);
    }
}

static void count_down(void)
{
    int left = atomic_load(&power.left);
    if (left == 1)
        cut();
    if (left > 0) /* last: who waits for 0 looks at what was found */
        atomic_store(&power.left, left - 1);
}

static void note(struct disk *d, sqlite3_int64 at, const void *bytes, int n)
{
    struct op *op = malloc(sizeof *op + (size_t)(n > 0 ? n : 0));
    *op = (struct op){.at = at, .len = n};
    if (n > 0)
        memcpy(op->bytes, bytes, (size_t)n);
    *d->last = op;
    d->last = &op->next;
    count_down();
}

static void forget(struct disk *d, bool keep)
{
    while (d->pending) {
        struct op *op = d->pending;
        d->pending = op->next;
        if (keep)
            apply(&d->kept, op, false);
        free(op);
    }
    d->last = &d->pending;
}

/* --- as SQLite sees it --- */

static ptrdiff_t kind_of(const sqlite3_file *f)
{
    return f->pMethods - power.tapped;
}

static int tap_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    note(&power.disks[kind_of(f)], at, bytes, n);
    return power.files[kind_of(f)]->xWrite(f, bytes, n, at);
}

static int tap_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    note(&power.disks[kind_of(f)], size, NULL, -1);
    return power.files[kind_of(f)]->xTruncate(f, size);
}

static int tap_sync(sqlite3_file *f, int flags)
{
    (void)flags; /* the real disk may take its time */
    count_down();
    forget(&power.disks[kind_of(f)], true);
    return SQLITE_OK;
}

static int skip_sync(sqlite3_file *f, int flags)
{
    (void)f, (void)flags;
    return SQLITE_OK;
}

static int tap_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *got)
{
    int rc = power.real->xOpen(vfs, name, f, flags, got), kind = !!(flags & SQLITE_OPEN_WAL);
    if (rc != SQLITE_OK || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return rc;
    if (!power.files[kind]) { /* once, before there is a second thread */
        power.files[kind] = f->pMethods;
        power.hurried[kind] = power.tapped[kind] = *power.files[kind];
        power.hurried[kind].xSync = skip_sync;
        power.tapped[kind].xWrite = tap_write;
        power.tapped[kind].xTruncate = tap_truncate;
        power.tapped[kind].xSync = tap_sync;
    }
    f->pMethods = strncmp(name, power.live, strlen(power.live)) ? &power.hurried[kind] : &power.tapped[kind];
    return rc;
}

static int begin(void **state)
{
    static char live[128];
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (temp_make(&f->t))
        return -1;
    snprintf(live, sizeof live, "%s/convened.db", f->t.path);
    memcpy(f->path, live, sizeof live);
    f->sql = power_lists;
    arena_init(&f->arena, NULL, 0);
    power = (struct power){.real = sqlite3_vfs_find(NULL), .live = live, .random = 1};
    power.vfs = *power.real;
    power.vfs.zName = "power";
    power.vfs.xOpen = tap_open;
    forget(&power.disks[0], false);
    forget(&power.disks[1], false);
    sqlite3_vfs_register(&power.vfs, 1);
    open_good(f);
    return 0;
}

static int end(void **state)
{
    int rc = tear_down(state);
    for (int i = 0; i < KINDS; i++) {
        forget(&power.disks[i], false);
        free(power.disks[i].kept.bytes);
        free(power.found[i].bytes);
    }
    sqlite3_vfs_unregister(&power.vfs);
    sqlite3_vfs_register(power.real, 1);
    return rc;
}

/* --- the cuts --- */

static void name_of(int number, char out[32])
{
    snprintf(out, 32, "test%08d", number);
}

static void say(void *arg, const char *problem)
{
    (void)arg;
    print_error("%s\n", problem);
}

/* Opens what the disk has after the cut: the number of acknowledged writes that are not there. */
static int lost(struct fixture *f)
{
    char path[sizeof f->t.entry], last[32];
    assert_int_equal(temp_write(&f->t, "after.db", power.found[0].bytes, power.found[0].size, 0600), 0);
    assert_int_equal(temp_write(&f->t, "after.db-wal", power.found[1].bytes, power.found[1].size, 0600), 0);
    remove(temp_path(&f->t, "after.db-shm"));
    snprintf(path, sizeof path, "%s", temp_path(&f->t, "after.db"));
    struct db *db = db_open(
        &(struct db_options){.path = path, .readers = 1, .read_deadline_ms = 5000, .sql = power_lists},
        f->why);
    if (!db)
        fail_msg("%s", f->why);
    struct conn *c = db_read_begin(db, NULL);
    struct query *q = query_get(c, UP_TO);
    name_of(power.acked_then, last);
    query_text(q, ":name", str_of(last));
    assert_true(query_row(q));
    int there = (int)query_get_int(q, 0);
    db_read_end(c);
    int64_t all = count(db);
    db_close(db);
    if (power.acked_then % THOROUGH == 0) /* db_open() has looked at it quickly each time */
        assert_int_equal(db_check(path, say, NULL), 0);
    assert_in_range(all, there, there + 1); /* the one on its way is there, or not */
    return power.acked_then - there;
}

static int cut_often(struct fixture *f, int cuts)
{
    int sum = 0;
    for (int i = 1; i <= cuts; i++) {
        char name[32];
        atomic_store(&power.left, 1 + (int)chance(9));
        if (i % 8 == 0)
            usleep(PAUSE_US);
        while (atomic_load(&power.left) > 0) {
            name_of(atomic_load(&power.acked) + 1, name);
            assert_int_equal(put(f->db, name), ERR_OK);
            atomic_fetch_add(&power.acked, 1);
        }
        sum += lost(f);
    }
    print_message("# %d cuts, %d writes, %d acknowledged and lost, each cut counted\n", cuts,
                  atomic_load(&power.acked), sum);
    return sum;
}

static void no_acknowledged_write_is_lost(void **state)
{
    assert_int_equal(cut_often(*state, CUTS), 0);
}

/* What db_open() asks of SQLite is taken back. */
static void with_less_care_some_are(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(sqlite3_exec(f->db->writer->handle, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(cut_often(f, CUTS_NORMAL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_acknowledged_write_is_lost, begin, end),
        cmocka_unit_test_setup_teardown(with_less_care_some_are, begin, end),
    };
    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}

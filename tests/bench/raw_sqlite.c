/* raw_sqlite.c - the companion of the durable writes: SQLite alone, one thread, WAL and synchronous=FULL.
 *
 *     raw_sqlite FILE SECONDS ROWS
 *
 * Inserts rows like a worksheet's items, ROWS to a commit, and prints in one line: rows, µs elapsed, median
 * and 99th percentile of a commit in µs. FILE is made afresh; put it where the server's database is.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { COMMITS_MAX = 1000000 };

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void must(sqlite3 *db, int ok)
{
    if (ok)
        return;
    fprintf(stderr, "raw_sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    must(db, sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void insert(sqlite3 *db, sqlite3_stmt *s, int n)
{
    char id[37];
    snprintf(id, sizeof id, "%08x-0000-7000-8000-%012x", (unsigned)n * 2654435761u, (unsigned)n);
    sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 2, n);
    must(db, sqlite3_step(s) == SQLITE_DONE);
    sqlite3_reset(s);
}

static sqlite3 *create(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char file[4096];
    sqlite3 *db;
    for (int i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
        unlink(file);
    }
    must(NULL, sqlite3_open(path, &db) == SQLITE_OK);
    run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE items (id TEXT PRIMARY KEY, worksheet_id TEXT NOT NULL, prompt_id TEXT NOT NULL,"
            " text TEXT NOT NULL, order_key TEXT NOT NULL, updated_at INTEGER NOT NULL) STRICT;"
            "CREATE INDEX items_of ON items (worksheet_id, prompt_id, order_key)");
    return db;
}

int main(int argc, char **argv)
{
    static int64_t took[COMMITS_MAX];
    if (argc != 4) {
        fputs("usage: raw_sqlite FILE SECONDS ROWS\n", stderr);
        return 2;
    }
    sqlite3 *db = create(argv[1]);
    sqlite3_stmt *s;
    must(db, sqlite3_prepare_v2(db,
                                "INSERT INTO items VALUES (?1, '01a20a35-266e-7edd-8d18-004f23a212b3',"
                                " '01a20a35-266e-7cb0-8a9a-3ca9ceedf0ed', 'Meet with probation monthly',"
                                " 'a' || ?2, 1448989200000)",
                                -1, &s, NULL) == SQLITE_OK);
    int64_t start = now_us(), end = start + (int64_t)(strtod(argv[2], NULL) * 1e6), at = start;
    int rows = 0, commits = 0, batch = (int)strtol(argv[3], NULL, 10);
    while (at < end && commits < COMMITS_MAX) {
        run(db, "BEGIN IMMEDIATE");
        for (int i = 0; i < batch; i++)
            insert(db, s, rows++);
        run(db, "COMMIT");
        int64_t now = now_us();
        took[commits++] = now - at;
        at = now;
    }
    qsort(took, (size_t)commits, sizeof *took, by_value);
    printf("%d %lld %lld %lld\n", rows, (long long)(at - start), (long long)took[commits / 2],
           (long long)took[commits * 99 / 100]);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return 0;
}

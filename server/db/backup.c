/* backup.c - whole-database copies and checks, each over connections of its own. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/internal.h"

enum { STEP_PAGES = 512, STALL_LIMIT = 200 };

static int copy_pages(sqlite3 *from, sqlite3 *to, char why[DB_WHY])
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (!b) {
        snprintf(why, DB_WHY, "%.200s", sqlite3_errmsg(to));
        return -1;
    }
    int rc, stalls = 0;
    do {
        rc = sqlite3_backup_step(b, STEP_PAGES);
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
            sqlite3_sleep(10);
    } while (rc == SQLITE_OK || ((rc == SQLITE_BUSY || rc == SQLITE_LOCKED) && ++stalls < STALL_LIMIT));
    sqlite3_backup_finish(b);
    if (rc == SQLITE_DONE)
        return 0;
    snprintf(why, DB_WHY, "%.200s", sqlite3_errstr(rc));
    return -1;
}

/* A copy is one plain file: it needs no log beside it, and nobody can mistake it for a live database. */
static int settle_copy(sqlite3 *to, char why[DB_WHY])
{
    if (sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    snprintf(why, DB_WHY, "%.200s", sqlite3_errmsg(to));
    return -1;
}

static void ignore(void *arg, const char *text)
{
    snprintf(arg, DB_WHY, "the copy is damaged: %.180s", text);
}

int db_copy(const char *from, const char *to, char why[DB_WHY])
{
    struct stat st;
    if (!stat(to, &st) && st.st_size) {
        snprintf(why, DB_WHY, "%s: exists; nothing is overwritten", to);
        return -1;
    }
    int rc = -1;
    sqlite3 *target = NULL;
    /* One read transaction over the whole copy: writers go on beside it, and the copy is one moment. */
    struct conn *source = conn_open(from, SQLITE_OPEN_READONLY, NULL, why);
    if (!source)
        return -1;
    if (sqlite3_open_v2(to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        snprintf(why, DB_WHY, "%s: %.160s", to, target ? sqlite3_errmsg(target) : "out of memory");
    else if (conn_exec(source, "BEGIN; SELECT count(*) FROM sqlite_schema"))
        snprintf(why, DB_WHY, "%s: %.160s", from, sqlite3_errmsg(source->handle));
    else if (!copy_pages(source->handle, target, why))
        rc = settle_copy(target, why);
    sqlite3_close(target);
    conn_close(source);
    if (rc == 0 && db_check(to, ignore, why) != 0)
        rc = -1;
    if (rc)
        unlink(to);
    return rc;
}

int db_backup(struct db *db, const char *to, char why[DB_WHY])
{
    struct conn *c = db_read_begin(db, NULL);
    if (!c) {
        snprintf(why, DB_WHY, "no reader is free");
        return -1;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s", sqlite3_db_filename(c->handle, "main"));
    db_read_end(c);
    return db_copy(path, to, why);
}

int db_new_epoch(const char *path, char why[DB_WHY])
{
    struct conn *c = conn_open(path, SQLITE_OPEN_READWRITE, NULL, why);
    if (!c)
        return -1;
    int rc = conn_exec(c, "UPDATE meta SET value = lower(hex(randomblob(8))) WHERE name = 'epoch'");
    if (rc)
        snprintf(why, DB_WHY, "%s: %.160s", path, sqlite3_errmsg(c->handle));
    conn_close(c);
    return rc;
}

int db_read_file(const char *path, const char *sql, int (*row)(void *arg, struct query *q), void *arg,
                 char why[DB_WHY])
{
    const char *const list[] = {sql, NULL}, *const *const lists[] = {list, NULL};
    struct conn *c = conn_open(path, SQLITE_OPEN_READONLY, NULL, why);
    if (!c || conn_prepare(c, lists, false, why)) {
        conn_close(c);
        return -1;
    }
    struct query *q = query_get(c, sql);
    int rc = 0;
    while (!rc && query_row(q))
        rc = row(arg, q);
    if (!rc && conn_error(c) != ERR_OK) {
        snprintf(why, DB_WHY, "%s: %.160s", path, sqlite3_errmsg(c->handle));
        rc = -1;
    }
    conn_reset(c);
    conn_close(c);
    return rc;
}

int db_check(const char *path, void (*say)(void *, const char *), void *arg)
{
    static const char *const checks[] = {
        "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        "SELECT 'a row of ' || \"table\" || ' points to no row of ' || parent FROM pragma_foreign_key_check",
    };
    char why[DB_WHY];
    struct conn *c = conn_open(path, SQLITE_OPEN_READONLY, NULL, why);
    if (!c) {
        say(arg, why);
        return -1;
    }
    int problems = 0;
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DML, 1, NULL);
    for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++) {
        sqlite3_stmt *s = NULL;
        int rc = sqlite3_prepare_v2(c->handle, checks[i], -1, &s, NULL);
        while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
            problems++;
            say(arg, (const char *)sqlite3_column_text(s, 0));
            rc = SQLITE_OK;
        }
        if (rc != SQLITE_OK && rc != SQLITE_DONE) {
            say(arg, sqlite3_errmsg(c->handle));
            problems = problems ? problems : 1;
        }
        sqlite3_finalize(s);
    }
    conn_close(c);
    return problems;
}

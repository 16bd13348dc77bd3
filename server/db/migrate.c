/* migrate.c - forward-only migrations: migrations/NNNN_name.sql, built in, each applied once in its own
 * transaction.
 *
 * The number of the last one is the database's user_version. A database from a newer program is refused, and
 * so is a file that SQLite can read but that is not ours (application_id).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/log.h"
#include "db/internal.h"

enum { APPLICATION_ID = 0x434E5644 }; /* "CNVD" */

static int pragma(sqlite3 *h, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(h, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return value;
}

static int apply(struct conn *c, const struct embedded *file, int number, char why[DB_WHY])
{
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA user_version=%d; PRAGMA application_id=%d; COMMIT", number,
             APPLICATION_ID);
    if (!sqlite3_exec(c->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) &&
        !sqlite3_exec(c->handle, file->data, NULL, NULL, NULL) &&
        !sqlite3_exec(c->handle, mark, NULL, NULL, NULL)) {
        log_line(LOG_INFO, "migrated", " migration=%s", file->name);
        return 0;
    }
    snprintf(why, DB_WHY, "%s: %.160s", file->name, sqlite3_errmsg(c->handle));
    sqlite3_exec(c->handle, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

/* The number in an embedded file's name; 0 when it is no migration. */
static int number_of(const struct embedded *e)
{
    return strncmp(e->name, "migrations/", 11) ? 0 : (int)strtol(e->name + 11, NULL, 10);
}

int migrate_check(struct conn *c, char why[DB_WHY])
{
    int have = pragma(c->handle, "PRAGMA user_version"), newest = 0;
    int owner = pragma(c->handle, "PRAGMA application_id");
    int tables = pragma(c->handle, "SELECT count(*) FROM sqlite_schema");
    if (tables > 0 && owner != APPLICATION_ID) {
        snprintf(why, DB_WHY, "%s: not a convened database, left as it is",
                 sqlite3_db_filename(c->handle, "main"));
        return -1;
    }
    for (const struct embedded *e = embedded; e->name; e++)
        if (number_of(e) > newest)
            newest = number_of(e);
    if (have > newest) {
        snprintf(why, DB_WHY, "the database has schema %d, this program knows %d: use a newer convened", have,
                 newest);
        return -1;
    }
    return 0;
}

int migrate(struct conn *c, char why[DB_WHY])
{
    int have = pragma(c->handle, "PRAGMA user_version");
    /* The Makefile lists the files sorted, so their numbers rise. */
    for (const struct embedded *e = embedded; e->name; e++)
        if (number_of(e) > have && apply(c, e, number_of(e), why))
            return -1;
    return 0;
}

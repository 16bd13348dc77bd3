/* Every statement that the program prepares is asked how it will be carried out (EXPLAIN QUERY PLAN): one
 * that reads a whole table, or sorts more than its page, costs more with each event that the database holds.
 * Those that may are listed here, each with its reason. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "harness/harness.h"

#include "features/features.h"
#include "http/identity.h"

enum { TABLES_MAX = 80 };

struct database {
    sqlite3 *db;
    char tables[TABLES_MAX][64];
    int n;
};

struct exception {
    const char *feature, *step, *reason;
    int seen;
};

static struct exception exceptions[] = {
    {"auth", "SCAN events", "a staff code bears no name: it is compared with each event's"},
    {"auth", "SCAN organizers USING COVERING INDEX sqlite_autoindex_organizers_2",
     "is there any? stops at one"},
    {"admin", "SCAN events USING COVERING INDEX sqlite_autoindex_events_1", "an organizer of all events"},
    {"events", "USE TEMP B-TREE FOR ORDER BY", "an organizer's own events, once a listing"},
    {"learning", "SCAN program_counties USING INDEX sqlite_autoindex_program_counties_2",
     "every county of the program is looked for"},
    {"retention", "SCAN e", "each event's time is its own, and events are few"},
    {"resources", "SCAN resources", "an upload counts all files against the quota"},
    {"program", "SCAN program_counties", "figures: one program's counties, 58 at most in California"},
    {"program", "SCAN program_tiers", "likewise"},
    {"program", "SCAN program_counties USING COVERING INDEX sqlite_autoindex_program_counties_1", "likewise"},
    {0},
};

static bool is_excused(const char *feature, const char *step)
{
    for (struct exception *e = exceptions; e->feature; e++)
        if (!strcmp(e->feature, feature) && !strcmp(e->step, step)) {
            e->seen++;
            return true;
        }
    return false;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Does the statement name `word` right after `before`? */
static bool has_pair(const char *sql, const char *before, const char *word)
{
    size_t n = strlen(before), m = strlen(word);
    for (const char *at = sql; (at = strstr(at, before)); at += n) {
        const char *next = at + n + (at[n] == ' ');
        if ((at == sql || !is_word(at[-1])) && at[n] == ' ' && !strncmp(next, word, m) && !is_word(next[m]))
            return true;
    }
    return false;
}

/* Does this name, of a SCAN, stand for a table? Results of subqueries are scanned, too: they hold what was
 * searched for. */
static bool is_table(struct database *db, const char *sql, const char *name)
{
    for (int i = 0; i < db->n; i++)
        if (!strcmp(db->tables[i], name) || has_pair(sql, db->tables[i], name))
            return true;
    return false;
}

static bool is_costly(struct database *db, const char *sql, const char *step, int parent)
{
    char name[64];
    if (sscanf(step, "SCAN %63s", name) == 1)
        return is_table(db, sql, name);
    return !parent && !strcmp(step, "USE TEMP B-TREE FOR ORDER BY") && strstr(sql, ":limit");
}

static int look(struct database *db, const char *feature, const char *sql)
{
    int costly = 0;
    sqlite3_stmt *plan;
    char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    if (sqlite3_prepare_v2(db->db, text, -1, &plan, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(db->db), sql);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        if (!is_costly(db, sql, step, sqlite3_column_int(plan, 1)) || is_excused(feature, step))
            continue;
        print_message("%s: %s\n    %s\n", feature, step, sql);
        costly++;
    }
    sqlite3_finalize(plan);
    sqlite3_free(text);
    return costly;
}

static void open_database(struct database *db, const char *data)
{
    char path[128];
    sqlite3_stmt *s;
    snprintf(path, sizeof path, "%s/convened.db", data);
    assert_int_equal(sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_prepare_v2(db->db, "SELECT name FROM sqlite_master WHERE type = 'table'", -1, &s, NULL);
    while (sqlite3_step(s) == SQLITE_ROW && db->n < TABLES_MAX)
        snprintf(db->tables[db->n++], sizeof db->tables[0], "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    assert_in_range(db->n, 20, TABLES_MAX - 1);
}

static void no_statement_reads_a_whole_table(void **state)
{
    struct harness *h = *state;
    struct database db = {0};
    int costly = 0, statements = 0;
    open_database(&db, h->data);
    for (const struct feature *const *f = features; *f; f++)
        for (const char *const *sql = (*f)->sql; sql && *sql; sql++, statements++)
            costly += look(&db, (*f)->name, *sql);
    for (const char *const *sql = identity_sql; *sql; sql++)
        costly += look(&db, "identity", *sql);
    sqlite3_close(db.db);
    assert_true(statements > 150);
    assert_int_equal(costly, 0);
    for (struct exception *e = exceptions; e->feature; e++)
        if (!e->seen)
            fail_msg("no statement of %s needs this exception any more: %s", e->feature, e->step);
}

/* The test's own eyes. */
static void a_whole_table_is_seen(void **state)
{
    struct harness *h = *state;
    struct database db = {0};
    open_database(&db, h->data);
    assert_int_equal(look(&db, "none", "SELECT 1 FROM items i WHERE i.text = 'x'"), 1);
    assert_int_equal(look(&db, "none", "SELECT id FROM items WHERE seq > :seq ORDER BY seq LIMIT :limit"), 2);
    assert_int_equal(look(&db, "none", "SELECT 1 FROM items WHERE id = :id"), 0);
    sqlite3_close(db.db);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_statement_reads_a_whole_table),
    cmocka_unit_test(a_whole_table_is_seen),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"plans", .tests = tests});
}

/* feed.c - triggers from the features' feed rows, and those that keep append-only tables. */
#include "db/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/internal.h"

enum { TRIGGER_MAX = 6000 };

#ifdef MUTANT_TIMESTAMP_CURSOR /* milliseconds: changes of the same one share a number (tests/model/) */
#define NEXT "max(value, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
#else
#define NEXT "value + 1"
#endif

/* Adds `from` to out[], each word `row.` replaced by `as`. */
static void put(char *out, const char *from, const char *as)
{
    size_t n = strlen(out);
    while (*from && n < TRIGGER_MAX - 8) {
        bool whole = n == 0 || !strchr("abcdefghijklmnopqrstuvwxyz_.", out[n - 1]);
        if (as && whole && !strncmp(from, "row.", 4)) {
            n += (size_t)snprintf(out + n, TRIGGER_MAX - n, "%s.", as);
            from += 4;
        } else {
            out[n++] = *from++;
        }
        out[n] = '\0';
    }
}

/* The document's entry in the feed, by the name `o`. */
static void put_entry(char *out, const struct feed_source *s, const char *scope, const char *id,
                      const char *as)
{
    put(out, "EXISTS (SELECT 1 FROM feed o WHERE o.scope = (", NULL);
    put(out, scope, as);
    put(out, ") AND o.collection = '", NULL);
    put(out, s->collection, NULL);
    put(out, "' AND o.doc_id = ", NULL);
    put(out, id, as);
    put(out, ")", NULL);
}

static const char CONFLICT[] = " ON CONFLICT (scope, collection, doc_id) DO UPDATE SET seq = excluded.seq,"
                               " visible = excluded.visible; ";
static const char INSERT[] = "INSERT INTO feed (scope, collection, doc_id, seq, visible) ";

/* One document. What is asked stands in WHEN, so that the insert selects nothing from the feed: SQLite would
 * open a table in memory for that, at four times the cost of the rest. */
static void put_one(char *out, const struct feed_source *s, const char *visible, const char *as)
{
    put(out, " WHEN (", NULL);
    put(out, s->scope, as);
    put(out, ") IS NOT NULL AND ((", NULL);
    put(out, visible, as);
    put(out, ") = 1 OR ", NULL);
    put_entry(out, s, s->scope, s->id, as);
    put(out, ") BEGIN UPDATE sequence SET value = " NEXT " WHERE id = 1; ", NULL);
    put(out, INSERT, NULL);
    put(out, "VALUES ((", NULL);
    put(out, s->scope, as);
    put(out, "), '", NULL);
    put(out, s->collection, NULL);
    put(out, "', ", NULL);
    put(out, s->id, as);
    put(out, ", (SELECT value FROM sequence WHERE id = 1), ", NULL);
    put(out, visible, as);
    put(out, ")", NULL);
    put(out, CONFLICT, NULL);
    put(out, "END", NULL);
}

/* Many documents take as many numbers. */
static void put_many(char *out, const struct feed_source *s, const char *visible, const char *as)
{
    put(out, " BEGIN ", NULL);
    put(out, INSERT, NULL);
    put(out, "SELECT f.scope, '", NULL);
    put(out, s->collection, NULL);
    put(out, "', f.id, q.value + row_number() OVER (ORDER BY f.id), f.visible FROM (SELECT ", NULL);
    put(out, s->scope, as);
    put(out, " AS scope, ", NULL);
    put(out, s->id, as);
    put(out, " AS id, ", NULL);
    put(out, visible, as);
    put(out, " AS visible FROM ", NULL);
    put(out, s->from, as);
    put(out, ") f, sequence q WHERE f.scope IS NOT NULL AND (f.visible = 1 OR ", NULL);
    put_entry(out, s, "f.scope", "f.id", NULL);
    put(out, ")", NULL);
    put(out, CONFLICT, NULL);
    put(out,
        "UPDATE sequence SET value = (SELECT max(seq) FROM feed) WHERE id = 1 AND value < (SELECT "
        "max(seq) FROM feed); END",
        NULL);
}

static void trigger_text(char *out, const struct feed_source *s, int number, const char *event,
                         const char *as)
{
    bool gone = !strcmp(as, "OLD") && !s->from, some = s->columns && !strcmp(event, "UPDATE");
    const char *visible = gone ? "0" : s->visible ? s->visible : "1";
    snprintf(out, TRIGGER_MAX, "CREATE TEMP TRIGGER feed_%d_%s AFTER %s%s%s ON main.%s", number, event, event,
             some ? " OF " : "", some ? s->columns : "", s->table);
    if (s->from)
        put_many(out, s, visible, as);
    else
        put_one(out, s, visible, as);
}

static int make_triggers(struct conn *c, const struct feed_source *s, int number, char *text,
                         char why[DB_WHY])
{
    static const char *const events[][2] = {{"INSERT", "NEW"}, {"UPDATE", "NEW"}, {"DELETE", "OLD"}};
    for (int i = 0; i < 3; i++) {
        trigger_text(text, s, number, events[i][0], events[i][1]);
        if (sqlite3_exec(c->handle, text, NULL, NULL, NULL) != SQLITE_OK) {
            snprintf(why, DB_WHY, "feed of %s (%s): %.160s", s->collection, s->table,
                     sqlite3_errmsg(c->handle));
            return -1;
        }
    }
    return 0;
}

int feed_prepare(struct conn *c, const struct feed_source *const *lists, char why[DB_WHY])
{
    char *text = malloc(TRIGGER_MAX);
    int number = 0, rc = text ? 0 : -1;
    if (!text)
        snprintf(why, DB_WHY, "out of memory");
    for (; lists && *lists && !rc; lists++)
        for (const struct feed_source *s = *lists; s->table && !rc; s++)
            rc = make_triggers(c, s, number++, text, why);
    free(text);
    return rc;
}

int append_only_prepare(struct conn *c, const char *const *tables, char why[DB_WHY])
{
    static const char *const events[] = {"UPDATE", "DELETE"};
    char text[300];
    for (; tables && *tables; tables++)
        for (int i = 0; i < 2; i++) {
            snprintf(text, sizeof text,
                     "CREATE TEMP TRIGGER %s_keeps_%s BEFORE %s ON main.%s BEGIN"
                     " SELECT raise(ABORT, '%s is append-only'); END",
                     *tables, events[i], events[i], *tables, *tables);
            if (sqlite3_exec(c->handle, text, NULL, NULL, NULL) == SQLITE_OK)
                continue;
            snprintf(why, DB_WHY, "%s: %.160s", *tables, sqlite3_errmsg(c->handle));
            return -1;
        }
    return 0;
}

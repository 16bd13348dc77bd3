/* feed.c - triggers from the features' feed rows, the numbers that they give, and triggers that keep
 * append-only tables. */
#include "db/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/internal.h"

enum { TRIGGER_MAX = 6000 };

static const char LOAD[] = "SELECT value FROM sequence WHERE id = 1";
const char FEED_STORE[] = "UPDATE sequence SET value = :value WHERE id = 1";

/* --- numbers --- */

static int feed_load(struct conn *c, char why[DB_WHY])
{
    struct feed *f = &c->db->feed;
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(c->handle, LOAD, -1, &s, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW)
        f->seq = f->stored = sqlite3_column_int64(s, 0);
    else
        snprintf(why, DB_WHY, "the sequence: %.200s", sqlite3_errmsg(c->handle));
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? 0 : -1;
}

/* Keeps that the scope is to hear of `seq`. */
static int touch(struct feed *f, struct str scope, int64_t seq)
{
    size_t i = 0;
    while (i < f->n && !str_is(scope, f->touched[i].scope))
        i++;
    if (i == f->room) {
        size_t room = f->room ? 2 * f->room : 64;
        struct touched *more = realloc(f->touched, room * sizeof *more);
        if (!more)
            return -1;
        f->touched = more;
        f->room = room;
    }
    if (i == f->n) {
        memcpy(f->touched[i].scope, scope.ptr, scope.len);
        f->touched[i].scope[scope.len] = '\0';
        f->touched[i].seq = 0;
        f->n++;
    }
    if (seq > f->touched[i].seq)
        f->touched[i].seq = seq;
    return 0;
}

/* In SQL: feed_seq(), the next number. A statement that calls a function has a journal of its own, which
 * costs more than all else that the feed does: where rows come often, they bring their number (`seq` of the
 * source). */
static void feed_seq(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct feed *f = &((struct db *)sqlite3_user_data(context))->feed;
    (void)n, (void)values;
    f->seq++;
#ifdef MUTANT_TIMESTAMP_CURSOR /* milliseconds: changes of the same one share a number (tests/model/) */
    f->seq = f->seq - 1 > clock_now_ms() ? f->seq - 1 : clock_now_ms();
#endif
    sqlite3_result_int64(context, f->seq);
}

int64_t conn_next_seq(struct conn *c)
{
    if (c == c->db->writer)
        return ++c->db->feed.seq;
    c->err = ERR_INTERNAL; /* a reader takes no numbers */
    return 0;
}

/* Before each row that the writer changes: the scope of an entry is to hear of it after the commit. */
static void before_row(void *arg, sqlite3 *handle, int op, const char *schema, const char *table,
                       sqlite3_int64 was, sqlite3_int64 will)
{
    enum { SCOPE, SEQ = 3 }; /* columns of `feed` */
    struct feed *f = arg;
    sqlite3_value *scope, *seq;
    (void)schema, (void)was, (void)will;
    if (op == SQLITE_DELETE || strcmp(table, "feed") != 0)
        return;
    if (sqlite3_preupdate_new(handle, SCOPE, &scope) != SQLITE_OK ||
        sqlite3_preupdate_new(handle, SEQ, &seq) != SQLITE_OK) {
        f->failed = true;
        return;
    }
    const char *text = (const char *)sqlite3_value_text(scope);
    struct str name = {text, text ? (size_t)sqlite3_value_bytes(scope) : 0};
    if (!name.len || name.len >= FEED_SCOPE || touch(f, name, sqlite3_value_int64(seq)))
        f->failed = true;
}

struct feed_mark feed_mark(const struct db *db)
{
    return (struct feed_mark){db->feed.seq, db->feed.n};
}

void feed_undo(struct db *db, struct feed_mark to)
{
    struct feed *f = &db->feed;
    f->seq = to.seq;
    f->n = to.n;
    for (size_t i = 0; i < f->n; i++)
        if (f->touched[i].seq > to.seq)
            f->touched[i].seq = to.seq; /* no earlier than what it was */
}

void feed_forget(struct db *db)
{
    feed_undo(db, (struct feed_mark){db->feed.stored, 0});
    db->feed.failed = false;
}

int feed_store(struct db *db)
{
    if (db->feed.failed)
        return -1;
    if (db->feed.seq == db->feed.stored)
        return 0;
    struct query *q = query_get(db->writer, FEED_STORE);
    query_int(q, ":value", db->feed.seq);
    return query_run(q) == STEP_DONE ? 0 : -1;
}

void feed_announce(struct db *db)
{
    struct feed *f = &db->feed;
    f->stored = f->seq;
    for (size_t i = 0; db->changed && i < f->n; i++)
        db->changed(db->changed_arg, str_of(f->touched[i].scope), f->touched[i].seq);
    f->n = 0;
}

/* --- triggers --- */

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

static const char CONFLICT[] = " ON CONFLICT (doc_id, collection, scope) DO UPDATE SET seq = excluded.seq,"
                               " visible = excluded.visible; ";
static const char INSERT[] = "INSERT INTO feed (scope, collection, doc_id, seq, visible) ";

/* One document. What is asked stands in WHEN, so that the insert selects nothing from the feed: SQLite would
 * open a table in memory for that, at four times the cost of the rest. A row that is `fresh` has no entry
 * that would have to be hidden: had there been one of its id, its deletion has hidden it. */
static void put_one(char *out, const struct feed_source *s, const char *visible, const char *as, bool fresh)
{
    put(out, " WHEN ((", NULL);
    put(out, visible, as);
    put(out, ") = 1", NULL);
    if (!fresh) {
        put(out, " OR ", NULL);
        put_entry(out, s, s->scope, s->id, as);
    }
    put(out, ") AND (", NULL);
    put(out, s->scope, as);
    put(out, ") IS NOT NULL BEGIN ", NULL);
    put(out, INSERT, NULL);
    put(out, "VALUES ((", NULL);
    put(out, s->scope, as);
    put(out, "), '", NULL);
    put(out, s->collection, NULL);
    put(out, "', ", NULL);
    put(out, s->id, as);
    put(out, ", ", NULL);
    put(out, s->seq && strcmp(as, "OLD") != 0 ? s->seq : "feed_seq()", as);
    put(out, ", ", NULL);
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
    put(out, "', f.id, feed_seq(), f.visible FROM (SELECT ", NULL);
    put(out, s->scope, as);
    put(out, " AS scope, ", NULL);
    put(out, s->id, as);
    put(out, " AS id, ", NULL);
    put(out, visible, as);
    put(out, " AS visible FROM ", NULL);
    put(out, s->from, as);
    put(out, ") f WHERE f.scope IS NOT NULL AND (f.visible = 1 OR ", NULL);
    put_entry(out, s, "f.scope", "f.id", NULL);
    put(out, ")", NULL);
    put(out, CONFLICT, NULL);
    put(out, "END", NULL);
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
        put_one(out, s, visible, as, !strcmp(event, "INSERT"));
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
    int number = 0, rc = -1;
    sqlite3_preupdate_hook(c->handle, before_row, &c->db->feed);
    if (!text || sqlite3_create_function_v2(c->handle, "feed_seq", 0, SQLITE_UTF8, c->db, feed_seq, NULL,
                                            NULL, NULL) != SQLITE_OK)
        snprintf(why, DB_WHY, "out of memory");
    else
        rc = feed_load(c, why);
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

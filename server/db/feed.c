/* feed.c - triggers from the features' feed rows. */
#include "db/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/internal.h"

enum { TRIGGER_MAX = 6000 };

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

/* Many documents take as many numbers; one takes one, without counting. */
static void trigger_text(char *out, const struct feed_source *s, int number, const char *event,
                         const char *as)
{
    bool gone = !strcmp(as, "OLD") && !s->from, many = s->from != NULL;
    const char *visible = gone ? "0" : s->visible ? s->visible : "1";
    bool some = s->columns && !strcmp(event, "UPDATE");
    snprintf(out, TRIGGER_MAX, "CREATE TEMP TRIGGER feed_%d_%s AFTER %s%s%s ON main.%s BEGIN ", number, event,
             event, some ? " OF " : "", some ? s->columns : "", s->table);
    if (!many)
        put(out, "UPDATE sequence SET value = value + 1 WHERE id = 1; ", NULL);
    put(out, "INSERT INTO feed (scope, collection, doc_id, seq, visible) SELECT f.scope, '", NULL);
    put(out, s->collection, NULL);
    put(out,
        many ? "', f.id, q.value + row_number() OVER (ORDER BY f.id), f.visible FROM (SELECT "
             : "', f.id, q.value, f.visible FROM (SELECT ",
        NULL);
    put(out, s->scope, as);
    put(out, " AS scope, ", NULL);
    put(out, s->id, as);
    put(out, " AS id, ", NULL);
    put(out, visible, as);
    put(out, " AS visible", NULL);
    if (many) {
        put(out, " FROM ", NULL);
        put(out, s->from, as);
    }
    put(out,
        ") f, sequence q WHERE f.scope IS NOT NULL AND (f.visible = 1 OR EXISTS (SELECT 1 FROM feed o WHERE "
        "o.scope = f.scope AND o.collection = '",
        NULL);
    put(out, s->collection, NULL);
    put(out,
        "' AND o.doc_id = f.id)) ON CONFLICT (scope, collection, doc_id) DO UPDATE SET seq = excluded.seq,"
        " visible = excluded.visible; ",
        NULL);
    if (many)
        put(out,
            "UPDATE sequence SET value = (SELECT max(seq) FROM feed) WHERE id = 1 AND value < (SELECT "
            "max(seq) FROM feed); ",
            NULL);
    put(out, "END", NULL);
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

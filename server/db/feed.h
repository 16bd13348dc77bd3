/* feed.h - the change feed: which document changed last, for whom, at which sequence number.
 *
 *   a feature's row ──► triggers on the writer's connection ──► feed (scope, collection, doc_id) → seq,
 * visible
 *
 * A feature says once, as data, which rows of which table are documents of a collection and who may see them.
 * db_open() makes triggers of it on the writer's connection (temporary ones: nothing of it is in the file),
 * so that no write can forget the feed, whichever statement makes it, cascades included. The sequence number
 * is taken inside the write transaction: commit order is sequence order.
 *
 * A scope hears of a document once it could see it: a document that was never visible to a scope has no entry
 * there, so neither its id nor the number of its changes leaks. What stops being visible keeps its entry,
 * with visible = 0.
 *
 * Threads: constant data. Tests: tests/unit/feed_test.c, tests/model/
 */
#ifndef CONVENED_DB_FEED_H
#define CONVENED_DB_FEED_H

/* SQL texts over the changed row, which they call `row`. Only one row of `feed` is made for each (scope,
 * document). */
struct feed_source {
    const char *table;      /* whose changes; NULL ends the list */
    const char *collection; /* "rooms" */
    const char *scope;      /* "row.event_id || '/public'"; NULL at run time: nobody's */
    const char *id;         /* the document's id: "row.id" as a rule */
    const char *seq;        /* "row.seq", where each write of a row gives it one; NULL: the feed's next */
    const char *visible;    /* 0 or 1 over the new row; NULL: 1. A deleted row is not visible. */
    const char *columns;    /* an update counts when it names one of these; NULL: any */
    const char
        *from; /* "items i WHERE i.worksheet_id = row.id": where a row is part of others; NULL: itself */
};

#endif

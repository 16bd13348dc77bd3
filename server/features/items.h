/* items.h - the one function that writes items, for every way that a write comes in.
 *
 *   find the worksheet and the stored item ──► judge ──► journal the write as it came ──► apply it, if
 * accepted
 *
 * All in the caller's write transaction, under one value of the write sequence. A refused write is
 * journalled, too: the caller commits and then says why it was refused, so that nothing typed is lost. Knows
 * nothing of HTTP: POST, PATCH and DELETE (worksheet_items.c) are one caller, sync's push is to be another.
 *
 * Tables: items, item_revisions, worksheets (seq, size, last_write_at).
 * Memory: texts are the caller's and outlive the call. Threads: as the connection. Tests:
 * tests/api/worksheets_test.c
 */
#ifndef CONVENED_FEATURES_ITEMS_H
#define CONVENED_FEATURES_ITEMS_H

#include "db/query.h"

enum item_kind { ITEM_CREATE, ITEM_EDIT, ITEM_DELETE };

/* Fields that an edit speaks of; the others stay. */
enum item_set { ITEM_TEXT = 1, ITEM_OWNER = 2, ITEM_DUE = 4, ITEM_DONE = 8 };

enum item_place {
    PLACE_KEEP, /* where it is; a new item: last */
    PLACE_FIRST,
    PLACE_BEHIND /* the item `behind`, of the same prompt */
};

struct item {
    struct str prompt; /* of a new one; items do not move to another */
    struct str text, owner, due, order_key;
    bool done;
};

struct item_write {
    enum item_kind kind;
    struct str worksheet, id;
    unsigned set; /* enum item_set, of an edit */
    enum item_place place;
    struct str behind;
    struct item to; /* order_key is not read */
};

enum item_verdict {
    ITEM_ACCEPTED,
    ITEM_SAME,      /* stored so already: no revision, the sequence stays */
    ITEM_STALE,     /* a creation that was accepted before; the item has moved on since */
    ITEM_LATE,      /* the worksheet is submitted */
    ITEM_TAKEN,     /* the id of a new item is another's */
    ITEM_REMOVED,   /* as ITEM_STALE, and somebody has removed the item */
    ITEM_NO_PROMPT, /* the worksheet has no such prompt */
    ITEM_NO_PLACE,  /* the prompt has no such item to be behind */
    ITEM_FULL,      /* the worksheet would be larger than WORKSHEET_MAX */
    ITEM_UNKNOWN    /* the caller has no such worksheet, or it has no such item: not journalled */
};

enum { WORKSHEET_MAX = 64 * 1024 * 1024 }; /* bytes of items, each with some for its row */

/* Writes; adds the item as JSON, as it is stored then, to `out` (ITEM_ACCEPTED but for ITEM_DELETE,
 * ITEM_SAME, ITEM_STALE). A fault of the database is in conn_error(), as ever. */
enum item_verdict item_write(struct conn *c, const struct item_write *w, const struct zone *zone,
                             struct buf *out);

/* The columns of an item as the API writes it, for a query whose rows go to item_json(). */
#define ITEM_COLUMNS                                                                                         \
    "id, text, owner, due, done AS \"done:bool\", order_key, updated_at AS \"updated_at:time\", fork_of AS " \
    "_fork_of"
void item_json(struct query *q, const struct zone *zone, struct buf *out);

/* An item as sync writes it, by :id: for its team, and for organizers while they may read it. */
extern const char ITEM_DOCUMENT[];

extern const char *const items_sql[];

#endif

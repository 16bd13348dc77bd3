/* items.h - the one function that writes items, for every way that a write comes in.
 *
 *   find the worksheet and the stored item ──► judge ──► journal the write as it came ──► apply what came of
 * it
 *
 * The judgement, the first that matches:
 *   1. no right, an unknown prompt, no place: denied; a submitted worksheet: late. The item stays as it is.
 *   2. as it is stored: no revision, the sequence stays; or outdated by the writer's own word: it stays as it
 *      is
 *   3. nothing stored, or the writer had seen what is stored: accepted
 *   4. as it once was: a stale replay, the item stays as it is, unless the text is changed back
 *      (What an organizer took out of the item, redacted.h, is taken out of the write at this point.)
 *   5. else merged, field by field (sync/merge.h); where texts clash the writer's becomes a sibling, once: a
 *      later try of the same text over the same base, with another field changed, brings it nowhere else
 * A write that is as stored, or a replay, is no news even when the worksheet has been submitted since.
 *
 * All in the caller's write transaction. A refused write is journalled, too: the caller commits and then says
 * why it was refused, so that nothing typed is lost. Knows nothing of HTTP: POST, PATCH and DELETE
 * (worksheet_items.c) and sync's push (sync/push_item.c) are its callers. For PATCH and DELETE the writer
 * has seen what is stored; a POST has seen nothing, and never changes an item that is there.
 *
 * Tables: items, item_revisions (journal.h), worksheets (seq, size, last_write_at).
 * Memory: texts are the caller's and outlive the call. Threads: as the connection. Tests:
 * tests/api/worksheets_test.c, tests/api/push_test.c, tests/model/
 */
#ifndef CONVENED_FEATURES_ITEMS_H
#define CONVENED_FEATURES_ITEMS_H

#include "db/query.h"
#include "sync/merge.h"

enum item_kind {
    ITEM_CREATE,
    ITEM_EDIT, /* of the fields in `set` */
    ITEM_DELETE,
    ITEM_PUT /* all fields, or a tombstone, of an item that may be there or not, over what `base` says */
};

/* Fields that an edit speaks of; the others stay. */
enum item_set { ITEM_TEXT = 1, ITEM_OWNER = 2, ITEM_DUE = 4, ITEM_DONE = 8 };

enum item_place {
    PLACE_KEEP, /* where it is, or where the order key of an ITEM_PUT says; a new item: last */
    PLACE_FIRST,
    PLACE_BEHIND /* the item `behind`, of the same prompt */
};

struct item_write {
    enum item_kind kind;
    struct str worksheet, id;
    unsigned set; /* enum item_set, of an edit */
    enum item_place place;
    struct str behind;
    struct item to;          /* its order key is read of an ITEM_PUT alone */
    const struct item *base; /* of ITEM_PUT: what the writer had seen; NULL: nothing */
    bool outdated;           /* the writer asks for nothing to change, should the item have, and it has */
};

enum item_verdict {
    ITEM_ACCEPTED,
    ITEM_SAME,      /* stored so already: no revision, the sequence stays */
    ITEM_MERGED,    /* with what somebody else wrote meanwhile, or with a redaction */
    ITEM_FORKED,    /* as ITEM_MERGED, and the text is a sibling's now */
    ITEM_STALE,     /* it was so before, and has moved on since */
    ITEM_OUTDATED,  /* as the writer asked */
    ITEM_LATE,      /* the worksheet is submitted */
    ITEM_TAKEN,     /* the id of a new item is another's */
    ITEM_REMOVED,   /* as ITEM_STALE of a creation, and somebody has removed the item */
    ITEM_NO_PROMPT, /* the worksheet has no such prompt */
    ITEM_NO_PLACE,  /* the prompt has no such item to be behind */
    ITEM_FULL,      /* the worksheet would be larger than WORKSHEET_MAX */
    ITEM_UNKNOWN    /* the caller has no such worksheet, or it has no such item: not journalled */
};

enum { WORKSHEET_MAX = 64 * 1024 * 1024 }; /* bytes of items, each with some for its row */

/* Writes; adds the item as JSON, as it is stored then, to `out` (ITEM_ACCEPTED but for ITEM_DELETE,
 * ITEM_SAME, ITEM_STALE), which may be NULL. A fault of the database is in conn_error(), as ever. */
enum item_verdict item_write(struct conn *c, const struct item_write *w, const struct zone *zone,
                             struct buf *out);

/* The item as item_write() gives it; false when the worksheet has no such item. Removed ones count. */
bool item_read(struct conn *c, struct str worksheet, struct str id, const struct zone *zone, struct buf *out);

/* The columns of an item as the API writes it, for a query whose rows go to item_json(). */
#define ITEM_COLUMNS                                                                                         \
    "id, text, owner, due, done AS \"done:bool\", order_key, updated_at AS \"updated_at:time\", fork_of AS " \
    "_fork_of"
void item_json(struct query *q, const struct zone *zone, struct buf *out);

/* An item as sync writes it, by :id: for its team, and for organizers while they may read it. */
extern const char ITEM_DOCUMENT[];

extern const char *const items_sql[];

#endif

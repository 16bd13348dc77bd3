/* merge.h - two people wrote one item, neither seeing the other: what becomes of it, field by field.
 *
 *      base ──── what the writer had seen
 *      /  \
 *  master  to ── what is stored now, and what the writer wants
 *      \  /
 *     merged ─── changed on one side only: that side; a text changed on both: the master's stays and the
 *                writer's becomes a sibling (`clash`); any other field changed on both: the writer's, who
 * came last; edit against removal: the edit
 *
 * Pure: no database, no clock, no memory of its own. Texts of results are the arguments'. Threads: safe.
 * Tests: tests/unit/merge_test.c, tests/model/
 */
#ifndef CONVENED_SYNC_MERGE_H
#define CONVENED_SYNC_MERGE_H

#include <stdbool.h>

#include "base/text.h"
#include "base/uuid.h"

/* The client's fields of an item. */
struct item {
    struct str prompt, text, owner, due; /* owner and due: absent when there is none */
    struct str order_key;                /* absent in what a writer sends: no place is said */
    bool done;
    bool deleted; /* a tombstone: its other fields are as they last were, or absent */
    int64_t seq;  /* the server's, never compared */
};

/* Equal in the fields that hold something typed or ticked; all tombstones are equal. */
bool item_same_content(const struct item *a, const struct item *b);
/* And in order. An absent order key agrees with any. */
bool item_same(const struct item *a, const struct item *b);

/* `base` is NULL when the writer had seen nothing. True when the texts clash. For items that differ, master
 * from base, too. */
bool item_merge(const struct item *base, const struct item *master, const struct item *to,
                struct item *merged);

/* The sibling's id: the same for the same (item, text that the writer had seen, text written), so that a
 * repeat makes no second one. */
void item_fork_id(struct str id, const struct item *base, const struct item *to, char out[UUID_TEXT]);

enum { ITEM_STATE = 23 }; /* with the NUL */

/* A short name of an item's content, order aside: equal for equal content, and nothing can be read from it.
 */
void item_state(const struct item *item, char out[ITEM_STATE]);

#endif

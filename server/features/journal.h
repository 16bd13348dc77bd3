/* journal.h - the revisions of items: every write as it came, and what the item became.
 *
 *   verdict `accepted`: the item was so from then on, so that a worksheet can be read as of any seq
 *   `merged`, `forked`: as typed; the `accepted` rows after it say what came of it
 *   `stale`, `late`, `denied`: as typed, and the item stayed as it was
 *
 * Append-only, but for redaction (redactions.h). Tables: item_revisions. Memory: the caller's. Threads: as
 * the connection. Tests: tests/api/push_test.c, tests/api/worksheets_test.c
 */
#ifndef CONVENED_FEATURES_JOURNAL_H
#define CONVENED_FEATURES_JOURNAL_H

#include "db/query.h"
#include "sync/merge.h"

struct revision {
    struct str worksheet, team, id; /* id: the item's */
    const char *kind, *verdict;     /* as the column has them */
    const struct item *item, *base; /* base: what the writer had seen; may be NULL */
};

/* Adds it under a sequence number of its own, which it returns. */
int64_t journal_add(struct conn *c, const struct revision *r);
/* Has this writer been refused with the very same before? */
bool journal_has_refused(struct conn *c, const struct revision *r);
/* Has the item been written so before, and not been refused? With `base`, which may be NULL, a writer who had
 * seen a newer state, and has not written so over it yet, means to change it back: false. */
bool journal_has(struct conn *c, struct str worksheet, struct str id, const struct item *base,
                 const struct item *item);
/* Did the item ever have this text here? */
bool journal_had_text(struct conn *c, struct str worksheet, struct str id, struct str text);

extern const char *const journal_sql[];

#endif

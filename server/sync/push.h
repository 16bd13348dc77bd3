/* push.h - what phones typed: POST E/sync/{collection}/push.
 *
 *   body ──► rows, parsed one by one (rows.h) ──► one write transaction: each row judged on its own ──►
 *   200 [the stored documents of the rows in conflict, as the caller may see them]
 *
 * A client sends a refused push again for ever, so a row is never a reason to refuse the rest: what cannot be
 * taken is kept (item_revisions, or push_rejects when there is no worksheet of the sender's to keep it with)
 * and answered like a conflict. Tables: push_rejects, items.h's, bookmarks,
 * entries.h's. Spec tag: sync. Memory: the
 * request's. Threads: as dispatch. Tests: tests/api/push_test.c, tests/model/
 */
#ifndef CONVENED_SYNC_PUSH_H
#define CONVENED_SYNC_PUSH_H

#include <jansson.h>

#include "http/request.h"

enum { PUSH_ROWS = 100 };

struct push_row {
    struct str text;            /* as it came */
    struct str id;              /* of the document; absent: it has none */
    const json_t *to, *assumed; /* newDocumentState; assumedMasterState, NULL when there is none */
    const char *fault;          /* why it cannot even be judged; NULL: it can */
};

/* NULL: taken, or stored so already. PUSH_CONFLICT: kept, and what is stored is to be answered. Else a few
 * words on why it cannot be taken: the row is kept whole. */
extern const char PUSH_CONFLICT[];
const char *push_item(struct request *rq, const struct push_row *row);
const char *push_bookmark(struct request *rq, const struct push_row *row);
const char *push_check_in(struct request *rq, const struct push_row *row);

enum err sync_push(struct request *rq);

extern const char *const push_sql[];
extern const char *const push_item_sql[];

#endif

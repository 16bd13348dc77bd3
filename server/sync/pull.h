/* pull.h - what changed for a person since a sequence number, as documents.
 *
 *   feed (newest entry per document over the person's scopes) ──► each document by its feature's SQL ──► page
 *
 * The feed says that something may have changed; what the person sees of it is read by the same SQL that
 * every other path uses, so there is one truth of visibility. What they cannot see (any more) is a
 * content-free {id, _deleted: true}.
 *
 * Memory: the request's. Threads: as dispatch. Tests: tests/api/sync_test.c, tests/model/
 */
#ifndef CONVENED_SYNC_PULL_H
#define CONVENED_SYNC_PULL_H

#include "http/request.h"

enum { PULL_MAX = 500, PULL_PRESET = 100 };

/* The row of features.c that describes this collection's documents; NULL for an unknown name. */
const struct document *sync_find(const struct request *rq, struct str collection);

/* Writes the document as the person who asks sees it, with "_deleted":false, and returns true; or
 * {"id":…,"_deleted":true} and false. Needs a connection. */
bool sync_document(struct request *rq, const struct document *document, struct str id, struct buf *out);

enum err sync_pull_one(struct request *rq); /* E/sync/{collection}/pull */
enum err sync_pull_all(struct request *rq); /* E/sync/pull */

extern const char *const pull_sql[];

#endif

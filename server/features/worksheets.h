/* worksheets.h - reading worksheets: progress, one worksheet, its revisions; and letting organizers read
 * along.
 *
 * A team reads and writes its own. Until a worksheet is shared, an organizer gets no text but what was
 * submitted: counts before that, and the last submitted version from then on, whatever the team has written
 * since.
 *
 *   open ──submit──► submitted (v1) ──reopen──► reopened ──submit──► submitted (v2) …      (submissions.h)
 *
 * Tables: worksheets; reads prompts, items, item_revisions, worksheet_versions. Spec tag: worksheets.
 * Memory: the request's. Threads: as dispatch. Tests: tests/api/worksheets_test.c
 */
#ifndef CONVENED_FEATURES_WORKSHEETS_H
#define CONVENED_FEATURES_WORKSHEETS_H

#include "http/request.h"

extern const struct feature feature_worksheets;

/* Replies 200 with the worksheet {id} of the path as the caller may see it; ERR_NOT_FOUND when it is not
 * theirs. */
enum err worksheet_reply(struct request *rq);

/* Writes the prompts with their items, or with counts and no text, as an array. */
void worksheet_prompts(struct request *rq, struct str worksheet, struct str template, bool with_text,
                       struct buf *out);

#endif

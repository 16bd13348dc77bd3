/* item_marks.h - the organizers' marks on what teams wrote: stars, tags, and which items say the same.
 *
 * A mark stands beside the item, which is never touched; the team does not see it. An item that is merged
 * into another is shown behind it, with its team: of the same prompt, and never in a ring. Only items that
 * organizers may read have marks (answers.h); for others it is as if there were none: 404.
 *
 * Tables: item_marks, item_tags; reads items, worksheets. Spec tag: synthesis. Memory: the request's.
 * Threads: as dispatch. Tests: tests/api/item_marks_test.c
 */
#ifndef CONVENED_FEATURES_ITEM_MARKS_H
#define CONVENED_FEATURES_ITEM_MARKS_H

#include "http/route.h"

extern const struct feature feature_item_marks;

#endif

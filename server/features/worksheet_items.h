/* worksheet_items.h - items over HTTP: a face of items.h for POST, PATCH and DELETE; members and leads, own
 * team only.
 *
 * A refused write is kept in the journal: the transaction commits, then the reply says why.
 * Tables: items.h's. Spec tag: worksheets. Memory: the request's. Threads: as dispatch.
 * Tests: tests/api/worksheets_test.c
 */
#ifndef CONVENED_FEATURES_WORKSHEET_ITEMS_H
#define CONVENED_FEATURES_WORKSHEET_ITEMS_H

#include "http/route.h"

extern const struct feature feature_worksheet_items;

#endif

/* late_edits.h - what was written on a worksheet after it was submitted: listed for its team, and taken in,
 * one by one, once it is reopened.
 *
 * A late edit waits in the journal (verdict `late`). Taking it in writes it like a push of its writer's, over
 * what the writer had seen, so it merges with what the team has written since; taking it in again changes
 * nothing. Tables: item_revisions (taken_at), items.h's. Spec tag: worksheets. Memory: the request's.
 * Threads: as dispatch. Tests: tests/api/late_edits_test.c
 */
#ifndef CONVENED_FEATURES_LATE_EDITS_H
#define CONVENED_FEATURES_LATE_EDITS_H

#include "http/route.h"

extern const struct feature feature_late_edits;

#endif

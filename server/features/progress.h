/* progress.h - how far every team is: counts and times, never a word of theirs.
 *
 * Meant to be polled: while nothing is written it is a 304 from memory, and after a write the items are
 * counted in an index (items_by_place).
 *
 * Tables: reads worksheets, teams, prompts, items. Spec tag: synthesis. Memory: the request's. Threads: as
 * dispatch. Tests: tests/api/progress_test.c
 */
#ifndef CONVENED_FEATURES_PROGRESS_H
#define CONVENED_FEATURES_PROGRESS_H

#include "http/route.h"

extern const struct feature feature_progress;

#endif

/* submissions.h - handing a worksheet in, opening it again, and what was handed in.
 *
 * A submission freezes the worksheet as it stands, blanks and all, as JSON that never changes: an answer is a
 * copy of those bytes. With `as_of_seq` nobody hands in what they have not seen.
 *
 * Tables: worksheet_versions, worksheets (state, version, seq, submitted_at, reopen_note). Spec tag:
 * worksheets. Memory: the request's. Threads: as dispatch. Tests: tests/api/worksheets_test.c
 */
#ifndef CONVENED_FEATURES_SUBMISSIONS_H
#define CONVENED_FEATURES_SUBMISSIONS_H

#include "http/route.h"

extern const struct feature feature_submissions;

#endif

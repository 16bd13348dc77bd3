/* check_ins.h - the door: batches of entries from the check-in desk, and how many are here.
 *
 * Phones at the desk work without a network: a batch sent late, twice or in pieces leaves the same as one
 * sent at once, and each row is answered on its own. Counts change with an entry and with nothing else, so
 * asking for them again costs a 304. Tables: presences; entries.h has the rest. Spec tag: check-ins. Memory:
 * the request's. Threads: any. Tests: tests/api/check_ins_test.c
 */
#ifndef CONVENED_FEATURES_CHECK_INS_H
#define CONVENED_FEATURES_CHECK_INS_H

#include "http/request.h"

extern const struct feature feature_check_ins;

struct entry_answer;

/* One row's answer, as JSON. */
void check_ins_put(struct request *rq, const struct entry_answer *answer, struct buf *out);

/* For `after_commit` of writes that come in by other routes: what was remembered of the counts is old. */
void check_ins_count(struct request *rq);
/* The same where a roster row was made, too. */
void check_ins_count_walk_in(struct request *rq);

#endif

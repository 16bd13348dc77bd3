/* rejects.h - what a phone sent and no worksheet could keep: to be read by who sent it, and by nobody else.
 *
 * A pushed row that cannot be taken, nor journalled with a worksheet of the sender's, is kept whole
 * (sync/push.h), so that nothing typed is lost. The sender gets it back here; organizers get numbers, to see
 * that something is wrong with a phone or with the program on it. Tables: reads push_rejects. Spec tag: sync.
 * Memory: the request's. Threads: as dispatch. Tests: tests/api/rejects_test.c
 */
#ifndef CONVENED_SYNC_REJECTS_H
#define CONVENED_SYNC_REJECTS_H

#include "http/request.h"

enum err rejects_list(struct request *rq);  /* E/sync/rejects: the caller's own */
enum err rejects_count(struct request *rq); /* E/sync/rejects/counts: everybody's, by collection and reason */

extern const char *const rejects_sql[];

#endif

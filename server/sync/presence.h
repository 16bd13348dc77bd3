/* presence.h - "two people are in question 3", for the own team.
 *
 * Tables: none written; reads worksheets, participants. Spec tag: sync. Threads: any. Tests:
 * tests/api/presence_test.c
 */
#ifndef CONVENED_SYNC_PRESENCE_H
#define CONVENED_SYNC_PRESENCE_H

#include "http/request.h"

enum err presence_get(struct request *rq); /* GET E/worksheets/{id}/presence */
enum err presence_put(
    struct request *rq); /* PUT, {prompt_id} or {prompt_id: null} on leaving; again every 20 s while there */

extern const char *const presence_sql[];

#endif

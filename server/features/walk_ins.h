/* walk_ins.h - someone who came without being on the list: a roster row made at the door, by staff too.
 *
 * Tables: attendees, organizations; reads teams. Memory: the request's. Threads: on the writer. Tests:
 * tests/api/check_ins_test.c
 */
#ifndef CONVENED_FEATURES_WALK_INS_H
#define CONVENED_FEATURES_WALK_INS_H

#include "features/entries.h"

/* Makes the attendee {display_name, organization?, team?, agency_type?, role_label?} with the id that the
 * entry names, or one that follows from the entry's; the same walk-in again is the same attendee. Their id;
 * absent after invalid(). */
struct str walk_in_take(struct request *rq, json_t *walk_in, const struct entry *entry);

extern const char *const walk_ins_sql[];

#endif

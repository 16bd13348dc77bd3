/* table_tents.h - what stands on each team's table: the team's name, its code, the same as QR, and what to do
 * with it.
 *
 * One page a team, A4 or Letter alike: folded in the middle, either half reads upright from its side of the
 * table. The QR holds the address to join at with the code after its `#`, which browsers send to nobody; it
 * holds the code alone while the server was not told its address (--public-url). Tables: reads teams, events.
 * Spec tag: teams. Memory: the request's. Threads: any. Tests: tests/api/table_tents_test.c, tests/judges/
 */
#ifndef CONVENED_FEATURES_TABLE_TENTS_H
#define CONVENED_FEATURES_TABLE_TENTS_H

#include "http/route.h"

extern const struct feature feature_table_tents;

#endif

/* representation.h - who was in the room, in figures computed from the roster.
 *
 * A figure of a few people points at them: cells under 5 are for organizers only. Subtraction would give them
 * away when all that is kept back adds up to less than 5, or to the least or the most that so many cells can
 * hold: then the smallest of the other cells is kept back as well; where there is none, how many came.
 * Tables: reads attendees, organizations, teams, kept_figures. Spec tag: representation. Memory: the
 * request's. Threads: any. Tests: tests/api/representation_test.c
 */
#ifndef CONVENED_FEATURES_REPRESENTATION_H
#define CONVENED_FEATURES_REPRESENTATION_H

#include <jansson.h>

#include "http/route.h"

struct buf;
struct conn;

extern const struct feature feature_representation;

/* The reply's JSON, as whom the connection's frame says: for what is kept when the roster goes. */
void representation_write(struct conn *c, struct buf *out);

/* What everybody may see, whoever asks, without by_team: for what is published. The request's; NULL when
 * memory is out. */
json_t *representation_published(struct request *rq);

#endif

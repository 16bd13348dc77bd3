/* rooms.h - where sessions take place.
 *
 * Tables: rooms. Spec tag: rooms. Memory: the request's. Threads: any. Tests: tests/api/rooms_test.c
 */
#ifndef CONVENED_FEATURES_ROOMS_H
#define CONVENED_FEATURES_ROOMS_H

#include "features/collection.h"

extern const struct feature feature_rooms;
extern const struct collection rooms_collection;

#endif

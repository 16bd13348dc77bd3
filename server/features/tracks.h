/* tracks.h - the threads that run through an agenda, each with its colour.
 *
 * Tables: tracks. Spec tag: tracks. Memory: the request's. Threads: any. Tests: tests/api/tracks_test.c
 */
#ifndef CONVENED_FEATURES_TRACKS_H
#define CONVENED_FEATURES_TRACKS_H

#include "features/collection.h"

extern const struct feature feature_tracks;
extern const struct collection tracks_collection;

#endif

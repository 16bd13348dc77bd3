/* speakers.h - who speaks: what the programme says of them, not their accounts.
 *
 * Tables: speakers. Spec tag: speakers. Memory: the request's. Threads: any. Tests: tests/api/speakers_test.c
 */
#ifndef CONVENED_FEATURES_SPEAKERS_H
#define CONVENED_FEATURES_SPEAKERS_H

#include "features/collection.h"

extern const struct feature feature_speakers;
extern const struct collection speakers_collection;

#endif

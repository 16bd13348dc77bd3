/* sync.h - the wire of sync: info, pull, push, stream.
 *
 * Phones keep documents; a pull brings what changed since a checkpoint, a push brings what was typed, the
 * stream says "pull now". Tables: feed. Spec tag: sync. Memory: the request's. Threads: as dispatch. Tests:
 * tests/api/sync_test.c, tests/model/
 */
#ifndef CONVENED_SYNC_SYNC_H
#define CONVENED_SYNC_SYNC_H

#include "http/route.h"

extern const struct feature feature_sync;

#endif

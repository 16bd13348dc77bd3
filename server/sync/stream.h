/* stream.h - server-sent events that say "pull now" and carry nothing else.
 *
 * One thread a phone, so streams are capped below the number of workers; above the cap a phone gets 503 with
 * Retry-After and polls. A reader that closes gives its place back within three seconds. A stream ends when
 * its token does, or within a second of its device's. Threads: each on its connection's. Tests:
 * tests/smoke/stream_test.mjs
 */
#ifndef CONVENED_SYNC_STREAM_H
#define CONVENED_SYNC_STREAM_H

#include "http/request.h"

enum err sync_stream(struct request *rq);

#endif

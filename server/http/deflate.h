/* deflate.h - zlib's home: gzip for replies, bare deflate and CRC-32 for archives.
 *
 * Memory: the caller's. Threads: safe. Tests: tests/unit/cache_test.c, tests/unit/zip_test.c
 */
#ifndef CONVENED_HTTP_DEFLATE_H
#define CONVENED_HTTP_DEFLATE_H

#include "base/text.h"

/* gzip (RFC 1952) into `out`, which holds `room` bytes: the length, or 0 when it does not fit. */
size_t deflate_gzip(struct str bytes, char *out, size_t room);
/* Bare deflate (RFC 1951) into `out`, whose arena is set; false, and nothing in it, when that would not be
 * smaller. */
bool deflate_raw(struct str bytes, struct buf *out);
uint32_t deflate_crc(struct str bytes);

#endif

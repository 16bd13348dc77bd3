/* range.h - the Range header of a download (RFC 9110, 14): one range of bytes, so that a broken download goes
 * on.
 *
 *   bytes=100-199   from 100 to 199      bytes=100-   from 100 to the end      bytes=-50   the last 50
 *
 * Several ranges, other units and what does not parse are passed over, as the RFC allows: the whole file is a
 * right answer to any Range. Threads: plain data. Tests: tests/unit/range_test.c, tests/fuzz/range_fuzz.c
 */
#ifndef CONVENED_HTTP_RANGE_H
#define CONVENED_HTTP_RANGE_H

#include "base/text.h"

enum range_result {
    RANGE_WHOLE,  /* serve all of it, 200 */
    RANGE_PART,   /* serve *len bytes from *at, 206; 0 <= at, 0 < len, at + len <= size */
    RANGE_OUTSIDE /* nothing of it is there, 416 */
};

/* Reads `header` (absent: RANGE_WHOLE) for a file of `size` bytes. *at and *len are set in every case. */
enum range_result range_read(struct str header, int64_t size, int64_t *at, int64_t *len);

/* Does If-Range (absent: yes) let the range through? Only the very tag does: no weak one, and no date, since
 * no Last-Modified is ever sent. */
bool range_if(struct str if_range, const char *etag);

#endif

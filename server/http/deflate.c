#include "http/deflate.h"

#include <zlib.h>

enum {
    GZIP = 15 + 16, /* window bits, as zlib wants to hear them */
    RAW = -15,
    LARGE = 32 * 1024, /* from here on, a level that takes two thirds of the time for 3 % more bytes */
};

static size_t deflate_into(struct str bytes, int window, char *out, size_t room)
{
    z_stream z = {0};
    int level = bytes.len < LARGE ? 6 : 4;
    if (deflateInit2(&z, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    z.next_in = (unsigned char *)bytes.ptr;
    z.avail_in = (unsigned)bytes.len;
    z.next_out = (unsigned char *)out;
    z.avail_out = (unsigned)room;
    int rc = deflate(&z, Z_FINISH);
    size_t n = rc == Z_STREAM_END ? room - z.avail_out : 0;
    deflateEnd(&z);
    return n;
}

size_t deflate_gzip(struct str bytes, char *out, size_t room)
{
    return deflate_into(bytes, GZIP, out, room);
}

bool deflate_raw(struct str bytes, struct buf *out)
{
    if (!bytes.len || bytes.len > UINT32_MAX / 2)
        return false;
    buf_init(out, out->arena, bytes.len);
    if (out->failed)
        return false;
    out->len = deflate_into(bytes, RAW, out->ptr, bytes.len);
    return out->len > 0;
}

uint32_t deflate_crc(struct str bytes)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), (const unsigned char *)bytes.ptr, bytes.len);
}

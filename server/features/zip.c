#include "features/zip.h"

#include <string.h>

#include "http/deflate.h"

enum {
    VERSION = 20,      /* 2.0: deflate */
    DAY_ONE = 0x21,    /* 1980-01-01 in MS-DOS form */
    UTF8_NAME = 0x800, /* general purpose bit 11 */
    STORED = 0,
    DEFLATED = 8,
};

static void put16(struct buf *out, uint32_t n)
{
    buf_add(out, (unsigned char[]){n & 0xFF, n >> 8 & 0xFF}, 2);
}

static void put32(struct buf *out, uint32_t n)
{
    put16(out, n & 0xFFFF);
    put16(out, n >> 16);
}

/* What the entry's own header and its line in the directory have in common. */
static void put_facts(struct buf *out, const struct zip_entry *e)
{
    put16(out, VERSION);
    put16(out, UTF8_NAME);
    put16(out, e->deflated ? DEFLATED : STORED);
    put16(out, 0);
    put16(out, DAY_ONE);
    put32(out, e->crc);
    put32(out, e->packed);
    put32(out, e->size);
    put16(out, (uint32_t)strlen(e->name));
    put16(out, 0); /* extra field */
}

void zip_begin(struct zip *zip, struct buf *out)
{
    *zip = (struct zip){.out = out, .start = out->len};
}

void zip_add(struct zip *zip, const char *name, struct str bytes)
{
    struct buf *out = zip->out, packed = {.arena = out->arena};
    size_t at = out->len - zip->start;
    if (zip->n == ZIP_ENTRIES || bytes.len > INT32_MAX || at > INT32_MAX) {
        out->failed = true;
        return;
    }
    struct zip_entry *e = &zip->entries[zip->n++];
    *e = (struct zip_entry){.name = name,
                            .crc = deflate_crc(bytes),
                            .size = (uint32_t)bytes.len,
                            .at = (uint32_t)at,
                            .deflated = deflate_raw(bytes, &packed)};
    struct str content = e->deflated ? buf_view(&packed) : bytes;
    e->packed = (uint32_t)content.len;
    put32(out, 0x04034b50);
    put_facts(out, e);
    buf_puts(out, name);
    buf_str(out, content);
}

void zip_end(struct zip *zip)
{
    struct buf *out = zip->out;
    size_t at = out->len - zip->start;
    for (size_t i = 0; i < zip->n; i++) {
        const struct zip_entry *e = &zip->entries[i];
        put32(out, 0x02014b50);
        put16(out, VERSION);
        put_facts(out, e);
        put16(out, 0); /* comment */
        put16(out, 0); /* disk */
        put16(out, 0); /* attributes */
        put32(out, 0);
        put32(out, e->at);
        buf_puts(out, e->name);
    }
    size_t size = out->len - zip->start - at;
    put32(out, 0x06054b50);
    put32(out, 0); /* disks */
    put16(out, (uint32_t)zip->n);
    put16(out, (uint32_t)zip->n);
    put32(out, (uint32_t)size);
    put32(out, (uint32_t)at);
    put16(out, 0); /* comment */
}

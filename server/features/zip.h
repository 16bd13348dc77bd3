/* zip.h - a ZIP archive (PKWARE APPNOTE 6.3) written into a buffer, for formats that are one inside.
 *
 *     struct zip zip;
 *     zip_begin(&zip, out); zip_add(&zip, "word/document.xml", bytes); … zip_end(&zip);
 *
 * Entries are deflated and dated 1 January 1980: the same content gives the same bytes. At most ZIP_ENTRIES
 * entries, each below 2 GiB, without ZIP64. Memory: the buffer's arena. Threads: plain data. Tests:
 * tests/unit/zip_test.c
 */
#ifndef CONVENED_FEATURES_ZIP_H
#define CONVENED_FEATURES_ZIP_H

#include "base/text.h"

enum { ZIP_ENTRIES = 16 };

struct zip {
    struct buf *out;
    size_t start, n; /* where the archive begins in `out`; entries so far */
    struct zip_entry {
        const char *name; /* outlives zip_end() */
        uint32_t crc, packed, size, at;
        bool deflated;
    } entries[ZIP_ENTRIES];
};

void zip_begin(struct zip *zip, struct buf *out);
/* Sets out->failed when the entry does not fit. */
void zip_add(struct zip *zip, const char *name, struct str bytes);
void zip_end(struct zip *zip);

#endif

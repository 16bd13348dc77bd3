/* media.h - the types of file that are taken, and whether bytes are what they say they are.
 *
 * A file that says one thing and is another is how a download harms: so each type has its extensions, and its
 * bytes are looked at: signatures; for the Office types the list of a ZIP's parts, which must hold that
 * type's folder and no macros; for text that it is UTF-8 without control bytes. Nothing is unpacked, and no
 * parser of ours or others' runs. Threads: safe. Tests: tests/unit/media_test.c
 */
#ifndef CONVENED_FEATURES_MEDIA_H
#define CONVENED_FEATURES_MEDIA_H

#include "base/text.h"

struct media {
    const char *type;       /* as stored and served */
    const char *extensions; /* space-separated, the usual one first */
    bool (*check)(const struct media *media, int fd, int64_t size);
    const char *folder; /* of the Office types: where their parts are */
};

/* The row of a Content-Type header (RFC 9110, 8.3); NULL when it is not on the list, or names another charset
 * than UTF-8. */
const struct media *media_find(struct str content_type);
const char *media_types(void); /* the list, for a sentence; static storage */

/* Are the `size` bytes of the open file of that type? False as well when it cannot be read. */
bool media_check(const struct media *media, int fd, int64_t size);

#endif

/* embed.h - files built into the binary: migrations, the API description, pages.
 *
 * The Makefile lists them and makes the table. Threads: constant data.
 */
#ifndef CONVENED_BASE_EMBED_H
#define CONVENED_BASE_EMBED_H

#include <stddef.h>

struct embedded {
    const char *name; /* "migrations/0001_house.sql", "openapi.json" …; NULL ends the table */
    const char *data; /* followed by a NUL that `size` does not count */
    size_t size;
};

extern const struct embedded embedded[];

/* The file of that name, or NULL. */
const struct embedded *embed_find(const char *name);

#endif

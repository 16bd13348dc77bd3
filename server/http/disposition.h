/* disposition.h - names of files, as they come and go in Content-Disposition (RFC 6266, RFC 8187).
 *
 *   attachment; filename="Folleto.pdf"; filename*=UTF-8''Folleto%20n%C2%BA%201.pdf
 *
 * A name that came from a client is cleaned before it is kept: no folders, no control or direction-changing
 * characters, nothing that a file system, a shell or JSON would read as more than a name, at most
 * DISPOSITION_NAME bytes. Memory: the arena's. Threads: plain data. Tests: tests/unit/disposition_test.c
 */
#ifndef CONVENED_HTTP_DISPOSITION_H
#define CONVENED_HTTP_DISPOSITION_H

#include "base/text.h"

enum { DISPOSITION_NAME = 112 }; /* bytes of a name: its header then stays under 500 */

/* The file name in a header's value: filename* when it is well-formed UTF-8, else filename; as sent, not
 * cleaned. Absent when there is none. */
struct str disposition_read(struct arena *a, struct str header);

/* A clean name that ends in `.extension` (added when none of the space-separated `extensions` is its ending;
 * the first is taken). Never empty: "file" stands for a name of which nothing is left. Absent when memory is
 * out. */
struct str disposition_clean(struct arena *a, struct str name, const char *extensions);

/* `attachment` with a clean name: an ASCII form for old clients, the exact one beside it where they differ.
 */
void disposition_write(struct buf *out, struct str name);

#endif

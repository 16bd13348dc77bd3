/* files.h - uploaded files: where they are kept, and how they come and go.
 *
 *   data/files/upload-<request>   while it arrives (http/body.c); removed with its request
 *   data/files/<32 hex digits>    kept; the random name stands in the row, the offered name only there
 *
 *   keep: rename, fsync of the directory ──► the row is committed ──► the file before it is removed
 *
 * So a row never points to a file that is not there. A crash on the way leaves a file that no row names:
 * files_sweep() finds those at the next start. Threads: safe; never on the writer thread, for they wait for
 * the disk. Tests: tests/api/resources_test.c
 */
#ifndef CONVENED_FEATURES_FILES_H
#define CONVENED_FEATURES_FILES_H

#include "http/request.h"

enum { FILES_NAME = 33, FILES_HASH = 65 }; /* hex texts with their NUL */

/* SHA-256 of the first `size` bytes of an open file, as hex; false when it cannot be read. */
bool files_hash(int fd, int64_t size, char out[FILES_HASH]);

/* Makes the request's upload a kept file, durable in its folder, and writes its name. */
enum err files_keep(struct request *rq, char name[FILES_NAME]);

/* Opens a kept file: its descriptor, or -1 with errno (ENOENT: there is none of that name). */
int files_open(struct request *rq, struct str name);

/* Removes a kept file; an absent name is none. What cannot be removed is logged and left to files_sweep(). */
void files_remove(struct request *rq, struct str name);

/* Removes uploads that were cut off, which may be rosters, and what no row names and nothing has touched for
 * an hour. For the start of the server, while no request is on its way. */
void files_sweep(struct house *house);

extern const char *const files_sql[];

#endif

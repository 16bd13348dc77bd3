/* plain_copy.h - the plain copy of the database that a sealed backup is made from: `sealing-<pid>.db` in the
 * data directory.
 *
 * Its process holds it by a lock, which ends with the process however that ends, and which holds between
 * containers, too, where numbers of processes say nothing. What nobody holds was left by one that was cut
 * off: in it stands what is purged later, so each purge removes it as well. Threads: any. Tests:
 * tests/smoke/seal_test.mjs, tests/api/retention_test.c
 */
#ifndef CONVENED_DB_PLAIN_COPY_H
#define CONVENED_DB_PLAIN_COPY_H

enum { PLAIN_COPY_PATH = 4096 };

/* Makes an empty one, for this user alone, and removes those that were left. The descriptor that holds it, or
 * -1 with errno. */
int plain_copy_begin(const char *data, char path[PLAIN_COPY_PATH]);
/* Removes it and lets go. */
void plain_copy_end(int held, const char *path);

/* Calls `found` with the name of each file that was left; how many. */
int plain_copy_left(const char *data, void (*found)(const char *data, const char *name, void *arg),
                    void *arg);
/* Removes them; how many. */
int plain_copy_sweep(const char *data);

#endif

/* sealing.h - the plain copy of the database that a sealed backup is made from: `sealing-<pid>.db` in the
 * data directory.
 *
 * Its process holds it by a lock, which ends with the process however that ends, and which holds between
 * containers, too, where numbers of processes say nothing. What nobody holds was left by one that was cut
 * off: in it stands what a purge has since removed. Threads: one. Tests: tests/smoke/seal_test.mjs
 */
#ifndef CONVENED_CLI_SEALING_H
#define CONVENED_CLI_SEALING_H

enum { SEALING_PATH = 4096 };

/* Makes an empty one, for this user alone, and removes those that were left. The descriptor that holds it, or
 * -1 (said). */
int sealing_begin(const char *data, char path[SEALING_PATH]);
/* Removes it and lets go. */
void sealing_end(int held, const char *path);

/* Calls `found` with the name of each file that was left; how many. */
int sealing_left(const char *data, void (*found)(const char *data, const char *name, void *arg), void *arg);
/* Removes them; how many. */
int sealing_sweep(const char *data);

#endif

/* secrets.h - a directory of small private files, read with suspicion and written whole. For http/keys.c
 * alone.
 *
 * Every failure leaves one line in why[] that names the file and the mend. Files are written under another
 * name, synced and renamed: a crash leaves the whole file or none. Ownership: the caller closes. Threads: one
 * at a time; secrets_lock() keeps other processes away. Tests: tests/unit/keys_test.c
 */
#ifndef CONVENED_HTTP_SECRETS_H
#define CONVENED_HTTP_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRETS_WHY = 256, SECRETS_SHOWN = 108 };

struct secrets {
    int fd;                    /* the directory, -1 when closed */
    char shown[SECRETS_SHOWN]; /* its name in reasons: the end of a long path */
};

/* Opens the directory, made 0700 when it is missing. 0 or -1; secrets_close() is due either way. */
int secrets_open(struct secrets *s, const char *dir, char *why);
void secrets_close(struct secrets *s);

int secrets_lock(const struct secrets *s, char *why); /* waits */
void secrets_unlock(const struct secrets *s);

/* Reads a whole file of less than `cap` bytes. -1 with *missing when its absence is all that is wrong. */
int secrets_read(const struct secrets *s, const char *file, char *bytes, size_t cap, size_t *len,
                 bool *missing, char *why);

/* Makes a file that is durable when this returns 0. The caller holds the lock and knows that there is none.
 */
int secrets_create(const struct secrets *s, const char *file, const char *bytes, size_t len, char *why);

/* Writes `<directory>/<file>: <message>` (`file` may be NULL) to why[SECRETS_WHY] and returns -1. */
int secrets_refuse(const struct secrets *s, char *why, const char *file, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif

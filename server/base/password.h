/* password.h - Argon2id, a bounded number at once.
 *
 * 19 MiB and 2 passes (OWASP's floor for Argon2id): tens of milliseconds. At most PASSWORD_AT_ONCE run
 * together, so that a crowd of log-ins can take neither the memory nor the cores of everyone else. Threads:
 * safe. Tests: tests/unit/password_test.c
 */
#ifndef CONVENED_BASE_PASSWORD_H
#define CONVENED_BASE_PASSWORD_H

#include "base/text.h"

enum {
    PASSWORD_HASH = 128,
    PASSWORD_AT_ONCE = 2,
    PASSWORD_MIN = 12,
    PASSWORD_MAX = 256,
    PASSWORD_ONE_TIME = 21
};

enum password_result { PASSWORD_RIGHT, PASSWORD_WRONG, PASSWORD_BUSY };

/* 0, or -1 when memory or a turn was not to be had in 5 s. */
int password_hash(struct str password, char out[PASSWORD_HASH]);
/* `hash` absent: takes as long as a real one and is wrong, so that an unknown account looks like a wrong
 * password. */
enum password_result password_check(struct str password, struct str hash);
/* A random one-time password, about 98 bits. */
void password_make(char out[PASSWORD_ONE_TIME]);

#endif

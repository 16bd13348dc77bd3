#include "base/password.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

enum { MEMORY = 19 * 1024 * 1024, PASSES = 2, WAIT_S = 5 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static int running; /* the one global that changes: the machine's memory is one, too */

static int enter(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    int rc = 0;
    pthread_mutex_lock(&lock);
    while (running >= PASSWORD_AT_ONCE && rc != ETIMEDOUT)
        rc = pthread_cond_clockwait(&freed, &lock, CLOCK_MONOTONIC, &until);
    if (running < PASSWORD_AT_ONCE) {
        running++;
        rc = 0;
    }
    pthread_mutex_unlock(&lock);
    return rc ? -1 : 0;
}

static void leave(void)
{
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&freed);
    pthread_mutex_unlock(&lock);
}

int password_hash(struct str password, char out[PASSWORD_HASH])
{
    if (enter())
        return -1;
    int rc = crypto_pwhash_str(out, password.ptr, password.len, PASSES, MEMORY);
    leave();
    return rc;
}

enum password_result password_check(struct str password, struct str hash)
{
    char text[PASSWORD_HASH] = "";
    if (enter())
        return PASSWORD_BUSY;
    int rc = -1;
    if (hash.ptr && hash.len < sizeof text) {
        memcpy(text, hash.ptr, hash.len);
        rc = crypto_pwhash_str_verify(text, password.ptr, password.len);
    } else {
        rc = crypto_pwhash_str(text, password.ptr, password.len, PASSES, MEMORY) ? -1 : 1;
    }
    leave();
    return rc ? PASSWORD_WRONG : PASSWORD_RIGHT;
}

void password_make(char out[PASSWORD_ONE_TIME])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* no look-alikes */
    for (int i = 0; i < PASSWORD_ONE_TIME - 1; i++)
        out[i] = letters[randombytes_uniform(sizeof letters - 1)];
    out[PASSWORD_ONE_TIME - 1] = '\0';
}

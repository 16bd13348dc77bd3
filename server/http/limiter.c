#include "http/limiter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"

/* A fixed table: what is attacked hashes to a place. Two things that share one are limited together, which an
 * attacker cannot aim for (the hash key is random) and memory stays bounded whatever is sent. */
enum { PLACES = 4096 };

struct place {
    int64_t at_us[LIMITER_FAILURES]; /* of the newest failures, in a ring; 0: none */
    unsigned oldest;
};

struct limiter {
    pthread_mutex_t lock;
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct place places[PLACES];
};

static const int64_t WINDOW_US = LIMITER_WINDOW_S * INT64_C(1000000);

struct limiter *limiter_create(void)
{
    struct limiter *l = calloc(1, sizeof *l);
    if (l) {
        crypto_shorthash_keygen(l->key);
        pthread_mutex_init(&l->lock, NULL);
    }
    return l;
}

void limiter_destroy(struct limiter *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct place *place(struct limiter *l, struct str what)
{
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)what.ptr, what.len, l->key);
    return &l->places[hash % PLACES];
}

/* Another attempt is allowed once the failure that is LIMITER_FAILURES back is a window old: then no window,
 * wherever it begins, holds more of them. */
static int64_t wait_us(const struct place *p, int64_t now)
{
    int64_t oldest = p->at_us[p->oldest];
    return oldest ? oldest + WINDOW_US - now : 0;
}

static int seconds(int64_t us)
{
    return us > 0 ? (int)((us + 999999) / 1000000) : 0;
}

static void note(struct place *p, int64_t now)
{
    p->at_us[p->oldest] = now;
    p->oldest = (p->oldest + 1) % LIMITER_FAILURES;
}

int limiter_wait(struct limiter *l, struct str what)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&l->lock);
    int64_t wait = wait_us(place(l, what), now);
    pthread_mutex_unlock(&l->lock);
    return seconds(wait);
}

void limiter_failed(struct limiter *l, struct str what)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&l->lock);
    note(place(l, what), now);
    pthread_mutex_unlock(&l->lock);
}

int limiter_take(struct limiter *l, struct str what)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&l->lock);
    struct place *p = place(l, what);
    int64_t wait = wait_us(p, now);
    if (wait <= 0)
        note(p, now);
    pthread_mutex_unlock(&l->lock);
    return seconds(wait);
}

/* What the newest one took the place of was past its window, or it would not have been allowed. */
void limiter_forgive(struct limiter *l, struct str what)
{
    pthread_mutex_lock(&l->lock);
    struct place *p = place(l, what);
    p->oldest = (p->oldest + LIMITER_FAILURES - 1) % LIMITER_FAILURES;
    p->at_us[p->oldest] = 0;
    pthread_mutex_unlock(&l->lock);
}

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
    int64_t refill_us; /* the failures are forgotten one by one from here */
    int failures;
};

struct limiter {
    pthread_mutex_t lock;
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct place places[PLACES];
};

static const int64_t STEP_US = LIMITER_WINDOW_S * INT64_C(1000000) / LIMITER_FAILURES;

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

static struct place *place(struct limiter *l, struct str what, int64_t now)
{
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)what.ptr, what.len, l->key);
    struct place *p = &l->places[hash % PLACES];
    int64_t forgotten = p->failures ? (now - p->refill_us) / STEP_US : 0;
    if (forgotten > 0) {
        p->failures = forgotten >= p->failures ? 0 : p->failures - (int)forgotten;
        p->refill_us += forgotten * STEP_US;
    }
    return p;
}

int limiter_wait(struct limiter *l, struct str what)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&l->lock);
    struct place *p = place(l, what, now);
    int64_t wait = p->failures >= LIMITER_FAILURES ? p->refill_us + STEP_US - now : 0;
    pthread_mutex_unlock(&l->lock);
    return (int)((wait + 999999) / 1000000);
}

void limiter_failed(struct limiter *l, struct str what)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&l->lock);
    struct place *p = place(l, what, now);
    if (!p->failures)
        p->refill_us = now;
    if (p->failures < LIMITER_FAILURES)
        p->failures++;
    pthread_mutex_unlock(&l->lock);
}

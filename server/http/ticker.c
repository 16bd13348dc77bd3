#include "http/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/house.h"
#include "http/scope.h"

enum { TICK_S = 1, AFTER_FAULT_S = 5 };

struct ticker {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool stopping;
};

struct turn {
    const char *const *due;
    int64_t changed; /* rows */
};

static enum err run_due(struct conn *c, void *arg)
{
    struct turn *turn = arg;
    for (const char *const *sql = turn->due; *sql; sql++) {
        struct query *q = query_get(c, *sql);
        enum step step = query_run(q);
        if (step != STEP_DONE)
            return step == STEP_CONFLICT ? ERR_CONFLICT : conn_error(c);
        turn->changed += query_changes(q);
    }
    return ERR_OK;
}

enum err ticker_tick(struct house *house, int64_t now)
{
    const struct frame frame = {.now = now};
    enum err first = ERR_OK;
    for (int f = 0; house->features[f]; f++) {
        struct turn turn = {.due = house->features[f]->due};
        enum err err = turn.due ? db_write(house->db, &frame, run_due, &turn) : ERR_OK;
        if (err == ERR_OK && turn.changed) {
            scope_changed_everywhere(house->scope, f);
            log_line(LOG_INFO, "fell due", " feature=%s rows=%lld", house->features[f]->name,
                     (long long)turn.changed);
        }
        if (err != ERR_OK)
            log_line(LOG_ERROR, "what fell due could not be written", " feature=%s error=%s",
                     house->features[f]->name, err_info(err)->slug);
        if (err == ERR_OK && house->features[f]->tick)
            err = house->features[f]->tick(house, now);
        first = first == ERR_OK ? err : first;
    }
    return first;
}

/* True when it is time to end. */
static bool wait_s(struct ticker *t, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&t->lock);
    while (!t->stopping && pthread_cond_timedwait(&t->woken, &t->lock, &until) != ETIMEDOUT)
        ;
    bool stopping = t->stopping;
    pthread_mutex_unlock(&t->lock);
    return stopping;
}

static void *ticker_main(void *arg)
{
    struct ticker *t = arg;
    enum err err;
    do
        err = ticker_tick(t->house, clock_now_ms());
    while (!wait_s(t, err == ERR_OK ? TICK_S : AFTER_FAULT_S));
    return NULL;
}

static void destroy(struct ticker *t)
{
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->woken);
    free(t);
}

struct ticker *ticker_start(struct house *house)
{
    pthread_condattr_t monotonic;
    struct ticker *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->house = house;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!pthread_create(&t->thread, NULL, ticker_main, t))
        return t;
    destroy(t);
    return NULL;
}

void ticker_stop(struct ticker *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_signal(&t->woken);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    destroy(t);
}

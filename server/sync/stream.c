#include "sync/stream.h"

#include <stdio.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "http/audience.h"
#include "http/house.h"
#include "http/identity.h"
#include "http/scope.h"

enum {
    HEARTBEAT_MS = 15000,
    LOOK_MS = 2500,  /* between looks whether the reader is still there */
    GAP_MS = 50,     /* between events: a burst of commits is one event */
    RETRY_MS = 1000, /* what a phone waits before it comes back, and up to as much again */
    RESERVE = 8      /* one worker in so many is never a stream's */
};

static bool send_event(struct sink *sink, const char *event, int64_t seq)
{
    char text[96];
    int n = snprintf(text, sizeof text, "event: %s\ndata: {\"seq\":%lld}\n\n", event, (long long)seq);
    return sink->write(sink, (struct str){text, (size_t)n}) == 0;
}

/* Coming back is spread out, so that a restart is not a storm. */
static bool send_retry(struct sink *sink)
{
    char text[64];
    int n = snprintf(text, sizeof text, "retry: %u\n\n", RETRY_MS + randombytes_uniform(RETRY_MS));
    return sink->write(sink, (struct str){text, (size_t)n}) == 0;
}

static bool may_go_on(struct request *rq)
{
    rq->now = clock_now_ms();
    return !atomic_load(&rq->house->draining) && identity_check(rq) == ERR_OK;
}

/* Until something changed for the scopes (true), it is time for a heartbeat, or the reader is gone. */
static bool wait_for_news(struct sink *sink, struct waiter *waiter, bool *gone)
{
    bool woken = false;
    *gone = false;
    for (int slept = 0; slept < HEARTBEAT_MS && !woken && !*gone; slept += LOOK_MS) {
        woken = hub_wait(waiter, LOOK_MS);
        *gone = sink->gone(sink);
    }
    return woken;
}

static void follow(struct request *rq, struct sink *sink, struct waiter *waiter, const struct scopes *scopes)
{
    struct hub *hub = rq->house->hub;
    int64_t told = hub_newest(hub, scopes);
    bool alive = send_retry(sink) && send_event(sink, "resync", told);
    while (alive) {
        bool gone, woken = wait_for_news(sink, waiter, &gone);
        if (gone || !may_go_on(rq))
            break;
        int64_t newest = hub_newest(hub, scopes);
        if (newest > told) {
            alive = send_event(sink, "resync", newest);
            told = newest;
            usleep(GAP_MS * 1000);
        } else if (woken) { /* what is not stored: who is where */
            alive = send_event(sink, "presence", told);
        } else {
            alive = sink->write(sink, STR(": heartbeat\n\n")) == 0;
        }
    }
    if (atomic_load(&rq->house->draining))
        send_retry(sink);
}

static void run(struct request *rq, struct sink *sink)
{
    struct scopes scopes;
    audience_of(rq, &scopes);
    follow(rq, sink, rq->scratch, &scopes);
    hub_leave(rq->house->hub, rq->scratch);
}

enum err sync_stream(struct request *rq)
{
    struct scopes scopes;
    int workers = rq->house->config->connections;
    audience_of(rq, &scopes);
    rq->scratch = hub_enter(rq->house->hub, &scopes, workers - workers / RESERVE - 1);
    if (!rq->scratch) {
        rq->retry_after = 15 + (int)randombytes_uniform(16);
        return fail(rq, ERR_UNAVAILABLE, "all streams are taken: poll every 15 to 30 seconds, or come back");
    }
    rq->reply.status = 200;
    rq->reply.content_type = "text/event-stream";
    rq->reply.stream = run;
    return ERR_OK;
}

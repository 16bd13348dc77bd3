#include "http/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "http/cache.h"
#include "http/house.h"
#include "http/router.h"

/* Upper bounds in µs; Prometheus wants seconds. */
static const int64_t bounds[] = {100,   250,   500,    1000,   2500,    5000,   10000,
                                 25000, 50000, 100000, 250000, 1000000, 5000000};
enum { BUCKETS = sizeof bounds / sizeof *bounds + 1 };

static const int extra[] = {201, 204, 206, 304};
enum { EXTRA = sizeof extra / sizeof *extra, STATUSES = ERR_COUNT + EXTRA, STATUS_MAX = 600 };

struct metrics {
    int routes;
    unsigned char column[STATUS_MAX]; /* of a status in `counts` */
    atomic_int connections;
    atomic_uint_fast64_t buckets[BUCKETS], sum_us;
    atomic_uint_fast64_t counts[]; /* (routes + 1) × STATUSES; the last row is "no route" */
};

static int status_at(int i)
{
    return i < ERR_COUNT ? err_info((enum err)i)->status : extra[i - ERR_COUNT];
}

struct metrics *metrics_create(int routes)
{
    struct metrics *m = calloc(1, sizeof *m + (size_t)(routes + 1) * STATUSES * sizeof m->counts[0]);
    if (!m)
        return NULL;
    m->routes = routes;
    memset(m->column, ERR_INTERNAL, sizeof m->column);
    for (int i = STATUSES - 1; i >= 0; i--) /* of several with one status, the first */
        m->column[status_at(i)] = (unsigned char)i;
    return m;
}

void metrics_destroy(struct metrics *m)
{
    free(m);
}

void metrics_request(struct metrics *m, int route, int status, int64_t us)
{
    int row = route < 0 ? m->routes : route, bucket = 0;
    int column = status > 0 && status < STATUS_MAX ? m->column[status] : ERR_INTERNAL;
    while (bucket < BUCKETS - 1 && us > bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&m->counts[row * STATUSES + column], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->sum_us, (uint64_t)us, memory_order_relaxed);
}

void metrics_connections(struct metrics *m, int change)
{
    atomic_fetch_add_explicit(&m->connections, change, memory_order_relaxed);
}

int metrics_open_connections(struct metrics *m)
{
    return atomic_load_explicit(&m->connections, memory_order_relaxed);
}

static void print_row(struct metrics *m, int row, const struct route *route, struct buf *out)
{
    for (int i = 0; i < STATUSES; i++) {
        uint64_t n = atomic_load_explicit(&m->counts[row * STATUSES + i], memory_order_relaxed);
        if (n)
            buf_printf(out, "convened_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} %llu\n",
                       route ? method_name(route->method) : "", route ? route->path : "", status_at(i),
                       (unsigned long long)n);
    }
}

static void print_requests(struct house *h, struct buf *out)
{
    struct metrics *m = h->metrics;
    buf_puts(out, "# HELP convened_requests_total Requests answered, by route template and status.\n"
                  "# TYPE convened_requests_total counter\n");
    for (const struct feature *const *f = h->features; *f; f++)
        for (const struct route *r = (*f)->routes; r->path; r++)
            print_row(m, router_number(h->router, r), r, out);
    print_row(m, m->routes, NULL, out);
    buf_puts(out, "# HELP convened_request_seconds Time from a request's head to its reply.\n"
                  "# TYPE convened_request_seconds histogram\n");
    uint64_t total = 0;
    for (int i = 0; i < BUCKETS; i++) {
        total += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
        if (i < BUCKETS - 1)
            buf_printf(out, "convened_request_seconds_bucket{le=\"%g\"} %llu\n", (double)bounds[i] / 1e6,
                       (unsigned long long)total);
    }
    buf_printf(out, "convened_request_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)total);
    buf_printf(out, "convened_request_seconds_sum %.6f\nconvened_request_seconds_count %llu\n",
               (double)atomic_load_explicit(&m->sum_us, memory_order_relaxed) / 1e6,
               (unsigned long long)total);
}

void metrics_print(struct house *h, struct buf *out)
{
    struct db_stats db;
    struct cache_stats cache;
    db_stats(h->db, &db);
    cache_stats(h->cache, &cache);
    print_requests(h, out);
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } rows[] = {
        {"convened_connections", "gauge", "Open client connections.",
         (uint64_t)metrics_open_connections(h->metrics)},
        {"convened_commits_total", "counter", "Durable commits.", db.commits},
        {"convened_writes_total", "counter", "Writes made durable.", db.writes},
        {"convened_commit_batch_max", "gauge", "Most writes that shared one commit.", db.batch_max},
        {"convened_writes_waiting", "gauge", "Writes in the queue.", db.waiting},
        {"convened_wal_pages", "gauge", "Pages in the write-ahead log after the last commit.", db.wal_pages},
        {"convened_database_bytes", "gauge", "Size of the database.", db.bytes},
        {"convened_cache_hits_total", "counter", "Replies from memory.", cache.hits},
        {"convened_cache_misses_total", "counter", "Replies that had to be made.", cache.misses},
        {"convened_cache_bytes", "gauge", "Bytes of remembered replies.", cache.bytes},
        {"convened_cache_evictions_total", "counter", "Remembered replies that gave way.", cache.evictions},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", rows[i].name, rows[i].help, rows[i].name,
                   rows[i].type, rows[i].name, (unsigned long long)rows[i].value);
    /* How well commits are shared: the mean is the ratio of two counters. */
    buf_printf(out,
               "# HELP convened_commit_batch_mean Writes a commit, since the start.\n"
               "# TYPE convened_commit_batch_mean gauge\nconvened_commit_batch_mean %.3f\n",
               db.commits ? (double)db.writes / (double)db.commits : 0.0);
}

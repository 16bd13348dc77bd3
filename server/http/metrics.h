/* metrics.h - what /metrics prints: Prometheus text format 0.0.4.
 *
 * Threads: counters are atomic. Tests: tests/smoke/process_test.mjs
 */
#ifndef CONVENED_HTTP_METRICS_H
#define CONVENED_HTTP_METRICS_H

#include "http/request.h"

struct metrics;

struct metrics *metrics_create(int routes);    /* NULL when memory is out */
void metrics_destroy(struct metrics *metrics); /* NULL-safe */

/* Counts one answered request: route number (-1: none matched), status, µs from first byte to reply made. */
void metrics_request(struct metrics *metrics, int route, int status, int64_t us);
void metrics_connections(struct metrics *metrics, int change); /* +1 or -1 */
int metrics_open_connections(struct metrics *metrics);

void metrics_print(struct house *house, struct buf *out);

#endif

/* operations.h - health, readiness, metrics, and the API's own description.
 *
 * Tables: none. Spec tag: operations. Threads: any. Tests: tests/api/operations_test.c
 */
#ifndef CONVENED_FEATURES_OPERATIONS_H
#define CONVENED_FEATURES_OPERATIONS_H

#include "http/route.h"

extern const struct feature feature_operations;

#endif

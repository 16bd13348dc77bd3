/* resources.h - toolkits, letters, reports and their files.
 *
 * Tables: resources. Spec tag: resources. Memory: the request's. Threads: any. Tests:
 * tests/api/resources_test.c
 */
#ifndef CONVENED_FEATURES_RESOURCES_H
#define CONVENED_FEATURES_RESOURCES_H

#include "http/route.h"

extern const struct feature feature_resources;

#endif

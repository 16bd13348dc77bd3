/* staff.h - the code for the people at the check-in desk.
 *
 * Tables: events, devices; reads participants. Spec tag: staff. Memory: the request's. Threads: any.
 * Tests: tests/api/staff_test.c
 */
#ifndef CONVENED_FEATURES_STAFF_H
#define CONVENED_FEATURES_STAFF_H

#include "http/route.h"

extern const struct feature feature_staff;

#endif

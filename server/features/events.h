/* events.h - a convening, a training, a meeting: several live side by side.
 *
 * Tables: events, organizer_events. Spec tag: events. Memory: the request's. Threads: any. Tests:
 * tests/api/events_test.c
 */
#ifndef CONVENED_FEATURES_EVENTS_H
#define CONVENED_FEATURES_EVENTS_H

#include "http/route.h"

extern const struct feature feature_events;

#endif

/* announcements.h - what the organizers tell everybody, newest first.
 *
 * Tables: announcements; reads sessions. Spec tag: announcements. Memory: the request's. Threads: any.
 * Tests: tests/api/announcements_test.c
 */
#ifndef CONVENED_FEATURES_ANNOUNCEMENTS_H
#define CONVENED_FEATURES_ANNOUNCEMENTS_H

#include "http/route.h"

extern const struct feature feature_announcements;

#endif

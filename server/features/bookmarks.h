/* bookmarks.h - a person's own agenda: the published sessions that they marked.
 *
 * Tables: bookmarks; reads sessions. Spec tag: bookmarks. Memory: the request's. Threads: any.
 * Tests: tests/api/bookmarks_test.c
 */
#ifndef CONVENED_FEATURES_BOOKMARKS_H
#define CONVENED_FEATURES_BOOKMARKS_H

#include "http/route.h"

extern const struct feature feature_bookmarks;

#endif

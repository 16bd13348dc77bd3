/* bookmarks.h - a person's own agenda: the published sessions that they marked.
 *
 * Tables: bookmarks; reads sessions, feed. Spec tag: bookmarks. Memory: the request's. Threads: any.
 * Tests: tests/api/bookmarks_test.c
 */
#ifndef CONVENED_FEATURES_BOOKMARKS_H
#define CONVENED_FEATURES_BOOKMARKS_H

#include "db/query.h"
#include "http/route.h"

extern const struct feature feature_bookmarks;

/* What a writer had seen when they marked a session, or took the mark away. */
enum bookmark_base { BASE_NOTHING, BASE_GONE, BASE_THERE };

/* Marks or unmarks; false when it stays as it is: there is no such session, or the writer had not seen what
 * is stored, or it is the replay of a mark that has been taken away since. In a write transaction. */
bool bookmark_put(struct conn *c, struct str session, enum bookmark_base base, bool wanted);

#endif

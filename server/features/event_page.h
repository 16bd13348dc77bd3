/* event_page.h - the event for everyone: a page with its agenda, and the same for calendars and conference
 * apps, without a token.
 *
 * There is one when the event is `public`; else the answer is that of an event that does not exist. What is
 * shown is the published agenda and nothing of attendees. For search engines it stands in the page once more
 * as schema.org's Event (JSON-LD): data, which no browser runs.
 * Tables: none of its own; reads session_changes, and see agenda.h. Spec tag: events. Memory: the request's.
 * Threads: any. Tests: tests/api/event_page_test.c, tests/smoke/formats_test.mjs
 */
#ifndef CONVENED_FEATURES_EVENT_PAGE_H
#define CONVENED_FEATURES_EVENT_PAGE_H

#include "http/route.h"

extern const struct feature feature_event_page;

#endif

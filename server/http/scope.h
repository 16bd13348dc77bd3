/* scope.h - the events a request may name, and how often each feature has changed in each.
 *
 * Kept in memory, so that a 304 needs no database. A revision is a number that grows after each commit of a
 * feature's write in an event, before that write is answered: a reply made from an older one is never served
 * again. After a start all revisions begin at 1; cached replies do not outlive the process.
 *
 * Threads: safe. An event, once loaded, stays at its address until scope_destroy(). Tests:
 * tests/api/events_test.c, tests/api/policy_test.c
 */
#ifndef CONVENED_HTTP_SCOPE_H
#define CONVENED_HTTP_SCOPE_H

#include <stdatomic.h>

#include "http/request.h"

enum { EVENT_SLUG_MAX = 64, EVENT_NAME_MAX = 800 };

struct event {
    char id[37];
    _Atomic(const struct event_facts *) facts; /* replaced when the event changes */
    atomic_uint revision[FEATURES_MAX];
};

struct event_facts {
    char slug[EVENT_SLUG_MAX + 1];
    const struct zone *zone;
    bool public;                     /* its page is for everyone */
    const struct event_facts *older; /* kept: a request may still read it */
};

struct scope;

extern const char *const scope_sql[];

struct scope *scope_create(struct db *db); /* loads the events; NULL on failure */
void scope_destroy(struct scope *scope);   /* NULL-safe */
/* Reads the events and who organizes them again: after a commit that changed either. */
enum err scope_reload(struct scope *scope, struct db *db);

/* By id or slug; NULL when there is none. */
struct event *scope_find(struct scope *scope, struct str id_or_slug);
bool scope_organizes(struct scope *scope, const char *organizer, const struct event *event);

/* Zones are shared and live as long as the scope. NULL for an unknown name. */
const struct zone *scope_zone(struct scope *scope, const char *name);

/* Counts a committed write of `feature`, in `event` (may be NULL) and overall. */
void scope_changed(struct scope *scope, struct event *event, int feature);
/* The same, in every event: a write that was of no single one. */
void scope_changed_everywhere(struct scope *scope, int feature);
/* The revision of `feature`, in the event, or overall when event is NULL. */
unsigned scope_revision(struct scope *scope, const struct event *event, int feature);

#endif

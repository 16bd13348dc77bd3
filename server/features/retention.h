/* retention.h - people's data goes when its time is over: by itself, or when told to.
 *
 *   directory   directory_days after the end: attendees with contact data, consents, check-ins, bookmarks,
 *               whoever joined with their devices and tokens
 *   responses   responses_days after the end: worksheets, items, revisions, versions, what pushes left
 *
 * The end is the event's, or when it was entered if that was later. What goes is deleted (secure_delete), the
 * database is rewritten and its log emptied, replies in memory are dropped: no byte of it stays in the data
 * directory. The event's figures (representation) are kept as they were, without names; so are hashes of the
 * names on certificates. Backups that were made before still hold it. Who comes late is taken within a day.
 *
 *   read figures ─► delete, one transaction ─► VACUUM, checkpoint ─► mark the event, audit
 *
 * A crash on the way leaves the event unmarked, and the next turn of the ticker does it again.
 *
 * Tables: attendees, participants, worksheets, and what hangs on them; kept_figures, events. Spec tag:
 * events. Threads: any but the writer's. Tests: tests/api/retention_test.c
 */
#ifndef CONVENED_FEATURES_RETENTION_H
#define CONVENED_FEATURES_RETENTION_H

#include <stdint.h>

#include "http/route.h"

extern const struct feature feature_retention;

#endif

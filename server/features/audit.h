/* audit.h - who saw or took out what: the audit (http/audit.h) as organizers read it, of their own events.
 *
 * Newest first. Names stand beside the ids as long as the people are here. Reading it is in it, too.
 * Tables: audit, participants. Spec tag: audit. Memory: the request's. Threads: as dispatch.
 * Tests: tests/api/audit_test.c
 */
#ifndef CONVENED_FEATURES_AUDIT_H
#define CONVENED_FEATURES_AUDIT_H

#include "http/route.h"

extern const struct feature feature_audit;

#endif

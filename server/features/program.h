/* program.h - what stands behind the events: counties with their tier, plan and protocol, dated
 * milestones, and the figures of both as of any day.
 *
 * It belongs to no event: one program, every event's people read it, every organizer writes it. Times are in
 * UTC. A county's row holds the tier that it was given last; program_tiers holds each one with its date, so
 * that figures of an earlier day stay what they were. Tables: program_counties, program_tiers,
 * program_milestones. Spec tag: program. Memory: the request's. Threads: any.
 * Tests: tests/api/program_test.c
 */
#ifndef CONVENED_FEATURES_PROGRAM_H
#define CONVENED_FEATURES_PROGRAM_H

#include "http/route.h"

extern const struct feature feature_program;

#endif

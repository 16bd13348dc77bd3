/* program.h - what stands behind the events: counties with their tier, plan and protocol, and dated
 * milestones.
 *
 * It belongs to no event: one program, every event's people read it, every organizer writes it. Times are in
 * UTC. Tables: program_counties, program_milestones. Spec tag: program. Memory: the request's. Threads: any.
 * Tests: tests/api/program_test.c
 */
#ifndef CONVENED_FEATURES_PROGRAM_H
#define CONVENED_FEATURES_PROGRAM_H

#include "http/route.h"

extern const struct feature feature_program;

#endif

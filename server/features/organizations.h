/* organizations.h - agencies, and community providers.
 *
 * Tables: organizations. Spec tag: organizations. Memory: the request's. Threads: any.
 * Tests: tests/api/organizations_test.c
 */
#ifndef CONVENED_FEATURES_ORGANIZATIONS_H
#define CONVENED_FEATURES_ORGANIZATIONS_H

#include "features/collection.h"

/* What an organization is, and what an attendee comes from. */
#define AGENCY_TYPES                                                                                         \
    "child_welfare probation juvenile_court mental_health public_health education law_enforcement "          \
    "district_attorney"                                                                                      \
    " public_defender minors_counsel substance_use victim_services health_care tribal state_agency "         \
    "community"

extern const struct feature feature_organizations;
extern const struct collection organizations_collection;

/* Is the query parameter `name` an agency type, or absent? ERR_BAD_REQUEST when not. */
enum err organizations_check_type(struct request *rq, const char *name);

#endif

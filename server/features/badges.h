/* badges.h - a badge for everybody: name, organization, and the personal code as QR and text.
 *
 * The desk scans it, and its bearer's phone joins by it. Eight a sheet. Tables: none written; reads
 * attendees, organizations, teams, events. Spec tag: check-ins. Memory: the request's. Threads: any. Tests:
 * tests/api/badges_test.c, tests/judges/certificates_test.mjs
 */
#ifndef CONVENED_FEATURES_BADGES_H
#define CONVENED_FEATURES_BADGES_H

#include "http/route.h"

extern const struct feature feature_badges;

#endif

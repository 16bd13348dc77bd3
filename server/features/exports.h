/* exports.h - the roster, the sign-in sheet and the worksheets as CSV files for spreadsheets.
 *
 *   attendees.csv?names=true&reason=…   ──► 428 with `confirm`      nothing is shown, nothing recorded
 *   the same with &confirm=…            ──► the file                the audit has the reason
 *
 * Without names a row of the roster is an organization, an agency type, a team and what the person does
 * there; with names its columns are those that an import takes. Worksheets are what teams submitted or share;
 * who an item's owner is counts as a name. A confirmation is good for five minutes, for the same person, path
 * and reason: an HMAC, so that nothing is kept.
 *
 *   page ──► a read transaction of its own ──► a chunk on the wire ──► next page, from the last key
 *
 * So a slow reader holds neither a snapshot nor the writer, memory is a page's, and each row that stays is in
 * the file once. A fault on the way leaves the last chunk out: the file is seen to be cut.
 *
 * Tables: attendees, organizations, teams, check_ins, worksheets, prompts, items. Spec tag: exports. Memory:
 * the request's, and an arena a page. Threads: as dispatch. Tests: tests/api/exports_test.c,
 * tests/judges/exports_test.mjs
 */
#ifndef CONVENED_FEATURES_EXPORTS_H
#define CONVENED_FEATURES_EXPORTS_H

#include "http/route.h"

extern const struct feature feature_exports;

#endif

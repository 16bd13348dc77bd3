/* attendees_import.h - a roster from a spreadsheet: POST …/attendees/import.
 *
 * Who a row is: the attendee with its e-mail, else the one with its name, organization and team; else someone
 * new. Names are compared folded. A column that the file has is what the attendee gets, an empty cell
 * included; a sort name alone is kept, or made, when its cell is empty. Columns that the file lacks stay as
 * they are. So the same file again changes nothing. Organizations that nobody knows are created, teams are
 * not. All or nothing.
 *
 * Every row is checked by the fields of attendees.c, and stored by the statements of its collection: the
 * codes, the search text and the feed are those of single writes. While the rows are written others wait, so
 * all else is done before: a plan that somebody's write has made stale meanwhile is made again, outside of
 * the transaction, but for the fourth time. Tables: attendees, organizations; reads teams. Spec tag:
 * attendees. Memory: the request's. Threads: any. Tests: tests/api/attendees_import_test.c
 */
#ifndef CONVENED_FEATURES_ATTENDEES_IMPORT_H
#define CONVENED_FEATURES_ATTENDEES_IMPORT_H

#include "http/request.h"

enum err attendees_import(struct request *rq);

#endif

/* sessions_import.h - an agenda from a file: POST …/sessions/import.
 *
 *   text/csv            columns id, title, abstract, kind, status, starts_at and ends_at (or date, start,
 * end), room, track, speakers (between `;`) application/json    Sessionize's view/All application/xml
 * schedule.xml (frab, pretalx, c3voc)
 *
 * A session is known again by its origin: the file's id of it, or its title where a table has none. The same
 * file again changes nothing, a changed one changes what it says; what is not in the file stays. Rooms,
 * tracks and speakers are found by name and created. Each session is stored through the collection of
 * sessions.c, so drafts, numbers and changes for phones are those of single writes. All or nothing.
 *
 * Tables: sessions, session_speakers, rooms, tracks, speakers, session_changes. Spec tag: sessions. Memory:
 * the request's. Threads: any. Tests: tests/api/sessions_import_test.c
 */
#ifndef CONVENED_FEATURES_SESSIONS_IMPORT_H
#define CONVENED_FEATURES_SESSIONS_IMPORT_H

#include "http/request.h"

enum err sessions_import(struct request *rq);

extern const char *const sessions_import_sql[];

#endif

/* attendees.h - the roster, and the directory that people have agreed to.
 *
 * Each role sees it through a face of its own. Organizers see all; staff see names, teams and organizations,
 * to check people in; participants see who agreed to be seen, and of them what they agreed to show to the
 * event or to their own team. Filters and order work on what a face shows, so nothing hidden can be asked
 * for, and who is not shown is not there: 404, no gap, no count. Tables: attendees, devices; reads consents,
 * teams, organizations, participants. Spec tag: attendees. Memory: the request's. Threads: any. Tests:
 * tests/api/attendees_test.c
 */
#ifndef CONVENED_FEATURES_ATTENDEES_H
#define CONVENED_FEATURES_ATTENDEES_H

#include "features/collection.h"

extern const struct feature feature_attendees;
extern const struct collection attendees_collection;

/* `Robin Q. Quill` sorts as `Quill, Robin Q.` */
struct str attendees_sort_name(struct request *rq, struct str name);

#endif

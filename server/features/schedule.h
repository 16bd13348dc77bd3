/* schedule.h - the agenda as schedule.xml and schedule.json (frab, c3voc): what conference apps, players and
 * recording teams read.
 *
 * A session's id there is its number in the event (never given twice), its guid its id here. What was
 * cancelled is left out: the format has no word for it.
 * Tables: none of its own; see agenda.h. Spec tag: schedule. Memory: the request's. Threads: any.
 * Tests: tests/api/schedule_test.c, tests/smoke/formats_test.mjs
 */
#ifndef CONVENED_FEATURES_SCHEDULE_H
#define CONVENED_FEATURES_SCHEDULE_H

#include "http/request.h"

extern const struct feature feature_schedule;

/* GET …/schedule.xml, GET …/schedule.json */
enum err schedule_get_xml(struct request *rq);
enum err schedule_get_json(struct request *rq);

#endif

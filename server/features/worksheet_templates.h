/* worksheet_templates.h - what county teams are asked: a template's prompts, and the worksheet of each team
 * that it makes.
 *
 * Prompts stay as they are made: answers refer to them. The worksheet of a team has an id that follows from
 * the two, so that a team that comes later (teams.c) gets what it would have had from the start. Tables:
 * worksheet_templates, prompts, worksheets (its rows are made here). Spec tag: worksheets. Memory: the
 * request's. Threads: as dispatch. Tests: tests/api/worksheet_templates_test.c
 */
#ifndef CONVENED_FEATURES_WORKSHEET_TEMPLATES_H
#define CONVENED_FEATURES_WORKSHEET_TEMPLATES_H

#include "http/request.h"

extern const struct feature feature_worksheet_templates;

/* A worksheet of each template of the event for a team that was just made. */
void worksheet_templates_for_team(struct request *rq, struct str team);

#endif

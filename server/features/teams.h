/* teams.h - county teams: their codes, who has joined, who leads.
 *
 * Tables: teams, participants, devices, worksheets; reads worksheet_templates. Spec tag: teams.
 * Memory: the request's. Threads: any. Tests: tests/api/teams_test.c
 */
#ifndef CONVENED_FEATURES_TEAMS_H
#define CONVENED_FEATURES_TEAMS_H

#include "http/route.h"

extern const struct feature feature_teams;

#endif

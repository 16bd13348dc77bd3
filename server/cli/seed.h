/* seed.h - loads a folder of seed data through the API, so that seed data obeys every rule a client does.
 *
 *   DIR/program/{counties,milestones}.csv
 *   DIR/<event slug>/event.json and {rooms,tracks,…}.csv      the columns are the API's fields, see
 * seed-data/README.md
 *
 * Loading twice changes nothing: ids are derived from the files' keys.
 * Threads: one. Tests: tests/unit/seed_test.c, and every API test stands on it.
 */
#ifndef CONVENED_CLI_SEED_H
#define CONVENED_CLI_SEED_H

struct house;

/* 0, or -1 with a line that names file, line and what is wrong. */
int seed_load(struct house *house, const char *dir, char why[256]);

#endif

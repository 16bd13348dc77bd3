/* rows.h - the body of a push, taken apart before it is parsed: one bad row spoils no other.
 *
 * Pure. Texts are views of the body, or the arena's. Threads: safe. Tests: tests/unit/rows_test.c,
 * tests/fuzz/
 */
#ifndef CONVENED_SYNC_ROWS_H
#define CONVENED_SYNC_ROWS_H

#include <jansson.h>

#include "base/text.h"

/* The elements of a JSON array, as text: their number, at most max + 1, or -1 when it is no array. Brackets
 * and quotes are matched, no more: what an element is worth shows when it is parsed. */
int rows_split(struct str body, struct str *rows, int max);

/* Parses one. Halves of surrogate pairs, which a phone makes when it cuts a text in the middle of an emoji,
 * become U+FFFD. NULL when it is not JSON, or nested deeper than 32. It is the arena's. */
json_t *rows_parse(struct arena *arena, struct str row);

/* The first id that stands in a row that could not be parsed; absent when there is none. */
struct str rows_guess_id(struct str row);

#endif

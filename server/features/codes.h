/* codes.h - join codes, `ALAM-7K3QM-9F2WD`: derived from the server key, so that the database holds none.
 *
 *   ALAM     label: finds the candidates (four letters of the team's slug, `STAF`, or a roster row's own four
 * digits) 10 more  50 bits of HMAC-SHA256(server key; what, id, generation) in Crockford base32
 *
 * Reading is forgiving: case, spaces and dashes do not matter, O is 0, I and L are 1. Rotating adds one to
 * the generation. Threads: safe. Tests: tests/unit/codes_test.c
 */
#ifndef CONVENED_FEATURES_CODES_H
#define CONVENED_FEATURES_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct keys;

enum { CODE_TEXT = 17, CODE_LABEL = 5, CODE_DIGITS = 14 }; /* texts with their NUL; digits without */

enum code_kind { CODE_TEAM, CODE_STAFF, CODE_ATTENDEE };

#define CODE_STAFF_LABEL "STAF"

/* The label of a team as it is printed: the first four letters or digits of its slug, upper case; `X` fills
 * up. */
void code_label(struct str slug, char out[CODE_LABEL]);
/* A label as code_read() folds it: what the database keeps and join looks for. */
void code_fold_label(char label[CODE_LABEL]);
/* Four random digits, for a roster row. */
void code_random_label(char out[CODE_LABEL]);

/* The code in its printed form. */
void code_write(const struct keys *keys, enum code_kind kind, const char *label, struct str id,
                int64_t generation, char out[CODE_TEXT]);

/* What was typed, folded to 14 digits; false when it cannot be a code. */
bool code_read(struct str typed, char out[CODE_DIGITS + 1]);

/* `n` digits of the random or derived `bits`, the lowest first; n at most 12. */
void code_spell(uint64_t bits, int n, char *out);
/* As code_read() for a text of exactly `n` digits; out[] takes n + 1. */
bool code_read_digits(struct str typed, int n, char *out);
/* The value of a digit, 0 to 31; -1 for any other character. */
int code_value(char digit);

/* Constant-time: is the folded code, whose label led here, the one of this thing? */
bool code_matches(const struct keys *keys, enum code_kind kind, struct str id, int64_t generation,
                  const char folded[CODE_DIGITS + 1]);

#endif

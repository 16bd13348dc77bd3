/* certificate_number.h - `7K3Q-M9F2-WDAB-C`: 12 random Crockford digits and the check symbol modulo 37.
 *
 * The four symbols that Crockford adds for remainders from 32 to 36 read badly in addresses, so numbers that
 * would need one are not given out. Threads: safe. Tests: tests/unit/certificate_number_test.c,
 * tests/fuzz/certificate_fuzz.c
 */
#ifndef CONVENED_FEATURES_CERTIFICATE_NUMBER_H
#define CONVENED_FEATURES_CERTIFICATE_NUMBER_H

#include <stdbool.h>

#include "base/text.h"

enum { NUMBER_DIGITS = 13, NUMBER_KEPT = NUMBER_DIGITS + 1, NUMBER_TEXT = NUMBER_DIGITS + 4 }; /* with NUL */

void certificate_number_make(char out[NUMBER_KEPT]);
/* As it is printed, with its dashes. */
void certificate_number_print(struct str kept, char out[NUMBER_TEXT]);
/* What was typed or scanned, as it is kept; false when no certificate can have it. */
bool certificate_number_read(struct str typed, char out[NUMBER_KEPT]);

#endif

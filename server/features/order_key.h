/* order_key.h - fractional order keys: texts of 0-9A-Za-z between any two of which there is room for another.
 *
 *   a0 < a1 < a1V < a2 < … < az < b00 < …     an integer, whose first letter says how many digits follow,
 * then a fraction
 *
 * Appending counts the integer up, so keys stay short; inserting halves a fraction, about six insertions at
 * one spot a digit. The form is that of the npm package `fractional-indexing`, so that a client may make
 * keys, too. Keys compare as bytes. Two clients may make the same key: order is (order_key, id), and equal
 * keys are normal.
 *
 * Memory: the caller's. Threads: safe. Tests: tests/unit/order_key_test.c
 */
#ifndef CONVENED_FEATURES_ORDER_KEY_H
#define CONVENED_FEATURES_ORDER_KEY_H

#include <stdbool.h>

#include "base/text.h"

enum { ORDER_KEY_MAX = 200 }; /* bytes, without the NUL */

/* Is it a key of this form, and not longer than ORDER_KEY_MAX? */
bool order_key_is(struct str key);

/* A key between `a` and `b`; an absent one stands for the beginning, or the end. Where there is none (a >= b,
 * or it would be longer than ORDER_KEY_MAX) the key of `b`, or else of `a`, again: the place next to it. */
void order_key_between(struct str a, struct str b, char out[ORDER_KEY_MAX + 1]);

#endif

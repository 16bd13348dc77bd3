/* seal.h - files that only the holder of a secret key can read again, which may be far from here, offline.
 *
 *   "CNVDBOX1" | a stream key, sealed to the public key (crypto_box_seal) | header | 64 KiB pieces, the last
 * marked as such (crypto_secretstream)
 *
 * A byte that changed, pieces that were moved, a file that was cut: none of it opens. Who only has the public
 * key cannot read what they sealed. Threads: any. Tests: tests/unit/seal_test.c
 */
#ifndef CONVENED_BASE_SEAL_H
#define CONVENED_BASE_SEAL_H

#include <stdbool.h>

#include "base/text.h"

enum { SEAL_KEY = 32, SEAL_TEXT = 65 }; /* bytes; as hex, with the NUL */

struct seal_pair {
    unsigned char public[SEAL_KEY], secret[SEAL_KEY];
};

void seal_pair_make(struct seal_pair *pair);
/* A key from its hex; false when it is none. */
bool seal_key_read(struct str hex, unsigned char key[SEAL_KEY]);
/* The pair of a secret key. */
void seal_pair_of(const unsigned char secret[SEAL_KEY], struct seal_pair *pair);

/* From one open file to another, to its end; 0 or -1. Nothing is synced. seal_open() may have written a part
 * when it fails: the caller removes it. */
int seal_file(int in, int out, const unsigned char public[SEAL_KEY]);
int seal_open(int in, int out, const struct seal_pair *pair);

#endif

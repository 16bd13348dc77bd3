/* signing.h - one signing key: its name, and its P-256 pair from and to PEM. For http/keys.c alone.
 *
 * Ownership: the caller frees what these return. Threads: safe. Tests: tests/unit/keys_test.c
 */
#ifndef CONVENED_HTTP_SIGNING_H
#define CONVENED_HTTP_SIGNING_H

#include <stdbool.h>
#include <stdint.h>

#include "http/keys.h"

/* A kid of now, greater than `newest` (NULL: none) even if the clock went back: the greatest kid is the one
 * that signs. False when no such kid can be written. */
bool kid_make(char kid[KEYS_KID], const char *newest);

/* The time in a kid, seconds since 1970; false when it is not one that kid_make() writes. */
bool kid_parse(struct str kid, int64_t *seconds);

/* A new private key as PEM; NULL when memory is out. Free it with pem_free(), which wipes it. */
char *pem_create(void);
void pem_free(char *pem); /* NULL-safe */

/* NULL when the text is no sound P-256 private key, or memory is out. */
struct signing_key *signing_key_parse(const char *kid, const char *pem, size_t len);
void signing_key_destroy(struct signing_key *key); /* NULL-safe */

#endif

/* uuid.h - identifiers (RFC 9562): version 7 when the server makes one, any version from a client.
 *
 * Threads: safe. Tests: tests/unit/uuid_test.c
 */
#ifndef CONVENED_BASE_UUID_H
#define CONVENED_BASE_UUID_H

#include <stdbool.h>

#include "base/text.h"

enum { UUID_TEXT = 37 }; /* with the NUL */

/* A new version 7 UUID, lower case: time-ordered, 74 random bits. */
void uuid_v7(char out[UUID_TEXT]);

/* A version 8 UUID that is the same for the same (space, name): for seed rows and derived ids. */
void uuid_derive(char out[UUID_TEXT], struct str space, struct str name);

/* The lower-case 8-4-4-4-12 form, and nothing else. */
bool uuid_is(struct str s);

#endif

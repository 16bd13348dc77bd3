/* redacted.h - what was taken out of an item does not come back with a phone that still holds it.
 *
 * Of each text that a redaction takes out only a hash is kept, under its item. Whatever is written to the
 * item is held against them before it is journalled. Tables: redacted_texts. Memory: the caller's. Threads:
 * as the connection. Tests: tests/api/redactions_test.c, tests/model/
 */
#ifndef CONVENED_FEATURES_REDACTED_H
#define CONVENED_FEATURES_REDACTED_H

#include "db/query.h"

#define REDACTED "[redacted]"

/* From now on `text` is not to stand in the item. Empty and redacted texts are passed over. */
void redacted_add(struct conn *c, struct str item, struct str text);
bool redacted_has(struct conn *c, struct str item, struct str text);

extern const char *const redacted_sql[];

#endif

/* redactions.h - an organizer takes what should not stand there (a name, a story) out of an item: out of the
 * item, its revisions, what was submitted, and so off every phone.
 *
 * The one exception to two rules: the journal is append-only, and a submitted version is kept byte for byte.
 * Text and owner give way to "[redacted]" and null; all else stays, so that a replay of the old text is known
 * as one; and no write brings the text back into item or journal (redacted.h). The reason is kept, what it
 * was is not. Backups made before still hold it. Organizers redact what they may see: the items of a shared
 * or submitted worksheet, and those of a version.
 *
 * Tables: items, item_revisions, worksheet_versions, push_rejects, worksheets, redactions, redacted_texts.
 * Spec tag: worksheets. Memory: the request's. Threads: as dispatch. Tests: tests/api/redactions_test.c
 */
#ifndef CONVENED_FEATURES_REDACTIONS_H
#define CONVENED_FEATURES_REDACTIONS_H

#include "http/route.h"

extern const struct feature feature_redactions;

#endif

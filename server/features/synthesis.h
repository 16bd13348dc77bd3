/* synthesis.h - what the county teams wrote, side by side: by prompt, across counties, blanks shown as
 * blanks.
 *
 * The teams' words as they typed them, of worksheets that organizers may read (answers.h), with the
 * organizers' marks beside them; next steps and outstanding questions as lists of their own; which county
 * wants to learn from which (learning.h). Replies are whole, not paged: they are bounded by the worksheets.
 *
 * Tables: as answers.h. Spec tag: synthesis. Memory: the request's. Threads: as dispatch. Tests:
 * tests/api/synthesis_test.c
 */
#ifndef CONVENED_FEATURES_SYNTHESIS_H
#define CONVENED_FEATURES_SYNTHESIS_H

#include "http/route.h"

/* Features whose writes change what organizers read of worksheets. */
#define SYNTHESIS_READS                                                                                      \
    "worksheets worksheet_templates worksheet_items submissions teams sync late_edits redactions item_marks"

extern const struct feature feature_synthesis;

#endif

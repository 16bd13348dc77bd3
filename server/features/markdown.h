/* markdown.h - what organizers type as Markdown (CommonMark), as HTML that is safe on any page.
 *
 * HTML in the text is text. Links go to http, https and mailto addresses; other addresses and pictures leave
 * their words alone. Nesting is bounded. The ONLY file that includes md4c.
 * Threads: any. Tests: tests/unit/markdown_test.c, tests/fuzz/markdown_fuzz.c
 */
#ifndef CONVENED_FEATURES_MARKDOWN_H
#define CONVENED_FEATURES_MARKDOWN_H

#include "base/text.h"

/* Adds `text`, UTF-8, as a fragment of HTML. */
void markdown_html(struct buf *out, struct str text);

#endif

/* qr.h - QR codes (ISO/IEC 18004), error correction level M, for screens, paper and terminals.
 *
 * Memory: the buffer's arena. Threads: any. Tests: tests/unit/qr_test.c
 */
#ifndef CONVENED_FEATURES_QR_H
#define CONVENED_FEATURES_QR_H

#include <stdio.h>

#include "base/text.h"

/* An SVG element without a size of its own (its viewBox counts modules, four of light margin included), black
 * on white. `text` must not hold NUL. False when it does not fit (about 2,300 bytes) or memory is out; then
 * nothing is written. */
bool qr_svg(struct buf *out, struct str text);

/* Two modules a character, dark on light whatever the terminal's colours. Nothing when it does not fit. */
void qr_terminal(FILE *out, const char *text);

#endif

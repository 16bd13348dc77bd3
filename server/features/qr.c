#include "features/qr.h"

#include <qrencode.h>

/* Scanners want a light margin: four modules (ISO/IEC 18004, 9.1); terminals are large, and two do. */
enum { QUIET = 4, TERMINAL_QUIET = 2 };

static bool is_dark(const QRcode *qr, int x, int y)
{
    return x >= 0 && y >= 0 && x < qr->width && y < qr->width && qr->data[y * qr->width + x] & 1;
}

/* One path with a stroke a run of dark modules: a tenth of the size of a rectangle a module. */
bool qr_svg(struct buf *out, struct str text)
{
    struct buf copy;
    buf_init(&copy, out->arena, text.len + 1);
    buf_str(&copy, text);
    const char *bytes = buf_cstr(&copy);
    QRcode *qr = bytes ? QRcode_encodeString8bit(bytes, 0, QR_ECLEVEL_M) : NULL;
    if (!qr)
        return false;
    int size = qr->width + 2 * QUIET;
    buf_printf(out,
               "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
               " shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
               "<path stroke=\"#000\" d=\"",
               size, size, size, size);
    for (int y = 0; y < qr->width; y++)
        for (int x = 0, run; x < qr->width; x += run ? run : 1) {
            for (run = 0; is_dark(qr, x + run, y); run++)
                continue;
            if (run)
                buf_printf(out, "M%d %d.5h%d", x + QUIET, y + QUIET, run);
        }
    buf_puts(out, "\"/></svg>");
    QRcode_free(qr);
    return true;
}

void qr_terminal(FILE *out, const char *text)
{
    QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!qr)
        return;
    for (int y = -TERMINAL_QUIET; y < qr->width + TERMINAL_QUIET; y += 2) {
        fputs("  \033[30;107m", out);
        for (int x = -TERMINAL_QUIET; x < qr->width + TERMINAL_QUIET; x++) {
            bool top = is_dark(qr, x, y), bottom = is_dark(qr, x, y + 1);
            fputs(top && bottom ? "\u2588" : top ? "\u2580" : bottom ? "\u2584" : " ", out);
        }
        fputs("\033[0m\n", out);
    }
    QRcode_free(qr);
}

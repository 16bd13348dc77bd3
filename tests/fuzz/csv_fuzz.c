/* CSV files as people upload them. */
#include "fuzz.h"

#include "base/csv.h"

/* The row again, every field in quotes: it reads as the same fields. */
static void hold_round_trip(struct arena *arena, const struct str *fields, size_t n)
{
    struct buf text;
    struct csv csv;
    struct str again[CSV_MAX_COLUMNS];
    size_t m, total = 0;
    for (size_t i = 0; i < n; i++)
        total += fields[i].len;
    if (n == 1 && !total)
        return; /* a line of nothing is no row */
    buf_init(&text, arena, 64);
    for (size_t i = 0; i < n; i++) {
        buf_puts(&text, i ? ",\"" : "\"");
        for (size_t j = 0; j < fields[i].len; j++) {
            if (fields[i].ptr[j] == '"')
                buf_char(&text, '"');
            buf_char(&text, fields[i].ptr[j]);
        }
        buf_char(&text, '"');
    }
    csv_init(&csv, arena, buf_view(&text));
    HOLD(csv_next(&csv, again, CSV_MAX_COLUMNS, &m));
    HOLD(m == n);
    for (size_t i = 0; i < n; i++)
        HOLD(str_eq(again[i], fields[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct csv csv;
    struct str fields[CSV_MAX_COLUMNS];
    size_t n;
    int line = 0, rows = 0;
    arena_init(&arena, NULL, 0);
    csv_init(&csv, &arena, (struct str){(const char *)data, size});
    while (csv_next(&csv, fields, CSV_MAX_COLUMNS, &n)) {
        HOLD(n > 0 && n <= CSV_MAX_COLUMNS && csv.line > line && csv.line <= (int)size + 1);
        line = csv.line;
        for (size_t i = 0; i < n; i++)
            HOLD(fields[i].ptr && fields[i].len <= CSV_MAX_FIELD && text_is_utf8(fields[i]));
        if (rows++ < 8)
            hold_round_trip(&arena, fields, n);
    }
    HOLD(!csv_next(&csv, fields, CSV_MAX_COLUMNS, &n) && n == 0);
    HOLD(!csv.error || !strchr(csv.error, '\n'));
    arena_finish(&arena);
    return 0;
}

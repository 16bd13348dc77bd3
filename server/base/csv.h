/* csv.h - a strict reader of RFC 4180 files, as spreadsheets really save them, and the writer.
 *
 * Takes a BOM, `,` `;` or TAB (found from the first line outside quotes), CRLF, LF or CR, quoted newlines.
 * The whole text is in memory; fields are views into it or unescaped copies in the caller's arena. Threads:
 * plain data. Tests: tests/unit/csv_test.c, tests/fuzz/csv_fuzz.c
 */
#ifndef CONVENED_BASE_CSV_H
#define CONVENED_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum { CSV_MAX_COLUMNS = 64, CSV_MAX_FIELD = 64 * 1024 };

struct csv {
    struct str rest;
    char delimiter;
    int line; /* 1-based line on which the current row begins; of an error, where it is */
    int next_line;
    const char *error; /* static text when csv_next() ended early, else NULL */
    struct arena *arena;
};

/* Begins reading `text`: UTF-8, checked. On anything else (Latin-1, Windows-1252, UTF-16, a workbook)
 * csv_next() ends with an `error` that says how to save it. */
void csv_init(struct csv *csv, struct arena *arena, struct str text);

/* The next row's fields into fields[] (at most `max`), their number into *count. Blank lines are skipped.
 * False at the end, or with csv->error (and csv->line) on: an unclosed quote, text after a closing quote, too
 * many columns, a field over CSV_MAX_FIELD, memory out. */
bool csv_next(struct csv *csv, struct str *fields, size_t max, size_t *count);

/* --- writing --- */

/* What a file begins with, so that spreadsheets take it for UTF-8. */
#define CSV_BOM "\xef\xbb\xbf"

/* Would a spreadsheet run the text as a formula: does it begin with = + - @, a tab or CR? */
bool csv_begins_formula(struct str field);

/* Adds one field, quoted where it must be; `first` ones have no comma before them. One that begins a formula
 * gets a ' in front (OWASP, CSV Injection). Absent is empty. */
void csv_put(struct buf *out, struct str field, bool first);
/* As csv_put for a number: never defused. */
void csv_put_int(struct buf *out, int64_t n, bool first);
void csv_end_row(struct buf *out);

#endif

/* import.h - what the imports share: the file as it came, a table's columns, faults by line, the report.
 *
 *   the upload, mapped ──► rows, each field checked (no connection)     faults by line and column
 *                            └─► plan against what is stored (reader)   more faults; dry_run ends here
 *                                  └─► the same plan in the writer, then the writes: all or none
 *
 * The plan is one function that runs twice, so that a dry run says what a real one does, and so that nothing
 * that changed in between is overlooked. Values are never logged. Memory: the request's; the file is mapped,
 * not read. Threads: as the request. Tests: tests/api/attendees_import_test.c,
 * tests/api/sessions_import_test.c
 */
#ifndef CONVENED_FEATURES_IMPORT_H
#define CONVENED_FEATURES_IMPORT_H

#include "base/csv.h"
#include "base/lookup.h"
#include "http/request.h"

enum { IMPORT_ROWS = 20000, IMPORT_COLUMNS = 16, IMPORT_LISTED = 100 };

struct import_fault {
    struct import_fault *next;
    int line, order; /* line 0: the file has none */
    const char *pointer, *column, *detail;
};

struct import {
    struct request *rq;
    struct str file;
    bool dry_run;
    const char *rows_are; /* first part of pointers: "rows" */
    int rows;
    struct str key, hash; /* of the request, of the file; absent: no Idempotency-Key */
    int faults; /* all of them; the first IMPORT_LISTED of the file, and as many of the plan, are kept */
    struct import_fault *first, **end;
    struct import_fault **plan; /* the end, and the number, when the plan began; NULL: it did not */
    int before_plan;
    int conflicts; /* of the faults: those that ?force=true would let pass */
};

/* Begins: maps the upload, reads ?dry_run. Fails with 415 when the Content-Type is none of `types`
 * (space-separated), or says another charset than UTF-8; *type is the index of the one it is. */
enum err import_open(struct import *im, struct request *rq, const char *types, int *type);

/* In a transaction: was this file imported before under the request's Idempotency-Key? Then *repeat is what
 * was answered, else absent. ERR_CONFLICT when the key came with another file. */
enum err import_find(struct import *im, struct str *repeat);
/* Keeps the answer under that key, if there is one, in the transaction of the import. */
void import_keep(struct import *im, struct str answer);

/* Notes what is wrong with a value: `row` from 0 (-1: with the file), `line` from 1, `column` as the API
 * names it (NULL: with the whole row). */
void import_fault(struct import *im, int row, int line, const char *column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The same with a pointer of its own. */
void import_fault_at(struct import *im, const char *pointer, int line, const char *column, const char *fmt,
                     ...) __attribute__((format(printf, 5, 6)));
/* The plan begins (again): forgets what an earlier one found. */
void import_plan(struct import *im);
/* The text as a sentence bears it: at most 60 bytes, cut between code points. */
struct str import_shown(struct str s);

/* When this is no dry run: 422 with the faults if there are any; 409 if each is a conflict. */
enum err import_check(struct import *im);
/* Starts the report: {"dry_run":…,"rows":… without the brace at its end; import_report_end() adds the faults.
 */
struct buf *import_report(struct import *im);
void import_report_end(struct import *im, struct buf *out);

/* --- a table --- */

struct import_table {
    const char *const *columns; /* names as the API has them; NULL ends */
    const char *needed;         /* must be there: space-separated */
    struct csv csv;
    int at[CSV_MAX_COLUMNS]; /* the file's columns → ours; -1: one without a name */
    size_t n;
    bool has[IMPORT_COLUMNS]; /* ours that are in the file */
};

/* Reads the header. False with faults. */
bool import_header(struct import *im, struct import_table *t);
/* The next row that is not blank: a cell for each of our columns, its ends trimmed, what csv_put() defused as
 * it was; absent when the file has no such column. False at the end, or with a fault. */
bool import_row(struct import *im, struct import_table *t, struct str cells[IMPORT_COLUMNS]);

extern const char *const import_sql[];

#endif

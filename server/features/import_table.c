#include "features/import.h"

#include <string.h>

/* Is `typed` this column? Case, accents, spaces, dashes and underscores do not matter: `E-mail`, `Sort name`.
 */
static bool is_column(struct arena *arena, struct str typed, const char *name)
{
    const char *c = text_fold(arena, typed);
    while (c && *c && *name) {
        if (strchr(" -_.", *c))
            c++;
        else if (*name == '_')
            name++;
        else if (*c++ != *name++)
            return false;
    }
    while (c && *c && strchr(" -_.", *c))
        c++;
    return c && !*c && !*name;
}

static const char *all_columns(struct arena *arena, const struct import_table *t)
{
    struct buf out;
    buf_init(&out, arena, 128);
    for (int i = 0; t->columns[i]; i++) {
        buf_puts(&out, i ? ", " : "");
        buf_puts(&out, t->columns[i]);
    }
    return buf_cstr(&out);
}

/* The header's cell `i` as one of our columns, or what is wrong with it. */
static void place_column(struct import *im, struct import_table *t, size_t i, struct str typed)
{
    struct arena *arena = im->rq->arena;
    int column = 0;
    t->at[i] = -1;
    if (!typed.len)
        return;
    while (t->columns[column] && !is_column(arena, typed, t->columns[column]))
        column++;
    if (t->columns[column] && !t->has[column]) {
        t->at[i] = column;
        t->has[column] = true;
        return;
    }
    struct str shown = import_shown(typed);
    const char *pointer = arena_printf(arena, "/columns/%zu", i);
    const char *name = arena_strndup(arena, shown.ptr, shown.len);
    if (t->columns[column])
        import_fault_at(im, pointer, t->csv.line, name, "\"%s\" stands twice in the header", name);
    else
        import_fault_at(im, pointer, t->csv.line, name,
                        "\"%s\" is no column of this import; take it out, or name it one of: %s", name,
                        all_columns(arena, t));
}

/* What ended the reading early, if anything did. */
static bool end(struct import *im, const struct import_table *t)
{
    if (t->csv.error)
        import_fault(im, -1, t->csv.line, NULL, "%s", t->csv.error);
    return false;
}

bool import_header(struct import *im, struct import_table *t)
{
    struct str cells[CSV_MAX_COLUMNS], needed = str_of(t->needed);
    int before = im->faults;
    csv_init(&t->csv, im->rq->arena, im->file);
    if (!csv_next(&t->csv, cells, CSV_MAX_COLUMNS, &t->n)) {
        if (!t->csv.error)
            import_fault(im, -1, 1, NULL, "the file is empty: its first line names the columns: %s",
                         all_columns(im->rq->arena, t));
        return end(im, t);
    }
    for (size_t i = 0; i < t->n; i++)
        place_column(im, t, i, str_trim(cells[i]));
    while (needed.len) {
        struct str name = str_split(&needed, ' ');
        int i = 0;
        while (t->columns[i] && !str_is(name, t->columns[i]))
            i++;
        if (!t->has[i])
            import_fault(im, -1, t->csv.line, t->columns[i],
                         "the column %s is missing; the header has to name it", t->columns[i]);
    }
    return im->faults == before;
}

/* As it was before csv_put() made it harmless for a spreadsheet. */
static struct str undefused(struct str cell)
{
    struct str rest = cell.len ? (struct str){cell.ptr + 1, cell.len - 1} : cell;
    return cell.len && *cell.ptr == '\'' && csv_begins_formula(rest) ? rest : cell;
}

/* Puts the row in its places: false when every cell is empty. */
static bool place_row(struct import *im, struct import_table *t, const struct str *from, size_t n,
                      struct str *cells)
{
    bool any = false;
    for (int i = 0; t->columns[i]; i++)
        cells[i] = t->has[i] ? STR("") : (struct str){0};
    for (size_t i = 0; i < n; i++) {
        struct str cell = str_trim(from[i]);
        int at = i < t->n ? t->at[i] : -1;
        any = any || cell.len;
        if (at >= 0)
            cells[at] = undefused(cell);
        else if (cell.len)
            import_fault(im, im->rows, t->csv.line, NULL,
                         i < t->n
                             ? "cell %zu holds something, but its column has no name in the header"
                             : "the row has a cell %zu, but the header has fewer columns: is a value with a "
                               "delimiter in it without its quotes?",
                         i + 1);
    }
    return any;
}

bool import_row(struct import *im, struct import_table *t, struct str cells[IMPORT_COLUMNS])
{
    struct str from[CSV_MAX_COLUMNS];
    size_t n;
    while (csv_next(&t->csv, from, CSV_MAX_COLUMNS, &n)) {
        if (!place_row(im, t, from, n, cells))
            continue;
        if (im->rows == IMPORT_ROWS) {
            import_fault(im, -1, t->csv.line, NULL, "a file may have %d rows; import it in parts",
                         IMPORT_ROWS);
            return false;
        }
        im->rows++;
        return true;
    }
    return end(im, t);
}

#include "base/csv.h"

#include <string.h>

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

/* The most frequent of the three outside quotes on the first line that is not blank; a comma when none is. */
static char find_delimiter(struct str text)
{
    static const char delimiters[] = ",;\t";
    size_t counts[3] = {0};
    bool quoted = false, begun = false, may_open = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!quoted && is_break(c)) {
            if (begun)
                break;
            continue;
        }
        begun = true;
        /* A quote opens at the start of a field, or again as the second of a doubled one. */
        bool was_quoted = quoted;
        if (c == '"' && (quoted || may_open))
            quoted = !quoted;
        const char *which = quoted || !c ? NULL : strchr(delimiters, c);
        if (which)
            counts[which - delimiters]++;
        may_open = which || (c == '"' && was_quoted);
    }
    int best = 0;
    for (int i = 1; i < 3; i++)
        best = counts[i] > counts[best] ? i : best;
    return delimiters[best];
}

/* What the bytes are when they are not UTF-8 text, and how to mend it; NULL when they are. */
static const char *encoding_fault(struct str text)
{
    if (str_starts(text, "PK\3\4"))
        return "this is a workbook (xlsx, ods), not CSV: save it as \"CSV UTF-8\"";
    if (str_starts(text, "\xFF\xFE") || str_starts(text, "\xFE\xFF"))
        return "the file is UTF-16: save it as \"CSV UTF-8\", not as \"Unicode Text\"";
    if (text.len && memchr(text.ptr, '\0', text.len))
        return "the file holds NUL bytes, as UTF-16 does: save it as \"CSV UTF-8\"";
    if (text_is_utf8(text))
        return NULL;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80 && (unsigned char)text.ptr[i] < 0xA0)
            return "the file is not UTF-8 but, it seems, Windows-1252: save it as \"CSV UTF-8\" (Excel: Save "
                   "As; "
                   "LibreOffice: Character set, Unicode (UTF-8))";
    return "the file is not UTF-8 but, it seems, Latin-1 (ISO 8859-1): save it as \"CSV UTF-8\" (Excel: Save "
           "As; "
           "LibreOffice: Character set, Unicode (UTF-8))";
}

/* The line of the first byte that is not UTF-8. */
static int line_of_fault(struct str text)
{
    for (int line = 1; text.ptr; line++)
        if (!text_is_utf8(str_split(&text, '\n')))
            return line;
    return 1;
}

void csv_init(struct csv *csv, struct arena *arena, struct str text)
{
    if (str_starts(text, "\xEF\xBB\xBF")) {
        text.ptr += 3;
        text.len -= 3;
    }
    *csv = (struct csv){.rest = text, .line = 1, .next_line = 1, .arena = arena};
    csv->error = encoding_fault(text);
    if (csv->error)
        csv->line = line_of_fault(text);
    else
        csv->delimiter = find_delimiter(text);
}

static void advance(struct csv *csv, size_t n)
{
    csv->rest.ptr += n;
    csv->rest.len -= n;
}

/* Takes one CRLF, LF or CR off the front when there is one. */
static bool take_break(struct csv *csv)
{
    if (!csv->rest.len || !is_break(*csv->rest.ptr))
        return false;
    bool pair = csv->rest.len > 1 && csv->rest.ptr[0] == '\r' && csv->rest.ptr[1] == '\n';
    advance(csv, pair ? 2 : 1);
    csv->next_line++;
    return true;
}

static bool fail(struct csv *csv, const char *why)
{
    csv->error = why;
    return false;
}

/* The field without the doubling of its quotes, in the arena. */
static bool undouble(struct csv *csv, struct str *field)
{
    char *copy = arena_alloc(csv->arena, field->len);
    if (!copy)
        return fail(csv, "memory is out");
    size_t len = 0;
    for (size_t i = 0; i < field->len; i++) {
        copy[len++] = field->ptr[i];
        i += field->ptr[i] == '"';
    }
    *field = (struct str){copy, len};
    return true;
}

/* A field whose opening quote is next. */
static bool take_quoted(struct csv *csv, struct str *field)
{
    advance(csv, 1);
    const char *p = csv->rest.ptr;
    size_t i = 0, left = csv->rest.len;
    bool doubled = false;
    int opened = csv->next_line;
    for (; i < left; i++) {
        if (p[i] == '"' && i + 1 < left && p[i + 1] == '"') {
            doubled = true;
            i++;
        } else if (p[i] == '"') {
            break;
        } else if (p[i] == '\n' || (p[i] == '\r' && !(i + 1 < left && p[i + 1] == '\n'))) {
            csv->next_line++;
        }
    }
    if (i == left) {
        csv->line = opened;
        return fail(csv, "the quote that opens on this line is never closed");
    }
    *field = (struct str){p, i};
    advance(csv, i + 1);
    if (csv->rest.len && *csv->rest.ptr != csv->delimiter && !is_break(*csv->rest.ptr))
        return fail(csv, "there is text after a closing quote");
    if (i > 2 * (size_t)CSV_MAX_FIELD)
        return fail(csv, "a cell is longer than 64 KiB");
    return doubled ? undouble(csv, field) : true;
}

static bool take_field(struct csv *csv, struct str *field)
{
    if (csv->rest.len && *csv->rest.ptr == '"') {
        if (!take_quoted(csv, field))
            return false;
    } else {
        size_t i = 0;
        while (i < csv->rest.len && csv->rest.ptr[i] != csv->delimiter && !is_break(csv->rest.ptr[i]))
            i++;
        *field = (struct str){csv->rest.ptr, i};
        advance(csv, i);
    }
    return field->len <= CSV_MAX_FIELD || fail(csv, "a cell is longer than 64 KiB");
}

bool csv_next(struct csv *csv, struct str *fields, size_t max, size_t *count)
{
    *count = 0;
    if (csv->error)
        return false;
    while (take_break(csv))
        continue;
    csv->line = csv->next_line;
    if (!csv->rest.len)
        return false;
    do {
        if (*count == max)
            return fail(csv, "the row has more columns than the 64 that there may be");
        if (!take_field(csv, &fields[*count]))
            return false;
        ++*count;
        if (!csv->rest.len || take_break(csv))
            return true;
        advance(csv, 1); /* the delimiter */
    } while (true);
}

static bool one_of(const char *set, char c)
{
    return c && strchr(set, c);
}

bool csv_begins_formula(struct str field)
{
    return field.len && one_of("=+-@\t\r", *field.ptr);
}

void csv_put(struct buf *out, struct str field, bool first)
{
    bool formula = csv_begins_formula(field), quoted = formula;
    for (size_t i = 0; i < field.len && !quoted; i++)
        quoted = one_of("\",;\t\r\n", field.ptr[i]);
    if (!first)
        buf_char(out, ',');
    if (!quoted) {
        buf_str(out, field);
        return;
    }
    buf_puts(out, formula ? "\"'" : "\"");
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '"')
            buf_char(out, '"');
        buf_char(out, field.ptr[i]);
    }
    buf_char(out, '"');
}

void csv_put_int(struct buf *out, int64_t n, bool first)
{
    if (!first)
        buf_char(out, ',');
    buf_int(out, n);
}

void csv_end_row(struct buf *out)
{
    buf_puts(out, "\r\n");
}

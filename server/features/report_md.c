/* report_md.c - the report as CommonMark, without extensions: rows of tables are entries of a list. See
 * report.h. */
#include <string.h>

#include "features/report.h"

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

/* How many digits stand at `i`, when what makes a list of them follows. */
static size_t list_number(struct str s, size_t i)
{
    size_t n = 0;
    while (i + n < s.len && s.ptr[i + n] >= '0' && s.ptr[i + n] <= '9')
        n++;
    return n && i + n < s.len && (s.ptr[i + n] == '.' || s.ptr[i + n] == ')') ? n : 0;
}

/* One line of text that stays text: what could be markup gets a backslash; at its beginning that is more. */
static void put_line(struct buf *out, struct str s)
{
    size_t digits = list_number(s, 0), from = digits;
    buf_add(out, s.ptr, digits);
    if (digits || (s.len && strchr("+-=", s.ptr[0]))) {
        buf_char(out, '\\');
        buf_char(out, s.ptr[from++]);
    }
    for (size_t i = from; i < s.len; i++) {
        if (strchr("\\`*_[]<>&|~$#", s.ptr[i]))
            buf_char(out, '\\');
        buf_char(out, s.ptr[i]);
    }
}

/* Lines as typed, with `between` two of them; blank ones and blanks at the edges would be markup, and go. */
static void put_lines(struct buf *out, struct str s, const char *between)
{
    bool first = true;
    for (size_t i = 0; i < s.len;) {
        size_t end = i;
        while (end < s.len && !is_break(s.ptr[end]))
            end++;
        struct str line = str_trim((struct str){s.ptr + i, end - i});
        if (line.len) {
            if (!first)
                buf_puts(out, between);
            put_line(out, line);
            first = false;
        }
        i = end + 1;
    }
}

static void put(struct buf *out, const char *before, struct str s, const char *after)
{
    buf_puts(out, before);
    put_lines(out, s, " ");
    buf_puts(out, after);
}

static struct buf *md_begin(struct request *rq, const struct report_cover *cover, const char *const *sections,
                            size_t n)
{
    const struct str *lines[] = {&cover->dates, &cover->venue, &cover->host, &cover->hashtag};
    struct buf *out = &rq->reply.body;
    (void)sections;
    (void)n;
    buf_init(out, rq->arena, 64 * 1024);
    put(out, "# ", cover->title, "\n\n");
    if (cover->motto.ptr)
        put(out, "*", cover->motto, "*\n\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i]->ptr)
            put(out, "- ", *lines[i], "\n");
    return out;
}

static void md_section(struct buf *out, size_t number, const char *title)
{
    (void)number;
    buf_printf(out, "\n## %s\n", title);
}

static void md_heading(struct buf *out, int level, struct str text)
{
    static const char *const marks[] = {"\n### ", "\n#### ", "\n##### "};
    put(out, marks[level - 1], text, "\n");
}

static void md_sheet(struct buf *out, struct str title)
{
    md_heading(out, 1, title);
}

static void md_words(struct buf *out, struct str text)
{
    put(out, "\n", text, "\n");
}

static void md_quiet(struct buf *out, struct str text)
{
    put(out, "\n*", text, "*\n");
}

static void md_figures(struct buf *out, const struct report_figure *list, size_t n)
{
    buf_char(out, '\n');
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "- **%lld** %s\n", (long long)list[i].n, list[i].label);
}

static void md_caption(struct buf *out, const char *caption)
{
    buf_printf(out, "\n%s:\n\n", caption);
}

static void md_bars(struct buf *out, const char *caption, const struct report_bar *list, size_t n)
{
    md_caption(out, caption);
    for (size_t i = 0; i < n; i++) {
        put(out, "- ", list[i].label, ": ");
        if (list[i].n < 0)
            buf_puts(out, "–\n");
        else
            buf_printf(out, "%lld\n", (long long)list[i].n);
    }
}

static void md_list(struct buf *out, bool stars)
{
    buf_puts(out, stars ? "\n**Highlights**\n\n" : "\n");
}

static void md_item(struct buf *out, struct str text, struct str note)
{
    buf_puts(out, "- ");
    put_lines(out, text, "\\\n  ");
    if (note.ptr)
        put(out, " *(", note, ")*");
    buf_char(out, '\n');
}

static void md_list_end(struct buf *out)
{
    (void)out;
}

static void md_table(struct buf *out, const char *caption, const char *const *heads, size_t n)
{
    (void)heads;
    (void)n;
    md_caption(out, caption);
}

static void md_row(struct buf *out, const char *const *heads, const struct str *cells, size_t n)
{
    const char *before = "- ";
    for (size_t i = 0; i < n; i++) {
        if (!cells[i].len)
            continue;
        buf_puts(out, before);
        if (i)
            buf_printf(out, "%s: ", heads[i]);
        put_lines(out, cells[i], "\\\n  ");
        before = " · ";
    }
    buf_char(out, '\n');
}

static void md_table_end(struct buf *out)
{
    (void)out;
}

static enum err md_end(struct request *rq, struct buf *out)
{
    (void)rq;
    (void)out;
    return ERR_OK;
}

const struct report_form report_md = {
    .content_type = "text/markdown; charset=utf-8",
    .extension = "md",
    .begin = md_begin,
    .section = md_section,
    .sheet = md_sheet,
    .heading = md_heading,
    .words = md_words,
    .quiet = md_quiet,
    .figures = md_figures,
    .bars = md_bars,
    .list = md_list,
    .item = md_item,
    .list_end = md_list_end,
    .table = md_table,
    .row = md_row,
    .table_end = md_table_end,
    .end = md_end,
};

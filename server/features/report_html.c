/* report_html.c - the report as a page that prints well: style in web/report.css, no script, bars as inline
 * SVG. See report.h. */
#include "features/page.h"
#include "features/report.h"

enum { BAR_WIDTH = 300 };

static void element(struct buf *out, const char *tag, const char *class, struct str text)
{
    if (!text.ptr)
        return;
    buf_printf(out, *class ? "<%s class=\"%s\">" : "<%s>", tag, class);
    buf_html(out, text);
    buf_printf(out, "</%s>\n", tag);
}

static struct buf *html_begin(struct request *rq, const struct report_cover *cover,
                              const char *const *sections, size_t n)
{
    struct buf *out = page_begin(rq, STR("Report"), "report.css");
    if (!out)
        return NULL;
    buf_puts(out, "<header class=\"cover\">\n<p class=\"kind\">Report</p>\n");
    element(out, "h1", "", cover->title);
    element(out, "p", "motto", cover->motto);
    buf_puts(out, "<div class=\"where\">\n");
    element(out, "p", "dates", cover->dates);
    element(out, "p", "", cover->venue);
    element(out, "p", "", cover->host);
    element(out, "p", "hashtag", cover->hashtag);
    buf_puts(
        out,
        "</div>\n</header>\n<nav class=\"contents\" aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "<li><a href=\"#s%zu\">%s</a></li>\n", i + 1, sections[i]);
    buf_puts(out, "</ol>\n</nav>\n<main>\n");
    return out;
}

static void html_section(struct buf *out, size_t number, const char *title)
{
    if (number > 1)
        buf_puts(out, "</section>\n");
    buf_printf(out, "<section id=\"s%zu\" aria-labelledby=\"h%zu\">\n<h2 id=\"h%zu\">%s</h2>\n", number,
               number, number, title);
}

static void html_sheet(struct buf *out, struct str title)
{
    element(out, "h3", "sheet", title);
}

static void html_heading(struct buf *out, int level, struct str text)
{
    static const char *const names[] = {"h3", "h4", "h5"};
    element(out, names[level - 1], "", text);
}

static void html_words(struct buf *out, struct str text)
{
    element(out, "p", "", text);
}

static void html_quiet(struct buf *out, struct str text)
{
    element(out, "p", "quiet", text);
}

static void html_figures(struct buf *out, const struct report_figure *list, size_t n)
{
    buf_puts(out, "<ul class=\"figures\">\n");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "<li><b>%lld</b> %s</li>\n", (long long)list[i].n, list[i].label);
    buf_puts(out, "</ul>\n");
}

static void put_bar(struct buf *out, int64_t n, int64_t most)
{
    buf_printf(out,
               "<td class=\"n\">%lld</td><td><svg width=\"%d\" height=\"10\" aria-hidden=\"true\">"
               "<rect width=\"%lld\" height=\"10\" rx=\"2\"></rect></svg></td>",
               (long long)n, BAR_WIDTH, (long long)(n * BAR_WIDTH / most));
}

static void html_bars(struct buf *out, const char *caption, const struct report_bar *list, size_t n)
{
    int64_t most = 1;
    for (size_t i = 0; i < n; i++)
        most = list[i].n > most ? list[i].n : most;
    buf_printf(out, "<table class=\"bars\">\n<caption>%s</caption>\n<tbody>\n", caption);
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, "<tr><th scope=\"row\">");
        buf_html(out, list[i].label);
        buf_puts(out, "</th>");
        if (list[i].n < 0)
            buf_puts(out, "<td class=\"n\">–</td><td></td>");
        else
            put_bar(out, list[i].n, most);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody>\n</table>\n");
}

static void html_list(struct buf *out, bool stars)
{
    buf_puts(out, stars ? "<ul class=\"stars\">\n" : "<ul>\n");
}

static void html_item(struct buf *out, struct str text, struct str note)
{
    buf_puts(out, "<li>");
    buf_html(out, text);
    if (note.ptr) {
        buf_puts(out, " <small>");
        buf_html(out, note);
        buf_puts(out, "</small>");
    }
    buf_puts(out, "</li>\n");
}

static void html_list_end(struct buf *out)
{
    buf_puts(out, "</ul>\n");
}

static void html_table(struct buf *out, const char *caption, const char *const *heads, size_t n)
{
    buf_printf(out, "<table>\n<caption>%s</caption>\n<thead>\n<tr>", caption);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "<th scope=\"col\">%s</th>", heads[i]);
    buf_puts(out, "</tr>\n</thead>\n<tbody>\n");
}

static void html_row(struct buf *out, const char *const *heads, const struct str *cells, size_t n)
{
    (void)heads;
    buf_puts(out, "<tr>");
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, "<td>");
        buf_html(out, cells[i]);
        buf_puts(out, "</td>");
    }
    buf_puts(out, "</tr>\n");
}

static void html_table_end(struct buf *out)
{
    buf_puts(out, "</tbody>\n</table>\n");
}

static enum err html_end(struct request *rq, struct buf *out)
{
    buf_puts(out, "</section>\n</main>\n");
    return page_end(rq);
}

const struct report_form report_html = {
    .content_type = "text/html; charset=utf-8",
    .extension = "html",
    .begin = html_begin,
    .section = html_section,
    .sheet = html_sheet,
    .heading = html_heading,
    .words = html_words,
    .quiet = html_quiet,
    .figures = html_figures,
    .bars = html_bars,
    .list = html_list,
    .item = html_item,
    .list_end = html_list_end,
    .table = html_table,
    .row = html_row,
    .table_end = html_table_end,
    .end = html_end,
};

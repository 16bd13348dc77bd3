/* report_docx.c - the report as a Word document (Office Open XML, ECMA-376), as little of it as there can be:
 * a ZIP of the text, its styles, and how they hang together. See report.h. */
#include <string.h>

#include "features/report.h"
#include "features/zip.h"

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define W "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define RELS "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define PART "application/vnd.openxmlformats-officedocument.wordprocessingml."

static const char TYPES[] = XML
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/word/document.xml\" ContentType=\"" PART "document.main+xml\"/>"
    "<Override PartName=\"/word/styles.xml\" ContentType=\"" PART "styles+xml\"/>"
    "<Override PartName=\"/word/numbering.xml\" ContentType=\"" PART "numbering+xml\"/>"
    "<Override PartName=\"/word/footer1.xml\" ContentType=\"" PART "footer+xml\"/></Types>";

static const char PACKAGE_RELS[] =
    XML RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE
             "/officeDocument\" Target=\"word/document.xml\"/></Relationships>";

static const char DOCUMENT_RELS[] =
    XML RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/>"
             "<Relationship Id=\"rId2\" Type=\"" OFFICE "/numbering\" Target=\"numbering.xml\"/>"
             "<Relationship Id=\"rId3\" Type=\"" OFFICE "/footer\" Target=\"footer1.xml\"/></Relationships>";

static const char NUMBERING[] =
    XML "<w:numbering " W "><w:abstractNum w:abstractNumId=\"0\"><w:multiLevelType w:val=\"singleLevel\"/>"
        "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"bullet\"/><w:lvlText w:val=\"•\"/>"
        "<w:lvlJc w:val=\"left\"/><w:pPr><w:ind w:left=\"340\" w:hanging=\"340\"/></w:pPr></w:lvl>"
        "</w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>";

static const char FOOTER[] = XML
    "<w:ftr " W "><w:p><w:pPr><w:jc w:val=\"right\"/></w:pPr><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>"
    "<w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r>"
    "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p></w:ftr>";

#define STYLE(type, id, name, paragraph, run)                                                                \
    "<w:style w:type=\"" type "\" w:styleId=\"" id "\"><w:name w:val=\"" name                                \
    "\"/><w:basedOn w:val=\"Normal\"/><w:qFormat/><w:pPr>" paragraph "</w:pPr><w:rPr>" run                   \
    "</w:rPr></w:style>"
#define HEADING(n, outline, before, size)                                                                    \
    STYLE("paragraph", "Heading" #n, "heading " #n,                                                          \
          "<w:keepNext/><w:spacing w:before=\"" before "\" w:after=\"80\"/><w:outlineLvl w:val=\"" outline   \
          "\"/>",                                                                                            \
          "<w:b/><w:color w:val=\"1F4E5F\"/><w:sz w:val=\"" size "\"/>")

static const char STYLES[] = XML
    "<w:styles " W "><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Calibri\" w:hAnsi=\"Calibri\""
    " w:cs=\"Calibri\"/><w:sz w:val=\"22\"/><w:lang "
    "w:val=\"en-US\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>"
    "<w:spacing w:after=\"100\" w:line=\"264\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>"
    "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name "
    "w:val=\"Normal\"/></w:style>" STYLE(
        "paragraph", "Title", "Title", "<w:spacing w:before=\"2400\" w:after=\"240\"/>",
        "<w:b/><w:color w:val=\"1F4E5F\"/><w:sz w:val=\"56\"/>") STYLE("paragraph", "Subtitle", "Subtitle",
                                                                       "", "<w:i/><w:sz w:val=\"28\"/>")
        HEADING(1, "0", "480", "36") HEADING(2, "1", "320", "26") HEADING(3, "2", "200", "22") HEADING(
            4, "3", "160", "21") STYLE("paragraph", "Caption", "caption",
                                       "<w:keepNext/><w:spacing w:before=\"160\"/>", "<w:b/>")
            STYLE(
                "paragraph", "Quiet", "Quiet", "",
                "<w:i/><w:color w:val=\"595959\"/>") "<w:style w:type=\"table\" w:default=\"1\" "
                                                     "w:styleId=\"Lines\"><w:name "
                                                     "w:val=\"Lines\"/><w:tblPr><w:tblBorders>"
                                                     "<w:top w:val=\"single\" w:sz=\"8\" "
                                                     "w:color=\"1F4E5F\"/><w:bottom w:val=\"single\" "
                                                     "w:sz=\"8\" w:color=\"1F4E5F\"/>"
                                                     "<w:insideH w:val=\"single\" w:sz=\"4\" "
                                                     "w:color=\"C9D6DA\"/></w:tblBorders><w:tblCellMar>"
                                                     "<w:left w:w=\"80\" w:type=\"dxa\"/><w:right w:w=\"80\" "
                                                     "w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>"
                                                     "</w:styles>";

/* --- runs --- */

/* What XML 1.0 cannot hold even as an escape: other control bytes, U+FFFE and U+FFFF. */
static size_t barred(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x20)
        return 1;
    bool noncharacter = c == 0xEF && s.len - i > 2 && (unsigned char)s.ptr[i + 1] == 0xBF &&
                        (unsigned char)s.ptr[i + 2] >= 0xBE;
    return noncharacter ? 3 : 0;
}

static void put_text(struct buf *out, struct str s)
{
    size_t from = 0, skip;
    buf_puts(out, "<w:t xml:space=\"preserve\">");
    for (size_t i = 0; i < s.len; i += skip ? skip : 1) {
        skip = barred(s, i);
        if (!skip)
            continue;
        buf_html(out, (struct str){s.ptr + from, i - from});
        from = i + skip;
        if (s.ptr[i] == '\n')
            buf_puts(out, "</w:t><w:br/><w:t xml:space=\"preserve\">");
        else if (s.ptr[i] == '\t')
            buf_puts(out, "</w:t><w:tab/><w:t xml:space=\"preserve\">");
        else if (s.ptr[i] != '\r')
            buf_puts(out, "\xef\xbf\xbd");
    }
    buf_html(out, (struct str){s.ptr + from, s.len - from});
    buf_puts(out, "</w:t>");
}

static void run(struct buf *out, struct str s, const char *look)
{
    buf_printf(out, *look ? "<w:r><w:rPr>%s</w:rPr>" : "<w:r>%s", look);
    put_text(out, s);
    buf_puts(out, "</w:r>");
}

static void paragraph(struct buf *out, const char *style, struct str s)
{
    if (!s.ptr)
        return;
    buf_printf(out, *style ? "<w:p><w:pPr><w:pStyle w:val=\"%s\"/></w:pPr>" : "<w:p>%s", style);
    run(out, s, "");
    buf_puts(out, "</w:p>");
}

/* --- the form --- */

static struct buf *docx_begin(struct request *rq, const struct report_cover *cover,
                              const char *const *sections, size_t n)
{
    struct buf *out = arena_zalloc(rq->arena, sizeof *out);
    if (!out)
        return NULL;
    buf_init(out, rq->arena, 256 * 1024);
    buf_puts(out, XML "<w:document " W "><w:body>");
    paragraph(out, "Title", cover->title);
    paragraph(out, "Subtitle", cover->motto);
    paragraph(out, "", cover->dates);
    paragraph(out, "", cover->venue);
    paragraph(out, "", cover->host);
    paragraph(out, "", cover->hashtag);
    paragraph(out, "Caption", STR("Contents"));
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "<w:p><w:hyperlink w:anchor=\"s%zu\">", i + 1);
        run(out, str_of(sections[i]), "<w:color w:val=\"1F4E5F\"/><w:u w:val=\"single\"/>");
        buf_puts(out, "</w:hyperlink></w:p>");
    }
    return out;
}

static void docx_section(struct buf *out, size_t number, const char *title)
{
    buf_printf(out,
               "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/>%s</w:pPr><w:bookmarkStart w:id=\"%zu\" "
               "w:name=\"s%zu\"/>",
               number == 1 ? "<w:pageBreakBefore/>" : "", number, number);
    run(out, str_of(title), "");
    buf_printf(out, "<w:bookmarkEnd w:id=\"%zu\"/></w:p>", number);
}

static void docx_heading(struct buf *out, int level, struct str text)
{
    static const char *const styles[] = {"Heading2", "Heading3", "Heading4"};
    paragraph(out, styles[level - 1], text);
}

static void docx_sheet(struct buf *out, struct str title)
{
    docx_heading(out, 1, title);
}

static void docx_words(struct buf *out, struct str text)
{
    paragraph(out, "", text);
}

static void docx_quiet(struct buf *out, struct str text)
{
    paragraph(out, "Quiet", text);
}

static void bullet(struct buf *out)
{
    buf_puts(out, "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr>"
                  "<w:spacing w:after=\"40\"/></w:pPr>");
}

static void docx_figures(struct buf *out, const struct report_figure *list, size_t n)
{
    char digits[32];
    for (size_t i = 0; i < n; i++) {
        struct buf b = {.ptr = digits, .cap = sizeof digits};
        buf_int(&b, list[i].n);
        bullet(out);
        run(out, buf_view(&b), "<w:b/>");
        run(out, STR(" "), "");
        run(out, str_of(list[i].label), "");
        buf_puts(out, "</w:p>");
    }
}

static void docx_list(struct buf *out, bool stars)
{
    if (stars)
        paragraph(out, "Caption", STR("Highlights"));
}

static void docx_item(struct buf *out, struct str text, struct str note)
{
    bullet(out);
    run(out, text, "");
    if (note.ptr) {
        run(out, STR(" "), "");
        run(out, note, "<w:color w:val=\"595959\"/><w:sz w:val=\"18\"/>");
    }
    buf_puts(out, "</w:p>");
}

static void docx_list_end(struct buf *out)
{
    (void)out;
}

static void cell(struct buf *out, struct str s, const char *look)
{
    buf_puts(out, "<w:tc><w:tcPr><w:tcW w:w=\"0\" w:type=\"auto\"/></w:tcPr><w:p><w:pPr>"
                  "<w:spacing w:after=\"40\"/></w:pPr>");
    run(out, s.ptr ? s : STR(""), look);
    buf_puts(out, "</w:p></w:tc>");
}

static void open_table(struct buf *out, const char *caption, size_t columns)
{
    paragraph(out, "Caption", str_of(caption));
    buf_puts(out,
             "<w:tbl><w:tblPr><w:tblStyle w:val=\"Lines\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/></w:tblPr>"
             "<w:tblGrid>");
    for (size_t i = 0; i < columns; i++)
        buf_puts(out, "<w:gridCol/>");
    buf_puts(out, "</w:tblGrid>");
}

static void docx_table(struct buf *out, const char *caption, const char *const *heads, size_t n)
{
    open_table(out, caption, n);
    buf_puts(out, "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
    for (size_t i = 0; i < n; i++)
        cell(out, str_of(heads[i]), "<w:b/>");
    buf_puts(out, "</w:tr>");
}

static void docx_row(struct buf *out, const char *const *heads, const struct str *cells, size_t n)
{
    (void)heads;
    buf_puts(out, "<w:tr>");
    for (size_t i = 0; i < n; i++)
        cell(out, cells[i], "");
    buf_puts(out, "</w:tr>");
}

/* A table may not be the last thing in a document, nor touch the next one. */
static void docx_table_end(struct buf *out)
{
    buf_puts(out, "</w:tbl><w:p/>");
}

static void docx_bars(struct buf *out, const char *caption, const struct report_bar *list, size_t n)
{
    char digits[32];
    open_table(out, caption, 2);
    for (size_t i = 0; i < n; i++) {
        struct buf b = {.ptr = digits, .cap = sizeof digits};
        buf_int(&b, list[i].n);
        docx_row(out, NULL, (struct str[]){list[i].label, list[i].n < 0 ? STR("–") : buf_view(&b)}, 2);
    }
    docx_table_end(out);
}

static enum err docx_end(struct request *rq, struct buf *out)
{
    struct zip zip;
    struct buf *body = &rq->reply.body;
    buf_puts(out,
             "<w:sectPr xmlns:r=\"" OFFICE "\"><w:footerReference w:type=\"default\" r:id=\"rId3\"/>"
             "<w:pgSz w:w=\"12240\" w:h=\"15840\"/><w:pgMar w:top=\"1300\" w:right=\"1300\" w:bottom=\"1300\""
             " w:left=\"1300\" w:header=\"700\" w:footer=\"700\" w:gutter=\"0\"/></w:sectPr></w:body>"
             "</w:document>");
    if (out->failed)
        return ERR_UNAVAILABLE;
    buf_init(body, rq->arena, out->len / 4 + 8192);
    zip_begin(&zip, body);
    zip_add(&zip, "[Content_Types].xml", str_of(TYPES));
    zip_add(&zip, "_rels/.rels", str_of(PACKAGE_RELS));
    zip_add(&zip, "word/document.xml", buf_view(out));
    zip_add(&zip, "word/_rels/document.xml.rels", str_of(DOCUMENT_RELS));
    zip_add(&zip, "word/styles.xml", str_of(STYLES));
    zip_add(&zip, "word/numbering.xml", str_of(NUMBERING));
    zip_add(&zip, "word/footer1.xml", str_of(FOOTER));
    zip_end(&zip);
    return ERR_OK;
}

const struct report_form report_docx = {
    .content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    .extension = "docx",
    .begin = docx_begin,
    .section = docx_section,
    .sheet = docx_sheet,
    .heading = docx_heading,
    .words = docx_words,
    .quiet = docx_quiet,
    .figures = docx_figures,
    .bars = docx_bars,
    .list = docx_list,
    .item = docx_item,
    .list_end = docx_list_end,
    .table = docx_table,
    .row = docx_row,
    .table_end = docx_table_end,
    .end = docx_end,
};

#include "features/markdown.h"

#include <string.h>

#include <md4c.h>

/* Deeper blocks and emphasis are there without their tags. A heading in an announcement is below the page's
 * own. */
enum { DEPTH_MAX = 16, HEADING_FIRST = 3, HEADING_LAST = 6 };

struct writer {
    struct buf *out;
    int depth;
};

/* --- addresses --- */

/* Only what stands there in plain letters counts: a scheme that is spelled with entities is none of these. */
static bool is_allowed(const MD_ATTRIBUTE *a)
{
    static const char *const schemes[] = {"http://", "https://", "mailto:"};
    size_t plain = !a->size || a->substr_types[0] != MD_TEXT_NORMAL ? 0 : (size_t)a->substr_offsets[1];
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (plain > n && str_ieq((struct str){a->text, n}, schemes[i]))
            return true;
    }
    return false;
}

static void put_entity(struct buf *out, struct str entity)
{
    buf_str(out, entity); /* &name; or &#number; and nothing else, or it would be text */
}

static void put_address(struct buf *out, const MD_ATTRIBUTE *a)
{
    for (int i = 0; a->substr_offsets[i] < a->size; i++) {
        struct str part = {a->text + a->substr_offsets[i],
                           (size_t)(a->substr_offsets[i + 1] - a->substr_offsets[i])};
        if (a->substr_types[i] == MD_TEXT_ENTITY)
            put_entity(out, part);
        else if (a->substr_types[i] == MD_TEXT_NULLCHAR)
            buf_puts(out, "\xEF\xBF\xBD");
        else
            buf_html(out, part);
    }
}

/* --- what md4c reports --- */

static int heading_of(const MD_BLOCK_H_DETAIL *h)
{
    int level = (int)h->level + HEADING_FIRST - 1;
    return level < HEADING_LAST ? level : HEADING_LAST;
}

static const char *block_tag(MD_BLOCKTYPE type)
{
    switch (type) {
    case MD_BLOCK_QUOTE:
        return "blockquote";
    case MD_BLOCK_UL:
        return "ul";
    case MD_BLOCK_OL:
        return "ol";
    case MD_BLOCK_LI:
        return "li";
    case MD_BLOCK_P:
        return "p";
    case MD_BLOCK_CODE:
        return "pre";
    default:
        return NULL;
    }
}

static const char *span_tag(MD_SPANTYPE type)
{
    switch (type) {
    case MD_SPAN_EM:
        return "em";
    case MD_SPAN_STRONG:
        return "strong";
    case MD_SPAN_CODE:
        return "code";
    case MD_SPAN_DEL:
        return "del";
    default:
        return NULL;
    }
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct writer *w = arg;
    const char *tag = block_tag(type);
    if (type == MD_BLOCK_HR)
        buf_puts(w->out, "<hr>\n");
    else if (type == MD_BLOCK_H)
        buf_printf(w->out, "<h%d>", heading_of(detail));
    else if (tag && ++w->depth <= DEPTH_MAX) {
        const MD_BLOCK_OL_DETAIL *ol = type == MD_BLOCK_OL ? detail : NULL;
        if (ol && ol->start != 1)
            buf_printf(w->out, "<ol start=\"%u\">", ol->start);
        else
            buf_printf(w->out, type == MD_BLOCK_CODE ? "<%s><code>" : "<%s>", tag);
    }
    return w->out->failed;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct writer *w = arg;
    const char *tag = block_tag(type);
    if (type == MD_BLOCK_H)
        buf_printf(w->out, "</h%d>\n", heading_of(detail));
    else if (tag && w->depth-- <= DEPTH_MAX)
        buf_printf(w->out, type == MD_BLOCK_CODE ? "</code></%s>\n" : "</%s>\n", tag);
    return w->out->failed;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
    struct writer *w = arg;
    const char *tag = span_tag(type);
    if (type == MD_SPAN_A && is_allowed(&((MD_SPAN_A_DETAIL *)detail)->href)) {
        buf_puts(w->out, "<a rel=\"noopener noreferrer\" href=\"");
        put_address(w->out, &((MD_SPAN_A_DETAIL *)detail)->href);
        buf_puts(w->out, "\">");
    } else if (tag && ++w->depth <= DEPTH_MAX) {
        buf_printf(w->out, "<%s>", tag);
    }
    return w->out->failed;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
    struct writer *w = arg;
    const char *tag = span_tag(type);
    if (type == MD_SPAN_A && is_allowed(&((MD_SPAN_A_DETAIL *)detail)->href))
        buf_puts(w->out, "</a>");
    else if (tag && w->depth-- <= DEPTH_MAX)
        buf_printf(w->out, "</%s>", tag);
    return w->out->failed;
}

static int text(MD_TEXTTYPE type, const MD_CHAR *bytes, MD_SIZE size, void *arg)
{
    struct writer *w = arg;
    struct str s = {bytes, size};
    if (type == MD_TEXT_NULLCHAR)
        buf_puts(w->out, "\xEF\xBF\xBD");
    else if (type == MD_TEXT_BR)
        buf_puts(w->out, "<br>\n");
    else if (type == MD_TEXT_SOFTBR)
        buf_char(w->out, '\n');
    else if (type == MD_TEXT_ENTITY)
        put_entity(w->out, s);
    else
        buf_html(w->out, s);
    return w->out->failed;
}

void markdown_html(struct buf *out, struct str s)
{
    static const MD_PARSER parser = {
        .flags = MD_FLAG_NOHTML | MD_FLAG_STRIKETHROUGH | MD_FLAG_PERMISSIVEURLAUTOLINKS,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = text,
    };
    struct writer w = {.out = out};
    if (!s.len)
        return;
    /* Looking for a link's end it reads the byte behind the text, and goes on if that is a ')'. */
    const char *ended = arena_strndup(out->arena, s.ptr, s.len);
    if (!ended || md_parse(ended, (MD_SIZE)s.len, &parser, &w) != 0)
        out->failed = true; /* it stops for want of memory alone */
}

/* Announcements as people type them, and as nobody should. */
#include "fuzz.h"

#include "features/markdown.h"

/* Tags are ours, in full, or a link that begins like one of ours. */
static bool is_tag(struct str s)
{
    static const char *const tags[] = {
        "<p>",    "</p>",   "<em>",    "</em>",       "<strong>",     "</strong>",     "<del>",
        "</del>", "<code>", "</code>", "<pre>",       "</pre>",       "<ul>",          "</ul>",
        "<ol>",   "</ol>",  "<li>",    "</li>",       "<blockquote>", "</blockquote>", "<h3>",
        "</h3>",  "<h4>",   "</h4>",   "<h5>",        "</h5>",        "<h6>",          "</h6>",
        "<br>",   "<hr>",   "</a>",    "<ol start=\""};
    static const char link[] = "<a rel=\"noopener noreferrer\" href=\"";
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (str_starts(s, tags[i]))
            return true;
    struct str href = {s.ptr + sizeof link - 1, s.len - (sizeof link - 1)};
    if (!str_starts(s, link))
        return false;
    return (href.len > 7 && (str_ieq((struct str){href.ptr, 7}, "http://") ||
                             str_ieq((struct str){href.ptr, 7}, "mailto:"))) ||
           (href.len > 8 && str_ieq((struct str){href.ptr, 8}, "https://"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf out;
    struct str text = {(const char *)data, size};
    if (!text_is_utf8(text))
        return 0; /* bodies are UTF-8 before they come here */
    arena_init(&arena, NULL, 0);
    buf_init(&out, &arena, 256);
    markdown_html(&out, text);
    HOLD(!out.failed && text_is_utf8(buf_view(&out)));
    for (size_t i = 0; i < out.len; i++)
        HOLD(out.ptr[i] != '<' || is_tag((struct str){out.ptr + i, out.len - i}));
    arena_finish(&arena);
    return 0;
}

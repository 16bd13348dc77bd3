#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena_fixture.h"
#include "features/markdown.h"

enum { LONGEST = 8000, WITHIN_US = 250000 }; /* of the processor, under sanitizers */

static const char *html(struct str text)
{
    struct buf b;
    buf_init(&b, &arena, 256);
    markdown_html(&b, text);
    return buf_cstr(&b);
}

static void markdown_becomes_html(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"Back at **1:30 pm**.", "<p>Back at <strong>1:30 pm</strong>.</p>\n"},
        {"- soup\n- *bread*", "<ul><li>soup</li>\n<li><em>bread</em></li>\n</ul>\n"},
        {"3. three", "<ol start=\"3\"><li>three</li>\n</ol>\n"},
        {"# Top\n\n###### Low", "<h3>Top</h3>\n<h6>Low</h6>\n"},
        {"one  \ntwo\nthree", "<p>one<br>\ntwo\nthree</p>\n"},
        {"`<b>` ~~no~~", "<p><code>&lt;b&gt;</code> <del>no</del></p>\n"},
        {"    code & co", "<pre><code>code &amp; co\n</code></pre>\n"},
        {"> quoted\n\n---", "<blockquote><p>quoted</p>\n</blockquote>\n<hr>\n"},
        {"R&D &amp; &copy; &#60;", "<p>R&amp;D &amp; &copy; &#60;</p>\n"},
        {"Ñandú 東 😀", "<p>Ñandú 東 😀</p>\n"},
        {"[plan](https://example.org/a?b=1&c=\"2\" 'title')",
         "<p><a rel=\"noopener noreferrer\" "
         "href=\"https://example.org/a?b=1&amp;c=&quot;2&quot;\">plan</a></p>\n"},
        {"<https://example.org> https://example.net",
         "<p><a rel=\"noopener noreferrer\" href=\"https://example.org\">https://example.org</a>"
         " <a rel=\"noopener noreferrer\" href=\"https://example.net\">https://example.net</a></p>\n"},
        {"[write](MAILTO:desk@example.org)",
         "<p><a rel=\"noopener noreferrer\" href=\"MAILTO:desk@example.org\">write</a></p>\n"},
        {"![alt *text*](https://example.org/a.png)", "<p>alt <em>text</em></p>\n"},
        {"a\xEF\xBF\xBE", "<p>a\xEF\xBF\xBE</p>\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(html(str_of(cases[i][0])), cases[i][1]);
    assert_string_equal(html(STR("a\0b")), "<p>a\xEF\xBF\xBD"
                                           "b</p>\n");
}

/* Whatever is tried: no tag but ours, no attribute but ours, no address that runs something. */
static void nothing_runs(void **state)
{
    (void)state;
    static const char *const tries[] = {
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<!-- --><script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<style>*{background:url(//x)}</style>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "x <b onmouseover=alert(1)>y</b>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x]( javascript:alert(1))",
        "[x](<javascript:alert(1)>)",
        "[x](<java\tscript:alert(1)>)",
        "[x](\x01javascript:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x6A;avascript&colon;alert(1))",
        "[x](javascript&#58;alert(1))",
        "[x](javascript\\:alert(1))",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
        "[x](file:///etc/passwd)",
        "[x](blob:https://example.org/1)",
        "[x](//example.org)",
        "[x](/v1/auth/logout)",
        "[x](https&colon;//example.org)",
        "[x](https:javascript:alert(1))",
        "[x][1]\n\n[1]: javascript:alert(1)",
        "<javascript:alert(1)>",
        "<data:text/html,x>",
        "![x](javascript:alert(1))",
        "[![x](javascript:alert(1))](javascript:alert(2))",
        "```\"><script>alert(1)</script>\nx\n```",
        "`</code><script>alert(1)</script>`",
        "    </pre><script>alert(1)</script>",
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        const char *out = html(str_of(tries[i]));
        static const char *const bad[] = {"<script", "<img", "<svg", "<style", "<iframe", "<a ", "<b ", "<!"};
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++)
            if (strstr(out, bad[j]))
                fail_msg("%s became %s", tries[i], out);
    }
}

/* These do become links, and what would leave the attribute stays in it. */
static void links_keep_to_their_attribute(void **state)
{
    (void)state;
    static const char *const tries[][2] = {
        {"[x](https://e.org/\"onmouseover=\"alert(1))",
         "href=\"https://e.org/&quot;onmouseover=&quot;alert(1)\">"},
        {"[x](<https://e.org/'><script>)", "href=\"https://e.org/&#39;\">"},
        {"[x](https://e.org/&quot;onclick=alert(1))", "href=\"https://e.org/&quot;onclick=alert(1)\">"},
        {"![x](https://e.org/x.png\" onerror=\"alert(1))", "href=\"https://e.org/x.png&quot;\">"},
        {"[x](https://e.org 'a\"onclick=\"b')", "href=\"https://e.org\">x</a>"},
        {"<https://e.org/\"onclick=alert(1)>", "href=\"https://e.org/&quot;onclick=alert(1)\">"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        if (!strstr(html(str_of(tries[i][0])), tries[i][1]))
            fail_msg("%s became %s", tries[i][0], html(str_of(tries[i][0])));
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void nesting_is_bounded_and_balanced(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &arena, LONGEST);
    for (int i = 0; i < 500; i++)
        buf_puts(&b, "> ");
    buf_puts(&b, "deep");
    const char *out = html(buf_view(&b));
    assert_non_null(strstr(out, "deep"));
    assert_in_range(count(out, "<blockquote>"), 10, 16);
    assert_int_equal(count(out, "<blockquote>"), count(out, "</blockquote>"));
    assert_int_equal(count(out, "<p>"), count(out, "</p>"));
}

static void what_stands_behind_the_text_is_not_read(void **state)
{
    (void)state;
    static const char link[] = "[a](b) **c**";
    assert_string_equal(html((struct str){link, 5}), "<p>[a](b</p>\n");
    assert_string_equal(html((struct str){link, 4}), "<p>[a](</p>\n");
}

static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* What makes parsers of Markdown slow, as long as an announcement may be. */
static void no_text_takes_long(void **state)
{
    (void)state;
    static const char *const pieces[] = {"[",    "*",     "**a ",   "_a",     "![",   "[](",  "[a](",
                                         "<",    "`",     "``a`",   "> ",     "- ",   "1. ",  "\\",
                                         "&",    "&#x",   "https:", "~~",     "a**b", "[a][", "]",
                                         "[a]:", "\n\n[", "<a",     "*_*_a ", "(",    "<!--"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct buf b;
        buf_init(&b, &arena, LONGEST + 16);
        while (b.len < LONGEST)
            buf_puts(&b, pieces[i]);
        int64_t start = cpu_us();
        assert_non_null(html(buf_view(&b)));
        int64_t took = cpu_us() - start;
        if (took > WITHIN_US)
            fail_msg("%d characters of \"%s\" took %ld us", LONGEST, pieces[i], (long)took);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(markdown_becomes_html, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_keep_to_their_attribute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nesting_is_bounded_and_balanced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_stands_behind_the_text_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_text_takes_long, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}

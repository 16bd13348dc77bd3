/* The report: the same content in three forms; no names, no drafts, nothing redacted; what people typed
 * stays text. tests/judges/report_test.mjs holds the forms against programs that others wrote. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#define R E "/report"
#define W E "/worksheets"
#define LA W "/${la}"
#define RS W "/${rs}"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define ITEM(id, prompt, text, rest)                                                                         \
    "{'id':'" ID id "','prompt_id':'${prompts:" prompt "}','text':'" text "'" rest "}"
#define HOSTILE "<script>alert(1)</script> &amp; <b onclick=x> [a](javascript:alert(1)) `code` *x* _y_"

static const struct scenario written[] = {
    {"the sheet of Los Angeles", AS_LEAD, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"of Riverside", AS_RIVERSIDE, "GET", W, .status = 200, .save = "rs=/items/0/id"},
    {"its lead", AS_RIVERSIDE, "PUT", E "/teams/${riverside.team}/lead", "{}", .status = 200},
    {"before anything of theirs is handed in", AS_ORGANIZER, "GET", R ".html", .status = 200,
     .contains = {"<!DOCTYPE html>"}, .absent = {"Contracting"}},
    {"a step with a person", AS_LEAD, "POST", LA "/items",
     ITEM("a1", "next-steps", "call the schools", ",'owner':'Jo Canaryson','due':'2016-01-15'"),
     .status = 201},
    {"with an agency", AS_LEAD, "POST", LA "/items",
     ITEM("a2", "next-steps", "meet the court", ",'owner':'los angeles  COUNTY Probation','done':true"),
     .status = 201},
    {"what is hostile", AS_LEAD, "POST", LA "/items", ITEM("a3", "q1", HOSTILE, ""), .status = 201},
    {"a heading, a list, a break", AS_LEAD, "POST", LA "/items",
     ITEM("a4", "q1", "# one\\n- two\\n\\n1. three", ""), .status = 201},
    {"a redacted one", AS_LEAD, "POST", LA "/items", ITEM("a5", "q1", "canary of a name", ""), .status = 201},
    {"Los Angeles hands in", AS_LEAD, "POST", LA "/submit", .status = 200},
    {"it is redacted", AS_ORGANIZER, "POST", LA "/items/" ID "a5/redact", "{'reason':'a name'}",
     .status = 200},
    {"Riverside says the same", AS_RIVERSIDE, "POST", RS "/items",
     ITEM("b1", "next-steps", "schools, please", ""), .status = 201},
    {"and hands in", AS_RIVERSIDE, "POST", RS "/submit", .status = 200},
    {"which is seen", AS_ORGANIZER, "PATCH", E "/synthesis/items/" ID "b1", "{'merged_into':'" ID "a1'}",
     .headers = {"If-Match: *"}, .status = 200},
    {"a star", AS_ORGANIZER, "PATCH", E "/synthesis/items/${items:la-1-2}", "{'starred':true}",
     .headers = {"If-Match: *"}, .status = 200},
    {"then Riverside writes on", AS_RIVERSIDE, "POST", RS "/reopen", "{'note':'x'}", .status = 200},
    {"in a draft", AS_RIVERSIDE, "POST", RS "/items", ITEM("b2", "q1", "canary of a draft", ""),
     .status = 201},
    {"that it shares", AS_RIVERSIDE, "POST", RS "/share", .status = 200},
    {0},
};

#define NEVER "canary of a draft", "canary of a name", "[redacted]", "Canaryson", "(invented)"

static const struct scenario told[] = {
    {"as a page", AS_ORGANIZER, "GET", R ".html", .status = 200,
     .contains = {"<h1>Convening on the New California", "Working together to protect exploited children",
                  "1 December 2015", "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &lt;b onclick=x&gt;",
                  "<td>15 January 2016</td><td>Los Angeles, Riverside</td><td>call the schools</td>"
                  "<td></td>",
                  "<td>meet the court (done)</td><td>los angeles  COUNTY Probation</td>",
                  "<ul class='stars'>\n<li>Utilize the state CSEC survivor Advisory Board to guide policy "
                  "<small>Los Angeles</small></li>",
                  "Left blank: "},
     .absent = {NEVER, "<script>"},
     .head = {"Content-Type: text/html; charset=utf-8", "Content-Security-Policy: default-src 'none'"},
     .save = "html=ETag"},
    {"and more of it", AS_ADMIN, "GET", R ".html", .status = 200,
     .contains = {"<td>Los Angeles</td><td>Riverside</td><td>1</td>", "<h4>Los Angeles</h4>",
                  "<b>224</b> people", "<b>21</b> county teams", "Clarify CLC participation",
                  "<caption>Milestones</caption>", "June 2015"},
     .absent = {"schools, please", "<script"}},
    {"unchanged", AS_ORGANIZER, "GET", R ".html", .headers = {"If-None-Match: ${html}"}, .status = 304},
    {"as Markdown", AS_ORGANIZER, "GET", R ".md", .status = 200,
     .contains = {"# Convening on the New California", "\n## Next steps\n",
                  "\n- \\<script\\>alert(1)\\</script\\> \\&amp; \\<b onclick=x\\> "
                  "\\[a\\](javascript:alert(1)) \\`code\\` \\*x\\* \\_y\\_\n",
                  "\n- \\# one\\\n  \\- two\\\n  1\\. three\n",
                  "\n- 15 January 2016 · County: Los Angeles, Riverside · Next step: call the schools\n",
                  "\n**Highlights**\n\n- Utilize the state CSEC survivor Advisory Board to guide policy "
                  "*(Los Angeles)*\n",
                  "\n*Left blank: "},
     .absent = {NEVER, "\n# one"}, .head = {"Content-Type: text/markdown; charset=utf-8"}, .save = "md=ETag"},
    {"unchanged", AS_ORGANIZER, "GET", R ".md", .headers = {"If-None-Match: ${md}"}, .status = 304},
    {"as a document", AS_ORGANIZER, "GET", R ".docx", .status = 200, .contains = {"PK", "word/document.xml"},
     .head = {"Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document",
              "Content-Disposition: attachment; filename=\"report.docx\""},
     .save = "docx=ETag"},
    {"unchanged", AS_ORGANIZER, "GET", R ".docx", .headers = {"If-None-Match: ${docx}"}, .status = 304},
    {"a member has none", AS_MEMBER, "GET", R ".html", .status = 403},
    {"nor staff", AS_STAFF, "GET", R ".docx", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", R ".md", .status = 404},
    {"an event without teams has a small one", AS_ELSEWHERE, "GET", "/v1/events/csec101/report.html",
     .status = 200, .contains = {"<h2 id='h1'>Who was there</h2>"},
     .absent = {"What the teams wrote", "Next steps", "Convening on the New"}},
    {0},
};

/* The same data gives the same bytes, in another process as well. */
static void a_restart_changes_nothing(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    for (int i = 0; i < 3; i++) {
        static const char *const forms[] = {"html", "md", "docx"};
        play(h, &(struct scenario){forms[i], AS_ORGANIZER, "GET",
                                   arena_printf(&h->scratch, R ".%s", forms[i]), .status = 304,
                                   .headers = {arena_printf(&h->scratch, "If-None-Match: ${%s}", forms[i])}});
    }
}

/* Agency types of fewer than five people are kept back for organizers, too: the report is for everybody. */
static void small_figures_are_kept_back(void **state)
{
    struct harness *h = *state;
    struct local_reply all =
        play(h, &(struct scenario){"figures", AS_ORGANIZER, "GET", E "/representation", .status = 200});
    json_t *json = json_loadb(all.body.ptr, all.body.len, 0, NULL), *row;
    size_t i, small = 0;
    struct local_reply page =
        play(h, &(struct scenario){"page", AS_ORGANIZER, "GET", R ".html", .status = 200});
    const char *text = arena_strndup(&h->scratch, page.body.ptr, page.body.len);
    json_array_foreach(json_object_get(json, "by_agency_type"), i, row)
    {
        json_int_t n = json_integer_value(json_object_get(row, "attendees"));
        char label[64], line[128];
        snprintf(label, sizeof label, "%s", json_string_value(json_object_get(row, "agency_type")));
        for (char *c = label; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        label[0] = (char)(label[0] - 'a' + 'A');
        snprintf(line, sizeof line, "<th scope=\"row\">%s</th><td class=\"n\">", label);
        const char *at = strstr(text, line);
        if (!at)
            fail_msg("no %s", line);
        if (n >= 5)
            continue;
        small++;
        assert_memory_equal(at + strlen(line), "–", strlen("–"));
    }
    json_decref(json);
    assert_true(small > 0); /* else this test holds nothing */
}

/* One worksheet needs no name; of several each has its own above its questions, which are one deeper. */
static const struct scenario several[] = {
    {"one worksheet", AS_ORGANIZER, "GET", R ".html", .status = 200, .contains = {"<h3>1. "},
     .absent = {"class='sheet'", "<h5>"}},
    {"one without questions", AS_ORGANIZER, "POST", E "/worksheet-templates",
     "{'title':'Steps alone','prompts':[{'kind':'next_steps','text':'What next?'}]}", .status = 201},
    {"adds no questions", AS_ORGANIZER, "GET", R ".html", .status = 200, .contains = {"<h3>1. "},
     .absent = {"class='sheet'", "Steps alone"}},
    {"one with a question", AS_ORGANIZER, "POST", E "/worksheet-templates",
     "{'title':'After <b>lunch</b>','prompts':[{'kind':'question','text':'Whom did you meet?'}]}",
     .status = 201},
    {"as a page", AS_ORGANIZER, "GET", R ".html", .status = 200,
     .contains = {"<h3 class='sheet'>County team worksheet</h3>\n<h4>1. ", "<h5>Los Angeles</h5>",
                  "<h3 class='sheet'>After &lt;b&gt;lunch&lt;/b&gt;</h3>\n<h4>1. Whom did you meet?</h4>"},
     .absent = {"<h3>1. ", "Steps alone"}},
    {"as Markdown", AS_ORGANIZER, "GET", R ".md", .status = 200,
     .contains = {"\n### County team worksheet\n\n#### 1\\. ", "\n##### Los Angeles\n",
                  "\n### After \\<b\\>lunch\\</b\\>\n\n#### 1\\. Whom did you meet?\n"},
     .absent = {"\n### 1\\. ", "Steps alone"}},
    {0},
};

static void each_worksheet_has_its_name(void **state)
{
    for (const struct scenario *s = several; s->name; s++)
        play(*state, s);
}

/* Figures stay when the roster goes, and go on keeping back what they kept back. */
static const struct scenario purged[] = {
    {"the directory is purged", AS_ORGANIZER, "POST", E "/purge", "{'what':'directory','event':'csec2015'}",
     .status = 200},
    {"the figures are still there", AS_ADMIN, "GET", R ".md", .status = 200,
     .contains = {"\n- **224** people\n", "\n- Child welfare: 30\n", "\n- Public defender: –\n"}},
    {0},
};

static void what_is_published_outlives_the_roster(void **state)
{
    for (const struct scenario *s = purged; s->name; s++)
        play(*state, s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(a_restart_changes_nothing),
                                              cmocka_unit_test(small_figures_are_kept_back),
                                              cmocka_unit_test(each_worksheet_has_its_name),
                                              cmocka_unit_test(what_is_published_outlives_the_roster),
                                              {0}};
    return harness_run(&(struct suite){"report", .scenarios = {written, told}, .tests = tests});
}

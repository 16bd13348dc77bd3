/* Redactions: what should not stand there leaves the item, its revisions, what was submitted and the phones,
 * and does not come back. */
#include "harness/harness.h"

#include <sqlite3.h>

#include "sync/merge.h"

#define W E "/worksheets"
#define LA W "/${la}"
#define PUSH E "/sync/items/push"
#define PULL E "/sync/items/pull?limit=500"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define NAME "Somebody Invented"
#define DOC(id, text, rest)                                                                                  \
    "{'id':'" id "','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'" text "'" rest "}"
#define PAIR(assumed, to) "[{'assumedMasterState':" assumed ",'newDocumentState':" to "}]"
#define NEW(to) "[{'newDocumentState':" to "}]"
#define REDACT LA "/items/" ID "a1/redact"

static const struct scenario before[] = {
    {"a member's worksheet", AS_MEMBER, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"an item with a name", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a1", "first " NAME, ",'owner':'" NAME "'")),
     .status = 200, .contains = {"[]"}},
    {"in two versions", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "first " NAME, ",'owner':'" NAME "'"),
          DOC(ID "a1", "\\'ask\\' " NAME, ",'owner':'" NAME "'")),
     .status = 200, .contains = {"[]"}},
    {"a neighbour", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a2", "neighbour", "")), .status = 200,
     .contains = {"[]"}},
    {"a draft is not an organizer's to redact", AS_ORGANIZER, "POST", REDACT, "{'reason':'a name'}",
     .status = 404, .absent = {NAME}},
    {"the lead submits", AS_LEAD, "POST", LA "/submit", .status = 200, .save = "version=/version"},
    {"the name is in the version", AS_ORGANIZER, "GET", LA "/versions/1", .status = 200, .contains = {NAME}},
    {"and on the organizer's phone", AS_ORGANIZER, "GET", PULL, .status = 200, .contains = {NAME},
     .save = "seq=/checkpoint/seq"},
    {"a late edit has it, too", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "\\'ask\\' " NAME, ",'owner':'" NAME "'"), DOC(ID "a1", "late " NAME, "")),
     .status = 200, .contains = {"_deleted"}},
    {0},
};

static const struct scenario redacts[] = {
    {"a reason is needed", AS_ORGANIZER, "POST", REDACT, "{}", .status = 422, .contains = {"'/reason'"}},
    {"a member does not redact", AS_MEMBER, "POST", REDACT, "{'reason':'a name'}", .status = 403},
    {"nor a lead", AS_LEAD, "POST", REDACT, "{'reason':'a name'}", .status = 403},
    {"nor staff", AS_STAFF, "POST", REDACT, "{'reason':'a name'}", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "POST", REDACT, "{'reason':'a name'}", .status = 404},
    {"nor is there another item", AS_ORGANIZER, "POST", LA "/items/${new}/redact", "{'reason':'a name'}",
     .status = 404},
    {"an organizer does", AS_ORGANIZER, "POST", REDACT, "{'reason':'a name'}", .status = 200,
     .contains = {"'text':'[redacted]','owner':null", "neighbour"}, .absent = {NAME}},
    {"it has left the worksheet", AS_MEMBER, "GET", LA, .status = 200, .contains = {"[redacted]"},
     .absent = {NAME}},
    {"the version, of which the rest is as it was", AS_ORGANIZER, "GET", LA "/versions/1", .status = 200,
     .contains = {"'id':'" ID "a1','text':'[redacted]','owner':null,'due':null",
                  "'text':'Contracting issues need to be resolved'", "'text':'neighbour'"},
     .absent = {NAME}},
    {"the revisions", AS_MEMBER, "GET", LA "/revisions?limit=500", .status = 200, .contains = {"[redacted]"},
     .absent = {NAME}},
    {"what is late", AS_MEMBER, "GET", LA "/late", .status = 200, .contains = {"[redacted]"},
     .absent = {NAME}},
    {"what was then", AS_MEMBER, "GET", LA "?as_of=99999999", .status = 200, .absent = {NAME}},
    {"and reaches the organizer's phone", AS_ORGANIZER, "GET", PULL "&seq=${seq}", .status = 200,
     .contains = {"'id':'" ID "a1'", "[redacted]"}, .absent = {NAME}},
    {"the team's, too", AS_MEMBER, "GET", PULL, .status = 200, .contains = {"[redacted]"}, .absent = {NAME}},
    {"the lead reopens", AS_LEAD, "POST", LA "/reopen", "{'note':'more'}", .status = 200},
    {"a replay does not bring it back", AS_MEMBER, "POST", PUSH,
     NEW(DOC(ID "a1", "first " NAME, ",'owner':'" NAME "'")), .status = 200, .contains = {"[redacted]"},
     .absent = {NAME}},
    {"nor does a tick over it", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "\\'ask\\' " NAME, ",'owner':'" NAME "'"),
          DOC(ID "a1", "\\'ask\\' " NAME, ",'owner':'" NAME "','done':true")),
     .status = 200, .contains = {"[redacted]", "'done':true"}, .absent = {NAME}},
    {"nor does who types it anew", AS_MEMBER, "PATCH", LA "/items/" ID "a1", "{'text':'first " NAME "'}",
     .status = 200, .contains = {"[redacted]"}, .absent = {NAME}},
    {"nor a phone that has seen the redaction", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "[redacted]", ",'done':true"), DOC(ID "a1", "late " NAME, ",'done':false")),
     .status = 200, .contains = {"[redacted]", "'done':false"}, .absent = {NAME}},
    {"a move of the old text counts once", AS_LEAD, "POST", PUSH,
     PAIR(DOC(ID "a1", "first " NAME, ",'done':true,'order_key':'a0'"),
          DOC(ID "a1", "first " NAME, ",'done':true,'order_key':'a9'")),
     .status = 200, .contains = {"'order_key':'a9'", "[redacted]"}, .absent = {NAME}},
    {"somebody moves it on", AS_MEMBER, "PATCH", LA "/items/" ID "a1", "{'after':null}", .status = 200},
    {"the first move again is a replay", AS_LEAD, "POST", PUSH,
     PAIR(DOC(ID "a1", "first " NAME, ",'done':true,'order_key':'a0'"),
          DOC(ID "a1", "first " NAME, ",'done':true,'order_key':'a9'")),
     .status = 200, .contains = {"[redacted]"}, .absent = {"'order_key':'a9'", NAME}},
    {"another text is taken", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "[redacted]", ""), DOC(ID "a1", "in general", ",'owner':'Court'")), .status = 200,
     .contains = {"[]"}},
    {"an owner who was redacted is one again", AS_MEMBER, "PATCH", LA "/items/" ID "a1",
     "{'owner':'" NAME "'}", .status = 200, .contains = {NAME}},
    {"and is taken out again", AS_ORGANIZER, "POST", REDACT, "{'reason':'again'}", .status = 200,
     .absent = {NAME}},
    {"an item", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a3", "one", "")), .status = 200, .contains = {"[]"}},
    {"somebody's text", AS_LEAD, "POST", PUSH, PAIR(DOC(ID "a3", "one", ""), DOC(ID "a3", "two", "")),
     .status = 200, .contains = {"[]"}},
    {"clashes with a name", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a3", "one", ""), DOC(ID "a3", "of " NAME, "")), .status = 200,
     .contains = {"'text':'two'"}},
    {"which stands behind it", AS_MEMBER, "GET", LA, .status = 200,
     .contains = {"'text':'of " NAME "'", "'fork_of':'" ID "a3'"}, .save = "fork=/prompts/2/items/3/id"},
    {"the lead shares", AS_LEAD, "POST", LA "/share", .status = 200},
    {"the sibling is redacted", AS_ORGANIZER, "POST", LA "/items/${fork}/redact", "{'reason':'a name'}",
     .status = 200, .contains = {"'text':'two'"}, .absent = {NAME}},
    {"in the item's journal, too", AS_MEMBER, "GET", LA "/revisions?limit=500", .status = 200,
     .contains = {"'verdict':'forked','text':'[redacted]'"}, .absent = {NAME}},
    {"the clash again brings nothing back", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a3", "one", ""), DOC(ID "a3", "of " NAME, ",'done':true")), .status = 200,
     .contains = {"'text':'two'", "'done':true"}, .absent = {NAME}},
    {"nowhere", AS_MEMBER, "GET", LA, .status = 200, .absent = {NAME}},
    {"an item that is redacted", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a4", "by " NAME, "")), .status = 200,
     .contains = {"[]"}},
    {"as it is from then on", AS_ORGANIZER, "POST", LA "/items/" ID "a4/redact", "{'reason':'a name'}",
     .status = 200, .absent = {NAME}},
    {"stands so in the journal", AS_MEMBER, "GET", LA "/revisions?limit=500", .status = 200,
     .contains = {"'item_id':'" ID "a4'", "'kind':'edit','verdict':'accepted','text':'[redacted]'"}},
    {"and is removed", AS_MEMBER, "DELETE", LA "/items/" ID "a4", .status = 204},
    {"no phone that holds it brings it back", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a4", "[redacted]", "")),
     .status = 200, .contains = {"[{'id':'" ID "a4','_deleted':true}]"}},
    {"nor one that ticked it", AS_LEAD, "POST", PUSH, NEW(DOC(ID "a4", "by " NAME, ",'done':true")),
     .status = 200, .contains = {"[{'id':'" ID "a4','_deleted':true}]"}},
    {"once more is as well", AS_ORGANIZER, "POST", REDACT, "{'reason':'still'}", .status = 200,
     .absent = {NAME}},
    {"an item", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a5", "draft", "")), .status = 200, .contains = {"[]"}},
    {"with a name", AS_MEMBER, "POST", PUSH, PAIR(DOC(ID "a5", "draft", ""), DOC(ID "a5", "from " NAME, "")),
     .status = 200, .contains = {"[]"}},
    {"is submitted", AS_LEAD, "POST", LA "/submit", .status = 200},
    {"and reopened", AS_LEAD, "POST", LA "/reopen", "{'note':'more'}", .status = 200},
    {"the name is replaced", AS_LEAD, "POST", PUSH,
     PAIR(DOC(ID "a5", "from " NAME, ""), DOC(ID "a5", "from a guest", "")), .status = 200,
     .contains = {"[]"}},
    {"and sent again by who did not hear of it", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a5", "draft", ""), DOC(ID "a5", "from " NAME, ",'done':true")), .status = 200,
     .contains = {"'text':'from a guest'"}},
    {0},
};

/* What was submitted as the item's text is its sibling's now. */
static void a_siblings_text_leaves_versions_of_the_item(void **state)
{
    struct harness *h = *state;
    struct item base = {.text = STR("draft")}, to = {.text = STR("from " NAME)};
    char id[UUID_TEXT];
    item_fork_id(STR(ID "a5"), &base, &to, id);
    harness_set(h, "fork5", id);
    play(h, &(struct scenario){"the sibling", AS_ORGANIZER, "GET", LA, .status = 200,
                               .contains = {"'id':'${fork5}','text':'from " NAME "'"}});
    play(h, &(struct scenario){"the version", AS_ORGANIZER, "GET", LA "/versions/2", .status = 200,
                               .contains = {"'id':'" ID "a5','text':'from " NAME "'"}});
    play(h, &(struct scenario){"is redacted", AS_ORGANIZER, "POST", LA "/items/${fork5}/redact",
                               "{'reason':'a name'}", .status = 200});
    play(h, &(struct scenario){"in both", AS_ORGANIZER, "GET", LA "/versions/2", .status = 200,
                               .contains = {"'id':'" ID "a5','text':'[redacted]'"}, .absent = {NAME}});
}

static void nothing_of_it_is_in_the_database(void **state)
{
    struct harness *h = *state;
    static const char *const places[] = {
        "SELECT count(*) FROM items WHERE text || coalesce(owner, '') LIKE '%",
        "SELECT count(*) FROM item_revisions WHERE text || coalesce(owner, '') LIKE '%",
        "SELECT count(*) FROM worksheet_versions WHERE body LIKE '%",
        "SELECT count(*) FROM push_rejects WHERE body LIKE '%"};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(arena_printf(&h->scratch, "%s/convened.db", h->data), &db), SQLITE_OK);
    for (size_t i = 0; i < COUNT(places); i++) {
        sqlite3_stmt *s = NULL;
        const char *sql = arena_printf(&h->scratch, "%s%s%%'", places[i], NAME);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(s, 0), 0);
        sqlite3_finalize(s);
    }
    sqlite3_close(db);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_siblings_text_leaves_versions_of_the_item),
        cmocka_unit_test(nothing_of_it_is_in_the_database),
        {0},
    };
    return harness_run(&(struct suite){"redactions", .scenarios = {before, redacts}, .tests = tests});
}

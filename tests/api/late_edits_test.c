/* Late edits: kept while a worksheet is submitted, listed for its team alone, taken in once it is reopened.
 * And the worksheet as it was at any moment before. */
#include "harness/harness.h"

#define W E "/worksheets"
#define LA W "/${la}"
#define PUSH E "/sync/items/push"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define DOC(id, text) "{'id':'" id "','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'" text "'}"
#define PAIR(assumed, to) "[{'assumedMasterState':" assumed ",'newDocumentState':" to "}]"
#define NEW(to) "[{'newDocumentState':" to "}]"

static const struct scenario late[] = {
    {"a member's worksheet", AS_MEMBER, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"an item", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a1", "one")), .status = 200, .contains = {"[]"}},
    {"another", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a2", "other")), .status = 200, .contains = {"[]"}},
    {"as it stands then", AS_MEMBER, "GET", LA, .status = 200, .save = "then=/seq"},
    {"is changed", AS_MEMBER, "POST", PUSH, PAIR(DOC(ID "a1", "one"), DOC(ID "a1", "two")), .status = 200,
     .contains = {"[]"}},
    {"the lead submits", AS_LEAD, "POST", LA "/submit", .status = 200},
    {"nothing is late", AS_MEMBER, "GET", LA "/late", .status = 200, .contains = {"{'items':[]}"}},
    {"a late edit is answered with what stands", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "two"), DOC(ID "a1", "late")), .status = 200, .contains = {"'text':'two'"},
     .absent = {"'late'"}},
    {"a late item with nothing", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a3", "late item")), .status = 200,
     .contains = {"[{'id':'" ID "a3','_deleted':true}]"}},
    {"a late removal with what stands", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a2", "other"), "{'id':'" ID "a2','_deleted':true}"), .status = 200,
     .contains = {"'text':'other'"}},
    {"what is sent again is late once", AS_MEMBER, "POST", PUSH,
     PAIR(DOC(ID "a1", "two"), DOC(ID "a1", "late")), .status = 200, .contains = {"'text':'two'"}},
    {"a replay is not late", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a1", "one")), .status = 200,
     .contains = {"'text':'two'"}},
    {"nor is what stands", AS_MEMBER, "POST", PUSH, NEW(DOC(ID "a1", "two")), .status = 200,
     .contains = {"[]"}},
    {"the team reads what is late", AS_LEAD, "GET", LA "/late", .status = 200,
     .contains = {"'item_id':'" ID "a1'", "'kind':'edit'", "'text':'late'", "'item_id':'" ID "a3'",
                  "'kind':'create'", "'text':'late item'", "'kind':'delete'", "'by':'member'"},
     .absent = {"'one'", "_key", "'next'"}, .save = "edit=/items/0/id create=/items/1/id delete=/items/2/id"},
    {"in pages", AS_LEAD, "GET", LA "/late?limit=1", .status = 200, .contains = {"${edit}", "'next'"},
     .absent = {"${create}"}},
    {"another team finds none", AS_RIVERSIDE, "GET", LA "/late", .status = 404, .absent = {"late item"}},
    {"an organizer may not", AS_ORGANIZER, "GET", LA "/late", .status = 403, .absent = {"late item"}},
    {"nor staff", AS_STAFF, "GET", LA "/late", .status = 403},
    {"nor sees it in the worksheet", AS_ORGANIZER, "GET", LA, .status = 200, .contains = {"'text':'two'"},
     .absent = {"'late"}},
    {"nor in its revisions", AS_ORGANIZER, "GET", LA "/revisions?limit=500", .status = 200,
     .contains = {"'text':'two'"}, .absent = {"'late"}},
    {"it is not taken in before", AS_MEMBER, "POST", LA "/late/${edit}/take", .status = 409,
     .contains = {"reopen"}},
    {0},
};

static const struct scenario taken[] = {
    {"the lead reopens", AS_LEAD, "POST", LA "/reopen", "{'note':'late ones'}", .status = 200},
    {"another team takes nothing in", AS_RIVERSIDE, "POST", LA "/late/${edit}/take", .status = 404},
    {"an organizer may not", AS_ORGANIZER, "POST", LA "/late/${edit}/take", .status = 403},
    {"an edit of nowhere", AS_MEMBER, "POST", LA "/late/${new}/take", .status = 404},
    {"somebody has written since", AS_LEAD, "PATCH", LA "/items/" ID "a1", "{'text':'three'}", .status = 200},
    {"both stand", AS_MEMBER, "POST", LA "/late/${edit}/take", .status = 200,
     .contains = {"'text':'three'", "'text':'late'", "'fork_of':'" ID "a1'"}},
    {"the item is there", AS_MEMBER, "POST", LA "/late/${create}/take", .status = 200,
     .contains = {"'id':'" ID "a3','text':'late item'"}, .save = "seq=/seq"},
    {"taken in again nothing changes", AS_MEMBER, "POST", LA "/late/${create}/take", .status = 200,
     .contains = {"'seq':${seq},"}},
    {"the removal is done", AS_LEAD, "POST", LA "/late/${delete}/take", .status = 200,
     .absent = {ID "a2", "'other'"}},
    {"nothing is late any more", AS_MEMBER, "GET", LA "/late", .status = 200, .contains = {"{'items':[]}"}},
    {"the journal still knows", AS_MEMBER, "GET", LA "/revisions?limit=500", .status = 200,
     .contains = {"'verdict':'late','text':'late'", "'verdict':'forked','text':'late'"}},
    {0},
};

static const struct scenario then[] = {
    {"as it was then", AS_LEAD, "GET", LA "?as_of=${then}", .status = 200,
     .contains = {"'seq':${then},", "'id':'" ID "a1','text':'one'", "'text':'other'",
                  "'text':'Contracting issues need to be resolved'"},
     .absent = {"'two'", "'three'", "late item"}},
    {"before anything", AS_LEAD, "GET", LA "?as_of=0", .status = 200,
     .contains = {"'seq':0,", "'answered':0"}, .absent = {"order_key"}},
    {"as it will be is as it is", AS_LEAD, "GET", LA "?as_of=99999999", .status = 200,
     .contains = {"'text':'three'", "'text':'late'", "'fork_of':'" ID "a1'"}, .absent = {"'other'", "'two'"}},
    {"a seq is a number", AS_LEAD, "GET", LA "?as_of=x", .status = 400},
    {"not below 0", AS_LEAD, "GET", LA "?as_of=-1", .status = 400},
    {"an organizer may not", AS_ORGANIZER, "GET", LA "?as_of=${then}", .status = 403, .absent = {"'one'"}},
    {"another team finds no worksheet", AS_RIVERSIDE, "GET", LA "?as_of=${then}", .status = 404},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"late_edits", .scenarios = {late, taken, then}});
}

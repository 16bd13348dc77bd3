/* Worksheets: who reads what, items written, moved, removed and repeated, and what other teams must never
 * see. */
#include "harness/harness.h"

#include <sqlite3.h>

#define W E "/worksheets"
#define LA W "/${la}"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define CANARY "canary-of-los-angeles"

static const struct scenario reads[] = {
    {"a member lists the own worksheet alone", AS_MEMBER, "GET", W, .status = 200,
     .contains = {"'team_id':'${member.team}'", "'state':'open'", "'version':0", "'answered':7",
                  "'items':26,", "'last_write_at':'"},
     .absent = {"_key", "${riverside.team}", "'next'"}, .head = {"ETag: \""},
     .save = "la=/items/0/id tag=ETag"},
    {"the same list again is a 304", AS_LEAD, "GET", W, .headers = {"If-None-Match: ${tag}"}, .status = 304},
    {"another team lists its own", AS_RIVERSIDE, "GET", W, .status = 200,
     .contains = {"'team_id':'${riverside.team}'", "'answered':0", "'items':0", "'last_write_at':null"},
     .absent = {"${la}"}, .save = "riverside=/items/0/id"},
    {"an organizer lists all", AS_ORGANIZER, "GET", W, .status = 200, .contains = {"${la}", "${riverside}"}},
    {"in pages", AS_ORGANIZER, "GET", W "?limit=20", .status = 200, .contains = {"'next':'"},
     .save = "next=/next"},
    {"the last of which has one", AS_ORGANIZER, "GET", W "?limit=20&cursor=${next}", .status = 200,
     .absent = {"'next'"}},
    {"an attendee lists none", AS_ATTENDEE, "GET", W, .status = 403},
    {"nor does staff", AS_STAFF, "GET", W, .status = 403},
    {"nor does nobody", AS_NOBODY, "GET", W, .status = 401},
    {"another event's organizer finds no event", AS_ELSEWHERE, "GET", W, .status = 404},
    {"a member reads prompts and items in order", AS_MEMBER, "GET", LA, .status = 200,
     .contains = {"'id':'${la}'", "'template_id':'${worksheet-templates:breakout}'", "'shared':false",
                  "'reopen_note':null,'submitted_at':null,'prompts':[{'id':'${prompts:q1}','number':1,'kind':"
                  "'question'",
                  "'text':'Contracting issues need to be resolved','owner':null,'due':null,'done':false,"
                  "'order_key':'a0','updated_at':'",
                  "'order_key':'a4'", "'items':[],'answered':0", "'kind':'outstanding_questions'"},
     .absent = {"fork_of"}, .save = "seq=/seq last=/prompts/0/items/4/id"},
    {0},
};

static const struct scenario others[] = {
    {"an organizer gets counts and no text", AS_ORGANIZER, "GET", LA, .status = 200,
     .contains = {"'items':[],'answered':5}", "'items':[],'answered':2}", "'items':[],'answered':0}"},
     .absent = {"Contracting", "order_key", "'done'"}},
    {"and no revisions", AS_ORGANIZER, "GET", LA "/revisions", .status = 200, .contains = {"{'items':[]}"}},
    {"another team finds no worksheet", AS_RIVERSIDE, "GET", LA, .status = 404,
     .absent = {"${la}", "Contracting"}},
    {"no revisions", AS_RIVERSIDE, "GET", LA "/revisions", .status = 404},
    {"no version", AS_RIVERSIDE, "GET", LA "/versions/1", .status = 404},
    {"nothing to write to", AS_RIVERSIDE, "POST", LA "/items", "{'prompt_id':'${prompts:q1}','text':'x'}",
     .status = 404},
    {"to change", AS_RIVERSIDE, "PATCH", LA "/items/${last}", "{'text':'x'}", .status = 404},
    {"to remove", AS_RIVERSIDE, "DELETE", LA "/items/${last}", .status = 404},
    {"nor by way of the own worksheet", AS_RIVERSIDE, "PATCH", W "/${riverside}/items/${last}",
     "{'text':'x'}", .status = 404},
    {"nor as a neighbour", AS_RIVERSIDE, "POST", W "/${riverside}/items",
     "{'prompt_id':'${prompts:q1}','text':'x','after':'${last}'}", .status = 422, .contains = {"'/after'"}},
    {"nor with an id of theirs", AS_RIVERSIDE, "POST", W "/${riverside}/items",
     "{'id':'${last}','prompt_id':'${prompts:q1}','text':'x'}", .status = 409},
    {"it is as an unknown one", AS_RIVERSIDE, "GET", W "/${new}", .status = 404,
     .contains = {"there is no such worksheet"}},
    {"an attendee reads none", AS_ATTENDEE, "GET", LA, .status = 403},
    {"staff reads none", AS_STAFF, "GET", LA, .status = 403},
    {"another event's organizer finds none", AS_ELSEWHERE, "GET", LA, .status = 404},
    {"nor by way of the own event", AS_ELSEWHERE, "GET", "/v1/events/csec101/worksheets/${la}",
     .status = 404},
    {"an organizer writes no item", AS_ORGANIZER, "POST", LA "/items",
     "{'prompt_id':'${prompts:q1}','text':'x'}", .status = 403},
    {"changes none", AS_ORGANIZER, "PATCH", LA "/items/${last}", "{'text':'x'}", .status = 403},
    {"removes none", AS_ORGANIZER, "DELETE", LA "/items/${last}", .status = 403},
    {"an attendee writes none", AS_ATTENDEE, "POST", LA "/items", "{'prompt_id':'${prompts:q1}','text':'x'}",
     .status = 403},
    {"a revoked phone writes none", AS_REVOKED, "POST", LA "/items",
     "{'prompt_id':'${prompts:q1}','text':'x'}", .status = 401},
    {"nothing of it moved the worksheet", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'seq':${seq},"}},
    {0},
};

static const struct scenario creates[] = {
    {"an item goes to the end", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a1','prompt_id':'${prompts:q3}','text':'" CANARY "'}", .status = 201,
     .contains = {"'id':'" ID "a1'", "'text':'" CANARY "'",
                  "'owner':null,'due':null,'done':false,'order_key':'a0'"},
     .head = {"Location: " LA "/items/" ID "a1\r\n", "ETag: \""}},
    {"its repeat makes no second one", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a1','prompt_id':'${prompts:q3}','text':'" CANARY "'}", .status = 200,
     .contains = {CANARY}},
    {"its id with other content is a conflict", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a1','prompt_id':'${prompts:q3}','text':'other'}", .status = 409, .absent = {CANARY}},
    {"one behind it", AS_LEAD, "POST", LA "/items",
     "{'id':'" ID
     "a2','prompt_id':'${prompts:q3}','text':'two','owner':'DPO','due':'2016-01-15','done':true}",
     .status = 201, .contains = {"'owner':'DPO','due':'2016-01-15','done':true,'order_key':'a1'"}},
    {"one between them", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a3','prompt_id':'${prompts:q3}','text':'between','after':'" ID "a1'}", .status = 201,
     .contains = {"'order_key':'a0V'"}},
    {"one before all", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a4','prompt_id':'${prompts:q3}','text':'first','after':null}", .status = 201,
     .contains = {"'order_key':'Zz'"}},
    {"they read in that order", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'answered':4}"},
     .save = "i0=/prompts/2/items/0/id i1=/prompts/2/items/1/id i2=/prompts/2/items/2/id "
             "i3=/prompts/2/items/3/id"},
    {"an Idempotency-Key makes an item once", AS_MEMBER, "POST", LA "/items",
     "{'prompt_id':'${prompts:q6}','text':'by key'}", .headers = {"Idempotency-Key: k1"}, .status = 201,
     .save = "keyed=/id"},
    {"and gives it again", AS_MEMBER, "POST", LA "/items", "{'prompt_id':'${prompts:q6}','text':'by key'}",
     .headers = {"Idempotency-Key: k1"}, .status = 200, .contains = {"'id':'${keyed}'"}},
    {"for other content it is a conflict", AS_MEMBER, "POST", LA "/items",
     "{'prompt_id':'${prompts:q6}','text':'else'}", .headers = {"Idempotency-Key: k1"}, .status = 409},
    {"another's key of that name is another key", AS_LEAD, "POST", LA "/items",
     "{'prompt_id':'${prompts:q6}','text':'else'}", .headers = {"Idempotency-Key: k1"}, .status = 201},
    {"an empty key is refused", AS_LEAD, "POST", LA "/items", "{'prompt_id':'${prompts:q6}','text':'else'}",
     .headers = {"Idempotency-Key:"}, .status = 400},
    {"text is stored as typed", AS_MEMBER, "POST", LA "/items",
     "{'prompt_id':'${prompts:q6}','text':'  =1+1\\n\\t</script>\\u00e9 '}", .status = 201,
     .contains = {"'  =1+1\\n\\t", "\xc3\xa9 '"}, .absent = {"</script>"}},
    {"every fault is named at once", AS_MEMBER, "POST", LA "/items",
     "{'id':'x','text':'','owner':7,'due':'2016-02-30','done':null,'after':'y','order_key':'a0'}",
     .status = 422,
     .contains = {"'/id'", "'/prompt_id'", "'/text'", "'/owner'", "'/due'", "'/after'", "'/order_key'"}},
    {"a prompt of nowhere", AS_MEMBER, "POST", LA "/items", "{'prompt_id':'${new}','text':'x'}",
     .status = 422, .contains = {"'/prompt_id'"}},
    {"a neighbour of another prompt", AS_MEMBER, "POST", LA "/items",
     "{'prompt_id':'${prompts:q1}','text':'x','after':'" ID "a1'}", .status = 422, .contains = {"'/after'"}},
    {"an array is no item", AS_MEMBER, "POST", LA "/items", "[]", .status = 422},
    {"a worksheet of nowhere", AS_MEMBER, "POST", W "/${new}/items",
     "{'prompt_id':'${prompts:q1}','text':'x'}", .status = 404},
    {"what is no id is not found", AS_MEMBER, "POST", W "/x/items",
     "{'prompt_id':'${prompts:q1}','text':'x'}", .status = 404},
    {"another team still sees nothing", AS_RIVERSIDE, "GET", W, .status = 200, .absent = {CANARY, "${la}"}},
    {"nor does an organizer", AS_ORGANIZER, "GET", LA, .status = 200, .contains = {"'answered':4}"},
     .absent = {CANARY}},
    {0},
};

static const struct scenario changes[] = {
    {"a change of the text", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'text':'two, better'}",
     .status = 200,
     .contains = {"'text':'two, better','owner':'DPO','due':'2016-01-15','done':true,'order_key':'a1'"},
     .head = {"ETag: \""}},
    {"null clears", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'owner':null,'due':null,'done':false}",
     .headers = {"Content-Type: application/merge-patch+json"}, .status = 200,
     .contains = {"'owner':null,'due':null,'done':false"}},
    {"a move to the front", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'after':null}", .status = 200,
     .contains = {"'order_key':'Zy'"}},
    {"a move behind another", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'after':'" ID "a3'}", .status = 200,
     .contains = {"'order_key':'a1'"}},
    {"behind itself there is no place", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'after':'" ID "a2'}",
     .status = 422, .contains = {"'/after'"}},
    {"the creation's repeat gives what it is now", AS_LEAD, "POST", LA "/items",
     "{'id':'" ID
     "a2','prompt_id':'${prompts:q3}','text':'two','owner':'DPO','due':'2016-01-15','done':true}",
     .status = 200, .contains = {"'text':'two, better'"}},
    {"the worksheet as it stands", AS_MEMBER, "GET", LA, .status = 200, .save = "seq=/seq tag=ETag"},
    {"a change to what it is already", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'text':'two, better'}",
     .status = 200, .contains = {"'text':'two, better'"}},
    {"and one of nothing", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{}", .status = 200},
    {"do not count", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'seq':${seq},"}},
    {"a text is not cleared", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'text':null}", .status = 422},
    {"a tag of its own", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'done':true}",
     .headers = {"If-Match: *"}, .status = 200, .save = "tag=ETag"},
    {"a change of what was read", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'done':false}",
     .headers = {"If-Match: ${tag}"}, .status = 200, .contains = {"'done':false"}},
    {"somebody was faster", AS_LEAD, "PATCH", LA "/items/" ID "a2", "{'text':'too slow'}",
     .headers = {"If-Match: ${tag}"}, .status = 412, .contains = {"kept in its revisions"}},
    {"as it is, it is no change", AS_LEAD, "PATCH", LA "/items/" ID "a2", "{'done':false}",
     .headers = {"If-Match: ${tag}"}, .status = 200},
    {"nor is it removed", AS_LEAD, "DELETE", LA "/items/" ID "a2", .headers = {"If-Match: ${tag}"},
     .status = 412},
    {"it stands as it was", AS_LEAD, "GET", LA, .status = 200, .contains = {"'text':'two, better'"},
     .absent = {"too slow"}},
    {"what was typed is kept", AS_LEAD, "GET", LA "/revisions?limit=500", .status = 200,
     .contains = {"'verdict':'stale','text':'too slow'"}},
    {"an item of nowhere, whatever its tag", AS_LEAD, "PATCH", LA "/items/${new}", "{'text':'x'}",
     .headers = {"If-Match: ${tag}"}, .status = 404},
    {"an item stays with its prompt", AS_MEMBER, "PATCH", LA "/items/" ID "a2",
     "{'prompt_id':'${prompts:q1}'}", .status = 422},
    {"an item of nowhere", AS_MEMBER, "PATCH", LA "/items/${new}", "{'text':'x'}", .status = 404},
    {"removing one", AS_MEMBER, "DELETE", LA "/items/" ID "a3", .status = 204},
    {"it is gone", AS_MEMBER, "DELETE", LA "/items/" ID "a3", .status = 404},
    {"for changes, too", AS_MEMBER, "PATCH", LA "/items/" ID "a3", "{'text':'x'}", .status = 404},
    {"its creation's repeat says so", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a3','prompt_id':'${prompts:q3}','text':'between','after':'" ID "a1'}", .status = 409,
     .contains = {"removed"}},
    {"one may still be put where it was", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a5','prompt_id':'${prompts:q3}','text':'in its place','after':'" ID "a3'}", .status = 201,
     .contains = {"'order_key':'a0l'"}},
    {"the worksheet has no more of it", AS_MEMBER, "GET", LA, .status = 200,
     .contains = {"'answered':4}", ID "a5"}, .absent = {"'between'", ID "a3"}},
    {0},
};

static const struct scenario revisions[] = {
    {"the journal has it all, in order", AS_MEMBER, "GET", LA "/revisions?limit=500", .status = 200,
     .contains = {"'text':'Contracting issues need to be resolved'",
                  "'kind':'create','verdict':'accepted','text':'" CANARY "'",
                  "'kind':'edit','verdict':'accepted','text':'two, better'",
                  "'kind':'delete','verdict':'accepted','text':null", "'verdict':'denied','text':'other'",
                  "'by':'", "'at':'"},
     .absent = {"'next'", "_key"}},
    {"in pages", AS_MEMBER, "GET", LA "/revisions?limit=2", .status = 200, .contains = {"'next':'"},
     .save = "first=/items/0/id second=/items/1/id next=/next"},
    {"the page after it", AS_MEMBER, "GET", LA "/revisions?limit=2&cursor=${next}", .status = 200,
     .absent = {"${first}", "${second}"}},
    {"a cursor of another make is refused", AS_MEMBER, "GET", LA "/revisions?cursor=Zm9v", .status = 400},
    {"an attendee reads none", AS_ATTENDEE, "GET", LA "/revisions", .status = 403},
    {"an organizer still has none", AS_ORGANIZER, "GET", LA "/revisions", .status = 200,
     .contains = {"{'items':[]}"}},
    {"a worksheet of nowhere has none", AS_MEMBER, "GET", W "/${new}/revisions", .status = 404},
    {0},
};

static void items_read_in_order(void **state)
{
    struct harness *h = *state;
    assert_string_equal(harness_value(h, "i0"), ID "a4");
    assert_string_equal(harness_value(h, "i1"), ID "a1");
    assert_string_equal(harness_value(h, "i2"), ID "a3");
    assert_string_equal(harness_value(h, "i3"), ID "a2");
}

static struct local_reply send_text(struct harness *h, size_t bytes)
{
    struct buf body;
    buf_init(&body, &h->scratch, bytes + 200);
    buf_puts(&body, "{'prompt_id':'${prompts:q1}','text':'");
    for (size_t i = 0; i < bytes; i++)
        buf_char(&body, 'x');
    buf_puts(&body, "'}");
    const struct scenario s = {"a long text", AS_MEMBER, "POST", LA "/items", buf_cstr(&body)};
    return harness_send(h, &s, &h->scratch);
}

static void text_may_have_64_kib(void **state)
{
    assert_int_equal(send_text(*state, 65536).status, 201);
    assert_int_equal(send_text(*state, 65537).status, 422);
}

/* As after 64 MiB of items. */
static void a_worksheet_is_full_some_day(void **state)
{
    struct harness *h = *state;
    sqlite3 *db = NULL;
    static const struct scenario more = {
        "one more",    AS_MEMBER,           "POST", LA "/items", "{'prompt_id':'${prompts:q1}','text':'x'}",
        .status = 409, .contains = {"full"}};
    static const struct scenario longer = {
        "a longer one", AS_MEMBER, "PATCH", LA "/items/" ID "a2", "{'text':'two, and so much better'}",
        .status = 409};
    static const struct scenario shorter = {"a shorter one",      AS_MEMBER,        "PATCH",
                                            LA "/items/" ID "a2", "{'text':'two'}", .status = 200};
    static const struct scenario fewer = {"one less", AS_MEMBER, "DELETE", LA "/items/" ID "a2",
                                          .status = 204};
    static const struct scenario again = {
        "another", AS_MEMBER, "POST", LA "/items", "{'prompt_id':'${prompts:q1}','text':'x'}", .status = 201};
    assert_int_equal(sqlite3_open(arena_printf(&h->scratch, "%s/convened.db", h->data), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE worksheets SET size = 67108864", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    play(h, &more);
    play(h, &longer);
    play(h, &shorter);
    play(h, &fewer);
    play(h, &again);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_read_in_order),
        cmocka_unit_test(text_may_have_64_kib),
        cmocka_unit_test(a_worksheet_is_full_some_day),
        {0},
    };
    return harness_run(&(struct suite){
        .name = "worksheets", .scenarios = {reads, others, creates, changes, revisions}, .tests = tests});
}

/* Pushes: the five rules in their order, siblings, replays, late edits, rows that nothing can be made of
 * beside rows that are good, and what no answer may show. */
#include "harness/harness.h"

#include <sqlite3.h>

#include "sync/merge.h"

#define W E "/worksheets"
#define LA W "/${la}"
#define PUSH E "/sync/items/push"
#define PULL E "/sync/items/pull"
#define INFO E "/sync/info"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define CANARY "canary-of-los-angeles"

/* One bullet, as a phone has it, and rows of it. */
#define DOC(id, text, rest)                                                                                  \
    "{'id':'" id "','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'" text                        \
    "','owner':null,'due':null," rest "}"
#define LIVE(id, text) DOC(id, text, "'done':false,'order_key':'a0','_deleted':false")
#define TICKED(id, text) DOC(id, text, "'done':true,'order_key':'a0','_deleted':false")
#define MOVED(id, text) DOC(id, text, "'done':false,'order_key':'a5','_deleted':false")
#define GONE(id, text) DOC(id, text, "'done':false,'order_key':'a0','_deleted':true")
#define BARE(id) "{'id':'" id "','_deleted':true}"
#define NEW(to) "{'newDocumentState':" to "}"
#define OVER(assumed, to) "{'assumedMasterState':" assumed ",'newDocumentState':" to "}"

static const struct scenario start[] = {
    {"a member's worksheet", AS_MEMBER, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"another team's", AS_RIVERSIDE, "GET", W, .status = 200, .save = "riverside=/items/0/id"},
    {"an item of the seed", AS_MEMBER, "GET", LA, .status = 200, .save = "seeded=/prompts/0/items/0/id"},
    {0},
};

static const struct scenario rules[] = {
    {"a new item is taken", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "a1", "one")) "]", .status = 200,
     .contains = {"[]"}, .absent = {"one"}, .head = {"Cache-Control: no-store"}},
    {"and read by all of the team", AS_LEAD, "GET", LA, .status = 200,
     .contains = {"'id':'" ID "a1','text':'one'"}, .save = "seq=/seq"},
    {"pushed again it is no news", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "a1", "one")) "]", .status = 200,
     .contains = {"[]"}},
    {"whatever it says in the server's fields", AS_MEMBER, "POST", PUSH,
     "[" NEW(DOC(ID "a1", "one",
                 "'done':false,'order_key':'a0','seq':1,'author':'x','updated_by':7,'updated_at':null,"
                 "'fork_of':'${new}','other':{}")) "]",
     .status = 200, .contains = {"[]"}},
    {"the sequence stays", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'seq':${seq},"}},
    {"a change over what is stored is taken", AS_LEAD, "POST", PUSH,
     "[" OVER(LIVE(ID "a1", "one"), LIVE(ID "a1", "two")) "]", .status = 200, .contains = {"[]"}},
    {"its replay, too, is no news", AS_LEAD, "POST", PUSH,
     "[" OVER(LIVE(ID "a1", "one"), LIVE(ID "a1", "two")) "]", .status = 200, .contains = {"[]"}},
    {"the creation's replay is stale", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "a1", "one")) "]",
     .status = 200,
     .contains = {"[{'id':'" ID "a1','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'two'",
                  "'author':'${member.id}','updated_by':'${lead.id}'", "'_deleted':false}]"}},
    {"once more, and the journal has it once", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "a1", "one")) "]",
     .status = 200, .contains = {"'text':'two'"}},
    {"a tick beside another's text: both stand", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "a1", "one"), TICKED(ID "a1", "one")) "]", .status = 200,
     .contains = {"'text':'two'", "'done':true", "'fork_of':null"}},
    {"a move beside it, too", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "a1", "one"), MOVED(ID "a1", "one")) "]", .status = 200,
     .contains = {"'text':'two'", "'done':true", "'order_key':'a5'"}},
    {"texts that clash", AS_MEMBER, "POST", PUSH, "[" OVER(LIVE(ID "a1", "one"), LIVE(ID "a1", "three")) "]",
     .status = 200, .contains = {"'text':'two'", "'done':true", "'order_key':'a5'"}, .absent = {"three"}},
    {"both stand, the loser's right behind", AS_MEMBER, "GET", LA, .status = 200,
     .contains = {"'text':'two','owner':null,'due':null,'done':true,'order_key':'a5'",
                  "'text':'three','owner':null,'due':null,'done':false,'order_key':'a6'",
                  "'fork_of':'" ID "a1'"},
     .save = "seq=/seq sibling=/prompts/2/items/1/id"},
    {"the clash again makes no second one", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "a1", "one"), LIVE(ID "a1", "three")) "]", .status = 200, .contains = {"'text':'two'"}},
    {"nothing moved", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'seq':${seq},"}},
    {"without an order key it goes to the end", AS_MEMBER, "POST", PUSH,
     "[" NEW("{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'end'}") "]",
     .status = 200, .contains = {"[]"}},
    {"behind the last", AS_MEMBER, "GET", LA, .status = 200,
     .contains = {"'text':'end','owner':null,'due':null,'done':false,'order_key':'a7'"}},
    {0},
};

static const struct scenario removals[] = {
    {"a removal of what one had seen", AS_MEMBER, "POST", PUSH,
     "[" OVER("{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'end'}",
              GONE(ID "a2", "end")) "]",
     .status = 200, .contains = {"[]"}},
    {"it is gone", AS_MEMBER, "GET", LA, .status = 200, .absent = {ID "a2"}, .save = "seq=/seq"},
    {"removed again, bare", AS_LEAD, "POST", PUSH, "[" NEW(BARE(ID "a2")) "]", .status = 200,
     .contains = {"[]"}},
    {"what never was is gone, too", AS_LEAD, "POST", PUSH, "[" NEW(BARE(ID "ff")) "]", .status = 200,
     .contains = {"[]"}},
    {"the sequence stays", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'seq':${seq},"}},
    {"the creation's replay does not bring it back", AS_MEMBER, "POST", PUSH,
     "[" NEW("{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'end'}") "]",
     .status = 200, .contains = {"[" BARE(ID "a2") "]"}},
    {"an edit that had not seen it does", AS_MEMBER, "POST", PUSH,
     "[" OVER("{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'end'}",
              "{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'not yet'}") "]",
     .status = 200, .contains = {"'text':'not yet'", "'_deleted':false"}},
    {"a removal that had not seen the edit loses", AS_LEAD, "POST", PUSH,
     "[" OVER("{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'end'}",
              BARE(ID "a2")) "]",
     .status = 200, .contains = {"'text':'not yet'", "'_deleted':false"}},
    {"it stands", AS_LEAD, "GET", LA, .status = 200, .contains = {"'text':'not yet'"}},
    {"a bare removal of what one had seen", AS_LEAD, "POST", PUSH,
     "[" OVER("{'id':'" ID "a2','worksheet_id':'${la}','prompt_id':'${prompts:q3}','text':'not yet'}",
              BARE(ID "a2")) "]",
     .status = 200, .contains = {"[]"}},
    {"it is gone again", AS_LEAD, "GET", LA, .status = 200, .absent = {"not yet"}},
    {"REST goes the same way: a change over what is stored", AS_LEAD, "PATCH", LA "/items/" ID "a1",
     "{'text':'four'}", .status = 200, .contains = {"'text':'four'"}},
    {"what a phone then pushes has not seen it", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "a1", "two"), LIVE(ID "a1", "two and a half")) "]", .status = 200,
     .contains = {"'text':'four'"}},
    {"both stand", AS_LEAD, "GET", LA, .status = 200,
     .contains = {"'text':'four'", "'text':'two and a half'"}},
    {0},
};

/* What a phone sends again after a lost answer may hold more than the first try. */
static const struct scenario retries[] = {
    {"an item", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "71", "plan")) "]", .status = 200,
     .contains = {"[]"}},
    {"somebody's text", AS_LEAD, "POST", PUSH, "[" OVER(LIVE(ID "71", "plan"), LIVE(ID "71", "plan B")) "]",
     .status = 200, .contains = {"[]"}},
    {"another's clashes", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "71", "plan"), LIVE(ID "71", "plan C")) "]", .status = 200,
     .contains = {"'text':'plan B'"}},
    {"the item is removed", AS_LEAD, "DELETE", LA "/items/" ID "71", .status = 204},
    {"the clash again, ticked meanwhile, stays a sibling", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "71", "plan"), TICKED(ID "71", "plan C")) "]", .status = 200,
     .contains = {"[" BARE(ID "71") "]"}},
    {"and is there once", AS_LEAD, "GET", LA, .status = 200, .contains = {"'text':'plan C'"},
     .absent = {ID "71','text'"}},
    {"an item", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "73", "as restored")) "]", .status = 200,
     .contains = {"[]"}},
    {"ticked by who saw a text that the backup lacks", AS_LEAD, "POST", PUSH,
     "[" OVER(LIVE(ID "73", "since the backup"), TICKED(ID "73", "since the backup")) "]", .status = 200,
     .contains = {"'text':'as restored'", "'done':true"}},
    {"both stand", AS_MEMBER, "GET", LA, .status = 200,
     .contains = {"'text':'as restored'", "'text':'since the backup'"}},
    {"a text that is changed back", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "72", "draft")) "]",
     .status = 200, .contains = {"[]"}},
    {"after a while", AS_MEMBER, "POST", PUSH, "[" OVER(LIVE(ID "72", "draft"), LIVE(ID "72", "final")) "]",
     .status = 200, .contains = {"[]"}},
    {"while another ticks it", AS_LEAD, "POST", PUSH,
     "[" OVER(LIVE(ID "72", "final"), TICKED(ID "72", "final")) "]", .status = 200, .contains = {"[]"}},
    {"is no replay", AS_MEMBER, "POST", PUSH, "[" OVER(LIVE(ID "72", "final"), LIVE(ID "72", "draft")) "]",
     .status = 200, .contains = {"'text':'draft','owner':null,'due':null,'done':true"}},
    {"but the second time it is", AS_LEAD, "PATCH", LA "/items/" ID "72", "{'text':'at last'}",
     .status = 200},
    {"whoever sends it", AS_MEMBER, "POST", PUSH,
     "[" OVER(LIVE(ID "72", "final"), LIVE(ID "72", "draft")) "]", .status = 200,
     .contains = {"'text':'at last'"}},
    {"a phone that holds it still and has seen nothing brings no old text", AS_LEAD, "POST", PUSH,
     "[" NEW(LIVE(ID "72", "draft")) "]", .status = 200, .contains = {"'text':'at last'"}},
    {"it stands alone", AS_LEAD, "GET", LA, .status = 200, .contains = {"'text':'at last'"},
     .absent = {"'text':'draft'", "'text':'final'"}},
    {0},
};

static const struct scenario poison[] =
    {
        {"bad rows delay no good one", AS_MEMBER, "POST", PUSH,
         "[" NEW(LIVE(ID "b1", "good one")) ",7,null,[],'x',{},{'newDocumentState':[]}," NEW(
             "{'"
             "id'"
             ":"
             "'" ID
             "b2','worksheet_id':'${la}','prompt_id':'${new}','text':'no such prompt'}") "," NEW("{'"
                                                                                                 "id"
                                                                                                 "':"
                                                                                                 "'" ID
                                                                                                 "b3','"
                                                                                                 "worksheet_"
                                                                                                 "id':'${new}"
                                                                                                 "','prompt_"
                                                                                                 "id':'${"
                                                                                                 "prompts:q3}"
                                                                                                 "','text':'"
                                                                                                 "no such "
                                                                                                 "sheet'}") "," NEW("{'id':'" ID
                                                                                                                    "b4','worksheet_id':'${la}','prompt_id':'${prompts:q3}','"
                                                                                                                    "text':5}") "," NEW("{'id':'" ID
                                                                                                                                        "b5','worksheet_id':7,'prompt_id':{},'"
                                                                                                                                        "text':'w'}") "," NEW("{'id':'not an "
                                                                                                                                                              "id','text':'w'"
                                                                                                                                                              "}") "," NEW("{'"
                                                                                                                                                                           "id"
                                                                                                                                                                           "':"
                                                                                                                                                                           "9,"
                                                                                                                                                                           "'t"
                                                                                                                                                                           "ex"
                                                                                                                                                                           "t'"
                                                                                                                                                                           ":'"
                                                                                                                                                                           "w'"
                                                                                                                                                                           "}") "," NEW(DOC(ID "b6", "w", "'done':'yes'")) "," NEW(DOC(ID
                                                                                                                                                                                                                                       "b7",
                                                                                                                                                                                                                                       "w",
                                                                                                                                                                                                                                       "'order_key':'!'")) "," NEW(DOC(ID
                                                                                                                                                                                                                                                                       "b8",
                                                                                                                                                                                                                                                                       "w", "'_deleted':'no'")) "," NEW(LIVE(ID
                                                                                                                                                                                                                                                                                                             "b9",
                                                                                                                                                                                                                                                                                                             "good two")) "]",
         .status = 200,
         .contains = {"[" BARE(ID "b2") "," BARE(ID "b3") "," BARE(ID "b4") "," BARE(
             ID "b5") ",{'id':'not an "
                      "id','_deleted':true}," BARE(ID "b6") "," BARE(ID "b7") "," BARE(ID "b8") "]"}},
        {"the good ones are there", AS_LEAD, "GET", LA, .status = 200,
         .contains = {"'text':'good one'", "'text':'good two'"}, .absent = {"no such", "'w'"}},
        {"nor does what is nested too deep", AS_MEMBER, "POST", PUSH,
         "[{'newDocumentState':{'id':'" ID
         "c1','x':[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]]]]]"
         "]]]]]]]]]]]]]]]]]]]]}}," NEW(LIVE(ID "c2", "good three")) "]",
         .status = 200, .contains = {"[" BARE(ID "c1") "]"}},
        {"nor what is no JSON", AS_MEMBER, "POST", PUSH,
         "[{'newDocumentState':{'id':'" ID "c3',}}," NEW(LIVE(ID "c4", "good four")) "]", .status = 200,
         .contains = {"[" BARE(ID "c3") "]"}},
        {"half an emoji is mended", AS_MEMBER, "POST", PUSH,
         "[" NEW(LIVE(ID "c5", "cut \\ud83d")) "," NEW(LIVE(ID "c6", "whole \\ud83d\\ude00")) "]",
         .status = 200, .contains = {"[]"}},
        {"a NUL is refused alone", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "c7", "nul \\u0000")) "]",
         .status = 200, .contains = {"[" BARE(ID "c7") "]"}},
        {"they are there, too", AS_LEAD, "GET", LA, .status = 200,
         .contains = {"good three", "good four", "'cut \xef\xbf\xbd'", "'whole \xf0\x9f\x98\x80'"}},
        {"a known item keeps what it has", AS_MEMBER, "POST", PUSH,
         "[" OVER(LIVE(ID "b1", "good one"), DOC(ID "b1", "w", "'done':'yes'")) "]", .status = 200,
         .contains = {"[{'id':'" ID "b1'", "'text':'good one'"}},
        {"an empty push is one", AS_MEMBER, "POST", PUSH, "[]", .status = 200, .contains = {"[]"}},
        {"no array is none", AS_MEMBER, "POST", PUSH, "{}", .status = 400},
        {"nor is half of one", AS_MEMBER, "POST", PUSH, "[{}", .status = 400},
        {"nor two", AS_MEMBER, "POST", PUSH, "[][]", .status = 400},
        {"nor text", AS_MEMBER, "POST", PUSH, "[]", .headers = {"Content-Type: text/plain"}, .status = 415},
        {"an unknown collection", AS_MEMBER, "POST", E "/sync/secrets/push", "[]", .status = 404},
        {"one that takes no pushes answers what it has", AS_MEMBER, "POST", E "/sync/rooms/push",
         "[" NEW("{'id':'${rooms:main-hall}','name':'mine'}") "," NEW("{'id':'" ID "ff','name':'new'}") "]",
         .status = 200, .contains = {"'name':'Main Hall'", BARE(ID "ff")}, .absent = {"mine"}},
        {0},
};

static const struct scenario others[] = {
    {"a text of this team's", AS_MEMBER, "POST", PUSH, "[" NEW(LIVE(ID "d1", CANARY)) "]", .status = 200,
     .contains = {"[]"}},
    {"another team's push of its id", AS_RIVERSIDE, "POST", PUSH,
     "[" NEW("{'id':'" ID "d1','worksheet_id':'${riverside}','prompt_id':'${prompts:q3}','text':'"
             "mine'}") "," OVER(LIVE(ID "d1", CANARY),
                                LIVE(ID "d1",
                                     "mine")) "," OVER(LIVE(ID "d1", CANARY),
                                                       BARE(ID "d1")) "," NEW("{'id':'" ID
                                                                              "d2','worksheet_id':'${la}','"
                                                                              "prompt_id':'${prompts:q3}',"
                                                                              "'text':'mine'}") "]",
     .status = 200, .contains = {"[" BARE(ID "d1") "," BARE(ID "d1") "," BARE(ID "d2") "]"},
     .absent = {CANARY}},
    {"an organizer's", AS_ORGANIZER, "POST", PUSH, "[" OVER(LIVE(ID "d1", CANARY), LIVE(ID "d1", "mine")) "]",
     .status = 200, .contains = {"[" BARE(ID "d1") "]"}, .absent = {CANARY}},
    {"an attendee's", AS_ATTENDEE, "POST", PUSH, "[" NEW(LIVE(ID "d1", "mine")) "]", .status = 200,
     .contains = {"[" BARE(ID "d1") "]"}, .absent = {CANARY}},
    {"staff's", AS_STAFF, "POST", PUSH, "[" NEW(LIVE(ID "d1", "mine")) "]", .status = 200,
     .contains = {"[" BARE(ID "d1") "]"}, .absent = {CANARY}},
    {"a revoked phone's", AS_REVOKED, "POST", PUSH, "[" NEW(LIVE(ID "d1", "mine")) "]", .status = 401},
    {"nobody's", AS_NOBODY, "POST", PUSH, "[" NEW(LIVE(ID "d1", "mine")) "]", .status = 401},
    {"the command line's", AS_ADMIN, "POST", PUSH, "[]", .status = 403},
    {"another event's", AS_ELSEWHERE, "POST", PUSH, "[]", .status = 404},
    {"it stands as it was", AS_MEMBER, "GET", LA, .status = 200, .contains = {"'text':'" CANARY "'"},
     .absent = {"mine"}},
    {"another team pulls nothing of it", AS_RIVERSIDE, "GET", PULL "?limit=500", .status = 200,
     .absent = {CANARY, ID}},
    {"an organizer neither", AS_ORGANIZER, "GET", PULL "?limit=500", .status = 200, .absent = {CANARY, ID}},
    {0},
};

static const struct scenario bookmarks[] = {
    {"a mark", AS_ATTENDEE, "POST", E "/sync/bookmarks/push",
     "[" NEW("{'id':'${sessions:welcome}','session_id':'${sessions:welcome}','created_at':'x'}") "]",
     .status = 200, .contains = {"[]"}},
    {"is there", AS_ATTENDEE, "GET", E "/bookmarks", .status = 200, .contains = {"${sessions:welcome}"}},
    {"once more", AS_ATTENDEE, "POST", E "/sync/bookmarks/push", "[" NEW("{'id':'${sessions:welcome}'}") "]",
     .status = 200, .contains = {"[]"}},
    {"a removal that had not seen it loses", AS_ATTENDEE, "POST", E "/sync/bookmarks/push",
     "[" NEW(BARE("${sessions:welcome}")) "]", .status = 200,
     .contains = {"'session_id'", "'_deleted':false"}},
    {"one that had wins", AS_ATTENDEE, "POST", E "/sync/bookmarks/push",
     "[" OVER("{'id':'${sessions:welcome}'}", BARE("${sessions:welcome}")) "]", .status = 200,
     .contains = {"[]"}},
    {"the mark's replay is stale", AS_ATTENDEE, "POST", E "/sync/bookmarks/push",
     "[" NEW("{'id':'${sessions:welcome}'}") "]", .status = 200,
     .contains = {"[" BARE("${sessions:welcome}") "]"}},
    {"whoever saw it gone may mark again", AS_ATTENDEE, "POST", E "/sync/bookmarks/push",
     "[" OVER(BARE("${sessions:welcome}"), "{'id':'${sessions:welcome}'}") "]", .status = 200,
     .contains = {"[]"}},
    {"no session, no mark", AS_ATTENDEE, "POST", E "/sync/bookmarks/push",
     "[" NEW("{'id':'" ID "ff'}") "," NEW("{'id':'${sessions:welcome}','session_id':'" ID
                                          "ff'}") "," NEW("{'id':'${sessions:welcome}','_deleted':7}") "]",
     .status = 200, .contains = {BARE(ID "ff"), "'session_id':'${sessions:welcome}'"}},
    {0},
};

/* --- what a table cannot say --- */

static struct local_reply push_text(struct harness *h, struct buf *body)
{
    const struct scenario s = {"a push", AS_MEMBER, "POST", PUSH, buf_cstr(body)};
    return harness_send(h, &s, &h->scratch);
}

static void put_row(struct buf *out, const char *id, char c, size_t text, size_t order_key)
{
    buf_printf(out,
               "{'newDocumentState':{'id':'%s','worksheet_id':'${la}','prompt_id':'${prompts:q6}','text':'",
               id);
    while (text--)
        buf_char(out, c);
    buf_puts(out, order_key ? "','order_key':'" : "");
    while (order_key--)
        buf_char(out, 'a');
    buf_puts(out, "'}}");
}

static void long_rows_are_refused_alone(void **state)
{
    struct harness *h = *state;
    struct buf body;
    buf_init(&body, &h->scratch, 200000);
    buf_char(&body, '[');
    put_row(&body, ID "e1", 'x', 65536, 0);
    buf_char(&body, ',');
    put_row(&body, ID "e2", 'y', 65537, 0);
    buf_char(&body, ',');
    put_row(&body, ID "e3", 'z', 5, 10240);
    buf_char(&body, ']');
    struct local_reply reply = push_text(h, &body);
    assert_int_equal(reply.status, 200);
    assert_string_equal(harness_at(h, &reply, "/0/id"), ID "e2");
    assert_string_equal(harness_at(h, &reply, "/1/id"), ID "e3");
    assert_null(harness_at(h, &reply, "/2/id"));
}

static void a_push_has_100_rows(void **state)
{
    struct harness *h = *state;
    for (int n = 100; n <= 101; n++) {
        struct buf body;
        buf_init(&body, &h->scratch, 20000);
        for (int i = 0; i < n; i++) {
            char id[UUID_TEXT];
            uuid_v7(id);
            buf_char(&body, i ? ',' : '[');
            put_row(&body, id, 'r', 3, 0);
        }
        buf_char(&body, ']');
        assert_int_equal(push_text(h, &body).status, n == 100 ? 200 : 413);
    }
}

static void a_push_has_a_mebibyte(void **state)
{
    struct harness *h = *state;
    struct buf body;
    buf_init(&body, &h->scratch, 1100000);
    buf_char(&body, '[');
    for (int i = 0; i < 1048600; i++)
        buf_char(&body, ' ');
    buf_char(&body, ']');
    assert_int_equal(push_text(h, &body).status, 413);
}

static int64_t count(struct harness *h, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int64_t n = -1;
    assert_int_equal(sqlite3_open(arena_printf(&h->scratch, "%s/convened.db", h->data), &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

static void all_that_was_typed_is_kept(void **state)
{
    struct harness *h = *state;
    assert_int_equal(count(h,
                           "SELECT count(*) FROM item_revisions WHERE text = 'no such prompt' AND verdict = "
                           "'denied'"),
                     1);
    assert_int_equal(count(h, "SELECT count(*) FROM push_rejects WHERE body LIKE '%no such sheet%'"), 1);
    assert_int_equal(count(h,
                           "SELECT count(*) FROM push_rejects WHERE body LIKE '%yyyyy%' AND length(body) > "
                           "65537"),
                     1);
    assert_int_equal(count(h, "SELECT count(*) FROM push_rejects WHERE reason = 'is not JSON, or nested too "
                              "deep'"),
                     2);
    assert_int_equal(count(h,
                           "SELECT count(*) FROM item_revisions WHERE item_id = '" ID "a1' AND text = 'one' "
                           "AND verdict = 'stale'"),
                     1);
    assert_int_equal(count(h, "SELECT count(*) FROM item_revisions WHERE text = 'three' AND verdict = "
                              "'forked'"),
                     1);
}

static void a_sibling_has_a_derived_id(void **state)
{
    char id[UUID_TEXT];
    struct item base = {.text = STR("one")}, to = {.text = STR("three")};
    item_fork_id(STR(ID "a1"), &base, &to, id);
    assert_string_equal(harness_value(*state, "sibling"), id);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_rows_are_refused_alone), cmocka_unit_test(a_push_has_100_rows),
        cmocka_unit_test(a_push_has_a_mebibyte),       cmocka_unit_test(all_that_was_typed_is_kept),
        cmocka_unit_test(a_sibling_has_a_derived_id),  {0},
    };
    return harness_run(
        &(struct suite){.name = "push",
                        .scenarios = {start, rules, removals, retries, poison, others, bookmarks},
                        .tests = tests});
}

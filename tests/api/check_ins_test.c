/* The door: who is in, what a batch answers row by row, undo, walk-ins, personal codes, counts, and what
 * phones that were offline push. */
#include "harness/harness.h"

#define C E "/check-ins"
#define SUMMARY C "/summary"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define ROW(id, rest) "{'id':'" ID id "'," rest "}"
#define FLORENCE "'attendee_id':'${attendees:florence-emberbough}'"
#define NOOR "'attendee_id':'${attendees:noor-thimblemere}'"
#define AT(clock) "'at':'2015-12-01T" clock ":00-08:00'"
#define IN "'direction':'in'"
#define OUT "'direction':'out'"

static const struct scenario door[] = {
    {"nobody is there", AS_STAFF, "GET", SUMMARY, .status = 200,
     .contains = {"{'expected':224,'inside':0,'came':0,'walk_ins':0,", "'by_session':[]"},
     .save = "none=ETag"},
    {"asked again", AS_STAFF, "GET", SUMMARY, .headers = {"If-None-Match: ${none}"}, .status = 304},
    {"staff checks two in", AS_STAFF, "POST", C,
     "[" ROW("a1", FLORENCE "," AT("09:02") "," IN) "," ROW("a2",
                                                            NOOR ",'at':'2015-12-01T17:05:00Z'," IN) "]",
     .status = 200,
     .contains = {"{'items':[{'id':'" ID "a1','result':'in','detail':'in at 09:02','attendee_id':'"
                  "${attendees:florence-emberbough}','display_name':'Florence Emberbough','at':'"
                  "2015-12-01T09:02:00-08:00'},",
                  "'result':'in','detail':'in at 09:05'", "'at':'2015-12-01T09:05:00-08:00'"},
     .absent = {"since", "@example.org", "510-555"}, .head = {"Cache-Control: no-store"}},
    {"the very same again", AS_STAFF, "POST", C, "[" ROW("a1", FLORENCE "," AT("09:02") "," IN) "]",
     .status = 200,
     .contains = {"'result':'repeated','detail':'already in at 09:02'",
                  "'since':'2015-12-01T09:02:00-08:00'"}},
    {"another desk, later", AS_ORGANIZER, "POST", C, "[" ROW("a3", FLORENCE "," AT("09:40") "," IN) "]",
     .status = 200,
     .contains = {"'result':'already_in','detail':'already in at 09:02'",
                  "'at':'2015-12-01T09:40:00-08:00','since':'2015-12-01T09:02:00-08:00'"}},
    {"two are in", AS_STAFF, "GET", SUMMARY, .headers = {"If-None-Match: ${none}"}, .status = 200,
     .contains = {"'inside':2,'came':2,'walk_ins':0", "'slug':'alameda','name':'Alameda','expected':9,",
                  "'inside':2,'came':2}"}},
    {"one goes", AS_STAFF, "POST", C, "[" ROW("a4", NOOR "," AT("10:00") "," OUT) "]", .status = 200,
     .contains = {"'result':'out','detail':'out at 10:00'"}, .absent = {"unmatched"}},
    {"once more, which has no in", AS_STAFF, "POST", C, "[" ROW("a5", NOOR "," AT("10:01") "," OUT) "]",
     .status = 200,
     .contains = {"'result':'out','detail':'out at 10:01, without having come in'", "'unmatched':true"}},
    {"one is in, two came", AS_ADMIN, "GET", SUMMARY, .status = 200, .contains = {"'inside':1,'came':2"}},
    {"the going is undone", AS_STAFF, "POST", C,
     "[" ROW("a6", AT("10:02") ",'direction':'undo','undoes':'" ID "a4'") "," ROW(
         "a7", AT("10:02") ",'direction':'undo','undoes':'" ID "a5'") "]",
     .status = 200,
     .contains = {"'result':'undone','detail':'undone','attendee_id':'${attendees:noor-thimblemere}'"}},
    {"both are in again", AS_ADMIN, "GET", SUMMARY, .status = 200, .contains = {"'inside':2,'came':2"}},
    {"the undo again", AS_STAFF, "POST", C,
     "[" ROW("a6", AT("10:02") ",'direction':'undo','undoes':'" ID "a4'") "]", .status = 200,
     .contains = {"'result':'repeated','detail':'already undone at 10:02'"}},
    {"an undo ahead of what it undoes", AS_STAFF, "POST", C,
     "[" ROW("b1", NOOR "," AT("11:00") ",'direction':'undo','undoes':'" ID "b2'") "]", .status = 200,
     .contains = {"'result':'undone'"}},
    {"which does not count when it comes", AS_STAFF, "POST", C,
     "[" ROW("b2", NOOR "," AT("10:59") "," OUT) "]", .status = 200,
     .contains = {"'result':'undone','detail':'undone before it came'"}},
    {"still in", AS_ADMIN, "GET", SUMMARY, .status = 200, .contains = {"'inside':2,'came':2"}},
    {"an earlier in of a phone that was offline", AS_STAFF, "POST", C,
     "[" ROW("b3", FLORENCE "," AT("08:50") "," IN) "]", .status = 200, .contains = {"'result':'in'"}},
    {"is the one that counts", AS_STAFF, "POST", C, "[" ROW("b4", FLORENCE "," AT("12:00") "," IN) "]",
     .status = 200, .contains = {"'detail':'already in at 08:50'"}},
    {"into a session", AS_STAFF, "POST", C,
     "[" ROW("b5", FLORENCE ",'session_id':'${sessions:welcome}'," AT("09:10") "," IN) "]", .status = 200,
     .contains = {"'result':'in'"}},
    {"which has a count of its own", AS_STAFF, "GET", SUMMARY, .status = 200,
     .contains = {"'inside':2,'came':2",
                  "'by_session':[{'session_id':'${sessions:welcome}','title':", "'inside':1,'came':1}]"}},
    {"the day before will do", AS_STAFF, "POST", C,
     "[" ROW("b6", FLORENCE ",'at':'2015-11-30T00:00:00-08:00'," OUT) "]", .status = 200},
    {0},
};

static const struct scenario faults[] = {
    {"a good row lands beside bad ones", AS_STAFF, "POST", C,
     "[" ROW("c1", "'attendee_id':'${new}'," AT("09:00") "," IN) "," ROW(
         "c2", "'attendee_id':'${attendees:hosea-larkbrook}'," AT(
                   "09:00") "," IN) ",7,{}," ROW("c3", FLORENCE ",'at':'2055-12-01T09:00:00-08:00'," IN) "]",
     .status = 200,
     .contains = {"{'id':'" ID
                  "c1','result':'refused','errors':[{'pointer':'/0/attendee_id','detail':'names nobody",
                  "{'id':'" ID "c2','result':'in'", "{'id':null,'result':'refused','errors':[{'pointer':'/2'",
                  "'pointer':'/3/id'", "'pointer':'/4/at','detail':'is in the future"}},
    {"it did", AS_STAFF, "GET", SUMMARY, .status = 200, .contains = {"'inside':3,'came':3"},
     .save = "three=ETag"},
    {"from the future", AS_STAFF, "POST", C,
     "[" ROW("c4", FLORENCE ",'at':'2055-12-01T09:00:00-08:00'," IN) "]", .status = 422,
     .contains = {"'pointer':'/0/at','detail':'is in the future: the server"}},
    {"long before", AS_STAFF, "POST", C, "[" ROW("c4", FLORENCE ",'at':'2015-11-29T23:59:59-08:00'," IN) "]",
     .status = 422,
     .contains = {"'pointer':'/0/at','detail':'is more than a day before the event: the earliest "
                  "is 2015-11-30T00:00:00-08:00'"}},
    {"of another event", AS_STAFF, "POST", C,
     "[" ROW("c4", "'attendee_id':'${csec101/attendees:jin-cloverbrook}'," AT("09:00") "," IN) "]",
     .status = 422, .contains = {"'pointer':'/0/attendee_id'"}, .absent = {"Jin"}},
    {"at another event's session", AS_STAFF, "POST", C,
     "[" ROW("c4", FLORENCE ",'session_id':'${csec101/sessions:lunch}'," AT("09:00") "," IN) "]",
     .status = 422, .contains = {"'pointer':'/0/session_id'"}},
    {"an id that was used", AS_STAFF, "POST", C, "[" ROW("a1", FLORENCE "," AT("09:03") "," IN) "]",
     .status = 422, .contains = {"'pointer':'/0/id','detail':'was used for something else"}},
    {"without anybody", AS_STAFF, "POST", C, "[" ROW("c4", AT("09:00") "," IN) "]", .status = 422,
     .contains = {"'pointer':'/0/attendee_id','detail':'say who"}},
    {"with two", AS_STAFF, "POST", C,
     "[" ROW("c4", FLORENCE ",'code':'${code:attendees:hosea-larkbrook}'," AT("09:00") "," IN) "]",
     .status = 422, .contains = {"'pointer':'/0/attendee_id'"}},
    {"an unknown direction and field", AS_STAFF, "POST", C,
     "[" ROW("c4", FLORENCE "," AT("09:00") ",'direction':'up','x':1") "]", .status = 422,
     .contains = {"'pointer':'/0/direction'", "'pointer':'/0/x'"}},
    {"an undo of nothing", AS_STAFF, "POST", C,
     "[" ROW("c4", AT("09:00") ",'direction':'undo','undoes':'${new}'") "]", .status = 422,
     .contains = {"'pointer':'/0/undoes'"}},
    {"an undo without saying of what", AS_STAFF, "POST", C,
     "[" ROW("c4", AT("09:00") ",'direction':'undo'") "]", .status = 422,
     .contains = {"'pointer':'/0/undoes'"}},
    {"an undo of an undo", AS_STAFF, "POST", C,
     "[" ROW("c4", AT("09:00") ",'direction':'undo','undoes':'" ID "a6'") "]", .status = 422,
     .contains = {"'pointer':'/0/undoes','detail':'is an undo itself"}},
    {"an undo of another's entry", AS_STAFF, "POST", C,
     "[" ROW("c4", NOOR "," AT("09:00") ",'direction':'undo','undoes':'" ID "a1'") "]", .status = 422,
     .contains = {"'pointer':'/0/undoes','detail':'is another"}},
    {"an in that undoes", AS_STAFF, "POST", C,
     "[" ROW("c4", NOOR "," AT("09:00") "," IN ",'undoes':'" ID "a1'") "]", .status = 422,
     .contains = {"'pointer':'/0/undoes'"}},
    {"no array", AS_STAFF, "POST", C, "{}", .status = 422, .contains = {"must be an array of 1 to 100 rows"}},
    {"an empty one", AS_STAFF, "POST", C, "[]", .status = 422},
    {"no JSON", AS_STAFF, "POST", C, .body = "[{]", .status = 400},
    {"a guest of another event", AS_GUEST, "POST", C, "[]", .status = 404},
    {"a member", AS_MEMBER, "POST", C, "[" ROW("c4", FLORENCE "," AT("09:00") "," IN) "]", .status = 403},
    {"an attendee counts nobody", AS_ATTENDEE, "GET", SUMMARY, .status = 403},
    {"nothing of it landed", AS_STAFF, "GET", SUMMARY, .headers = {"If-None-Match: ${three}"}, .status = 304},
    {0},
};

static const struct scenario walk_ins[] = {
    {"someone who is not on the list", AS_STAFF, "POST", C,
     "[" ROW("d1", "'walk_in':{'display_name':'Sage Fernhollow','organization':'Fern House','team':'alameda',"
                   "'role_label':'Advocate'}," AT("09:15") "," IN) "]",
     .status = 200, .contains = {"'result':'in'", "'display_name':'Sage Fernhollow'"},
     .save = "sage=/items/0/attendee_id"},
    {"sent again", AS_STAFF, "POST", C,
     "[" ROW("d1", "'walk_in':{'display_name':'Sage Fernhollow','organization':'Fern House','team':'alameda',"
                   "'role_label':'Advocate'}," AT("09:15") "," IN) "]",
     .status = 200, .contains = {"'result':'repeated'", "'attendee_id':'${sage}'"}},
    {"is on it now", AS_ORGANIZER, "GET", E "/attendees/${sage}", .status = 200,
     .contains = {"'sort_name':'Fernhollow, Sage'", "'role_label':'Advocate'",
                  "'team_id':'${teams:alameda}'"},
     .save = "fern=/organization_id"},
    {"with an organization", AS_ORGANIZER, "GET", E "/organizations/${fern}", .status = 200,
     .contains = {"Fern House"}},
    {"an id of the phone's own", AS_STAFF, "POST", C,
     "[" ROW("d2",
             "'attendee_id':'" ID "e1','walk_in':{'display_name':'Wren','organization':'Fern House'}," AT(
                 "09:16") "," IN) "," ROW("d3", "'attendee_id':'" ID "e1'," AT("09:20") "," OUT) "]",
     .status = 200, .contains = {"'result':'out','detail':'out at 09:20','attendee_id':'" ID "e1'"}},
    {"two walked in", AS_STAFF, "GET", SUMMARY, .status = 200,
     .contains = {"{'expected':224,'inside':4,'came':5,'walk_ins':2"}},
    {"at once on the roster", AS_ORGANIZER, "GET", E "/attendees?q=wren", .status = 200,
     .contains = {ID "e1", "'organization_id':'${fern}'"}},
    {"no name, a team that is not", AS_STAFF, "POST", C,
     "[" ROW("d4", "'walk_in':{'x':1}," AT("09:15") "," IN) "," ROW(
         "d5", "'walk_in':{'display_name':'Ash','team':'atlantis'}," AT("09:15") "," IN) "]",
     .status = 422,
     .contains = {"'pointer':'/0/walk_in/display_name'", "'pointer':'/0/walk_in/x'",
                  "'pointer':'/1/walk_in/team'"}},
    {"the id of someone on the list", AS_STAFF, "POST", C,
     "[" ROW("d6", NOOR ",'walk_in':{'display_name':'Ash'}," AT("09:15") "," IN) "]", .status = 422,
     .contains = {"'pointer':'/0/attendee_id','detail':'was used for someone else"}},
    {0},
};

static const struct scenario search[] = {
    {"staff looks for a name", AS_STAFF, "GET", E "/attendees?q=amber", .status = 200,
     .contains = {"Shirin Amberbough"}, .absent = {"@example.org", "'email'", "'phone'"}},
    {"and for a team by its slug", AS_STAFF, "GET", E "/attendees?team=alameda&q=thimblemere", .status = 200,
     .contains = {"{'items':[{'id':'${attendees:noor-thimblemere}'"}, .absent = {"510-555", "Florence"}},
    {"no such team", AS_STAFF, "GET", E "/attendees?team=atlantis", .status = 200,
     .contains = {"{'items':[]}"}},
    {"nor such a name for one", AS_STAFF, "GET", E "/attendees?team=A%20b", .status = 400},
    {0},
};

static const struct scenario codes[] = {
    {"a badge", AS_STAFF, "POST", C,
     "[" ROW("f1", "'code':'${code:attendees:ezra-sparrowsong}'," AT("09:00") "," IN) "]", .status = 200,
     .contains = {"'result':'in'", "'display_name':'Ezra Sparrowsong'"}},
    {"the same scan again", AS_STAFF, "POST", C,
     "[" ROW("f1", "'code':'${code:attendees:ezra-sparrowsong}'," AT("09:00") "," IN) "]", .status = 200,
     .contains = {"'result':'repeated'"}},
    {"no code at all", AS_STAFF, "POST", C, "[" ROW("f2", "'code':'parking'," AT("09:00") "," IN) "]",
     .status = 422, .contains = {"'pointer':'/0/code','detail':'is not a personal code"}},
    {"a badge of another event", AS_STAFF, "POST", C,
     "[" ROW("f2", "'code':'${code:csec101/attendees:jin-cloverbrook}'," AT("09:00") "," IN) "]",
     .status = 422, .contains = {"'pointer':'/0/code','detail':'is nobody"}},
    {0},
};

/* After ten wrong ones no code is tried for a while, and people known by name still get in. */
static void guessing_is_limited(void **state)
{
    struct harness *h = *state;
    static const struct scenario guess = {
        "a guess",    AS_STAFF, "POST", C, "[" ROW("f3", "'code':'AAAA-AAAAA-AAAAA'," AT("09:00") "," IN) "]",
        .status = 422};
    harness_restart(h);
    for (int i = 0; i < 10; i++)
        play(h, &guess);
    play(h, &(struct scenario){
                "now a right one", AS_STAFF, "POST", C,
                "[" ROW("f4", "'code':'${code:attendees:hosea-larkbrook}'," AT("09:30") "," IN) "]",
                .status = 429, .head = {"Retry-After: "}});
    play(h, &(struct scenario){
                "beside a name", AS_STAFF, "POST", C,
                "[" ROW("f4", "'code':'${code:attendees:hosea-larkbrook}'," AT("09:30") "," IN) "," ROW(
                    "f5", FLORENCE "," AT("14:00") "," OUT) "]",
                .status = 200,
                .contains = {"'pointer':'/0/code','detail':'too many wrong codes", "'result':'out'"}});
    play(h, &(struct scenario){"a push waits", AS_STAFF, "POST", E "/sync/check_ins/push", "[]",
                               .status = 429, .head = {"Retry-After: "}});
    play(h, &(struct scenario){"joining does not", AS_NOBODY, "POST", "/v1/auth/join",
                               "{'code':'${code:attendees:hosea-larkbrook}'}", .status = 200});
    harness_restart(h);
}

static void too_many_rows(void **state)
{
    struct harness *h = *state;
    struct buf body;
    buf_init(&body, &h->scratch, 4096);
    for (int i = 0; i < 101; i++)
        buf_puts(&body, i ? ",{}" : "[{}");
    buf_char(&body, ']');
    play(h, &(struct scenario){"101 rows", AS_STAFF, "POST", C, .body = buf_cstr(&body), .status = 413});
}

#define PUSH E "/sync/check_ins/push"
#define PULL E "/sync/check_ins/pull?limit=500"
#define NEW(row) "{'newDocumentState':" row "}"

static const struct scenario pushes[] = {
    {"what was changed so far", AS_STAFF, "GET", E "/sync/info", .status = 200, .save = "seq=/seq"},
    {"a phone that was offline", AS_STAFF, "POST", PUSH,
     "[" NEW(ROW("71", NOOR "," AT("15:00") "," OUT ",'_deleted':false,'method':'x','received_at':null")) "]",
     .status = 200, .contains = {"[]"}},
    {"again", AS_STAFF, "POST", PUSH, "[" NEW(ROW("71", NOOR "," AT("15:00") "," OUT)) "]", .status = 200,
     .contains = {"[]"}},
    {"counts at once", AS_STAFF, "GET", SUMMARY, .status = 200, .contains = {"'inside':4,'came':6"}},
    {"other desks hear of it", AS_STAFF, "GET", PULL "&seq=${seq}", .status = 200,
     .contains = {"{'documents':[{'id':'" ID
                  "71','attendee_id':'${attendees:noor-thimblemere}','session_id':null,"
                  "'direction':'out','at':'2015-12-01T15:00:00-08:00','undoes':null,'method':'staff'"}},
    {"organizers, too", AS_ORGANIZER, "GET", E "/sync/pull?seq=${seq}", .status = 200,
     .contains = {"{'collection':'check_ins','document':{'id':'" ID "71'"}},
    {"nobody else", AS_MEMBER, "GET", PULL, .status = 200, .contains = {"'documents':[]"}},
    {"not even who it was", AS_ATTENDEE, "GET", E "/sync/pull?seq=${seq}", .status = 200,
     .absent = {"check_ins", ID "71"}},
    {"bad rows beside a walk-in", AS_STAFF, "POST", PUSH,
     "[" NEW(ROW("72", NOOR ",'at':'2055-12-01T15:00:00-08:00'," OUT)) "," NEW(
         ROW("71", NOOR
             "," AT("15:01") "," OUT)) "," NEW(ROW("73",
                                                   "'walk_in':{'display_name':'Linden'}," AT(
                                                       "15:00") "," IN)) "," NEW("{'id':'" ID
                                                                                 "71','_deleted':true}") "]",
     .status = 200,
     .contains = {"[{'id':'" ID "72','_deleted':true},{'id':'" ID "71','attendee_id'",
                  "'_deleted':false},{'id':'" ID "71'"},
     .absent = {ID "73"}},
    {"the walk-in is there", AS_STAFF, "GET", SUMMARY, .status = 200, .contains = {"'walk_ins':3"}},
    {"a member's is not taken", AS_MEMBER, "POST", PUSH, "[" NEW(ROW("74", NOOR "," AT("15:05") "," IN)) "]",
     .status = 200, .contains = {"[{'id':'" ID "74','_deleted':true}]"}},
    {"nor shown what is stored", AS_MEMBER, "POST", PUSH, "[" NEW(ROW("71", NOOR "," AT("15:05") "," IN)) "]",
     .status = 200, .contains = {"[{'id':'" ID "71','_deleted':true}]"}},
    {0},
};

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(guessing_is_limited),
    cmocka_unit_test(too_many_rows),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){
        .name = "check_ins", .scenarios = {door, faults, walk_ins, search, codes, pushes}, .tests = tests});
}

/* Exports: who gets them, names only when asked twice with a reason, what is in the files, a row once. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/csv.h"

#define CSV E "/attendees.csv"
#define SHEETS E "/worksheets.csv"
#define REASON "names=true&reason=Badges%20for%20the%20desk"

static const struct scenario files[] = {
    {"a member gets none", AS_MEMBER, "GET", CSV, .status = 403},
    {"nor does staff", AS_STAFF, "GET", CSV, .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", CSV, .status = 404},
    {"a formula for a name", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'=HYPERLINK(\\'x\\')','sort_name':'+1, \\'a\\'','role_label':'Lead, of\\u00e9',"
     "'email':'someone.invented@example.org','phone':'-555-0100','team_id':'${teams:los-angeles}'}",
     .status = 201},
    {"an organizer has the roster without names", AS_ORGANIZER, "GET", CSV, .status = 200,
     .contains = {CSV_BOM "organization,agency_type,team,role_label\r\n",
                  ",,los-angeles,\'Lead, of\xc3\xa9\'\r\n"},
     .absent = {"HYPERLINK", "Amberbough", "@", "555", "display_name"},
     .head = {"Content-Type: text/csv; charset=utf-8",
              "Content-Disposition: attachment; filename=\"csec2015-attendees.csv\"",
              "Cache-Control: no-store"}},
    {"that is on record", AS_ORGANIZER, "GET", E "/audit?action=exportAttendees", .status = 200,
     .contains = {"without_names'", "people=", "'reason':null"}},
    {"names want a reason", AS_ORGANIZER, "GET", CSV "?names=true", .status = 400, .contains = {"reason"}},
    {"one that says something", AS_ORGANIZER, "GET", CSV "?names=true&reason=because", .status = 400},
    {"on one line", AS_ORGANIZER, "GET", CSV "?names=true&reason=Badges%20for%0Athe%20desk", .status = 400},
    {"names are true or false", AS_ORGANIZER, "GET", CSV "?names=yes", .status = 400},
    {"names want to be confirmed", AS_ORGANIZER, "GET", CSV "?" REASON, .status = 428,
     .contains = {"/problems/confirmation-required", "'confirm':'"}, .absent = {"Amberbough"},
     .save = "confirm=/confirm"},
    {"by what was answered", AS_ORGANIZER, "GET", CSV "?" REASON "&confirm=AAAAAAAAAAAAAAAAAAAAAA",
     .status = 428},
    {"for the same reason", AS_ORGANIZER, "GET",
     CSV "?names=true&reason=Badges%20for%20a%20friend&confirm=${confirm}", .status = 428},
    {"by the same person", AS_ADMIN, "GET", CSV "?" REASON "&confirm=${confirm}", .status = 428},
    {"for the same file", AS_ORGANIZER, "GET", SHEETS "?" REASON "&confirm=${confirm}", .status = 428},
    {"confirmed, they are there, and run nothing", AS_ORGANIZER, "GET", CSV "?" REASON "&confirm=${confirm}",
     .status = 200,
     .contains = {CSV_BOM "display_name,sort_name,organization,agency_type,team,role_label,email,phone\r\n",
                  "\'\"=HYPERLINK(\'\'x\'\')\',\'\"+1, \'\'a\'\'\',,,los-angeles,",
                  "someone.invented@example.org,'\"-555-0100'", "Shirin Amberbough,\'Amberbough, Shirin\'"}},
    {"the reason is on record, for good", AS_ORGANIZER, "GET", E "/audit?action=exportAttendees&limit=1",
     .status = 200, .contains = {"'reason':'Badges for the desk'", "with_names"},
     .absent = {"${confirm}", "Amberbough"}},
    {0},
};

static const struct scenario sheets[] = {
    {"a draft is not exported", AS_ORGANIZER, "GET", SHEETS, .status = 200,
     .contains = {CSV_BOM "county,number,prompt,item,due,done,version\r\n"}, .absent = {"Los Angeles,"}},
    {"a member's worksheet", AS_MEMBER, "GET", E "/worksheets", .status = 200, .save = "la=/items/0/id"},
    {"of prompts", AS_MEMBER, "GET", E "/worksheets/${la}", .status = 200, .save = "prompt=/prompts/0/id"},
    {"an item that would run", AS_MEMBER, "POST", E "/worksheets/${la}/items",
     "{'prompt_id':'${prompt}','text':'@SUM(1)\\nof two lines','owner':'Invented Owner','due':'2016-02-01'}",
     .status = 201},
    {"still a draft", AS_ORGANIZER, "GET", SHEETS, .status = 200, .absent = {"SUM"}},
    {"handed in", AS_LEAD, "POST", E "/worksheets/${la}/submit", "{}", .status = 200},
    {"it is exported without its owner", AS_ORGANIZER, "GET", SHEETS, .status = 200,
     .contains = {"Los Angeles,1,", ",\'\"@SUM(1)\nof two lines\',2016-02-01,no,1\r\n"},
     .absent = {"Invented Owner", "owner"},
     .head = {"Content-Disposition: attachment; filename=\"csec2015-worksheets.csv\""}},
    {"an owner is a name", AS_ORGANIZER, "GET", SHEETS "?" REASON, .status = 428, .save = "confirm=/confirm"},
    {"and comes when confirmed", AS_ORGANIZER, "GET", SHEETS "?" REASON "&confirm=${confirm}", .status = 200,
     .contains = {"county,number,prompt,item,owner,due,done,version\r\n",
                  ",Invented Owner,2016-02-01,no,1\r\n"}},
    {"a lead gets none", AS_LEAD, "GET", SHEETS, .status = 403},
    {0},
};

/* --- pages --- */

enum { MANY = 1501 };

static void insert_many(struct harness *h)
{
    sqlite3 *db = NULL;
    const char *text = arena_printf(
        &h->scratch,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO attendees (id, event_id, display_name, sort_name, role_label, code_label, search,"
        " created_at, updated_at) SELECT printf('0190d3a4-0000-7000-9000-%%012d', i),"
        " (SELECT id FROM events WHERE slug = 'csec101'), 'Invented ' || i, 'Invented', 'number ' || i,"
        " 'AAAA', '', 0, 0 FROM n",
        MANY);
    assert_int_equal(sqlite3_open(arena_printf(&h->scratch, "%s/convened.db", h->data), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void each_row_is_there_once(void **state)
{
    struct harness *h = *state;
    struct csv csv;
    struct str fields[8];
    size_t n;
    bool seen[MANY + 1] = {0};
    int rows = 0;
    insert_many(h);
    struct local_reply reply = play(
        h, &(struct scenario){"all", AS_ADMIN, "GET", "/v1/events/csec101/attendees.csv", .status = 200});
    csv_init(&csv, &h->scratch, reply.body);
    for (; csv_next(&csv, fields, 8, &n); rows++) {
        int64_t number;
        assert_int_equal(n, 4);
        if (!str_starts(fields[3], "number "))
            continue;
        assert_true(str_int((struct str){fields[3].ptr + 7, fields[3].len - 7}, &number));
        assert_in_range(number, 1, MANY);
        assert_false(seen[number]);
        seen[number] = true;
    }
    assert_null(csv.error);
    for (int i = 1; i <= MANY; i++)
        assert_true(seen[i]);
    assert_true(rows > MANY);
}

static int cut_off(struct sink *sink, struct str bytes)
{
    (void)bytes;
    return ++*(int *)sink->arg > 1 ? -1 : 0;
}

static void a_cut_file_is_known_as_one(void **state)
{
    struct harness *h = *state;
    const char *bearer = arena_printf(&h->scratch, "Bearer %s", h->tokens[AS_ADMIN]);
    struct header header = {STR("Authorization"), str_of(bearer)};
    struct input in = {.method = STR("GET"),
                       .path = STR("/v1/events/csec101/attendees.csv"),
                       .headers = &header,
                       .n_headers = 1,
                       .remote = STR("127.0.0.1")};
    struct arena arena;
    struct request rq;
    int chunks = 0;
    struct sink sink = {.write = cut_off, .arg = &chunks};
    arena_init(&arena, NULL, 0);
    request_init(&rq, h->house, &in, &arena);
    dispatch(&rq);
    assert_int_equal(rq.reply.status, 200);
    assert_true(rq.reply.ends);
    rq.reply.stream(&rq, &sink);
    assert_true(rq.reply.cut);
    assert_int_equal(chunks, 2);
    request_finish(&rq);
}

#define SIGN_IN E "/sign-in.csv"

static const struct scenario sign_in[] = {
    {"some came", AS_STAFF, "POST", E "/check-ins",
     "[{'id':'${new}','attendee_id':'${attendees:noor-thimblemere}','at':'2015-12-01T09:02:00-08:00','"
     "direction':'in'},"
     "{'id':'${new}','attendee_id':'${attendees:noor-thimblemere}','at':'2015-12-01T16:00:00-08:00','"
     "direction':'out'},"
     "{'id':'${new}','walk_in':{'display_name':'=cmd()','organization':'Fern, House','team':'alameda'},"
     "'at':'2015-12-01T09:10:00-08:00','direction':'in'}]",
     .status = 200},
    {"without names", AS_ORGANIZER, "GET", SIGN_IN, .status = 200,
     .contains = {"organization,team,role_label,walk_in,first_in,last_out\r\n",
                  ",alameda,Child welfare supervisor (invented),no,2015-12-01 09:02,2015-12-01 16:00\r\n",
                  "'Fern, House',alameda,,yes,2015-12-01 09:10,\r\n"},
     .absent = {"Thimblemere", "cmd", "@example.org"},
     .head = {"Content-Type: text/csv; charset=utf-8", "sign-in.csv"}},
    {"names are asked for twice", AS_ORGANIZER, "GET", SIGN_IN "?names=true&reason=continuing%20education",
     .status = 428, .absent = {"Thimblemere"}, .save = "confirm=/confirm"},
    {"then they are there", AS_ORGANIZER, "GET",
     SIGN_IN "?names=true&reason=continuing%20education&confirm=${confirm}", .status = 200,
     .contains = {"display_name,sort_name,organization,team,role_label,walk_in,first_in,last_out\r\n",
                  "\r\nNoor Thimblemere,'Thimblemere, Noor',", "\"=cmd()"},
     .absent = {"@example.org", "510-555"}},
    {"staff takes no list away", AS_STAFF, "GET", SIGN_IN, .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", SIGN_IN, .status = 404},
    {0},
};

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_there_once), cmocka_unit_test(a_cut_file_is_known_as_one), {0}};
    return harness_run(&(struct suite){"exports", .scenarios = {files, sheets, sign_in}, .tests = tests});
}

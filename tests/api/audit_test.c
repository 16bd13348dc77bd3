/* The audit: what gets into it and what does not, no record no answer, and what doctor finds when somebody
 * was at the file. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "features/features.h"
#include "http/audit.h"
#include "http/keys.h"

#define AUDIT E "/audit?limit=500"
#define CASSIUS "${attendees:cassius-fernquill}"

static const struct scenario seen[] = {
    {"nothing of theirs yet", AS_ORGANIZER, "GET", AUDIT "&participant=${organizer.id}", .status = 200,
     .contains = {"{'items':[]}"}},
    {"but this", AS_ORGANIZER, "GET", AUDIT "&participant=${organizer.id}", .status = 200,
     .contains = {"'action':'listAudit'", "'role':'organizer'", "'participant_id':'${organizer.id}'"},
     .absent = {"listAttendees", "getAttendee"}, .head = {"Cache-Control: no-store"}},
    {"staff searches", AS_STAFF, "GET", E "/attendees?q=fernquill&limit=20", .status = 200,
     .contains = {CASSIUS}, .save = "etag=ETag"},
    {"it is there: who, what, how many, and not what for", AS_ORGANIZER, "GET",
     E "/audit?action=listAttendees", .status = 200,
     .contains = {"'participant_id':'${staff.id}'", "'role':'staff'", "'scope':'q limit=20 people=1'"},
     .absent = {"fernquill", "Fernquill", "listAudit"}},
    {"from memory, and unchanged", AS_STAFF, "GET", E "/attendees?q=fernquill&limit=20", .status = 304,
     .headers = {"If-None-Match: ${etag}"}},
    {"it is there again", AS_ORGANIZER, "GET", E "/audit?action=listAttendees&limit=1", .status = 200,
     .contains = {"'next'", "'scope':'q limit=20 people=1'"}, .save = "next=/next newest=/items/0/number"},
    {"the next page is the one before", AS_ORGANIZER, "GET",
     E "/audit?action=listAttendees&limit=1&cursor=${next}", .status = 200,
     .contains = {"'scope':'q limit=20 people=1'"}, .absent = {"'next'", "'number':${newest},"}},
    {"a member's look is not recorded", AS_MEMBER, "GET", E "/attendees", .status = 200},
    {"a refused one neither", AS_ORGANIZER, "GET", E "/attendees?agency_type=survivor", .status = 400},
    {"nor what is not there", AS_ORGANIZER, "GET", E "/attendees/${new}", .status = 404},
    {"so there are two", AS_ORGANIZER, "GET", AUDIT "&action=listAttendees", .status = 200,
     .absent = {"'role':'member'", "agency_type"}},
    {"contact data", AS_ORGANIZER, "GET", E "/attendees/" CASSIUS, .status = 200},
    {"a code", AS_ORGANIZER, "GET", E "/attendees/" CASSIUS "/code", .status = 200, .save = "code=/code"},
    {"who joined", AS_ADMIN, "GET", E "/teams/${teams:los-angeles}/members", .status = 200},
    {"another lead", AS_ORGANIZER, "PUT", E "/teams/${teams:los-angeles}/lead",
     "{'participant_id':'${lead.id}'}", .status = 200},
    {"are in it", AS_ORGANIZER, "GET", AUDIT, .status = 200,
     .contains = {"'action':'getAttendee','scope':'id=" CASSIUS, "'action':'getAttendeeCode'",
                  "'role':'admin','action':'listMembers','scope':'id=${teams:los-angeles} people=",
                  "'action':'putLead'"},
     .absent = {"Fernquill", "example.org", "${code}"}},
    {"by who did it", AS_ORGANIZER, "GET", AUDIT "&participant=${staff.id}", .status = 200,
     .contains = {"'role':'staff'"}, .absent = {"'role':'admin'", "'role':'organizer'"}},
    {"who is an id", AS_ORGANIZER, "GET", AUDIT "&participant=staff", .status = 400},
    {"a cursor is one that was given", AS_ORGANIZER, "GET", E "/audit?cursor=AAAA", .status = 400},
    {"staff does not read it", AS_STAFF, "GET", E "/audit", .status = 403},
    {"nor a lead", AS_LEAD, "GET", E "/audit", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", E "/audit", .status = 404},
    {"who reads their own", AS_ELSEWHERE, "GET", "/v1/events/csec101/audit", .status = 200,
     .absent = {"listAttendees", "csec2015"}},
    {0},
};

static const struct scenario pulls[] = {
    {"a phone of staff has people on it", AS_STAFF, "GET", E "/sync/attendees/pull?limit=500", .status = 200,
     .contains = {CASSIUS}, .save = "seq=/checkpoint/seq"},
    {"that is recorded", AS_ORGANIZER, "GET", E "/audit?action=syncPull", .status = 200,
     .contains = {"'role':'staff'", "collection limit=500 people="}, .save = "pulled=/items/0/number"},
    {"nothing new, nothing shown", AS_STAFF, "GET", E "/sync/attendees/pull?seq=${seq}", .status = 200,
     .contains = {"'documents':[]"}},
    {"rooms are not people", AS_ORGANIZER, "GET", E "/sync/rooms/pull", .status = 200},
    {"those are not", AS_ORGANIZER, "GET", E "/audit?action=syncPull&limit=1", .status = 200,
     .contains = {"'number':${pulled},"}},
    {"all collections have some", AS_ORGANIZER, "GET", E "/sync/pull", .status = 200,
     .contains = {"'collection':'attendees'"}},
    {"that is recorded, too", AS_ORGANIZER, "GET", E "/audit?action=syncPullAll", .status = 200,
     .contains = {"people="}},
    {0},
};

#define IN(id, who)                                                                                          \
    "{'id':'0192f3a4-5b6c-7d7e-8f90-00000000" id "','attendee_id':'" who                                     \
    "','direction':'in','at':'2015-12-01T09:02:00-08:00'}"

static const struct scenario desk[] = {
    {"a batch of two, and one that nobody is", AS_STAFF, "POST", E "/check-ins",
     "[" IN("aa01", CASSIUS) "," IN("aa02", "${attendees:noor-thimblemere}") "," IN("aa03", "${new}") "]",
     .status = 200, .contains = {"'display_name':'Cassius Fernquill'", "refused"}},
    {"is one row: who was named, not the refused", AS_ORGANIZER, "GET", E "/audit?action=createCheckIns",
     .status = 200, .contains = {"'participant_id':'${staff.id}'", "'role':'staff'", "'scope':'people=2'"},
     .absent = {"Fernquill", "people=1", "people=3"}, .save = "entered=/items/0/number"},
    {"the same again names one again", AS_ORGANIZER, "POST", E "/check-ins", "[" IN("aa01", CASSIUS) "]",
     .status = 200, .contains = {"'result':'repeated'", "'display_name':'Cassius Fernquill'"}},
    {"so it is recorded again", AS_ORGANIZER, "GET", E "/audit?action=createCheckIns&limit=1", .status = 200,
     .contains = {"'role':'organizer'", "'scope':'people=1'"}, .absent = {"'number':${entered},"},
     .save = "entered=/items/0/number"},
    {"a batch that is refused names nobody", AS_STAFF, "POST", E "/check-ins", "[" IN("aa04", "${new}") "]",
     .status = 422, .absent = {"display_name"}},
    {"and is not recorded", AS_ORGANIZER, "GET", E "/audit?action=createCheckIns&limit=1", .status = 200,
     .contains = {"'number':${entered},"}},
    {0},
};

/* --- behind the server's back --- */

static int64_t sql(struct harness *h, const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_open(arena_printf(&h->scratch, "%s/convened.db", h->data), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
    int rc = sqlite3_step(s);
    int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    assert_true(rc == SQLITE_ROW || rc == SQLITE_DONE);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return value;
}

static void no_record_no_answer(void **state)
{
    struct harness *h = *state;
    int64_t rows = sql(h, "SELECT number FROM audit_head");
    sql(h, "UPDATE audit_head SET number = number - 1"); /* the next row finds its place taken */
    play(h, &(struct scenario){"no list", AS_STAFF, "GET", E "/attendees?q=fernquill&limit=20", .status = 503,
                               .contains = {"the audit"}, .absent = {CASSIUS, "Fernquill"},
                               .head = {"Retry-After: "}});
    play(h, &(struct scenario){"not even that it is unchanged", AS_STAFF, "GET",
                               E "/attendees?q=fernquill&limit=20", .headers = {"If-None-Match: ${etag}"},
                               .status = 503});
    play(h, &(struct scenario){"nor is a code replaced", AS_ORGANIZER, "POST",
                               E "/attendees/" CASSIUS "/code/rotate", .status = 503});
    play(h, &(struct scenario){"nor is anybody checked in", AS_STAFF, "POST", E "/check-ins",
                               "[" IN("aa05", "${attendees:noor-thimblemere}") "]", .status = 503,
                               .absent = {"Noor"}, .head = {"Retry-After: "}});
    assert_int_equal(sql(h, "SELECT count(*) FROM check_ins WHERE id LIKE '%aa05'"), 0);
    play(h, &(struct scenario){"members are not held up", AS_MEMBER, "GET", E "/attendees", .status = 200});
    sql(h, "UPDATE audit_head SET number = number + 1");
    assert_int_equal(sql(h, "SELECT max(number) FROM audit"), rows);
    play(h, &(struct scenario){"the code is as it was", AS_ORGANIZER, "GET", E "/attendees/" CASSIUS "/code",
                               .status = 200, .contains = {"${code}"}});
    play(h, &(struct scenario){"a list", AS_STAFF, "GET", E "/attendees", .status = 200});
}

static enum err tamper(struct conn *c, void *arg)
{
    return query_run(query_get(c, arg)) == STEP_CONFLICT ? ERR_CONFLICT : ERR_OK;
}

/* People's statements for the tests: the harness prepares them with those of the features. */
static void none_of_our_statements_changes_it(void **state)
{
    struct harness *h = *state;
    char why[DB_WHY];
    static const char erase[] = "DELETE FROM audit WHERE number = 1";
    static const char change[] = "UPDATE audit SET scope = '' WHERE number = 1";
    static const char *const list[] = {erase, change, NULL}, *const *const lists[] = {list, NULL};
    static const char *const tables[] = {"audit", NULL};
    const char *path = arena_printf(&h->scratch, "%s/copy.db", h->data);
    assert_int_equal(db_backup(h->house->db, path, why), 0);
    struct db *db =
        db_open(&(struct db_options){.path = path, .readers = 1, .sql = lists, .append_only = tables}, why);
    assert_non_null(db);
    for (int i = 0; list[i]; i++)
        assert_int_equal(db_write(db, NULL, tamper, (void *)(uintptr_t)list[i]), ERR_CONFLICT);
    db_close(db);
    unlink(path);
}

struct found {
    int n;
    char text[300];
};

static void keep(void *arg, const char *text)
{
    struct found *f = arg;
    f->n++;
    snprintf(f->text, sizeof f->text, "%s", text);
}

/* What doctor says of a copy after these statements. */
static const char *say_of(struct harness *h, const struct keys *keys, const char *const *statements)
{
    char why[DB_WHY];
    struct found *found = arena_zalloc(&h->scratch, sizeof *found);
    struct audit_state audit;
    const char *path = arena_printf(&h->scratch, "%s/copy.db", h->data);
    sqlite3 *db = NULL;
    assert_int_equal(db_backup(h->house->db, path, why), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (; *statements; statements++)
        assert_int_equal(sqlite3_exec(db, *statements, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    int problems = audit_verify(path, keys, keep, found, &audit);
    assert_int_equal(problems, found->n);
    unlink(path);
    return found->n ? found->text : "";
}

#define SAYS(keys, expected, ...)                                                                            \
    assert_non_null(strstr(say_of(h, keys, (const char *const[]){__VA_ARGS__, NULL}), expected))

static void doctor_finds_what_was_done_to_it(void **state)
{
    struct harness *h = *state;
    const struct keys *keys = h->house->keys;
    assert_string_equal(say_of(h, keys, (const char *const[]){NULL}), "");
    assert_string_equal(say_of(h, NULL, (const char *const[]){NULL}), "");
    SAYS(NULL, "row 3 is not what was written", "UPDATE audit SET scope = 'people=0' WHERE number = 3");
    SAYS(NULL, "row 3 is not what was written", "UPDATE audit SET at = at + 1 WHERE number = 3");
    SAYS(NULL, "row 3 is not what was written",
         "UPDATE audit SET participant_id = id FROM participants WHERE number = 3");
    SAYS(NULL, "row 3 is not what was written", "UPDATE audit SET hash = upper(hash) WHERE number = 3");
    SAYS(NULL, "row 3 is missing", "DELETE FROM audit WHERE number = 3");
    SAYS(NULL, "row 3 is missing", "DELETE FROM audit WHERE number = 3",
         "UPDATE audit SET number = 99999 WHERE number = 4");
    SAYS(NULL, "row 3 is not what was written, or not in its place",
         "UPDATE audit SET number = 99999 WHERE number = 3", "UPDATE audit SET number = 3 WHERE number = 4",
         "UPDATE audit SET number = 4 WHERE number = 99999");
    SAYS(NULL, "row 1 is missing", "DELETE FROM audit WHERE number < 3");
    SAYS(NULL, "ends with row", "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)");
    SAYS(NULL, "ends with row 0", "DELETE FROM audit");
}

/* Who has the database alone can make the chain fit; the seals they cannot make. */
static void a_chain_that_fits_is_not_enough(void **state)
{
    struct harness *h = *state;
    const struct keys *keys = h->house->keys;
    static const char *const cut[] = {
        "DELETE FROM audit WHERE number > 3",
        "UPDATE audit_head SET number = 3, hash = (SELECT hash FROM audit WHERE number = 3)", NULL};
    assert_string_equal(say_of(h, NULL, cut), "");
    assert_non_null(strstr(say_of(h, keys, cut), "rows behind row 3 are missing"));
    static const char *const empty[] = {"DELETE FROM audit", "UPDATE audit_head SET number = 0, hash = ''",
                                        NULL};
    assert_string_equal(say_of(h, NULL, empty), "");
    SAYS(keys, "row 2 was not sealed by this server's key", "UPDATE audit SET seal = '00' WHERE number = 2");
}

/* The copy that a restore makes: the rows, and new secrets. */
static void a_restored_copy_says_where_it_begins(void **state)
{
    struct harness *h = *state;
    struct audit_state audit;
    struct found found = {0};
    int64_t rows = sql(h, "SELECT number FROM audit_head");
    const char *key = arena_printf(&h->scratch, "%s/secrets/server.key", h->data);
    const char *path = arena_printf(&h->scratch, "%s/convened.db", h->data);
    FILE *f = fopen(key, "r+");
    assert_non_null(f);
    assert_int_equal(fwrite("another key of 32 bytes, as long", 1, 32, f), 32);
    assert_int_equal(fclose(f), 0);
    harness_restart(h);
    assert_int_equal(sql(h, "SELECT number FROM audit_head"), rows + 1);
    assert_int_equal(audit_verify(path, h->house->keys, keep, &found, &audit), 0);
    assert_int_equal(audit.rows, rows + 1);
    assert_int_equal(audit.elsewhere, rows);
    harness_restart(h);
    assert_int_equal(sql(h, "SELECT number FROM audit_head"), rows + 1);
    sql(h, "UPDATE audit SET seal = '00' WHERE action = 'restored'");
    assert_int_equal(audit_verify(path, h->house->keys, keep, &found, &audit), 1);
    assert_non_null(strstr(found.text, "row 1 was not sealed by this server's key"));
}

/* Whatever shows people, or takes them out, says so in its row. */
static void what_shows_people_is_audited(void **state)
{
    (void)state;
    static const char *const words[] = {"/attendees", "/members",   "/code",           "/lead",
                                        "/redact",    "/check-ins", "/certificates/{", "/badges",
                                        "/roster",    ".csv",       "/audit"};
    static const char *const not_shown[] = {"createAttendee", "claimAttendee", "getCheckInSummary"};
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r->path; r++) {
            bool shows = false;
            for (size_t i = 0; i < COUNT(words); i++)
                shows = shows || strstr(r->path, words[i]);
            for (size_t i = 0; i < COUNT(not_shown); i++)
                shows = shows && strcmp(r->operation, not_shown[i]);
            bool answers = r->tx != TX_WRITE || !strcmp(r->operation, "createCheckIns");
            if (shows && r->access & (ACCESS_STAFF | ACCESS_HOST) && answers &&
                !(r->flags & (ROUTE_AUDITED | ROUTE_PEOPLE)))
                fail_msg("%s (%s) shows people to staff or organizers, and has no ROUTE_AUDITED",
                         r->operation, r->path);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(no_record_no_answer),
                                              cmocka_unit_test(none_of_our_statements_changes_it),
                                              cmocka_unit_test(doctor_finds_what_was_done_to_it),
                                              cmocka_unit_test(a_chain_that_fits_is_not_enough),
                                              cmocka_unit_test(a_restored_copy_says_where_it_begins),
                                              cmocka_unit_test(what_shows_people_is_audited),
                                              {0}};
    return harness_run(&(struct suite){"audit", .scenarios = {seen, pulls, desk}, .tests = tests});
}

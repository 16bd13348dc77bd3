/* Retention: what the clock and organizers purge is in no byte of the data directory any more; figures stay;
 * the audit says so. */
#include "harness/harness.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/ticker.h"

#define ID "0190d3a4-0000-7000-8000-00000000ca"
#define PUSH E "/sync/items/push"

/* Every place where people, or what they write, can be put in says `canary`. */
static const struct scenario fill[] = {
    {"a roster row", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'canary one','sort_name':'canary two','role_label':'canary three',"
     "'email':'canary@example.org','phone':'canary 555'}",
     .headers = {"Idempotency-Key: canary-key"}, .status = 201},
    {"who joined", AS_NOBODY, "POST", "/v1/auth/join",
     "{'code':'${code:riverside}','display_name':'canary four','device':'canary five'}", .status = 200},
    {"a new name", AS_MEMBER, "PATCH", "/v1/me", "{'display_name':'canary six'}", .status = 200},
    {"a consent", AS_ATTENDEE, "PUT", "/v1/me/consent", "{'display_name':'event','text_version':'canary-7'}",
     .status = 200},
    {"a worksheet", AS_MEMBER, "GET", E "/worksheets", .status = 200, .save = "la=/items/0/id"},
    {"a text and an owner", AS_MEMBER, "POST", PUSH,
     "[{'newDocumentState':{'id':'" ID "01','worksheet_id':'${la}','prompt_id':'${prompts:q3}',"
     "'text':'canary eight','owner':'canary nine'}}]",
     .status = 200, .contains = {"[]"}},
    {"an edit", AS_MEMBER, "PATCH", E "/worksheets/${la}/items/" ID "01", "{'text':'canary ten'}",
     .status = 200},
    {"a text that is taken away", AS_MEMBER, "POST", PUSH,
     "[{'newDocumentState':{'id':'" ID "02','worksheet_id':'${la}','prompt_id':'${prompts:q3}',"
     "'text':'canary eleven'}}]",
     .status = 200},
    {"a row that nothing journals", AS_MEMBER, "POST", PUSH,
     "[{'newDocumentState':{'id':'" ID "03','worksheet_id':'${new}','prompt_id':'${prompts:q3}',"
     "'text':'canary twelve'}}]",
     .status = 200},
    {"a walk-in of a phone that is refused", AS_STAFF, "POST", E "/sync/check_ins/push",
     "[{'newDocumentState':{'id':'" ID "04','walk_in':{'display_name':'canary walk-in'},'direction':'in',"
     "'at':'2055-01-01T00:00:00Z'}}]",
     .status = 200, .contains = {"'_deleted':true"}},
    {"a version", AS_LEAD, "POST", E "/worksheets/${la}/submit", "{}", .status = 200},
    {"a redaction", AS_ORGANIZER, "POST", E "/worksheets/${la}/items/" ID "02/redact",
     "{'reason':'canary thirteen'}", .status = 200},
    {"a note", AS_ORGANIZER, "POST", E "/worksheets/${la}/reopen", "{'note':'canary fourteen'}",
     .status = 200},
    {"the last version", AS_LEAD, "POST", E "/worksheets/${la}/submit", "{}", .status = 200},
    {"organizers' phones have it", AS_ORGANIZER, "GET", E "/sync/items/pull?limit=500", .status = 200,
     .contains = {ID "01"}, .save = "seen=/checkpoint/seq"},
    {"a reason for names", AS_ORGANIZER, "GET",
     E "/attendees.csv?names=true&reason=a%20canary%20at%20the%20desk", .status = 428},
    {"in memory, too", AS_ORGANIZER, "GET", E "/attendees?q=canary", .status = 200,
     .contains = {"canary one"}},
    {"the event says when", AS_MEMBER, "GET", E, .status = 200,
     .contains = {"'directory_days':7", "'directory_purge_at':'20", "'directory_purged_at':null",
                  "'responses_days':90"},
     .save = "etag=ETag"},
    {"organizers may change it", AS_ORGANIZER, "PATCH", E, "{'directory_days':3,'responses_days':30}",
     .headers = {"If-Match: ${etag}"}, .status = 200, .contains = {"'directory_days':3"},
     .save = "etag=ETag"},
    {"within ten years", AS_ORGANIZER, "PATCH", E, "{'directory_days':3651,'responses_days':-1}",
     .headers = {"If-Match: ${etag}"}, .status = 422, .contains = {"'/directory_days'", "'/responses_days'"}},
    {"back again", AS_ORGANIZER, "PATCH", E, "{'directory_days':7,'responses_days':90}",
     .headers = {"If-Match: ${etag}"}, .status = 200},
    {0},
};

static const struct scenario refused[] = {
    {"a lead purges nothing", AS_LEAD, "POST", E "/purge", "{'what':'directory','event':'csec2015'}",
     .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "POST", E "/purge",
     "{'what':'directory','event':'csec2015'}", .status = 404},
    {"it is said twice which event", AS_ORGANIZER, "POST", E "/purge",
     "{'what':'directory','event':'csec101'}", .status = 422, .contains = {"'/event'"}},
    {"and what", AS_ORGANIZER, "POST", E "/purge", "{'what':'all','event':'csec2015'}", .status = 422,
     .contains = {"'/what'"}},
    {0},
};

/* --- bytes --- */

static const char LOG[] = "build/test/retention.log"; /* standard error */
static const char *needle;
static int found;

static int look(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)place;
    FILE *f = type == FTW_F && st->st_size ? fopen(path, "r") : NULL;
    char *bytes = f ? malloc((size_t)st->st_size) : NULL;
    size_t n = bytes ? fread(bytes, 1, (size_t)st->st_size, f) : 0;
    for (char *at = bytes; at && (at = memmem(at, n - (size_t)(at - bytes), needle, strlen(needle))); at++)
        found++;
    free(bytes);
    if (f)
        fclose(f);
    return 0;
}

static int count_of(struct harness *h, const char *text)
{
    needle = text;
    found = 0;
    assert_int_equal(nftw(h->data, look, 8, FTW_PHYS), 0);
    return found;
}

static int count_canaries(struct harness *h)
{
    return count_of(h, "canary");
}

static void nothing_of_it_was_logged(void **state)
{
    (void)state;
    static char log[1 << 20];
    log_flush();
    FILE *f = fopen(LOG, "r");
    assert_non_null(f);
    size_t n = fread(log, 1, sizeof log - 1, f);
    fclose(f);
    assert_true(n < sizeof log - 1);
    assert_non_null(memmem(log, n, "route=/v1/events/{event}/purge", 30));
    assert_null(memmem(log, n, "canary", 6));
}

static const char *body_of(struct harness *h, enum actor as, const char *path)
{
    struct local_reply r = play(h, &(struct scenario){path, as, "GET", path, .status = 200});
    return arena_strndup(&h->arena, r.body.ptr, r.body.len);
}

/* As a sealed backup that was killed leaves it. */
static void leave_plain_copy(struct harness *h)
{
    FILE *f = fopen(arena_printf(&h->scratch, "%s/sealing-1.db", h->data), "w");
    assert_non_null(f);
    fputs("canary walk-in", f);
    fclose(f);
}

static void a_purge_leaves_no_byte(void **state)
{
    struct harness *h = *state;
    leave_plain_copy(h);
    const char *figures = body_of(h, AS_ORGANIZER, E "/representation");
    assert_true(count_canaries(h) > 14);
    assert_true(count_of(h, "canary walk-in") > 0);
    play(h, &(struct scenario){"people", AS_ORGANIZER, "POST", E "/purge",
                               "{'what':'directory','event':'csec2015'}", .status = 200,
                               .contains = {"'what':'directory'", "'worksheets':0"}});
    play(h, &(struct scenario){"no token of theirs is good", AS_MEMBER, "GET", E "/rooms", .status = 401});
    play(h, &(struct scenario){"nor of staff", AS_STAFF, "GET", E "/rooms", .status = 401});
    play(h, &(struct scenario){"the roster is empty", AS_ORGANIZER, "GET", E "/attendees", .status = 200,
                               .contains = {"{'items':[]}"}});
    play(h,
         &(struct scenario){"phones hear of it", AS_ORGANIZER, "GET", E "/sync/attendees/pull?seq=1&limit=1",
                            .status = 200, .contains = {"'_deleted':true"}, .absent = {"display_name"}});
    assert_string_equal(body_of(h, AS_ORGANIZER, E "/representation"), figures);
    assert_true(count_canaries(h) > 0); /* in the worksheets */
    assert_int_equal(count_of(h, "canary walk-in"), 0);
    play(h, &(struct scenario){"what they wrote", AS_ORGANIZER, "POST", E "/purge",
                               "{'what':'responses','event':'csec2015'}", .status = 200,
                               .contains = {"'what':'responses'", "'worksheets':21"}});
    assert_int_equal(count_canaries(h), 0);
    play(h, &(struct scenario){"phones hear of that, too", AS_ORGANIZER, "GET",
                               E "/sync/items/pull?seq=${seen}&limit=500", .status = 200,
                               .contains = {"{'id':'" ID "01','_deleted':true}"}});
    play(h,
         &(struct scenario){"the audit says so", AS_ORGANIZER, "GET", E "/audit?action=purge", .status = 200,
                            .contains = {"'scope':'responses worksheets=21'",
                                         "'scope':'directory participants=", "'role':'organizer'"}});
    play(h, &(struct scenario){"and the event", AS_ORGANIZER, "GET", E, .status = 200,
                               .contains = {"'directory_purged_at':'20", "'responses_purged_at':'20"}});
    play(h, &(struct scenario){"another event is as it was", AS_GUEST, "GET", "/v1/events/csec101/rooms",
                               .status = 200});
    harness_restart(h);
    assert_string_equal(body_of(h, AS_ORGANIZER, E "/representation"), figures);
    assert_int_equal(count_canaries(h), 0);
}

static int64_t audited(struct harness *h, const char *path)
{
    struct local_reply r = play(h, &(struct scenario){"rows", AS_ADMIN, "GET", path, .status = 200});
    int64_t n = 0;
    for (const char *at = r.body.ptr, *end = at + r.body.len;
         (at = memmem(at, (size_t)(end - at), "\"number\"", 8)); at++)
        n++;
    return n;
}

static void the_clock_does_it_once(void **state)
{
    static const int64_t day = INT64_C(86400000);
    (void)state;
    struct harness *h = harness_open(true);
    int64_t now = clock_now_ms();
    assert_int_equal(ticker_tick(h->house, now + 6 * day), ERR_OK);
    play(h, &(struct scenario){"not yet", AS_MEMBER, "GET", E "/rooms", .status = 200});
    assert_int_equal(audited(h, E "/audit?action=purge"), 0);
    assert_int_equal(ticker_tick(h->house, now + 8 * day), ERR_OK);
    play(h, &(struct scenario){"people are gone", AS_MEMBER, "GET", E "/rooms", .status = 401});
    play(h, &(struct scenario){"by the server", AS_ADMIN, "GET", E "/audit?action=purge", .status = 200,
                               .contains = {"'role':'server'", "'participant_id':null"}});
    assert_int_equal(ticker_tick(h->house, now + 8 * day + 1000), ERR_OK);
    assert_int_equal(audited(h, E "/audit?action=purge"), 1);
    play(h, &(struct scenario){"somebody comes late", AS_ORGANIZER, "POST", E "/attendees",
                               "{'display_name':'canary late'}", .status = 201});
    assert_int_equal(ticker_tick(h->house, now + 8 * day + 2000), ERR_OK);
    assert_int_equal(audited(h, E "/audit?action=purge"), 1);
    assert_int_equal(ticker_tick(h->house, now + 10 * day), ERR_OK);
    assert_int_equal(audited(h, E "/audit?action=purge"), 2);
    assert_int_equal(count_canaries(h), 0);
    play(h, &(struct scenario){"worksheets are there", AS_ADMIN, "GET", E "/worksheets", .status = 200,
                               .absent = {"'items':[]"}});
    assert_int_equal(ticker_tick(h->house, now + 91 * day), ERR_OK);
    play(h, &(struct scenario){"until their time", AS_ADMIN, "GET", E "/worksheets", .status = 200,
                               .contains = {"{'items':[]}"}});
    harness_close(h);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(a_purge_leaves_no_byte),
                                              cmocka_unit_test(the_clock_does_it_once),
                                              cmocka_unit_test(nothing_of_it_was_logged),
                                              {0}};
    if (!freopen(LOG, "w", stderr))
        return 1;
    log_start(LOG_DEBUG);
    return harness_run(&(struct suite){"retention", .scenarios = {fill, refused}, .tests = tests});
}

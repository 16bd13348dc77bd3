/* What falls due by the clock: it reaches phones and lists when its time comes, once, and after a restart,
 * too. */
#include "harness/harness.h"

#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "http/ticker.h"

#define S E "/sync"
#define NEWS S "/announcements/pull?limit=500&seq=${seq}"

enum { AHEAD_MS = 8000 }; /* a pull lets a document be so new: see announcements.c */

static int64_t number_at(struct harness *h, const char *path, const char *pointer)
{
    struct local_reply r = play(h, &(struct scenario){"asked", AS_ORGANIZER, "GET", path, .status = 200});
    return strtoll(harness_at(h, &r, pointer), NULL, 10);
}

static int64_t sequence(struct harness *h)
{
    return number_at(h, S "/info", "/seq");
}

static void set_time(struct harness *h, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT];
    clock_format(text, ms, NULL);
    harness_set(h, name, text);
}

static int64_t announce(struct harness *h, int64_t after_ms)
{
    int64_t at = clock_now_ms() + after_ms;
    set_time(h, "at", at);
    play(h, &(struct scenario){"where a member is", AS_MEMBER, "GET", S "/announcements/pull?limit=500",
                               .status = 200, .save = "seq=/checkpoint/seq"});
    play(h, &(struct scenario){"dated ahead", AS_ORGANIZER, "POST", E "/announcements",
                               "{'title':'Buses','body':'are here','published_at':'${at}'}", .status = 201,
                               .save = "id=/id"});
    return at;
}

static void an_announcement_comes_when_it_is_due(void **state)
{
    struct harness *h = *state;
    int64_t at = announce(h, AHEAD_MS);
    play(h, &(struct scenario){"organizers have it", AS_ORGANIZER, "GET", NEWS, .status = 200,
                               .contains = {"'id':'${id}'", "'_deleted':false"}});
    int64_t before = sequence(h);
    assert_int_equal(ticker_tick(h->house, at - 1), ERR_OK);
    assert_int_equal(sequence(h), before);
    play(h, &(struct scenario){"a member has not even its id", AS_MEMBER, "GET", NEWS, .status = 200,
                               .contains = {"{'documents':[],"}});
    assert_int_equal(ticker_tick(h->house, at), ERR_OK);
    play(h, &(struct scenario){"it comes", AS_MEMBER, "GET", NEWS, .status = 200,
                               .contains = {"'id':'${id}'", "'title':'Buses'", "'_deleted':false"}});
    before = sequence(h);
    assert_int_equal(ticker_tick(h->house, at + 1), ERR_OK);
    assert_int_equal(sequence(h), before);
}

static void one_that_is_put_off_waits_again(void **state)
{
    struct harness *h = *state;
    play(h, &(struct scenario){"at once", AS_ORGANIZER, "POST", E "/announcements",
                               "{'title':'Dinner','body':'is served'}", .status = 201, .save = "id=/id"});
    play(h, &(struct scenario){"a member has it", AS_MEMBER, "GET", NEWS, .status = 200,
                               .contains = {"'id':'${id}'"}, .save = "seq=/checkpoint/seq"});
    play(h, &(struct scenario){"put off", AS_ORGANIZER, "PATCH", E "/announcements/${id}",
                               "{'published_at':'2999-01-01T09:00:00Z'}", .status = 200});
    play(h, &(struct scenario){"it is taken away", AS_MEMBER, "GET", NEWS, .status = 200,
                               .contains = {"{'id':'${id}','_deleted':true}"}});
    play(h, &(struct scenario){"for good", AS_ORGANIZER, "DELETE", E "/announcements/${id}", .status = 204});
}

static void what_fell_due_while_the_server_was_down_comes(void **state)
{
    struct harness *h = *state;
    int64_t at = announce(h, AHEAD_MS);
    harness_restart(h);
    assert_int_equal(ticker_tick(h->house, at + 1000), ERR_OK);
    play(h, &(struct scenario){"it comes", AS_MEMBER, "GET", NEWS, .status = 200,
                               .contains = {"'id':'${id}'", "'_deleted':false"}});
}

static void a_consent_ends(void **state)
{
    struct harness *h = *state;
    int64_t at = clock_now_ms() + 3600 * 1000;
    set_time(h, "at", at);
    play(h, &(struct scenario){"a name, for an hour", AS_ATTENDEE, "PUT", "/v1/me/consent",
                               "{'display_name':'event','expires_at':'${at}'}", .status = 200});
    play(h, &(struct scenario){"it is in the list", AS_MEMBER, "GET", E "/attendees", .status = 200,
                               .contains = {"${attendee.row}"}});
    play(h,
         &(struct scenario){"and on phones", AS_MEMBER, "GET", S "/attendees/pull?limit=500", .status = 200,
                            .contains = {"${attendee.row}"}, .save = "seq=/checkpoint/seq"});
    assert_int_equal(ticker_tick(h->house, at - 1), ERR_OK);
    play(h, &(struct scenario){"until then", AS_MEMBER, "GET", S "/attendees/pull?seq=${seq}", .status = 200,
                               .contains = {"{'documents':[],"}});
    assert_int_equal(ticker_tick(h->house, at), ERR_OK);
    play(h, &(struct scenario){"out of the list, kept in memory or not", AS_MEMBER, "GET", E "/attendees",
                               .status = 200, .absent = {"${attendee.row}"}});
    play(h, &(struct scenario){"off the phones", AS_MEMBER, "GET", S "/attendees/pull?seq=${seq}",
                               .status = 200, .contains = {"{'id':'${attendee.row}','_deleted':true}"}});
    play(h, &(struct scenario){"newcomers hear of nothing", AS_MEMBER, "GET", S "/attendees/pull?limit=500",
                               .status = 200, .absent = {"${attendee.row}"}});
    play(h, &(struct scenario){"the person sees it", AS_ATTENDEE, "GET", "/v1/me", .status = 200,
                               .contains = {"'display_name':'none'", "'consent_text_version':null"}});
}

static void the_thread_does_so_by_itself(void **state)
{
    struct harness *h = *state;
    announce(h, 500);
    struct ticker *ticker = ticker_start(h->house);
    assert_non_null(ticker);
    bool came = false;
    for (int i = 0; i < 100 && !came; i++) {
        usleep(50000);
        struct local_reply r = play(h, &(struct scenario){"asked", AS_MEMBER, "GET", NEWS, .status = 200});
        came = strstr(r.body.ptr, harness_value(h, "id")) != NULL;
    }
    ticker_stop(ticker);
    assert_true(came);
}

/* A turn every second finds nothing by an index. Events are few. */
static void a_turn_reads_no_whole_table(void **state)
{
    struct harness *h = *state;
    char path[128];
    sqlite3 *db;
    int looked_at = 0;
    snprintf(path, sizeof path, "%s/convened.db", h->data);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (const struct feature *const *f = h->house->features; *f; f++)
        for (const char *const *sql = (*f)->due; sql && *sql; sql++, looked_at++) {
            sqlite3_stmt *s;
            char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", *sql);
            assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
            while (sqlite3_step(s) == SQLITE_ROW) {
                const char *step = (const char *)sqlite3_column_text(s, 3);
                if (!strncmp(step, "SCAN ", 5) && strcmp(step, "SCAN events") != 0)
                    fail_msg("%s: %s", *sql, step);
            }
            sqlite3_finalize(s);
            sqlite3_free(text);
        }
    sqlite3_close(db);
    assert_true(looked_at > 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_announcement_comes_when_it_is_due),
    cmocka_unit_test(one_that_is_put_off_waits_again),
    cmocka_unit_test(what_fell_due_while_the_server_was_down_comes),
    cmocka_unit_test(a_consent_ends),
    cmocka_unit_test(the_thread_does_so_by_itself),
    cmocka_unit_test(a_turn_reads_no_whole_table),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "ticker", .tests = tests});
}

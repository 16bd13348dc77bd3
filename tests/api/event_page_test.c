/* What everybody sees of an event without a token: only where it is public, and nothing of its people. */
#include "harness/harness.h"

#include <string.h>

#define P "/events/csec2015"

static const struct scenario reads[] = {
    {"anybody reads the page of a public event", AS_NOBODY, "GET", P, .status = 200,
     .contains = {"<h1>Convening on the New California", "Tuesday, 1 December 2015", "Beyond the Bench",
                  "<time datetime='2015-12-01T09:30:00-08:00'>9:30 am</time>", "Main Hall",
                  "{'@context':'https://schema.org','@type':'Event'", "'subEvent':[{'@type':'Event'"},
     .absent = {"Noor Thimblemere", "Shirin Amberbough", "noindex", "<script>", "example.org"},
     .head = {"Content-Type: text/html; charset=utf-8", "script-src 'none'", "default-src 'none'"},
     .save = "page=ETag"},
    {"its id", AS_MEMBER, "GET", E, .status = 200, .save = "event=/id"},
    {"names it, too", AS_NOBODY, "GET", "/events/${event}", .status = 200},
    {"the same again is a 304", AS_GUEST, "GET", P, .headers = {"If-None-Match: ${page}"}, .status = 304},
    {"its calendar", AS_NOBODY, "GET", P "/calendar.ics", .status = 200, .contains = {"BEGIN:VCALENDAR"}},
    {"has no bookmarks", AS_NOBODY, "GET", P "/calendar.ics?bookmarks=true", .status = 400},
    {"its schedules", AS_NOBODY, "GET", P "/schedule.xml", .status = 200, .contains = {"<schedule>"}},
    {"in both forms", AS_NOBODY, "GET", P "/schedule.json", .status = 200, .contains = {"{'schedule'"}},
    {"an event that is not public", AS_NOBODY, "GET", "/events/csec101", .status = 404,
     .contains = {"there is no such event, or it is not yours"}},
    {"looks like one that is not there", AS_NOBODY, "GET", "/events/no-such-event", .status = 404,
     .contains = {"there is no such event, or it is not yours"}},
    {"to its own organizers as well", AS_ELSEWHERE, "GET", "/events/csec101", .status = 404},
    {"with all its forms", AS_NOBODY, "GET", "/events/csec101/calendar.ics", .status = 404},
    {"the rest asks for a token", AS_NOBODY, "GET", E "/sessions", .status = 401},
    {0},
};

static const struct scenario changes[] = {
    {"a draft", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Unseen','starts_at':'2015-12-01T17:00:00-08:00','ends_at':'2015-12-01T18:00:00-08:00',"
     "'status':'draft'}",
     .status = 201},
    {"shows nothing", AS_NOBODY, "GET", P, .headers = {"If-None-Match: ${page}"}, .status = 304},
    {"one session is cancelled", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'status':'cancelled'}", .headers = {"If-Match: *"}, .status = 200},
    {"another moves", AS_ORGANIZER, "POST", E "/sessions/shift",
     "{'minutes':1,'session_ids':['${sessions:closing}']}", .status = 200},
    {"both say so, for people and for programs", AS_NOBODY, "GET", P, .status = 200,
     .contains = {"Cancelled</strong>", "Moved</strong>", "'eventStatus':'https://schema.org/EventCancelled'",
                  "'eventStatus':'https://schema.org/"
                  "EventRescheduled','previousStartDate':'2015-12-01T16:35:00-08:00'"},
     .absent = {"Unseen"}},
    {"a title that would leave its element", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'title':'</script><script>alert(1)</script><!-- \\u0022','abstract':'</p><b onclick=x>'}",
     .headers = {"If-Match: *"}, .status = 200},
    {"stays in it", AS_NOBODY, "GET", P, .status = 200,
     .contains = {"&lt;/script&gt;&lt;script&gt;", "&lt;/p&gt;&lt;b onclick=x&gt;",
                  "'<\\/script><script>alert(1)<\\/script>\\u003c!-- "},
     .absent = {"</script><script>", "<p><b", "<!--"}},
    {"no longer public", AS_ORGANIZER, "PATCH", E, "{'public':false}", .headers = {"If-Match: *"},
     .status = 200, .contains = {"'public':false"}},
    {"it is gone at once", AS_NOBODY, "GET", P, .headers = {"If-None-Match: *"}, .status = 404},
    {"public again", AS_ORGANIZER, "PATCH", E, "{'public':true}", .headers = {"If-Match: *"}, .status = 200},
    {"it is there at once", AS_NOBODY, "GET", P, .status = 200},
    {"yes or no", AS_ORGANIZER, "PATCH", E, "{'public':1}", .headers = {"If-Match: *"}, .status = 422,
     .contains = {"'/public'"}},
    {"a new event is nobody else's business", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'bare-event','name':'Bare','kind':'meeting','starts_at':'2016-03-13T09:00:00-07:00',"
     "'ends_at':'2016-03-14T17:00:00-07:00','zone':'America/Los_Angeles'}",
     .status = 201, .contains = {"'public':false"}},
    {"so it has no page", AS_NOBODY, "GET", "/events/bare-event", .status = 404},
    {"until it is public", AS_ADMIN, "PATCH", "/v1/events/bare-event", "{'public':true}",
     .headers = {"If-Match: *"}, .status = 200},
    {"without sessions it says that", AS_NOBODY, "GET", "/events/bare-event", .status = 200,
     .contains = {"not published yet", "'subEvent':[]", "Monday, 14 March 2016"}},
    {0},
};

static void what_is_not_public_is_not_there(void **state)
{
    struct harness *h = *state;
    struct local_reply a =
        play(h, &(struct scenario){"private", AS_NOBODY, "GET", "/events/csec101", .status = 404});
    struct local_reply b =
        play(h, &(struct scenario){"unknown", AS_NOBODY, "GET", "/events/csec102", .status = 404});
    assert_int_equal(a.body.len, b.body.len);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_not_public_is_not_there),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "event_page", .scenarios = {reads, changes}, .tests = tests});
}

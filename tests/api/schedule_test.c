/* The agenda in the forms of frab and c3voc. Other programs read both again in tests/smoke/formats_test.mjs.
 */
#include "harness/harness.h"

#include <string.h>

#define X E "/schedule.xml"
#define J E "/schedule.json"
#define BARE "/v1/events/bare-event"

static const struct scenario reads[] = {
    {"an attendee reads the XML", AS_ATTENDEE, "GET", X, .status = 200,
     .contains = {"<schedule>\n<generator name='convened'/>\n<version>", "<acronym>csec2015</acronym>",
                  "<day index='1' date='2015-12-01' start='2015-12-01T09:00:00-08:00' end='",
                  "guid='${sessions:welcome}'>", "<room name='Main Hall'>",
                  "<title>SB 794: training, identification and reporting</title>", "<start>09:30</start>",
                  "<duration>00:15</duration>"},
     .absent = {"<url/>", "<url></url>", "@"}, .head = {"Content-Type: application/xml; charset=utf-8"},
     .save = "xml=ETag"},
    {"the same again is a 304", AS_ORGANIZER, "GET", X, .headers = {"If-None-Match: ${xml}"}, .status = 304},
    {"a member reads the JSON", AS_MEMBER, "GET", J, .status = 200,
     .contains = {"{'schedule':{'version':'", "'acronym':'csec2015'", "'daysCount':1",
                  "'rooms':{'Foyer':[{'id':1,'guid':'${sessions:registration}'",
                  "'slug':'csec2015-1-registration-and-county-tables'",
                  "'persons':[{'guid':'${speakers:oriane-thistlegleam}','name':'"},
     .save = "json=ETag"},
    {"the same again is a 304", AS_STAFF, "GET", J, .headers = {"If-None-Match: ${json}"}, .status = 304},
    {"nobody reads none", AS_NOBODY, "GET", J, .status = 401},
    {"another event's guest finds no event", AS_GUEST, "GET", X, .status = 404},
    {0},
};

static const struct scenario numbers[] = {
    {"a draft", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Unseen','starts_at':'2015-12-02T17:00:00-08:00','ends_at':'2015-12-02T18:00:00-08:00',"
     "'status':'draft'}",
     .status = 201, .save = "draft=/id"},
    {"moves nothing", AS_ORGANIZER, "GET", X, .headers = {"If-None-Match: ${xml}"}, .status = 304},
    {"the last session is removed", AS_ORGANIZER, "DELETE", E "/sessions/${draft}",
     .headers = {"If-Match: *"}, .status = 204},
    {"one on a second day, without a room", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'\xe6\x9d\xb1 <&\\uffff','starts_at':'2015-12-02T17:00:00-08:00','ends_at':'2015-12-07T18:"
     "00:00-08:00'}",
     .status = 201, .save = "late=/id"},
    {"has a number that was never given, and what XML cannot hold is mended", AS_MEMBER, "GET", X,
     .status = 200,
     .contains = {"<day index='2' date='2015-12-02'", "<title>\xe6\x9d\xb1 &lt;&amp;\xef\xbf\xbd</title>",
                  "<duration>99:59</duration>", "-session</slug>", "<room name='Room to be announced'>"},
     .absent = {"Unseen"}},
    {"cancelled, it is left out", AS_ORGANIZER, "PATCH", E "/sessions/${late}", "{'status':'cancelled'}",
     .headers = {"If-Match: *"}, .status = 200},
    {"of both", AS_MEMBER, "GET", X, .status = 200, .absent = {"${late}", "<day index='2'"}},
    {"forms", AS_MEMBER, "GET", J, .status = 200, .contains = {"'daysCount':1"}, .absent = {"${late}"}},
    {0},
};

static const struct scenario bare[] = {
    {"an event without sessions", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'bare-event','name':'Bare','kind':'meeting','starts_at':'2016-03-13T09:00:00-07:00',"
     "'ends_at':'2016-03-13T17:00:00-07:00','zone':'America/Los_Angeles'}",
     .status = 201},
    {"has a day all the same", AS_ADMIN, "GET", BARE "/schedule.xml", .status = 200,
     .contains = {"<days>1</days>", "<acronym>bare_event</acronym>",
                  "<day index='1' date='2016-03-13' start='2016-03-13T09:00:00-07:00'"}},
    {"in JSON, too", AS_ADMIN, "GET", BARE "/schedule.json", .status = 200,
     .contains = {"'daysCount':1", "'days':[{'index':1,'date':'2016-03-13'", "'rooms':{}"}},
    {0},
};

/* A number stays with its session for good, and the next one is one more than any before. */
static void no_number_is_given_twice(void **state)
{
    struct harness *h = *state;
    int last = 0;
    for (int i = 0; i < 3; i++) {
        play(h, &(struct scenario){"made", AS_ORGANIZER, "POST", E "/sessions",
                                   "{'title':'Number','starts_at':'2015-12-01T20:00:00-08:00','ends_at':"
                                   "'2015-12-01T21:00:00-08:00'}",
                                   .status = 201, .save = "made=/id"});
        struct local_reply reply = play(h, &(struct scenario){"read", AS_MEMBER, "GET", X, .status = 200});
        const char *guid = harness_fill(h, "guid='${made}'", true, &h->scratch);
        const char *at = memmem(reply.body.ptr, reply.body.len, guid, strlen(guid));
        assert_non_null(at);
        while (*at != '<')
            at--;
        int number = 0;
        assert_int_equal(sscanf(at, "<event id=\"%d\"", &number), 1);
        assert_true(number > last);
        last = number;
        play(h, &(struct scenario){"removed", AS_ORGANIZER, "DELETE", E "/sessions/${made}",
                                   .headers = {"If-Match: *"}, .status = 204});
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_number_is_given_twice),
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "schedule", .scenarios = {reads, numbers, bare}, .tests = tests});
}

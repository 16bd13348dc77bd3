/* The agenda: filters, drafts, rooms that are taken, publishing, and what changed after it. */
#include "harness/harness.h"

#include <string.h>

#define S E "/sessions"
#define EXTRA "0190d3a4-0000-7000-8000-0000000000d1"
#define WELCOME S "/${sessions:welcome}"

static const struct scenario reads[] = {
    {"an attendee reads the agenda", AS_ATTENDEE, "GET", S, .status = 200,
     .contains = {"'items':[{'id':'${sessions:registration}'", "'starts_at':'2015-12-01T09:00:00-08:00'",
                  "'speaker_ids':['${speakers:temperance-wu-hartsong}','${speakers:hyacinth-nakagawa-pell}']",
                  "'learning_objectives':[]", "'status':'scheduled'"},
     .absent = {"'next'", "_key", "'search'"}, .save = "etag=ETag"},
    {"the same again is a 304", AS_MEMBER, "GET", S, .headers = {"If-None-Match: ${etag}"}, .status = 304},
    {"of a day", AS_MEMBER, "GET", S "?day=2015-12-01", .status = 200, .contains = {"${sessions:closing}"}},
    {"of the day after", AS_MEMBER, "GET", S "?day=2015-12-02", .status = 200, .contains = {"{'items':[]}"}},
    {"a day that is none", AS_MEMBER, "GET", S "?day=2015-02-30", .status = 400, .contains = {"YYYY-MM-DD"}},
    {"of a track", AS_MEMBER, "GET", S "?track=${tracks:safety}", .status = 200,
     .contains = {"${sessions:safety-planning-mdt}", "${sessions:safety-plan-practice}"},
     .absent = {"${sessions:lunch}"}},
    {"in a room", AS_MEMBER, "GET", S "?room=${rooms:palm}", .status = 200,
     .contains = {"${sessions:breakout-1-south}"}, .absent = {"${sessions:breakout-1-bay}"}},
    {"of a kind in a track", AS_MEMBER, "GET", S "?kind=plenary&track=${tracks:county-teams}", .status = 200,
     .contains = {"${sessions:county-exchange}"},
     .absent = {"${sessions:welcome}", "${sessions:breakout-1-bay}"}},
    {"with a word, whatever its case", AS_MEMBER, "GET", S "?q=cSe-iT", .status = 200,
     .contains = {"${sessions:cse-it-screening}"}, .absent = {"${sessions:lunch}"}},
    {"a percent sign is a letter", AS_MEMBER, "GET", S "?q=%25", .status = 200, .contains = {"{'items':[]}"}},
    {"an unknown track is an empty one", AS_MEMBER, "GET", S "?track=${new}", .status = 200,
     .contains = {"{'items':[]}"}},
    {"what is no id is refused", AS_MEMBER, "GET", S "?track=safety", .status = 400},
    {"for rooms as well", AS_MEMBER, "GET", S "?room=1'%20OR%201=1", .status = 400},
    {"an unknown kind is refused, and the known are named", AS_MEMBER, "GET", S "?kind=party", .status = 400,
     .contains = {"workshop"}},
    {"an unknown filter is refused, and the known are named", AS_MEMBER, "GET", S "?speaker=x", .status = 400,
     .contains = {"day track room kind q"}},
    {"one session", AS_STAFF, "GET", WELCOME, .status = 200,
     .contains = {"'room_id':'${rooms:main-hall}'", "'track_id':'${tracks:program}'", "'capacity':null"}},
    {"one of another event is not found", AS_MEMBER, "GET", S "/${csec101/sessions:sign-in}", .status = 404},
    {"nobody reads none", AS_NOBODY, "GET", S, .status = 401},
    {"another event's guest finds no event", AS_GUEST, "GET", S, .status = 404},
    {"a seeded agenda has not changed", AS_MEMBER, "GET", S "/changes", .status = 200,
     .contains = {"{'items':[]}"}},
    {0},
};

static const struct scenario faults[] = {
    {"every fault is named at once", AS_ORGANIZER, "POST", S,
     "{'starts_at':'2015-12-01T09:00:00','ends_at':7,'kind':'party','speaker_ids':['x'],'status':'late',"
     "'learning_objectives':'none','capacity':-1,'host':'x'}",
     .status = 422,
     .contains = {"'/title'", "'/starts_at'", "'/ends_at'", "'/kind'", "'/speaker_ids'", "'/status'",
                  "'/learning_objectives'", "'/host'"}},
    {"it ends after it starts", AS_ORGANIZER, "POST", S,
     "{'title':'T','starts_at':'2015-12-01T18:00:00-08:00','ends_at':'2015-12-02T02:00:00Z'}", .status = 422,
     .contains = {"'/ends_at'"}},
    {"what it names is of its event", AS_ORGANIZER, "POST", S,
     "{'title':'T','starts_at':'2015-12-01T18:00:00-08:00','ends_at':'2015-12-01T19:00:00-08:00',"
     "'room_id':'${csec101/rooms:classroom}','track_id':'${csec101/tracks:respond}',"
     "'speaker_ids':['${speakers:henrietta-goldenreed}','${csec101/speakers:xiomara-pinefeather}']}",
     .status = 422, .contains = {"'/room_id'", "'/track_id'", "'/speaker_ids/1'"},
     .absent = {"'/speaker_ids/0'"}},
    {"nobody speaks twice", AS_ORGANIZER, "POST", S,
     "{'title':'T','starts_at':'2015-12-01T18:00:00-08:00','ends_at':'2015-12-01T19:00:00-08:00',"
     "'speaker_ids':['${speakers:henrietta-goldenreed}','${speakers:henrietta-goldenreed}']}",
     .status = 422, .contains = {"'/speaker_ids'"}},
    {"a member adds nothing", AS_MEMBER, "POST", S, "{'title':'T'}", .status = 403},
    {"a lead publishes nothing", AS_LEAD, "POST", S "/publish", .status = 403},
    {"a change needs If-Match", AS_ORGANIZER, "PATCH", WELCOME, "{'title':'T'}", .status = 428},
    {"a fresh one", AS_ORGANIZER, "PATCH", WELCOME, "{'title':'T'}", .headers = {"If-Match: \"stale\""},
     .status = 412},
    {"its end may not come before its start", AS_ORGANIZER, "PATCH", WELCOME,
     "{'ends_at':'2015-12-01T09:30:00-08:00'}", .headers = {"If-Match: *"}, .status = 422,
     .contains = {"'/ends_at'"}},
    {"a title is not cleared", AS_ORGANIZER, "PATCH", WELCOME, "{'title':null}", .headers = {"If-Match: *"},
     .status = 422, .contains = {"'/title'"}},
    {"another event's session is not changed", AS_ORGANIZER, "PATCH", S "/${csec101/sessions:sign-in}",
     "{'title':'T'}", .headers = {"If-Match: *"}, .status = 404},
    {"nor removed", AS_ORGANIZER, "DELETE", S "/${csec101/sessions:sign-in}", .headers = {"If-Match: *"},
     .status = 404},
    {"removing needs If-Match", AS_ORGANIZER, "DELETE", WELCOME, .status = 428},
    {"since is a time", AS_MEMBER, "GET", S "/changes?since=today", .status = 400, .contains = {"RFC 3339"}},
    {0},
};

/* Main Hall is taken from 9:30 to 10:50, and free from then on. */
#define IN_HALL(from, to)                                                                                    \
    "{'title':'Extra','room_id':'${rooms:main-hall}','starts_at':'2015-12-01T" from ":00-08:00',"            \
    "'ends_at':'2015-12-01T" to ":00-08:00'}"

static const struct scenario overlaps[] = {
    {"a taken room is a conflict that names the other", AS_ORGANIZER, "POST", S, IN_HALL("09:44", "09:45"),
     .status = 409, .contains = {"Welcome: working together", "2015-12-01T09:30:00-08:00", "force=true"}},
    {"what touches does not overlap", AS_ORGANIZER, "POST", S, IN_HALL("10:50", "11:05"), .status = 201,
     .contains = {"'kind':'other'", "'status':'scheduled'"}, .save = "id=/id etag=ETag"},
    {"nor does a session with itself", AS_ORGANIZER, "PATCH", S "/${id}",
     "{'ends_at':'2015-12-01T11:04:00-08:00'}", .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'status':'moved'"}},
    {"moving into a taken time is a conflict", AS_ORGANIZER, "PATCH", S "/${id}",
     "{'starts_at':'2015-12-01T10:49:00-08:00'}", .headers = {"If-Match: *"}, .status = 409,
     .contains = {"SB 794"}},
    {"force takes it", AS_ORGANIZER, "PATCH", S "/${id}?force=true",
     "{'starts_at':'2015-12-01T10:49:00-08:00'}", .headers = {"If-Match: *"}, .status = 200},
    {"another edit does not bring that up again", AS_ORGANIZER, "PATCH", S "/${id}", "{'title':'Extra talk'}",
     .headers = {"If-Match: *"}, .status = 200, .contains = {"'title':'Extra talk'"}},
    {"a cancelled one leaves its room", AS_ORGANIZER, "PATCH", S "/${id}", "{'status':'cancelled'}",
     .headers = {"If-Match: *"}, .status = 200},
    {"so another may have it", AS_ORGANIZER, "POST", S, IN_HALL("10:50", "11:00"), .status = 201,
     .save = "other=/id"},
    {"and it does not come back into it", AS_ORGANIZER, "PATCH", S "/${id}", "{'status':'scheduled'}",
     .headers = {"If-Match: *"}, .status = 409},
    {"unless it goes elsewhere", AS_ORGANIZER, "PATCH", S "/${id}", "{'status':'scheduled','room_id':null}",
     .headers = {"If-Match: *"}, .status = 200, .contains = {"'room_id':null"}},
    {"away", AS_ORGANIZER, "DELETE", S "/${id}", .headers = {"If-Match: *"}, .status = 204},
    {"with both", AS_ORGANIZER, "DELETE", S "/${other}", .headers = {"If-Match: *"}, .status = 204},
    {"force is true or nothing", AS_ORGANIZER, "POST", S "?force=1", IN_HALL("09:44", "09:45"),
     .status = 409},
    {0},
};

#define TALK                                                                                                 \
    "{'id':'" EXTRA "','title':'Evening talk','abstract':'Two\\nlines','kind':'panel','capacity':40,"        \
    "'starts_at':'2015-12-01T18:00:00-08:00','ends_at':'2015-12-01T19:00:00-08:00','room_id':'${rooms:palm}" \
    "',"                                                                                                     \
    "'track_id':'${tracks:safety}','learning_objectives':['Name \\u0027three\\u0027','Say why'],"            \
    "'speaker_ids':['${speakers:solomon-driftaway}','${speakers:casimiro-longfellow-tran}']}"

static const struct scenario changes[] = {
    {"a new session is public at once", AS_ORGANIZER, "POST", S, TALK, .status = 201,
     .contains = {"'status':'scheduled'", "'capacity':40", "['Name", "Say why']",
                  "'speaker_ids':['${speakers:solomon-driftaway}','${speakers:casimiro-longfellow-tran}']"},
     .save = "etag=ETag"},
    {"the same again is no second one", AS_ORGANIZER, "POST", S, TALK, .status = 200,
     .contains = {"'revision':1"}},
    {"the same id with another title is a conflict", AS_ORGANIZER, "POST", S,
     "{'id':'" EXTRA
     "','title':'T','starts_at':'2015-12-01T18:00:00-08:00','ends_at':'2015-12-01T19:00:00-08:00'}",
     .status = 409},
    {"it can be found by an objective", AS_MEMBER, "GET", S "?q=say%20why", .status = 200,
     .contains = {EXTRA}},
    {"a title is no change to phones", AS_ORGANIZER, "PATCH", S "/" EXTRA,
     "{'title':'Late talk','abstract':null}", .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'status':'scheduled'", "'abstract':null", "'revision':2", "'capacity':40"}},
    {"time and room are", AS_ORGANIZER, "PATCH", S "/" EXTRA,
     "{'starts_at':'2015-12-01T18:15:00-08:00','room_id':'${rooms:redwood}'}", .headers = {"If-Match: *"},
     .status = 200, .contains = {"'status':'moved'", "${speakers:solomon-driftaway}"}},
    {"an organizer may say that it is not moved", AS_ORGANIZER, "PATCH", S "/" EXTRA,
     "{'room_id':null,'status':'scheduled','speaker_ids':[]}", .headers = {"If-Match: *"}, .status = 200,
     .contains = {"'status':'scheduled'", "'speaker_ids':[]"}},
    {"cancelling is one", AS_ORGANIZER, "PATCH", S "/" EXTRA, "{'status':'cancelled'}",
     .headers = {"If-Match: *"}, .status = 200},
    {"what is cancelled moves in silence", AS_ORGANIZER, "PATCH", S "/" EXTRA,
     "{'ends_at':'2015-12-01T20:00:00-08:00'}", .headers = {"If-Match: *"}, .status = 200,
     .contains = {"'status':'cancelled'"}},
    {"all of it is told, old and new", AS_ATTENDEE, "GET", S "/changes", .status = 200,
     .contains = {"'session_id':'" EXTRA
                  "','type':'new','old':null,'new':{'starts_at':'2015-12-01T18:00:00-08:00',"
                  "'ends_at':'2015-12-01T19:00:00-08:00','room_id':'${rooms:palm}','status':'scheduled'}",
                  "'type':'time','old':{'starts_at':'2015-12-01T18:00:00-08:00','ends_at':'2015-12-01T19:00:"
                  "00-08:00'},"
                  "'new':{'starts_at':'2015-12-01T18:15:00-08:00','ends_at':'2015-12-01T19:00:00-08:00'}",
                  "'type':'room','old':{'room_id':'${rooms:palm}'},'new':{'room_id':'${rooms:redwood}'}",
                  "'old':{'room_id':'${rooms:redwood}'},'new':{'room_id':null}",
                  "'type':'cancelled','old':{'status':'scheduled'},'new':{'status':'cancelled'}"},
     .absent = {"20:00:00", "Late talk"}},
    {"removing what is cancelled tells nothing", AS_ORGANIZER, "DELETE", S "/" EXTRA,
     .headers = {"If-Match: *"}, .status = 204},
    {"its changes stay", AS_MEMBER, "GET", S "/changes", .status = 200, .contains = {EXTRA}},
    {"removing a public one does", AS_ORGANIZER, "DELETE", S "/${sessions:break-morning}",
     .headers = {"If-Match: *"}, .status = 204},
    {"as cancelled, and nothing after it", AS_MEMBER, "GET", S "/changes", .status = 200,
     .contains = {"'session_id':'${sessions:break-morning}','type':'cancelled','old':{'status':'scheduled'},'"
                  "new':null"}},
    {"nobody reads no changes", AS_NOBODY, "GET", S "/changes", .status = 401},
    {"a guest finds no event", AS_GUEST, "GET", S "/changes", .status = 404},
    {0},
};

static const struct scenario drafts[] = {
    {"a draft", AS_ORGANIZER, "POST", S,
     "{'title':'Secret','status':'draft','starts_at':'2015-12-01T20:00:00-08:00','ends_at':'2015-12-01T21:00:"
     "00-08:00'}",
     .status = 201, .save = "id=/id"},
    {"organizers see it", AS_ORGANIZER, "GET", S "/${id}", .status = 200, .contains = {"'status':'draft'"}},
    {"in the list, too", AS_ORGANIZER, "GET", S "?q=secret", .status = 200, .contains = {"${id}"}},
    {"nobody else does", AS_MEMBER, "GET", S "/${id}", .status = 404},
    {"in the list, either", AS_STAFF, "GET", S "?q=secret", .status = 200, .contains = {"{'items':[]}"}},
    {"it moves in silence", AS_ORGANIZER, "PATCH", S "/${id}", "{'starts_at':'2015-12-01T20:30:00-08:00'}",
     .headers = {"If-Match: *"}, .status = 200, .contains = {"'status':'draft'"}},
    {"changes say nothing of it", AS_MEMBER, "GET", S "/changes", .status = 200, .absent = {"${id}"}},
    {"publishing", AS_ORGANIZER, "POST", S "/publish", .status = 200, .contains = {"{'published':1}"}},
    {"again there is nothing to publish", AS_ORGANIZER, "POST", S "/publish", .status = 200,
     .contains = {"{'published':0}"}},
    {"now it is there", AS_MEMBER, "GET", S "/${id}", .status = 200,
     .contains = {"'status':'scheduled'", "'revision':3"}},
    {"and news", AS_MEMBER, "GET", S "/changes", .status = 200,
     .contains = {"'session_id':'${id}','type':'new','old':null"}},
    {"back to draft", AS_ORGANIZER, "PATCH", S "/${id}", "{'status':'draft'}", .headers = {"If-Match: *"},
     .status = 200},
    {"it is gone for readers, who are told no more", AS_MEMBER, "GET", S "/changes", .status = 200,
     .contains = {"'session_id':'${id}','type':'cancelled','old':{'status':'scheduled'},'new':null"}},
    {0},
};

#define FRESH "/v1/events/spring2016"

static const struct scenario first[] = {
    {"an event of its own", AS_ORGANIZER, "POST", "/v1/events",
     "{'slug':'spring2016','name':'Spring','kind':'meeting','zone':'America/Los_Angeles',"
     "'starts_at':'2016-03-12T09:00:00-08:00','ends_at':'2016-03-14T17:00:00-07:00'}",
     .status = 201},
    {"its first sessions are drafts", AS_ORGANIZER, "POST", FRESH "/sessions",
     "{'title':'Before','starts_at':'2016-03-12T23:59:00-08:00','ends_at':'2016-03-13T00:30:00-08:00'}",
     .status = 201, .contains = {"'status':'draft'"}, .save = "before=/id"},
    {"one at the last minute of a day of 23 hours", AS_ORGANIZER, "POST", FRESH "/sessions",
     "{'title':'In','starts_at':'2016-03-13T23:59:00-07:00','ends_at':'2016-03-14T00:30:00-07:00'}",
     .status = 201, .contains = {"'status':'draft'"}, .save = "in=/id"},
    {"one at the first of the next", AS_ORGANIZER, "POST", FRESH "/sessions",
     "{'title':'After','starts_at':'2016-03-14T07:00:00Z','ends_at':'2016-03-14T08:00:00Z'}", .status = 201,
     .contains = {"'starts_at':'2016-03-14T00:00:00-07:00'"}, .save = "after=/id"},
    {"a day is the event's own", AS_ORGANIZER, "GET", FRESH "/sessions?day=2016-03-13", .status = 200,
     .contains = {"${in}"}, .absent = {"${before}", "${after}"}},
    {"the first publishing", AS_ORGANIZER, "POST", FRESH "/sessions/publish", .status = 200,
     .contains = {"{'published':3}"}},
    {"is no change", AS_ORGANIZER, "GET", FRESH "/sessions/changes", .status = 200,
     .contains = {"{'items':[]}"}},
    {"from then on a session is public", AS_ORGANIZER, "POST", FRESH "/sessions",
     "{'title':'More','starts_at':'2016-03-14T09:00:00Z','ends_at':'2016-03-14T10:00:00Z'}", .status = 201,
     .contains = {"'status':'scheduled'"}, .save = "more=/id"},
    {"and a change", AS_ORGANIZER, "GET", FRESH "/sessions/changes", .status = 200,
     .contains = {"'session_id':'${more}','type':'new'"}, .absent = {"${in}"}},
    {"other events know nothing of it", AS_MEMBER, "GET", S "/changes", .status = 200, .absent = {"${more}"}},
    {0},
};

/* Pages of four, with five sessions that begin together among them: each session once, in order. */
static void pages_hold_each_session_once(void **state)
{
    struct harness *h = *state;
    char seen[64][UUID_TEXT], path[2048] = S "?limit=4";
    size_t n = 0;
    for (const char *next = ""; next;) {
        struct local_reply reply =
            play(h, &(struct scenario){"page", AS_RIVERSIDE, "GET", path, .status = 200});
        for (int i = 0; i < 4; i++) {
            const char *id = harness_at(h, &reply, arena_printf(&h->scratch, "/items/%d/id", i));
            for (size_t j = 0; id && j < n; j++)
                assert_string_not_equal(id, seen[j]);
            if (id && n < COUNT(seen))
                strcpy(seen[n++], id);
        }
        next = harness_at(h, &reply, "/next");
        if (next)
            snprintf(path, sizeof path, S "?limit=4&cursor=%s", next);
    }
    assert_in_range(n, 26, 30);
}

/* Asking since the last one seen misses nothing, though all of it happens within a moment. */
static void since_misses_nothing(void **state)
{
    struct harness *h = *state;
    char last[40] = "", path[256] = S "/changes";
    struct local_reply reply = play(h, &(struct scenario){"all", AS_MEMBER, "GET", path, .status = 200});
    for (int i = 0; harness_at(h, &reply, arena_printf(&h->scratch, "/items/%d/id", i)); i++) {
        const char *at = harness_at(h, &reply, arena_printf(&h->scratch, "/items/%d/at", i));
        assert_string_not_equal(at, last);
        snprintf(last, sizeof last, "%s", at);
    }
    for (int i = 0; i < 6; i++) {
        play(h, &(struct scenario){
                    "move", AS_ORGANIZER, "PATCH", S "/${sessions:lunch}?force=true",
                    i % 2 ? "{'room_id':'${rooms:courtyard}','ends_at':'2015-12-01T13:20:00-08:00'}"
                          : "{'room_id':'${rooms:foyer}','ends_at':'2015-12-01T13:10:00-08:00'}",
                    .headers = {"If-Match: *"}, .status = 200});
        snprintf(path, sizeof path, S "/changes?since=%s", last);
        reply = play(h, &(struct scenario){"since", AS_MEMBER, "GET", path, .status = 200,
                                           .contains = {"'type':'time'", "'type':'room'"}});
        assert_null(harness_at(h, &reply, "/items/2/id"));
        snprintf(last, sizeof last, "%s", harness_at(h, &reply, "/items/1/at"));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pages_hold_each_session_once),
    cmocka_unit_test(since_misses_nothing),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){
        .name = "sessions", .scenarios = {reads, faults, overlaps, changes, drafts, first}, .tests = tests});
}

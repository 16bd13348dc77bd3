/* Moving a block of the agenda, and what people and phones learn of it. */
#include "harness/harness.h"

#include <string.h>

#define S E "/sessions"
#define SHIFT S "/shift"
#define DST "/v1/events/clocks2015"

static const struct scenario faults[] = {
    {"every fault is named at once", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':'ten','from':'noon','room_id':'x','track_id':7,'session_ids':'all','by':1}", .status = 422,
     .contains = {"'/minutes'", "'/from'", "'/room_id'", "'/track_id'", "'/session_ids'", "'/by'"}},
    {"what it names is of this event, and takes place", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':0,'from':'2015-12-01T12:00:00Z','to':'2015-12-01T12:00:00Z','room_id':'${csec101/"
     "rooms:classroom}','track_id':'${csec101/tracks:respond}','session_ids':['${sessions:lunch}','${csec101/"
     "sessions:sign-in}']}",
     .status = 422, .contains = {"'/minutes'", "'/to'", "'/room_id'", "'/track_id'", "'/session_ids/1'"},
     .absent = {"'/session_ids/0'"}},
    {"more than a week", AS_ORGANIZER, "POST", SHIFT, "{'minutes':10081}", .status = 422,
     .contains = {"'/minutes'"}},
    {"a member moves nothing", AS_MEMBER, "POST", SHIFT, "{'minutes':5}", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "POST", SHIFT, "{'minutes':5}", .status = 404},
    {"nor nobody", AS_NOBODY, "POST", SHIFT, "{'minutes':5}", .status = 401},
    {"nothing has changed", AS_MEMBER, "GET", S "/changes", .status = 200, .contains = {"{'items':[]}"}},
    {0},
};

static const struct scenario blocks[] = {
    {"where phones stand", AS_MEMBER, "GET", E "/sync/info", .status = 200, .save = "seq=/seq"},
    {"a draft in the afternoon", AS_ORGANIZER, "POST", S,
     "{'title':'Draft','starts_at':'2015-12-01T16:30:00-08:00','ends_at':'2015-12-01T16:40:00-08:00',"
     "'status':'draft'}",
     .status = 201, .save = "draft=/id"},
    {"one that is cancelled", AS_ORGANIZER, "POST", S,
     "{'title':'Off','starts_at':'2015-12-01T16:30:00-08:00','ends_at':'2015-12-01T16:40:00-08:00',"
     "'status':'cancelled'}",
     .status = 201, .save = "off=/id"},
    {"a cancelled one cannot be named", AS_ORGANIZER, "POST", SHIFT, "{'minutes':5,'session_ids':['${off}']}",
     .status = 422, .contains = {"'/session_ids/0'", "cancelled"}},
    {"everything from lunch on is ten minutes late", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':10,'from':'2015-12-01T12:00:00-08:00'}", .status = 200,
     .contains = {"{'items':[{'id':'", "'id':'${sessions:closing}'", "'status':'moved'", "'id':'${draft}'",
                  "'starts_at':'2015-12-01T16:40:00-08:00','ends_at':'2015-12-01T16:50:00-08:00'",
                  "'revision':2"},
     .absent = {"'id':'${off}'", "'id':'${sessions:welcome}'"}},
    {"the draft is one still", AS_ORGANIZER, "GET", S "/${draft}", .status = 200,
     .contains = {"'status':'draft'", "'starts_at':'2015-12-01T16:40:00-08:00'"}},
    {"people see what moved", AS_MEMBER, "GET", S "/changes", .status = 200,
     .contains = {"'session_id':'${sessions:closing}','type':'time','old':{'starts_at':'2015-12-01T"},
     .absent = {"${draft}", "'type':'room'", "'type':'new'"}},
    {"phones hear of it, typed", AS_MEMBER, "GET", E "/sync/session_changes/pull?seq=${seq}", .status = 200,
     .contains = {"'session_id':'${sessions:closing}','type':'time'", "'_deleted':false"},
     .absent = {"${draft}"}},
    {"and of the sessions themselves", AS_MEMBER, "GET", E "/sync/sessions/pull?seq=${seq}", .status = 200,
     .contains = {"'status':'moved'"}, .absent = {"${draft}"}},
    {"the calendar says it, too", AS_MEMBER, "GET", E "/calendar.ics", .status = 200,
     .contains = {"SEQUENCE:2"}},
    {"and back", AS_ORGANIZER, "POST", SHIFT, "{'minutes':-10,'from':'2015-12-01T12:00:00-08:00'}",
     .status = 200, .contains = {"'revision':3"}},
    {"a track alone", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':1,'track_id':'${tracks:safety}','session_ids':['${sessions:safety-planning-mdt}'],"
     "'from':null}",
     .status = 200, .contains = {"{'items':[{'id':'${sessions:safety-planning-mdt}'"},
     .absent = {"${sessions:safety-plan-practice}"}},
    {"and back", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':-1,'session_ids':['${sessions:safety-planning-mdt}']}", .status = 200},
    {"no names are none", AS_ORGANIZER, "POST", SHIFT, "{'minutes':5,'session_ids':[]}", .status = 200,
     .contains = {"{'items':[]}"}},
    {"nothing is in the block", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':5,'from':'2016-12-01T12:00:00-08:00'}", .status = 200, .contains = {"{'items':[]}"}},
    {"out of the years that there are", AS_ORGANIZER, "POST", S,
     "{'title':'First','starts_at':'1970-01-01T00:05:00Z','ends_at':'1970-01-01T00:10:00Z'}", .status = 201,
     .save = "first=/id"},
    {"is refused", AS_ORGANIZER, "POST", SHIFT, "{'minutes':-6,'session_ids':['${first}']}", .status = 422,
     .contains = {"'/minutes'", "1970"}},
    {0},
};

static const struct scenario overlaps[] = {
    {"the welcome, into what follows in its room", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':5,'session_ids':['${sessions:registration}','${sessions:welcome}']}", .status = 409,
     .contains = {"the room is taken", "From county plans"}},
    {"then nothing has moved, registration neither", AS_MEMBER, "GET", S "/${sessions:registration}",
     .status = 200, .contains = {"'starts_at':'2015-12-01T09:00:00-08:00'", "'revision':1"}},
    {"together they are not in each other's way", AS_ORGANIZER, "POST", SHIFT,
     "{'minutes':5,'room_id':'${rooms:main-hall}','to':'2015-12-01T12:00:00-08:00'}", .status = 200,
     .contains = {"'id':'${sessions:welcome}'", "'id':'${sessions:program-year}'"}},
    {"forced, both stand", AS_ORGANIZER, "POST", SHIFT "?force=true",
     "{'minutes':5,'session_ids':['${sessions:welcome}']}", .status = 200,
     .contains = {"'starts_at':'2015-12-01T09:40:00-08:00'"}},
    {0},
};

/* Golden: an hour later is an hour later, whatever the clocks on the wall do meanwhile. */
static const struct scenario clocks[] = {
    {"an event", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'clocks2015','name':'Clocks','kind':'meeting','starts_at':'2015-03-07T09:00:00-08:00',"
     "'ends_at':'2015-11-02T17:00:00-08:00','zone':'America/Los_Angeles'}",
     .status = 201},
    {"half past one, the night of the change in March", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'March','status':'scheduled','starts_at':'2015-03-08T01:30:00-08:00','ends_at':'2015-03-08T01:"
     "59:00-08:00'}",
     .status = 201, .save = "march=/id"},
    {"an hour later is half past three", AS_ADMIN, "POST", DST "/sessions/shift",
     "{'minutes':60,'session_ids':['${march}']}", .status = 200,
     .contains = {"'starts_at':'2015-03-08T03:30:00-07:00','ends_at':'2015-03-08T03:59:00-07:00'"}},
    {"the change says so", AS_ADMIN, "GET", DST "/sessions/changes", .status = 200,
     .contains = {"'old':{'starts_at':'2015-03-08T01:30:00-08:00','ends_at':'2015-03-08T01:59:00-08:00'}",
                  "'new':{'starts_at':'2015-03-08T03:30:00-07:00','ends_at':'2015-03-08T03:59:00-07:00'}"}},
    {"half past midnight in November", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'November','status':'scheduled','starts_at':'2015-11-01T00:30:00-07:00','ends_at':'2015-11-"
     "01T01:00:00-07:00'}",
     .status = 201, .save = "november=/id"},
    {"two hours later it is half past one for the second time", AS_ADMIN, "POST", DST "/sessions/shift",
     "{'minutes':120,'session_ids':['${november}']}", .status = 200,
     .contains = {"'starts_at':'2015-11-01T01:30:00-08:00','ends_at':'2015-11-01T02:00:00-08:00'"}},
    {"a day of 23 hours", AS_ADMIN, "GET", DST "/sessions?day=2015-03-08", .status = 200,
     .contains = {"'${march}'"}, .absent = {"'${november}'"}},
    {"its last minute is of it", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'Last','status':'scheduled','starts_at':'2015-03-09T06:59:00Z','ends_at':'2015-03-09T07:30:"
     "00Z'}",
     .status = 201, .contains = {"'starts_at':'2015-03-08T23:59:00-07:00'"}, .save = "last=/id"},
    {"so it is listed", AS_ADMIN, "GET", DST "/sessions?day=2015-03-08", .status = 200,
     .contains = {"'${last}'"}},
    {"a minute later it is the next day's", AS_ADMIN, "POST", DST "/sessions/shift",
     "{'minutes':1,'session_ids':['${last}']}", .status = 200,
     .contains = {"'starts_at':'2015-03-09T00:00:00-07:00'"}},
    {"and listed there", AS_ADMIN, "GET", DST "/sessions?day=2015-03-08", .status = 200,
     .absent = {"'${last}'"}},
    {"a day of 25 hours", AS_ADMIN, "GET", DST "/sessions?day=2015-11-01", .status = 200,
     .contains = {"'${november}'"}},
    {"a whole week, over the change", AS_ADMIN, "POST", DST "/sessions/shift",
     "{'minutes':10080,'session_ids':['${november}']}", .status = 200,
     .contains = {"'starts_at':'2015-11-08T01:30:00-08:00'"}},
    {"an event in a zone that is none", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'nowhere','name':'N','kind':'meeting','starts_at':'2015-03-07T09:00:00Z',"
     "'ends_at':'2015-03-07T10:00:00Z','zone':'America/Nowhere'}",
     .status = 422, .contains = {"'/zone'"}},
    {"a session that ends before it starts", AS_ADMIN, "PATCH", DST "/sessions/${march}",
     "{'ends_at':'2015-03-08T09:00:00Z'}", .headers = {"If-Match: *"}, .status = 422,
     .contains = {"'/ends_at'"}},
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "session_shift", .scenarios = {faults, blocks, overlaps, clocks}});
}

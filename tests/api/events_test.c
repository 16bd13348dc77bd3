/* Events: whose are whose, several side by side, and what changes when one moves. */
#include "harness/harness.h"

#define WHEN                                                                                                 \
    "'starts_at':'2016-06-01T09:00:00-07:00','ends_at':'2016-06-01T17:00:00-07:00','zone':'America/"         \
    "Los_Angeles'"
#define NEW(slug) "{'slug':'" slug "','name':'Summer','kind':'training'," WHEN "}"
#define ID "0190d3a4-0000-7000-8000-0000000000e1"

static const struct scenario reads[] = {
    {"a member lists the one event", AS_MEMBER, "GET", "/v1/events", .status = 200,
     .contains = {"'slug':'csec2015'", "'kind':'convening'", "'zone':'America/Los_Angeles'"},
     .absent = {"csec101", "'next'"}},
    {"a guest lists theirs", AS_GUEST, "GET", "/v1/events", .status = 200, .contains = {"'slug':'csec101'"},
     .absent = {"csec2015"}},
    {"an organizer lists the ones that are theirs", AS_ORGANIZER, "GET", "/v1/events", .status = 200,
     .contains = {"'slug':'csec2015'"}, .absent = {"csec101", "quarterly2016q1"}},
    {"the admin lists all", AS_ADMIN, "GET", "/v1/events", .status = 200,
     .contains = {"'slug':'csec2015'", "'slug':'csec101'", "'slug':'quarterly2016q1'"}},
    {"in pages", AS_ADMIN, "GET", "/v1/events?limit=1", .status = 200,
     .contains = {"'slug':'csec101'", "'next':'"}, .absent = {"csec2015"}, .head = {"rel=\"next\""},
     .save = "next=/next"},
    {"the second", AS_ADMIN, "GET", "/v1/events?limit=1&cursor=${next}", .status = 200,
     .contains = {"'slug':'csec2015'"}, .absent = {"csec101"}, .save = "next=/next"},
    {"the last", AS_ADMIN, "GET", "/v1/events?limit=1&cursor=${next}", .status = 200,
     .contains = {"'slug':'quarterly2016q1'"}, .absent = {"'next'"}},
    {"a cursor of a list by name is none of a list by time", AS_ADMIN, "GET", "/v1/events?cursor=QQBC",
     .status = 400},
    {"by slug", AS_ATTENDEE, "GET", E, .status = 200,
     .contains = {"'id':'${member.event}'", "'hashtag':'#CSECActionTeam'",
                  "'starts_at':'2015-12-01T09:00:00-08:00'", "'ends_at':'2015-12-01T17:00:00-08:00'",
                  "'motto':'Working together to protect exploited children'"},
     .absent = {"generation"}, .save = "etag=ETag"},
    {"by id, the same bytes", AS_STAFF, "GET", "/v1/events/${member.event}",
     .headers = {"If-None-Match: ${etag}"}, .status = 304},
    {"an id in upper case is none", AS_MEMBER, "GET", "/v1/events/CSEC2015", .status = 404},
    {"another's event is not found", AS_MEMBER, "GET", "/v1/events/csec101", .status = 404,
     .absent = {"Caregivers", "caregivers"}},
    {"it looks as if it never was", AS_MEMBER, "GET", "/v1/events/csec999", .status = 404,
     .contains = {"there is no such event, or it is not yours"}},
    {"nobody lists nothing", AS_NOBODY, "GET", "/v1/events", .status = 401},
    {0},
};

static const struct scenario making[] = {
    {"a member makes no event", AS_MEMBER, "POST", "/v1/events", NEW("summer"), .status = 403},
    {"nor does staff", AS_STAFF, "POST", "/v1/events", NEW("summer"), .status = 403},
    {"an organizer makes one", AS_ORGANIZER, "POST", "/v1/events",
     "{'id':'" ID "','slug':'summer','name':'Summer','kind':'training','host':null," WHEN "}", .status = 201,
     .contains = {"'id':'" ID "'", "'slug':'summer'", "'host':null", "'venue':null", "'revision':1"},
     .head = {"Location: /v1/events/" ID "\r\n"}, .save = "etag=ETag"},
    {"once", AS_ORGANIZER, "POST", "/v1/events",
     "{'id':'" ID "','slug':'summer','name':'Summer','kind':'training','host':null," WHEN "}", .status = 200},
    {"and owns it at once", AS_ORGANIZER, "GET", "/v1/events/summer", .status = 200},
    {"in the list, too", AS_ORGANIZER, "GET", "/v1/events", .status = 200,
     .contains = {"'slug':'summer'", "'slug':'csec2015'"}},
    {"another organizer does not", AS_ELSEWHERE, "GET", "/v1/events/summer", .status = 404},
    {"a slug is taken once", AS_ELSEWHERE, "POST", "/v1/events", NEW("summer"), .status = 409},
    {"each fault is named", AS_ORGANIZER, "POST", "/v1/events",
     "{'slug':'Sum "
     "mer','kind':'party','starts_at':'2016-06-01T09:00:00','ends_at':'tomorrow','zone':'Mars/"
     "Olympus','id':7}",
     .status = 422,
     .contains = {"'/slug'", "'/name'", "'/kind'", "'/starts_at'", "'/ends_at'", "'/zone'", "'/id'"}},
    {"three letters are no slug", AS_ORGANIZER, "POST", "/v1/events", NEW("abc"), .status = 422,
     .contains = {"'/slug'"}},
    {"a slug is not another event's id", AS_ELSEWHERE, "POST", "/v1/events", NEW("${member.event}"),
     .status = 422, .contains = {"'/slug'", "must not look like an id"}},
    {"a zone is a name, not a path", AS_ORGANIZER, "POST", "/v1/events",
     "{'slug':'zones','name':'x','kind':'meeting','starts_at':'2016-06-01T09:00:00Z','ends_at':'2016-06-"
     "01T10:00:00Z',"
     "'zone':'../../../etc/passwd'}",
     .status = 422, .contains = {"'/zone'"}},
    {"an event ends after it starts", AS_ORGANIZER, "POST", "/v1/events",
     "{'slug':'zones','name':'x','kind':'meeting','starts_at':'2016-06-01T09:00:00Z','ends_at':'2016-06-"
     "01T09:00:00Z','zone':'UTC'}",
     .status = 422, .contains = {"'/ends_at'"}},
    {"the thirtieth of February is no day", AS_ORGANIZER, "POST", "/v1/events",
     "{'slug':'zones','name':'x','kind':'meeting','starts_at':'2016-02-30T09:00:00Z','ends_at':'2016-06-"
     "01T09:00:00Z','zone':'UTC'}",
     .status = 422, .contains = {"'/starts_at'"}},
    {0},
};

static const struct scenario changing[] = {
    {"a change needs If-Match", AS_ORGANIZER, "PATCH", "/v1/events/summer", "{'venue':'Barn'}",
     .status = 428},
    {"a stale one is refused", AS_ORGANIZER, "PATCH", "/v1/events/summer", "{'venue':'Barn'}",
     .headers = {"If-Match: \"x\""}, .status = 412},
    {"a change", AS_ORGANIZER, "PATCH", "/v1/events/summer",
     "{'venue':'Barn','ends_at':'2016-06-01T18:00:00-07:00'}", .headers = {"If-Match: ${etag}"},
     .status = 200,
     .contains = {"'venue':'Barn'", "'ends_at':'2016-06-01T18:00:00-07:00'", "'name':'Summer'",
                  "'revision':2"},
     .save = "etag=ETag"},
    {"the end alone may not move before the start", AS_ORGANIZER, "PATCH", "/v1/events/summer",
     "{'ends_at':'2016-05-01T18:00:00-07:00'}", .headers = {"If-Match: ${etag}"}, .status = 422,
     .contains = {"'/ends_at'"}},
    {"a name is not cleared", AS_ORGANIZER, "PATCH", "/v1/events/summer", "{'name':null}",
     .headers = {"If-Match: ${etag}"}, .status = 422},
    {"an unknown field is refused", AS_ORGANIZER, "PATCH", "/v1/events/summer", "{'staff_generation':9}",
     .headers = {"If-Match: ${etag}"}, .status = 422, .contains = {"'/staff_generation'"}},
    {"another zone writes the same instants anew", AS_ORGANIZER, "PATCH", "/v1/events/summer",
     "{'zone':'America/New_York'}", .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'zone':'America/New_York'"}, .save = "changed=ETag"},
    {"for readers, too", AS_ORGANIZER, "GET", "/v1/events/summer", .status = 200,
     .contains = {"'starts_at':'2016-06-01T12:00:00-04:00'"}, .head = {"ETag: ${changed}"},
     .save = "etag=ETag"},
    {"what a reader saw is what If-Match means", AS_ORGANIZER, "PATCH", "/v1/events/summer",
     "{'slug':'midsummer'}", .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'slug':'midsummer'"}},
    {"the old name is gone", AS_ORGANIZER, "GET", "/v1/events/summer", .status = 404},
    {"the new one is there", AS_ORGANIZER, "GET", "/v1/events/midsummer", .status = 200, .save = "etag=ETag"},
    {"and the old one is free", AS_ORGANIZER, "POST", "/v1/events", NEW("summer"), .status = 201},
    {"but not for the first", AS_ORGANIZER, "PATCH", "/v1/events/midsummer", "{'slug':'summer'}",
     .headers = {"If-Match: ${etag}"}, .status = 409},
    {"a member changes nothing", AS_MEMBER, "PATCH", E, "{'venue':'Barn'}", .headers = {"If-Match: *"},
     .status = 403},
    {"another's event is not found", AS_ELSEWHERE, "PATCH", E, "{'venue':'Barn'}", .headers = {"If-Match: *"},
     .status = 404},
    {"the admin may", AS_ADMIN, "PATCH", E, "{'venue':'Beyond the Bench, California'}",
     .headers = {"If-Match: *"}, .status = 200},
    {"and every phone sees it at once", AS_MEMBER, "GET", E, .status = 200,
     .contains = {"Beyond the Bench, California"}},
    {"in the list as well", AS_MEMBER, "GET", "/v1/events", .status = 200,
     .contains = {"Beyond the Bench, California"}},
    {"an event is not deleted", AS_ADMIN, "DELETE", E, .headers = {"If-Match: *"}, .status = 405},
    {0},
};

/* Several live side by side: the same names, other things. */
static const struct scenario side_by_side[] = {
    {"a room of a name in one event", AS_ORGANIZER, "POST", E "/rooms", "{'name':'Twin'}", .status = 201,
     .save = "here=/id"},
    {"and of that name in another", AS_ELSEWHERE, "POST", "/v1/events/csec101/rooms", "{'name':'Twin'}",
     .status = 201, .save = "there=/id"},
    {"each lists its own", AS_MEMBER, "GET", E "/rooms", .status = 200, .contains = {"${here}"},
     .absent = {"${there}"}},
    {"and its own", AS_GUEST, "GET", "/v1/events/csec101/rooms", .status = 200, .contains = {"${there}"},
     .absent = {"${here}"}},
    {"an id of the one is not made again in the other", AS_ELSEWHERE, "POST", "/v1/events/csec101/rooms",
     "{'id':'${here}','name':'Third'}", .status = 409},
    {"that tells nothing of it", AS_ELSEWHERE, "GET", "/v1/events/csec101/rooms/${here}", .status = 404},
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "events", .scenarios = {reads, making, changing, side_by_side}});
}

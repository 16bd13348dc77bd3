/* The program: one for all events, so what one organizer writes the people of every event read at once. */
#include "harness/harness.h"

#define C "/v1/program/counties"
#define M "/v1/program/milestones"
#define LA C "/${program/counties:los-angeles}"

static const struct scenario counties[] = {
    {"a member reads the counties", AS_MEMBER, "GET", C, .status = 200,
     .contains = {"'name':'Alameda','tier':2,'plan_status':'submitted','plan_submitted_on':'2015-06'"},
     .absent = {"'next'", "_key"}, .save = "list=ETag"},
    {"for a guest of another event they are the same bytes", AS_GUEST, "GET", C,
     .headers = {"If-None-Match: ${list}"}, .status = 304},
    {"for an organizer, too", AS_ORGANIZER, "GET", C, .headers = {"If-None-Match: ${list}"}, .status = 304},
    {"nobody reads none", AS_NOBODY, "GET", C, .status = 401},
    {"a page of one", AS_STAFF, "GET", C "?limit=1", .status = 200, .save = "next=/next"},
    {"the page after it", AS_STAFF, "GET", C "?limit=1&cursor=${next}", .status = 200,
     .contains = {"'name':'Butte'"}},
    {"one county, before it changes", AS_GUEST, "GET", LA, .status = 200,
     .contains = {"'protocol_status':'required'"}, .save = "etag=ETag"},
    {"an organizer changes it", AS_ORGANIZER, "PATCH", LA, "{'protocol_status':'under_review'}",
     .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'protocol_status':'under_review'", "'revision':2"}},
    {"a guest of another event sees that at once", AS_GUEST, "GET", LA, .headers = {"If-None-Match: ${etag}"},
     .status = 200, .contains = {"'protocol_status':'under_review'"}},
    {"the old tag is stale", AS_ELSEWHERE, "PATCH", LA, "{'tier':1}", .headers = {"If-Match: ${etag}"},
     .status = 412},
    {"another event's organizer writes it, too", AS_ELSEWHERE, "PATCH", LA,
     "{'notes':'Seen by both.','tier':null}", .status = 200,
     .contains = {"'tier':null", "'notes':'Seen by both.'"}},
    {"and a member sees it", AS_MEMBER, "GET", LA, .status = 200, .contains = {"Seen by both."}},
    {"a lead writes nothing", AS_LEAD, "PATCH", LA, "{'tier':1}", .status = 403},
    {"a new county", AS_ORGANIZER, "POST", C, "{'name':'Inyo','plan_submitted_on':'2016'}", .status = 201,
     .contains = {"'tier':null", "'plan_status':'none'", "'protocol_status':'none'",
                  "'plan_submitted_on':'2016'"},
     .save = "inyo=/id"},
    {"its name is taken", AS_ELSEWHERE, "POST", C, "{'name':'Inyo'}", .status = 409},
    {"by a change as well", AS_ORGANIZER, "PATCH", LA, "{'name':'Inyo'}", .status = 409},
    {"every fault is named at once", AS_ORGANIZER, "POST", C,
     "{'tier':3,'plan_status':'late','plan_submitted_on':'2015-13','protocol_status':1,'seat':'x'}",
     .status = 422,
     .contains = {"'/name'", "'/tier'", "'/plan_status'", "'/plan_submitted_on'", "'/protocol_status'",
                  "'/seat'"}},
    {"a county that never was", AS_MEMBER, "GET", C "/${new}", .status = 404},
    {"is not changed", AS_ORGANIZER, "PATCH", C "/${new}", "{'tier':1}", .status = 404},
    {"no county is removed", AS_ORGANIZER, "DELETE", LA, .status = 405, .head = {"Allow: GET, PATCH"}},
    {0},
};

static const struct scenario milestones[] = {
    {"milestones by date", AS_ATTENDEE, "GET", M, .status = 200,
     .contains = {"'items':[{'id':'${program/milestones:csec-101-begins}','happens_on':'2015-01'",
                  "'happens_on':'2015-12-01'"}},
    {"a page of one", AS_ATTENDEE, "GET", M "?limit=1", .status = 200, .save = "next=/next"},
    {"the page after it", AS_ATTENDEE, "GET", M "?limit=1&cursor=${next}", .status = 200,
     .contains = {"'items':[{'id':'${program/milestones:model-framework-toolkit}'"}},
    {"a new one", AS_ORGANIZER, "POST", M,
     "{'happens_on':'2016-02-29','title':'Plan renewed','county_id':'${program/counties:alameda}'}",
     .status = 201, .contains = {"'county_id':'${program/counties:alameda}'", "'body':null"},
     .save = "id=/id etag=ETag"},
    {"one of its kind", AS_GUEST, "GET", M "/${id}", .status = 200, .contains = {"'title':'Plan renewed'"}},
    {"a year alone is too little", AS_ORGANIZER, "PATCH", M "/${id}", "{'happens_on':'2016'}", .status = 422,
     .contains = {"'/happens_on'"}},
    {"a day that is none", AS_ORGANIZER, "POST", M, "{'happens_on':'2015-02-29','title':'x'}", .status = 422,
     .contains = {"'/happens_on'"}},
    {"a county that never was", AS_ORGANIZER, "PATCH", M "/${id}", "{'county_id':'${new}'}", .status = 422,
     .contains = {"'/county_id'"}},
    {"a change", AS_ORGANIZER, "PATCH", M "/${id}", "{'county_id':null,'body':'For all.'}",
     .headers = {"If-Match: ${etag}"}, .status = 200, .contains = {"'county_id':null", "'body':'For all.'"}},
    {"the old tag is stale", AS_ORGANIZER, "PATCH", M "/${id}", "{'title':'x'}",
     .headers = {"If-Match: ${etag}"}, .status = 412},
    {"staff writes nothing", AS_STAFF, "POST", M, "{'happens_on':'2016-01','title':'x'}", .status = 403},
    {"nobody reads none", AS_NOBODY, "GET", M "/${id}", .status = 401},
    {"one that never was", AS_MEMBER, "GET", M "/${new}", .status = 404},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "program", .scenarios = {counties, milestones}});
}

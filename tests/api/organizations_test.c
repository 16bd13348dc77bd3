/* Organizations: filters, organizers' changes, names that are taken, types that are not known, other events.
 */
#include "harness/harness.h"

#define LANTERN "0190d3a4-0000-7000-8000-0000000000b1"

static const struct scenario reads[] = {
    {"a member lists the organizations", AS_MEMBER, "GET", E "/organizations", .status = 200,
     .contains = {"'name':'Alameda County Probation'", "'type':'probation'", "'next':'"},
     .absent = {"_key", "search"}},
    {"an attendee does, too", AS_ATTENDEE, "GET", E "/organizations?limit=1", .status = 200},
    {"staff does, too", AS_STAFF, "GET", E "/organizations?limit=1", .status = 200},
    {"nobody does not", AS_NOBODY, "GET", E "/organizations", .status = 401},
    {"nor does another event's organizer", AS_ELSEWHERE, "GET", E "/organizations", .status = 404},
    {"of one type", AS_MEMBER, "GET", E "/organizations?type=tribal", .status = 200,
     .contains = {"${organizations:intertribal-family-council}"}, .absent = {"'type':'probation'", "'next'"}},
    {"a type that there is not is refused", AS_MEMBER, "GET", E "/organizations?type=club", .status = 400,
     .contains = {"child_welfare"}},
    {"so is none", AS_MEMBER, "GET", E "/organizations?type=", .status = 400},
    {"by words, whatever their case", AS_MEMBER, "GET", E "/organizations?q=HALFmoon%20hot", .status = 200,
     .contains = {"Halfmoon Hotline"}, .absent = {"Alameda"}},
    {"a percent sign is no wildcard", AS_MEMBER, "GET", E "/organizations?q=%25", .status = 200,
     .contains = {"'items':[]"}},
    {"one", AS_MEMBER, "GET", E "/organizations/${organizations:quietwater-house}", .status = 200,
     .contains = {"'type':'community'", "'county':null", "'website':'https://example.org/quietwater-house'",
                  "'revision':1"}},
    {"one of another event is not there", AS_MEMBER, "GET",
     E "/organizations/${csec101/organizations:almond-row-family-homes}", .status = 404},
    {0},
};

static const struct scenario writes[] = {
    {"a lead adds none", AS_LEAD, "POST", E "/organizations", "{'name':'Lantern'}", .status = 403},
    {"an organizer adds one", AS_ORGANIZER, "POST", E "/organizations",
     "{'id':'" LANTERN
     "','name':'Lantern House','type':'community','website':'https://lantern.example.org/'}",
     .status = 201,
     .contains = {"'name':'Lantern House'", "'county':null", "'description':null", "'revision':1"},
     .head = {"Location: " E "/organizations/" LANTERN, "ETag: "}, .save = "etag=ETag"},
    {"the same again is the same", AS_ORGANIZER, "POST", E "/organizations",
     "{'id':'" LANTERN
     "','name':'Lantern House','type':'community','website':'https://lantern.example.org/'}",
     .status = 200, .contains = {LANTERN}},
    {"its name is taken", AS_ORGANIZER, "POST", E "/organizations", "{'name':'Lantern House'}",
     .status = 409},
    {"its type may be unknown", AS_ORGANIZER, "POST", E "/organizations", "{'name':'Kite Club'}",
     .status = 201, .contains = {"'type':null"}, .save = "kite=/id"},
    {"faults are named at once", AS_ORGANIZER, "POST", E "/organizations",
     "{'name':' ','type':'club','website':'javascript:1','color':1}", .status = 422,
     .contains = {"'/name'", "'/type'", "'/website'", "'/color'"}},
    {"a change", AS_ORGANIZER, "PATCH", E "/organizations/" LANTERN, "{'county':'Kern','website':null}",
     .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'county':'Kern'", "'website':null", "'name':'Lantern House'", "'revision':2"}},
    {"with a stale tag", AS_ORGANIZER, "PATCH", E "/organizations/" LANTERN, "{'county':null}",
     .headers = {"If-Match: ${etag}"}, .status = 412},
    {"and without", AS_ORGANIZER, "PATCH", E "/organizations/" LANTERN, "{'type':'education'}", .status = 200,
     .contains = {"'type':'education'"}},
    {"to a name that is taken", AS_ORGANIZER, "PATCH", E "/organizations/" LANTERN, "{'name':'Kite Club'}",
     .status = 409},
    {"its county is found by words", AS_MEMBER, "GET", E "/organizations?q=kern", .status = 200,
     .contains = {LANTERN}},
    {"a member changes none", AS_MEMBER, "PATCH", E "/organizations/" LANTERN, "{'county':null}",
     .status = 403},
    {"nor removes one", AS_MEMBER, "DELETE", E "/organizations/" LANTERN, .status = 403},
    {"removing with a stale tag", AS_ORGANIZER, "DELETE", E "/organizations/" LANTERN,
     .headers = {"If-Match: ${etag}"}, .status = 412},
    {"someone comes from it", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'Robin Quill','organization_id':'" LANTERN "'}", .status = 201,
     .contains = {"'organization_id':'" LANTERN "'"}, .save = "robin=/id"},
    {"removing", AS_ORGANIZER, "DELETE", E "/organizations/" LANTERN, .status = 204},
    {"it is gone", AS_ORGANIZER, "DELETE", E "/organizations/" LANTERN, .status = 404},
    {"who came from it stays", AS_ORGANIZER, "GET", E "/attendees/${robin}", .status = 200,
     .contains = {"'organization_id':null"}},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "organizations", .scenarios = {reads, writes}});
}

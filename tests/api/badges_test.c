/* Badges: whose, with which code, and for whose eyes. */
#include "harness/harness.h"

#define BADGES E "/badges.html"

static const struct scenario scenarios[] = {
    {"some came", AS_STAFF, "POST", E "/check-ins",
     "[{'id':'${new}','attendee_id':'${attendees:noor-thimblemere}','at':'2015-12-01T09:02:00-08:00','"
     "direction':'in'},"
     "{'id':'${new}','attendee_id':'${attendees:noor-thimblemere}','at':'2015-12-01T16:00:00-08:00','"
     "direction':'out'},"
     "{'id':'${new}','walk_in':{'display_name':'=cmd()','organization':'Fern, House','team':'alameda'},"
     "'at':'2015-12-01T09:10:00-08:00','direction':'in'}]",
     .status = 200},
    {"a badge each", AS_ORGANIZER, "GET", BADGES "?team=alameda", .status = 200,
     .contains = {"Noor Thimblemere</h2>", "${code:attendees:noor-thimblemere}", "<svg class='qr'",
                  "=cmd()</h2>"},
     .absent = {"@example.org", "510-555", "${code:attendees:ezra-sparrowsong}"},
     .head = {"Content-Type: text/html; charset=utf-8", "Cache-Control: no-store"}},
    {"one again", AS_ORGANIZER, "GET", BADGES "?attendee=${attendees:ezra-sparrowsong}", .status = 200,
     .contains = {"${code:attendees:ezra-sparrowsong}"}, .absent = {"Noor"}},
    {"behind the last", AS_ORGANIZER, "GET", BADGES "?page=2", .status = 200,
     .contains = {"There is nobody"}},
    {"no page", AS_ORGANIZER, "GET", BADGES "?page=0", .status = 400},
    {"another event's attendee", AS_ORGANIZER, "GET", BADGES "?attendee=${csec101/attendees:jin-cloverbrook}",
     .status = 200, .contains = {"There is nobody"}, .absent = {"Jin"}},
    {"staff prints none", AS_STAFF, "GET", BADGES, .status = 403},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "badges", .scenarios = {scenarios}});
}

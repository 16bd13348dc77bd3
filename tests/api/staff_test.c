/* The staff code: who reads it, and what replacing it ends. */
#include "harness/harness.h"

static const struct scenario scenarios[] = {
    {"an organizer reads the code", AS_ORGANIZER, "GET", E "/staff/code", .status = 200,
     .contains = {"'code':'STAF-", "'generation':1"}, .head = {"Cache-Control: private, no-cache"},
     .save = "old=/code etag=ETag"},
    {"the admin reads the same", AS_ADMIN, "GET", E "/staff/code", .status = 200, .contains = {"${old}"}},
    {"staff does not", AS_STAFF, "GET", E "/staff/code", .status = 403},
    {"nor does a lead", AS_LEAD, "GET", E "/staff/code", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", E "/staff/code", .status = 404},
    {"nor does staff replace it", AS_STAFF, "POST", E "/staff/code/rotate", .status = 403},
    {"someone joins by it", AS_NOBODY, "POST", "/v1/auth/join", "{'code':'${old}','display_name':'Desk'}",
     .status = 200, .contains = {"'role':'staff'"}, .save = "desk=/access_token"},
    {"and is let in", AS_NOBODY, "GET", E "/rooms", .token = "${desk}", .status = 200},
    {"an organizer replaces it", AS_ORGANIZER, "POST", E "/staff/code/rotate", .status = 200,
     .contains = {"'code':'STAF-", "'generation':2"}, .absent = {"${old}"}, .save = "new_code=/code"},
    {"who joined by the old one is out at once", AS_NOBODY, "GET", E "/rooms", .token = "${desk}",
     .status = 401},
    {"all staff is", AS_STAFF, "GET", E "/rooms", .status = 401},
    {"nobody else is", AS_MEMBER, "GET", E "/rooms", .status = 200},
    {"the old code opens nothing", AS_NOBODY, "POST", "/v1/auth/join",
     "{'code':'${old}','display_name':'Desk'}", .status = 401},
    {"the new one does", AS_NOBODY, "POST", "/v1/auth/join", "{'code':'${new_code}','display_name':'Desk'}",
     .status = 200},
    {"a reader's copy is old", AS_ORGANIZER, "GET", E "/staff/code", .headers = {"If-None-Match: ${etag}"},
     .status = 200, .contains = {"${new_code}"}},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "staff", .scenarios = {scenarios}});
}

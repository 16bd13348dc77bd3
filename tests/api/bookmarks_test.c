/* Bookmarks: each person's own, of published sessions of this event. */
#include "harness/harness.h"

#define B E "/bookmarks"

static const struct scenario own[] = {
    {"at first there are none", AS_MEMBER, "GET", B, .status = 200, .contains = {"{'items':[]}"},
     .save = "none=ETag"},
    {"a bookmark", AS_MEMBER, "PUT", B "/${sessions:sb-794}", .status = 204},
    {"the same again is one", AS_MEMBER, "PUT", B "/${sessions:sb-794}", .status = 204},
    {"another", AS_MEMBER, "PUT", B "/${sessions:lunch}", .status = 204},
    {"both are listed as they were made", AS_MEMBER, "GET", B, .headers = {"If-None-Match: ${none}"},
     .status = 200,
     .contains = {"'items':[{'session_id':'${sessions:sb-794}','created_at':'",
                  "{'session_id':'${sessions:lunch}'"},
     .absent = {"_key", "participant"}},
    {"a page of one", AS_MEMBER, "GET", B "?limit=1", .status = 200, .contains = {"${sessions:sb-794}"},
     .absent = {"${sessions:lunch}"}, .save = "next=/next"},
    {"the page after it", AS_MEMBER, "GET", B "?limit=1&cursor=${next}", .status = 200,
     .contains = {"${sessions:lunch}"}, .absent = {"${sessions:sb-794}", "'next'"}},
    {"nobody else sees them: a team's lead", AS_LEAD, "GET", B, .status = 200, .contains = {"{'items':[]}"}},
    {"nor an organizer, who has their own", AS_ORGANIZER, "GET", B, .status = 200,
     .contains = {"{'items':[]}"}},
    {"staff bookmark, too", AS_STAFF, "PUT", B "/${sessions:lunch}", .status = 204},
    {"organizers, too", AS_ORGANIZER, "PUT", B "/${sessions:lunch}", .status = 204},
    {"the command line is no person", AS_ADMIN, "PUT", B "/${sessions:lunch}", .status = 403},
    {"and has no list", AS_ADMIN, "GET", B, .status = 403},
    {"nobody bookmarks nothing", AS_NOBODY, "PUT", B "/${sessions:lunch}", .status = 401},
    {"a device that was logged out", AS_REVOKED, "GET", B, .status = 401},
    {"a session that never was", AS_MEMBER, "PUT", B "/${new}", .status = 404},
    {"what is no id", AS_MEMBER, "PUT", B "/lunch", .status = 404},
    {"a session of another event", AS_MEMBER, "PUT", B "/${csec101/sessions:sign-in}", .status = 404},
    {"another event's guest", AS_GUEST, "PUT", B "/${sessions:lunch}", .status = 404},
    {"removing", AS_MEMBER, "DELETE", B "/${sessions:sb-794}", .status = 204},
    {"again", AS_MEMBER, "DELETE", B "/${sessions:sb-794}", .status = 204},
    {"of a session that never was", AS_MEMBER, "DELETE", B "/${new}", .status = 404},
    {"it leaves the other, and other people's", AS_MEMBER, "GET", B, .status = 200,
     .contains = {"${sessions:lunch}"}, .absent = {"${sessions:sb-794}"}},
    {0},
};

static const struct scenario drafts[] = {
    {"a session goes back to draft", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'status':'draft'}", .headers = {"If-Match: *"}, .status = 200},
    {"its bookmark is not shown", AS_MEMBER, "GET", B, .status = 200, .absent = {"${sessions:lunch}"}},
    {"nobody makes one", AS_LEAD, "PUT", B "/${sessions:lunch}", .status = 404},
    {"but it can be taken away", AS_STAFF, "DELETE", B "/${sessions:lunch}", .status = 204},
    {"once", AS_STAFF, "DELETE", B "/${sessions:lunch}", .status = 404},
    {"the session is published again", AS_ORGANIZER, "POST", E "/sessions/publish", .status = 200,
     .contains = {"{'published':1}"}},
    {"and the bookmark is back", AS_MEMBER, "GET", B, .status = 200, .contains = {"${sessions:lunch}"}},
    {"the session is removed", AS_ORGANIZER, "DELETE", E "/sessions/${sessions:lunch}",
     .headers = {"If-Match: *"}, .status = 204},
    {"and the bookmark with it", AS_MEMBER, "GET", B, .status = 200, .absent = {"${sessions:lunch}"}},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "bookmarks", .scenarios = {own, drafts}});
}

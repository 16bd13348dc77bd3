/* Tracks: in order of position, changed by organizers with If-Match, kept apart by event. */
#include "harness/harness.h"

#define TRACK "0190d3a4-0000-7000-8000-0000000000b1"
#define SEEDED E "/tracks/${tracks:program}"

static const struct scenario reads[] = {
    {"an attendee lists the tracks", AS_ATTENDEE, "GET", E "/tracks", .status = 200,
     .contains = {"'items':[{'id':'${tracks:program}'", "'color':'#1f4e79'", "'position':1"},
     .absent = {"'next'", "_key"}, .save = "list=ETag"},
    {"the same list again is a 304", AS_MEMBER, "GET", E "/tracks", .headers = {"If-None-Match: ${list}"},
     .status = 304},
    {"a page of two", AS_STAFF, "GET", E "/tracks?limit=2", .status = 200,
     .contains = {"${tracks:engagement}"}, .absent = {"${tracks:identification}"}, .save = "next=/next"},
    {"the page after it goes on by position", AS_STAFF, "GET", E "/tracks?limit=2&cursor=${next}",
     .status = 200, .contains = {"'items':[{'id':'${tracks:identification}'", "${tracks:missing-youth}"},
     .absent = {"${tracks:engagement}", "${tracks:safety}"}},
    {"one track", AS_LEAD, "GET", SEEDED, .status = 200,
     .contains = {"'name':'Program and policy'", "'revision':1"}, .save = "etag=ETag"},
    {"a track of another event is not found", AS_MEMBER, "GET", E "/tracks/${csec101/tracks:respond}",
     .status = 404},
    {"another event's guest finds no event", AS_GUEST, "GET", E "/tracks", .status = 404},
    {"nobody lists no tracks", AS_NOBODY, "GET", E "/tracks", .status = 401},
    {0},
};

static const struct scenario writes[] = {
    {"an organizer adds a track", AS_ORGANIZER, "POST", E "/tracks",
     "{'id':'" TRACK "','name':'Posters','color':'#A0b1C2'}", .status = 201,
     .contains = {"'name':'Posters'", "'color':'#A0b1C2'", "'position':0"},
     .head = {"Location: " E "/tracks/" TRACK "\r\n"}, .save = "etag=ETag"},
    {"the same again is no second one", AS_ORGANIZER, "POST", E "/tracks",
     "{'id':'" TRACK "','name':'Posters','color':'#A0b1C2'}", .status = 200},
    {"its name is taken", AS_ORGANIZER, "POST", E "/tracks", "{'name':'Posters'}", .status = 409},
    {"it comes first: positions begin at 0", AS_MEMBER, "GET", E "/tracks?limit=1", .status = 200,
     .contains = {TRACK}},
    {"a large position sorts as a number", AS_ORGANIZER, "PATCH", E "/tracks/" TRACK, "{'position':100000}",
     .headers = {"If-Match: ${etag}"}, .status = 200, .contains = {"'position':100000", "'revision':2"},
     .save = "newer=ETag"},
    {"so it is not first any more", AS_MEMBER, "GET", E "/tracks?limit=6", .status = 200, .absent = {TRACK}},
    {"a change needs If-Match", AS_ORGANIZER, "PATCH", E "/tracks/" TRACK, "{'color':null}", .status = 428},
    {"a stale one is refused", AS_ORGANIZER, "PATCH", E "/tracks/" TRACK, "{'color':null}",
     .headers = {"If-Match: ${etag}"}, .status = 412},
    {"a colour is cleared", AS_ORGANIZER, "PATCH", E "/tracks/" TRACK, "{'color':null}",
     .headers = {"If-Match: ${newer}"}, .status = 200, .contains = {"'color':null"}, .save = "etag=ETag"},
    {"a colour in words is none", AS_ORGANIZER, "PATCH", E "/tracks/" TRACK,
     "{'color':'red','position':-1,'x':1}", .headers = {"If-Match: ${etag}"}, .status = 422,
     .contains = {"'/color'", "'/position'", "'/x'"}},
    {"a member changes nothing", AS_MEMBER, "PATCH", E "/tracks/" TRACK, "{'color':null}",
     .headers = {"If-Match: *"}, .status = 403},
    {"an organizer of another event finds no event", AS_ELSEWHERE, "DELETE", E "/tracks/" TRACK,
     .headers = {"If-Match: *"}, .status = 404},
    {"a session takes place in it", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'track_id':'" TRACK "'}", .headers = {"If-Match: *"}, .status = 200,
     .contains = {"'track_id':'" TRACK "'"}},
    {"removing needs If-Match", AS_ORGANIZER, "DELETE", E "/tracks/" TRACK, .status = 428},
    {"removing", AS_ORGANIZER, "DELETE", E "/tracks/" TRACK, .headers = {"If-Match: ${etag}"}, .status = 204},
    {"it is gone", AS_ORGANIZER, "GET", E "/tracks/" TRACK, .status = 404},
    {"the session stays, without a track", AS_MEMBER, "GET", E "/sessions/${sessions:lunch}", .status = 200,
     .contains = {"'track_id':null"}},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "tracks", .scenarios = {reads, writes}});
}

/* Speakers: by name, changed by organizers with If-Match, gone from their sessions when removed. */
#include "harness/harness.h"

#define SPEAKER "0190d3a4-0000-7000-8000-0000000000c1"
#define HENRIETTA E "/speakers/${speakers:henrietta-goldenreed}"

/* 200 letters of three bytes: the longest name. */
#define LETTERS_40 "€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€"
#define LONGEST LETTERS_40 LETTERS_40 LETTERS_40 LETTERS_40 LETTERS_40

static const struct scenario reads[] = {
    {"a member lists the speakers", AS_MEMBER, "GET", E "/speakers", .status = 200,
     .contains = {"'items':[{'id':'${speakers:bartholomew-okoro-finchley}'",
                  "Concepci\xc3\xb3n Brightwater-Lind"},
     .absent = {"'next'", "_key"}},
    {"a page of one", AS_ATTENDEE, "GET", E "/speakers?limit=1", .status = 200,
     .save = "next=/next first=/items/0/id"},
    {"the page after it", AS_ATTENDEE, "GET", E "/speakers?limit=1&cursor=${next}", .status = 200,
     .contains = {"'items':[{'id':'${speakers:casimiro-longfellow-tran}'"}, .absent = {"${first}"}},
    {"one speaker", AS_STAFF, "GET", HENRIETTA, .status = 200, .contains = {"'name':'Henrietta Goldenreed'"}},
    {"a speaker of another event is not found", AS_ORGANIZER, "GET",
     E "/speakers/${csec101/speakers:xiomara-pinefeather}", .status = 404},
    {"the longest name", AS_ORGANIZER, "POST", E "/speakers", "{'name':'" LONGEST "'}", .status = 201},
    {"one after it", AS_ORGANIZER, "POST", E "/speakers", "{'name':'\uFF5A'}", .status = 201},
    {"it makes a long cursor, in the head as well", AS_MEMBER, "GET", E "/speakers?limit=15", .status = 200,
     .contains = {LONGEST "'", "'next'"}, .head = {"Link: <" E "/speakers?limit=15&cursor=", "rel=\"next\""},
     .save = "long=/next"},
    {"that is good", AS_MEMBER, "GET", E "/speakers?limit=15&cursor=${long}", .status = 200,
     .contains = {"{'items':[{'id'", "\uFF5A"}, .absent = {LONGEST}},
    {"nobody finds no speaker", AS_NOBODY, "GET", HENRIETTA, .status = 401},
    {"another event's guest finds no event", AS_GUEST, "GET", HENRIETTA, .status = 404},
    {0},
};

static const struct scenario writes[] = {
    {"an organizer adds a speaker", AS_ORGANIZER, "POST", E "/speakers",
     "{'id':'" SPEAKER "','name':'Ines Falconwood','title':'Guide','bio':'Two\\nlines. Invented.'}",
     .status = 201, .contains = {"'organization':null", "'bio':'Two\\nlines. Invented.'"},
     .save = "etag=ETag"},
    {"the same again is no second one", AS_ORGANIZER, "POST", E "/speakers",
     "{'id':'" SPEAKER "','name':'Ines Falconwood','title':'Guide','bio':'Two\\nlines. Invented.'}",
     .status = 200},
    {"another of that name is another person", AS_ORGANIZER, "POST", E "/speakers",
     "{'name':'Ines Falconwood'}", .status = 201},
    {"a change needs If-Match", AS_ORGANIZER, "PATCH", E "/speakers/" SPEAKER, "{'title':null}",
     .status = 428},
    {"a change", AS_ORGANIZER, "PATCH", E "/speakers/" SPEAKER,
     "{'title':null,'organization':'Sixth Lantern'}", .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'title':null", "'organization':'Sixth Lantern'", "'revision':2"}},
    {"the old tag is stale", AS_ORGANIZER, "PATCH", E "/speakers/" SPEAKER, "{'title':'x'}",
     .headers = {"If-Match: ${etag}"}, .status = 412},
    {"every fault is named at once", AS_ORGANIZER, "POST", E "/speakers",
     "{'title':'','organization':7,'bio':'\\u0007','photo':'x'}", .status = 422,
     .contains = {"'/name'", "'/title'", "'/organization'", "'/bio'", "'/photo'"}},
    {"staff adds nobody", AS_STAFF, "POST", E "/speakers", "{'name':'X'}", .status = 403},
    {"she speaks second at the welcome", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:welcome}",
     "{'speaker_ids':['${speakers:henrietta-goldenreed}','" SPEAKER "']}", .headers = {"If-Match: *"},
     .status = 200, .contains = {"'speaker_ids':['${speakers:henrietta-goldenreed}','" SPEAKER "']"}},
    {"removing needs If-Match", AS_ORGANIZER, "DELETE", E "/speakers/" SPEAKER, .status = 428},
    {"a lead removes nobody", AS_LEAD, "DELETE", E "/speakers/" SPEAKER, .headers = {"If-Match: *"},
     .status = 403},
    {"removing", AS_ORGANIZER, "DELETE", E "/speakers/" SPEAKER, .headers = {"If-Match: *"}, .status = 204},
    {"the session goes on without her", AS_MEMBER, "GET", E "/sessions/${sessions:welcome}", .status = 200,
     .contains = {"'speaker_ids':['${speakers:henrietta-goldenreed}']"}},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "speakers", .scenarios = {reads, writes}});
}

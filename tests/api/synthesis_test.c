/* The synthesis: what organizers read of worksheets, by prompt and as lists, and what they never do: a draft
 * that is not shared, what was redacted, another event's. */
#include "harness/harness.h"

#define S E "/synthesis"
#define W E "/worksheets"
#define LA W "/${la}"
#define RS W "/${rs}"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define CANARY "canary of a draft"
#define ITEM(id, prompt, text, rest)                                                                         \
    "{'id':'" ID id "','prompt_id':'${prompts:" prompt "}','text':'" text "'" rest "}"

static const struct scenario seeded[] = {
    {"the demo has something to show", AS_ORGANIZER, "GET", S "?team=humboldt", .status = 200,
     .contains = {"'state':'submitted','version':1", "(illustrative)"}, .absent = {"'not_submitted':true"}},
    {"and a draft", AS_ORGANIZER, "GET", S "?team=san-luis-obispo", .status = 200,
     .contains = {"'state':'open','version':0,'draft':true,'not_submitted':false", "(illustrative)"}},
    {0},
};

static const struct scenario drafts[] = {
    {"the sheet of Los Angeles", AS_LEAD, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"of Riverside", AS_RIVERSIDE, "GET", W, .status = 200, .save = "rs=/items/0/id"},
    {"whose lead claims it", AS_RIVERSIDE, "PUT", E "/teams/${riverside.team}/lead", "{}", .status = 200},
    {"a draft", AS_RIVERSIDE, "POST", RS "/items", ITEM("c1", "q1", CANARY, ""), .status = 201},
    {"is nobody's to read", AS_ORGANIZER, "GET", S "?team=riverside", .status = 200,
     .contains = {"'state':'open','version':0,'draft':false,'not_submitted':true,'blank':false,'items':[]"},
     .absent = {CANARY, "'blank':true"}},
    {"nor has Los Angeles handed in", AS_ORGANIZER, "GET", S "?team=los-angeles", .status = 200,
     .absent = {"Contracting", "'not_submitted':false"}},
    {"a member has no synthesis", AS_MEMBER, "GET", S, .status = 403},
    {"nor a lead", AS_LEAD, "GET", S, .status = 403},
    {"nor staff", AS_STAFF, "GET", S "/next-steps", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", S, .status = 404},
    {"without a token", AS_NOBODY, "GET", S, .status = 401},
    {"an event without worksheets has none", AS_ELSEWHERE, "GET", "/v1/events/csec101/synthesis",
     .status = 200, .contains = {"{'worksheets':0,'readable':0,'prompts':[]}"}},
    {0},
};

static const struct scenario handed_in[] = {
    {"a step with a date", AS_LEAD, "POST", LA "/items",
     ITEM("a1", "next-steps", "train the trainers", ",'owner':'Somebody','due':'2016-02-01'"), .status = 201},
    {"one before", AS_LEAD, "POST", LA "/items",
     ITEM("a2", "next-steps", "meet the schools", ",'due':'2016-01-15','done':true"), .status = 201},
    {"Los Angeles hands in", AS_LEAD, "POST", LA "/submit", .status = 200},
    {"its words, as typed", AS_ORGANIZER, "GET", S "?team=los-angeles", .status = 200,
     .contains = {"'Riverside - \\'Switzerland\\' consultant in CFT'",
                  "'placement planning should be individualized no 1 size fits all!'",
                  "'state':'submitted','version':1,'draft':false,'not_submitted':false,'blank':false",
                  "'owner':'Somebody','due':'2016-02-01','done':false,'starred':false,'tags':[],"
                  "'merged_into':null,'also_from':[]"}},
    {"a blank is a blank", AS_ORGANIZER, "GET", S "?prompt=3&team=los-angeles", .status = 200,
     .contains = {"'number':3", "'blank':true,'items':[]"}, .absent = {"'number':4"}},
    {"by the prompt's id as well", AS_ADMIN, "GET", S "?prompt=${prompts:q3}&team=${member.team}",
     .status = 200, .contains = {"'number':3", "'blank':true,'items':[]"}, .absent = {"'number':4"}},
    {"all of it", AS_ORGANIZER, "GET", S, .status = 200,
     .contains = {"'worksheets':21", "Contracting", "'names_county':true", "'number':8"}, .absent = {CANARY},
     .save = "all=ETag"},
    {"unchanged", AS_ORGANIZER, "GET", S, .headers = {"If-None-Match: ${all}"}, .status = 304},
    {"no such team", AS_ORGANIZER, "GET", S "?team=nowhere", .status = 200, .contains = {"'teams':[]"},
     .absent = {"team_id"}},
    {"no such prompt", AS_ORGANIZER, "GET", S "?prompt=99", .status = 200, .contains = {"'prompts':[]"}},
    {"nothing has a star", AS_ORGANIZER, "GET", S "?starred=true", .status = 200, .absent = {"team_id"}},
    {"nor a tag", AS_ORGANIZER, "GET", S "?tag=x", .status = 200, .absent = {"team_id"}},
    {"a parameter that nobody knows", AS_ORGANIZER, "GET", S "?county=Kern", .status = 400},
    {0},
};

static const struct scenario lists[] = {
    {"what is due first", AS_ORGANIZER, "GET", S "/next-steps?team=los-angeles", .status = 200,
     .contains = {"{'items':[{'id':'" ID "a2','text':'meet the schools'", "get LACOE"}, .absent = {CANARY}},
    {"what is done", AS_ORGANIZER, "GET", S "/next-steps?done=true&team=los-angeles", .status = 200,
     .contains = {"meet the schools"}, .absent = {"train the trainers"}},
    {"what is not", AS_ORGANIZER, "GET", S "/next-steps?done=false&team=los-angeles", .status = 200,
     .contains = {"train the trainers", "get LACOE"}, .absent = {"meet the schools"}},
    {"done or not", AS_ORGANIZER, "GET", S "/next-steps?done=maybe", .status = 400},
    {"due until", AS_ORGANIZER, "GET", S "/next-steps?due=2016-01-31&team=los-angeles", .status = 200,
     .contains = {"meet the schools"}, .absent = {"train the trainers", "LACOE"}},
    {"that very day", AS_ORGANIZER, "GET", S "/next-steps?due=2016-02-01&team=los-angeles", .status = 200,
     .contains = {"meet the schools", "train the trainers"}, .absent = {"LACOE"}},
    {"a day that is none", AS_ORGANIZER, "GET", S "/next-steps?due=2016-02-30", .status = 400,
     .contains = {"YYYY-MM-DD"}},
    {"of another team", AS_ORGANIZER, "GET", S "/next-steps?team=riverside", .status = 200,
     .contains = {"{'items':[]}"}},
    {"what is open", AS_ORGANIZER, "GET", S "/outstanding-questions?team=los-angeles", .status = 200,
     .contains = {"Clarify CLC participation", "'county':'Los Angeles'"}, .absent = {"LACOE"}},
    {0},
};

static const struct scenario later[] = {
    {"the lead reopens", AS_LEAD, "POST", LA "/reopen", "{'note':'more'}", .status = 200},
    {"and writes", AS_LEAD, "POST", LA "/items", ITEM("a3", "q3", CANARY, ""), .status = 201},
    {"changes", AS_LEAD, "PATCH", LA "/items/" ID "a1", "{'text':'" CANARY "'}", .status = 200},
    {"removes", AS_LEAD, "DELETE", LA "/items/" ID "a2", .status = 204},
    {"organizers read what was handed in", AS_ORGANIZER, "GET", S "?team=los-angeles", .status = 200,
     .contains = {"'state':'reopened','version':1,'draft':false", "train the trainers", "meet the schools",
                  "'blank':true"},
     .absent = {CANARY}},
    {"in the lists, too", AS_ORGANIZER, "GET", S "/next-steps?team=los-angeles", .status = 200,
     .contains = {"train the trainers", "meet the schools"}, .absent = {CANARY}},
    {"until it is shared", AS_LEAD, "POST", LA "/share", .status = 200},
    {"then the draft, marked so", AS_ORGANIZER, "GET", S "?team=los-angeles", .status = 200,
     .contains = {"'state':'reopened','version':1,'draft':true", CANARY},
     .absent = {"train the trainers", "meet the schools", "'blank':true"}},
    {"a shared draft that was never handed in", AS_RIVERSIDE, "POST", RS "/share", .status = 200},
    {"has no blanks yet", AS_ORGANIZER, "GET", S "?team=riverside", .status = 200,
     .contains = {"'version':0,'draft':true,'not_submitted':false,'blank':false", CANARY},
     .absent = {"'blank':true"}},
    {"not shared any more", AS_LEAD, "DELETE", LA "/share", .status = 204},
    {"the draft is out of sight", AS_ORGANIZER, "GET", S "?team=los-angeles", .status = 200,
     .contains = {"train the trainers"}, .absent = {CANARY}},
    {0},
};

static const struct scenario redacted[] = {
    {"an item is redacted", AS_ORGANIZER, "POST", LA "/items/" ID "a1/redact", "{'reason':'a name'}",
     .status = 200},
    {"it is not in the synthesis", AS_ORGANIZER, "GET", S "?team=los-angeles", .status = 200,
     .contains = {"meet the schools"}, .absent = {"train the trainers", "[redacted]", "Somebody"}},
    {"nor among the steps", AS_ORGANIZER, "GET", S "/next-steps?team=los-angeles", .status = 200,
     .contains = {"meet the schools"}, .absent = {"train the trainers", "[redacted]", "Somebody"}},
    {"Riverside's only one, too", AS_ORGANIZER, "POST", RS "/items/" ID "c1/redact", "{'reason':'a name'}",
     .status = 200},
    {"Riverside hands in", AS_RIVERSIDE, "POST", RS "/submit", .status = 200},
    {"that is no blank: they had answered", AS_ORGANIZER, "GET", S "?team=riverside&prompt=1", .status = 200,
     .contains = {"'blank':false,'items':[]"}, .absent = {CANARY, "[redacted]"}},
    {"this is", AS_ORGANIZER, "GET", S "?team=riverside&prompt=2", .status = 200,
     .contains = {"'blank':true,'items':[]"}},
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){"synthesis", .scenarios = {seeded, drafts, handed_in, lists, later, redacted}});
}

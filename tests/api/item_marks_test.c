/* Stars, tags and merged duplicates: beside the teams' words, never in them. */
#include "harness/harness.h"

#define S E "/synthesis"
#define W E "/worksheets"
#define LA W "/${la}"
#define RS W "/${rs}"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define ITEM(id, prompt, text) "{'id':'" ID id "','prompt_id':'${prompts:" prompt "}','text':'" text "'}"
#define A S "/items/" ID "a1"
#define B S "/items/" ID "b1"
#define C S "/items/" ID "c1"

static const struct scenario before[] = {
    {"the sheet of Los Angeles", AS_LEAD, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"of Riverside", AS_RIVERSIDE, "GET", W, .status = 200, .save = "rs=/items/0/id"},
    {"whose lead claims it", AS_RIVERSIDE, "PUT", E "/teams/${riverside.team}/lead", "{}", .status = 200},
    {"a step of one", AS_LEAD, "POST", LA "/items", ITEM("a1", "next-steps", "involve schools"),
     .status = 201},
    {"of the other", AS_RIVERSIDE, "POST", RS "/items", ITEM("b1", "next-steps", "go to the schools"),
     .status = 201},
    {"and once more", AS_RIVERSIDE, "POST", RS "/items", ITEM("c1", "next-steps", "schools!"), .status = 201},
    {"a draft has no marks", AS_ORGANIZER, "GET", A, .status = 404, .absent = {"schools"}},
    {"nor takes any", AS_ORGANIZER, "PATCH", A, "{'starred':true}", .headers = {"If-Match: *"},
     .status = 404},
    {"one hands in", AS_LEAD, "POST", LA "/submit", .status = 200},
    {"nor is there another item", AS_ORGANIZER, "GET", S "/items/${new}", .status = 404},
    {"nor one for another event", AS_ELSEWHERE, "GET", "/v1/events/csec101/synthesis/items/" ID "a1",
     .status = 404},
    {"a member has none", AS_MEMBER, "GET", A, .status = 403},
    {"nor makes any", AS_LEAD, "PATCH", A, "{'starred':true}", .headers = {"If-Match: *"}, .status = 403},
    {0},
};

static const struct scenario marks[] = {
    {"without marks", AS_ORGANIZER, "GET", A, .status = 200,
     .contains = {"{'item_id':'" ID "a1','starred':false,'merged_into':null,'revision':0,"
                  "'updated_at':null,'tags':[]}"},
     .save = "etag=ETag"},
    {"If-Match is needed", AS_ORGANIZER, "PATCH", A, "{'starred':true}", .status = 428},
    {"and good", AS_ORGANIZER, "PATCH", A, "{'starred':true}", .headers = {"If-Match: \"old\""},
     .status = 412},
    {"a star and tags", AS_ORGANIZER, "PATCH", A,
     "{'starred':true,'tags':['Schools','training',' schools ','Fußnote & Co']}",
     .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'starred':true,'merged_into':null,'revision':1,'updated_at':'2",
                  "'tags':['Fußnote & Co','Schools','training']}"}},
    {"somebody else was faster", AS_ADMIN, "PATCH", A, "{'starred':false}", .headers = {"If-Match: ${etag}"},
     .status = 412},
    {"in the synthesis", AS_ORGANIZER, "GET", S "?starred=true", .status = 200,
     .contains = {"'text':'involve schools'", "'starred':true,'tags':['Fußnote & Co','Schools','training']"},
     .absent = {"Contracting", "riverside"}},
    {"by a tag, however it is written", AS_ORGANIZER, "GET", S "?tag=SCHOOLS", .status = 200,
     .contains = {"involve schools"}, .absent = {"Contracting"}},
    {"not by a part of it", AS_ORGANIZER, "GET", S "?tag=school", .status = 200, .absent = {"involve"}},
    {"the tags alone", AS_ORGANIZER, "PATCH", A, "{'tags':[]}", .headers = {"If-Match: *"}, .status = 200,
     .contains = {"'starred':true", "'revision':2", "'tags':[]"}},
    {"the star alone", AS_ORGANIZER, "PATCH", A, "{'tags':['x'],'starred':null}", .headers = {"If-Match: *"},
     .status = 200, .contains = {"'starred':false", "'tags':['x']"}},
    {"the team's sheet knows nothing of it", AS_LEAD, "GET", LA, .status = 200,
     .contains = {"involve schools"}, .absent = {"starred", "tags"}},
    {0},
};

static const struct scenario wrong[] = {
    {"a star is a flag", AS_ORGANIZER, "PATCH", A, "{'starred':'yes'}", .headers = {"If-Match: *"},
     .status = 422, .contains = {"'/starred'"}},
    {"tags are a list", AS_ORGANIZER, "PATCH", A, "{'tags':'x'}", .headers = {"If-Match: *"}, .status = 422,
     .contains = {"'/tags'"}},
    {"of texts", AS_ORGANIZER, "PATCH", A, "{'tags':['x',7]}", .headers = {"If-Match: *"}, .status = 422,
     .contains = {"'/tags/1'"}},
    {"of one line", AS_ORGANIZER, "PATCH", A, "{'tags':['x\\ny']}", .headers = {"If-Match: *"}, .status = 422,
     .contains = {"'/tags/0'"}},
    {"not empty", AS_ORGANIZER, "PATCH", A, "{'tags':[' ']}", .headers = {"If-Match: *"}, .status = 422},
    {"not long", AS_ORGANIZER, "PATCH", A, "{'tags':['0123456789012345678901234567890123456789x']}",
     .headers = {"If-Match: *"}, .status = 422},
    {"not many", AS_ORGANIZER, "PATCH", A,
     "{'tags':['a','b','c','d','e','f','g','h','i','j','k','l','m','n','o','p','q','r','s','t','u']}",
     .headers = {"If-Match: *"}, .status = 422},
    {"no other fields", AS_ORGANIZER, "PATCH", A, "{'text':'mine'}", .headers = {"If-Match: *"},
     .status = 422, .contains = {"'/text'"}},
    {"no list", AS_ORGANIZER, "PATCH", A, "[]", .headers = {"If-Match: *"}, .status = 422},
    {"nothing of it was kept", AS_ORGANIZER, "GET", A, .status = 200, .contains = {"'tags':['x']"}},
    {0},
};

static const struct scenario merges[] = {
    {"into a draft", AS_ORGANIZER, "PATCH", A, "{'merged_into':'" ID "b1'}", .headers = {"If-Match: *"},
     .status = 422, .contains = {"'/merged_into'"}, .absent = {"go to"}},
    {"the other hands in", AS_RIVERSIDE, "POST", RS "/submit", .status = 200},
    {"into itself", AS_ORGANIZER, "PATCH", B, "{'merged_into':'" ID "b1'}", .headers = {"If-Match: *"},
     .status = 422, .contains = {"ring"}},
    {"into an answer to something else", AS_ORGANIZER, "PATCH", B, "{'merged_into':'${items:la-1-1}'}",
     .headers = {"If-Match: *"}, .status = 422, .contains = {"another question"}},
    {"into nothing", AS_ORGANIZER, "PATCH", B, "{'merged_into':'${new}'}", .headers = {"If-Match: *"},
     .status = 422},
    {"what says the same", AS_ORGANIZER, "PATCH", B, "{'merged_into':'" ID "a1'}", .headers = {"If-Match: *"},
     .status = 200, .contains = {"'merged_into':'" ID "a1'"}},
    {"a chain", AS_ORGANIZER, "PATCH", C, "{'merged_into':'" ID "b1'}", .headers = {"If-Match: *"},
     .status = 200},
    {"not a ring", AS_ORGANIZER, "PATCH", A, "{'merged_into':'" ID "c1'}", .headers = {"If-Match: *"},
     .status = 422, .contains = {"ring"}},
    {"shows both teams, in their own words", AS_ORGANIZER, "GET", S "?team=los-angeles&prompt=7",
     .status = 200,
     .contains = {"'text':'involve schools'", "'also_from':[{'team_id':'${riverside.team}'",
                  "'county':'Riverside','item_id':'" ID "b1','text':'go to the schools'}",
                  "'item_id':'" ID "c1','text':'schools!'}]"}},
    {"and where each went", AS_ORGANIZER, "GET", S "?team=riverside&prompt=7", .status = 200,
     .contains = {"'text':'go to the schools','owner':null,'due':null,'done':false,'starred':false,"
                  "'tags':[],'merged_into':'" ID "a1','also_from':[]",
                  "'text':'schools!','owner':null,'due':null,'done':false,'starred':false,'tags':[],"
                  "'merged_into':'" ID "a1'"}},
    {"when what it went into is redacted", AS_ORGANIZER, "POST", LA "/items/" ID "a1/redact",
     "{'reason':'x'}", .status = 200},
    {"it stands for itself", AS_ORGANIZER, "GET", S "?team=riverside&prompt=7", .status = 200,
     .contains = {"'text':'go to the schools','owner':null,'due':null,'done':false,'starred':false,"
                  "'tags':[],'merged_into':null,'also_from':[{'team_id':'${riverside.team}'"}},
    {"and what is redacted has no marks", AS_ORGANIZER, "GET", A, .status = 404},
    {"nor is it a target", AS_ORGANIZER, "PATCH", C, "{'merged_into':'" ID "a1'}", .headers = {"If-Match: *"},
     .status = 422},
    {"it is undone", AS_ORGANIZER, "PATCH", C, "{'merged_into':null}", .headers = {"If-Match: *"},
     .status = 200, .contains = {"'merged_into':null"}},
    {"reopened, and the item is gone from the draft", AS_RIVERSIDE, "POST", RS "/reopen", "{'note':'x'}",
     .status = 200},
    {"removed", AS_RIVERSIDE, "DELETE", RS "/items/" ID "c1", .status = 204},
    {"what was handed in is still marked", AS_ORGANIZER, "PATCH", C, "{'starred':true}",
     .headers = {"If-Match: *"}, .status = 200, .contains = {"'starred':true"}},
    {"what is new is not", AS_RIVERSIDE, "POST", RS "/items", ITEM("d1", "next-steps", "later"),
     .status = 201},
    {"to be marked", AS_ORGANIZER, "GET", S "/items/" ID "d1", .status = 404},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"item_marks", .scenarios = {before, marks, wrong, merges}});
}

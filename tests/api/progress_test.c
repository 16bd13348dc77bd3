/* The progress board: counts and times of every team, no text. */
#include "harness/harness.h"

#define P E "/progress"
#define W E "/worksheets"
#define RS W "/${rs}"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define ITEM(id, prompt) "{'id':'" ID id "','prompt_id':'${prompts:" prompt "}','text':'canary'}"
#define RIVERSIDE "'team_id':'${riverside.team}','name':'Riverside','county':'Riverside',"

static const struct scenario all[] = {
    {"a sheet", AS_RIVERSIDE, "GET", W, .status = 200, .save = "rs=/items/0/id"},
    {"its lead", AS_RIVERSIDE, "PUT", E "/teams/${riverside.team}/lead", "{}", .status = 200},
    {"nothing yet", AS_ORGANIZER, "GET", P, .status = 200,
     .contains = {RIVERSIDE "'state':'open','version':0,'shared':false,'prompts':8,'answered':0,'items':0,"
                            "'last_write_at':null,'submitted_at':null}",
                  "'county':'Los Angeles','state':'open','version':0,'shared':false,'prompts':8,"
                  "'answered':7,'items':26,'last_write_at':'2",
                  "'worksheets':21"},
     .absent = {"Contracting"}, .save = "etag=ETag"},
    {"nothing new", AS_ORGANIZER, "GET", P, .headers = {"If-None-Match: ${etag}"}, .status = 304},
    {"an item", AS_RIVERSIDE, "POST", RS "/items", ITEM("a1", "q1"), .status = 201},
    {"another", AS_RIVERSIDE, "POST", RS "/items", ITEM("a2", "q1"), .status = 201},
    {"by way of sync", AS_RIVERSIDE, "POST", E "/sync/items/push",
     "[{'newDocumentState':{'id':'" ID "a4','worksheet_id':'${rs}','prompt_id':'${prompts:q2}',"
     "'text':'canary'}}]",
     .status = 200, .contains = {"[]"}},
    {"is counted", AS_ORGANIZER, "GET", P, .headers = {"If-None-Match: ${etag}"}, .status = 200,
     .contains = {RIVERSIDE "'state':'open','version':0,'shared':false,'prompts':8,'answered':2,'items':3,"
                            "'last_write_at':'2"},
     .absent = {"canary"}},
    {"what is removed is not", AS_RIVERSIDE, "DELETE", RS "/items/" ID "a4", .status = 204},
    {"handed in", AS_RIVERSIDE, "POST", RS "/submit", .status = 200},
    {"the board knows", AS_ADMIN, "GET", P, .status = 200,
     .contains = {RIVERSIDE
                  "'state':'submitted','version':1,'shared':false,'prompts':8,'answered':1,'items':2"},
     .absent = {"canary"}},
    {"a member has no board", AS_MEMBER, "GET", P, .status = 403},
    {"nor staff", AS_STAFF, "GET", P, .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", P, .status = 404},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"progress", .scenarios = {all}});
}

/* Worksheet templates: their prompts, the worksheets that they make, repeats, faults. */
#include "harness/harness.h"

#define T E "/worksheet-templates"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"

static const struct scenario reads[] = {
    {"an attendee lists the templates", AS_ATTENDEE, "GET", T, .status = 200,
     .contains = {"'id':'${worksheet-templates:breakout}','title':'County team worksheet'",
                  "'notice':'No names",
                  "'prompts':[{'id':'${prompts:q1}','number':1,'kind':'question','text':'What",
                  "'kind':'next_steps'", "'kind':'outstanding_questions'", "'revision':1"},
     .absent = {"_key", "'next'"}, .save = "tag=ETag"},
    {"staff gets the same", AS_STAFF, "GET", T, .headers = {"If-None-Match: ${tag}"}, .status = 304},
    {"nobody lists none", AS_NOBODY, "GET", T, .status = 401},
    {"another event's guest finds no event", AS_GUEST, "GET", T, .status = 404},
    {"another event has none", AS_GUEST, "GET", "/v1/events/csec101/worksheet-templates", .status = 200,
     .contains = {"{'items':[]}"}},
    {0},
};

static const struct scenario creates[] = {
    {"a lead makes none", AS_LEAD, "POST", T, "{'title':'x','prompts':[{'text':'y'}]}", .status = 403},
    {"an organizer makes one", AS_ORGANIZER, "POST", T,
     "{'id':'" ID "c1','title':'Afternoon','prompts':[{'id':'" ID
     "c3','number':2,'kind':'next_steps','text':'Then?'},"
     "{'id':'" ID "c2','number':1,'text':'What \\u0022first\\u0022?'}]}",
     .status = 201,
     .contains = {"'id':'" ID
                  "c1','title':'Afternoon','introduction':null,'notice':null,'prompts':[{'id':'" ID
                  "c2','number':1,'kind':'question','text':'What \\'first\\'?'},{'id':'" ID "c3','number':2"},
     .head = {"ETag: \""}},
    {"its repeat makes no second one", AS_ORGANIZER, "POST", T,
     "{'id':'" ID "c1','title':'Afternoon','prompts':[{'id':'" ID
     "c3','number':2,'kind':'next_steps','text':'Then?'},"
     "{'id':'" ID "c2','number':1,'text':'What \\u0022first\\u0022?'}]}",
     .status = 200, .contains = {"Afternoon"}},
    {"its id with other content is a conflict", AS_ORGANIZER, "POST", T,
     "{'id':'" ID "c1','title':'Evening','prompts':[{'text':'y'}]}", .status = 409},
    {"so is a prompt's", AS_ORGANIZER, "POST", T,
     "{'title':'Evening','prompts':[{'id':'" ID "c2','text':'y'}]}", .status = 409},
    {"numbers are places in the array, if not given", AS_ORGANIZER, "POST", T,
     "{'title':'Evening','introduction':'Short.','prompts':[{'text':'a'},{'text':'b'}]}", .status = 201,
     .contains = {"'number':1,'kind':'question','text':'a'}", "'number':2,'kind':'question','text':'b'}"}},
    {"a prompt may ask for a county", AS_ORGANIZER, "POST", T,
     "{'title':'Abroad','prompts':[{'text':'Which county?','names_county':true}]}", .status = 201,
     .contains = {"'text':'Which county?','names_county':true}"}},
    {"which is a flag", AS_ORGANIZER, "POST", T,
     "{'title':'Abroad','prompts':[{'text':'a'},{'text':'b','names_county':1}]}", .status = 422,
     .contains = {"'/prompts/1/names_county'"}},
    {"an Idempotency-Key makes one once", AS_ORGANIZER, "POST", T,
     "{'title':'Night','prompts':[{'text':'a'}]}", .headers = {"Idempotency-Key: n"}, .status = 201,
     .save = "night=/id"},
    {"and gives it again", AS_ORGANIZER, "POST", T, "{'title':'Night','prompts':[{'text':'a'}]}",
     .headers = {"Idempotency-Key: n"}, .status = 200, .contains = {"${night}"}},
    {"a team has a worksheet of each", AS_MEMBER, "GET", E "/worksheets", .status = 200,
     .save = "a=/items/0/id b=/items/1/id c=/items/2/id d=/items/3/id"},
    {"with the prompts in order", AS_MEMBER, "GET", E "/worksheets/${b}", .status = 200,
     .contains = {"'template_id':'" ID "c1'", "'prompts':[{'id':'" ID "c2'"}},
    {"an item", AS_MEMBER, "POST", E "/worksheets/${b}/items", "{'prompt_id':'" ID "c2','text':'x'}",
     .status = 201},
    {"a prompt of another template is none of this worksheet", AS_MEMBER, "POST", E "/worksheets/${a}/items",
     "{'prompt_id':'" ID "c2','text':'x'}", .status = 422},
    {"a team that comes later has them, too", AS_ORGANIZER, "POST", E "/teams",
     "{'slug':'late-team','name':'Late'}", .status = 201, .save = "late=/id"},
    {"at once", AS_ORGANIZER, "GET", E "/worksheets?limit=500", .status = 200, .contains = {"${late}"}},
    {"pages", AS_MEMBER, "GET", T "?limit=1", .status = 200, .contains = {"'next':'"}, .save = "next=/next"},
    {"go on", AS_MEMBER, "GET", T "?limit=1&cursor=${next}", .status = 200, .contains = {"Afternoon"}},
    {0},
};

static const struct scenario faults[] = {
    {"every fault is named at once, with its place", AS_ORGANIZER, "POST", T,
     "{'id':'x','name':'y','prompts':[{'text':'fine'},{'id':'z','number':0,'kind':'poem','color':1},7]}",
     .status = 422,
     .contains = {"'/id'", "'/title'", "'/name'", "'/prompts/1/id'", "'/prompts/1/number'",
                  "'/prompts/1/kind'", "'/prompts/1/text'", "'/prompts/2'"},
     .absent = {"/prompts/0"}},
    {"a number stands once", AS_ORGANIZER, "POST", T,
     "{'title':'x','prompts':[{'number':2,'text':'a'},{'text':'b'}]}", .status = 422,
     .contains = {"'/prompts/1/number'"}},
    {"an id, too", AS_ORGANIZER, "POST", T,
     "{'title':'x','prompts':[{'id':'" ID "c9','text':'a'},{'id':'" ID "c9','text':'b'}]}", .status = 409},
    {"no prompts are no template", AS_ORGANIZER, "POST", T, "{'title':'x'}", .status = 422,
     .contains = {"'/prompts'"}},
    {"nor is an empty list", AS_ORGANIZER, "POST", T, "{'title':'x','prompts':[]}", .status = 422},
    {"nor an object", AS_ORGANIZER, "POST", T, "{'title':'x','prompts':{'text':'a'}}", .status = 422},
    {"an array is no template", AS_ORGANIZER, "POST", T, "[]", .status = 422},
    {"a number is none", AS_ORGANIZER, "POST", T, "7", .status = 400},
    {"the event has to be the own", AS_ELSEWHERE, "POST", T, "{'title':'x','prompts':[{'text':'y'}]}",
     .status = 404},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "worksheet_templates", .scenarios = {reads, creates, faults}});
}

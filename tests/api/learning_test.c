/* Who learns from whom: names of counties in answers to the prompt that asks for one. */
#include "harness/harness.h"

#define L E "/synthesis/learning"
#define W E "/worksheets"
#define RS W "/${rs}"
#define ITEM(prompt, text) "{'prompt_id':'${prompts:" prompt "}','text':'" text "'}"

static const struct scenario all[] = {
    {"a sheet", AS_RIVERSIDE, "GET", W, .status = 200, .save = "rs=/items/0/id"},
    {"its lead", AS_RIVERSIDE, "PUT", E "/teams/${riverside.team}/lead", "{}", .status = 200},
    {"one", AS_RIVERSIDE, "POST", RS "/items", ITEM("q6", "LOS ANGELES: the tool; and los  angeles again"),
     .status = 201},
    {"with an accent, in quotes", AS_RIVERSIDE, "POST", RS "/items",
     ITEM("q6", "“Los Ángeles County’s” protocol, San José, Orange\\u0027s app, san luis obispo"),
     .status = 201},
    {"its own", AS_RIVERSIDE, "POST", RS "/items", ITEM("q6", "Riverside keeps what it has"), .status = 201,
     .save = "own=/id"},
    {"parts of words", AS_RIVERSIDE, "POST", RS "/items",
     ITEM("q6", "Kernel, oranges, Buttercup, xFresno, Fresnoß, the Los Angelesque way, LA, San"),
     .status = 201},
    {"a county that is not here", AS_RIVERSIDE, "POST", RS "/items", ITEM("q6", "Ventura"), .status = 201},
    {"where nobody asked", AS_RIVERSIDE, "POST", RS "/items", ITEM("q5", "Kern"), .status = 201},
    {"before it is handed in", AS_ORGANIZER, "GET", L, .status = 200, .absent = {"${riverside.team}','name"}},
    {"a county of the program", AS_ORGANIZER, "POST", "/v1/program/counties", "{'name':'Nowhere County'}",
     .status = 201},
    {"another name", AS_RIVERSIDE, "POST", RS "/items", ITEM("q6", "as in Nowhere"), .status = 201},
    {"handed in", AS_RIVERSIDE, "POST", RS "/submit", .status = 200},
    {"who learns from whom", AS_ORGANIZER, "GET", L, .status = 200,
     .contains = {"{'team_id':'${riverside.team}','name':'Riverside','county':'Riverside',"
                  "'learns_from':'Los Angeles','learns_from_team_id':'${member.team}','count':2,"
                  "'items':[{'id':'",
                  "'learns_from':'Orange'", "'learns_from':'San Luis Obispo'",
                  "'learns_from':'Nowhere County','learns_from_team_id':null,'count':1",
                  "'county':'Nowhere County','team_id':null,'teams':1,'items':1}"},
     .absent = {"${own}", "Kern", "Butte", "'learns_from':'Fresno'", "'learns_from':'San Jose'"}},
    {"another county of the program", AS_ORGANIZER, "POST", "/v1/program/counties", "{'name':'Elsewhere'}",
     .status = 201, .save = "county=/id"},
    {"that nobody names", AS_ORGANIZER, "GET", L, .status = 200, .absent = {"Elsewhere"}},
    {"is found by its new name at once", AS_ORGANIZER, "PATCH", "/v1/program/counties/${county}",
     "{'name':'Orange\\u0027s App'}", .headers = {"If-Match: *"}, .status = 200},
    {"where it is the longer one", AS_ORGANIZER, "GET", L, .status = 200,
     .contains = {"'learns_from':'Orange\"s App'"}, .absent = {"'learns_from':'Orange','"}},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"learning", .scenarios = {all}});
}

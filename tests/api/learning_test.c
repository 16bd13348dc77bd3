/* Who learns from whom: names of counties in answers to the prompt that asks for one. */
#include "harness/harness.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

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

/* Names that are everyday words as well, in sentences that people might write; Los Angeles writes. */
static const struct sentence {
    const char *text, *counties; /* in the order of the alphabet, with commas */
} sentences[] = {
    {"Orange", "Orange"},
    {"orange", "Orange"},
    {"  Lake.", "Lake"},
    {"Orange County has a youth advisory board", "Orange"},
    {"the orange county model", "Orange"},
    {"what ORANGE COUNTY does", "Orange"},
    {"the County of Orange pays for it", "Orange"},
    {"Orange and Lake counties share a court", "Lake,Orange"},
    {"We would like to visit Orange next month", "Orange"},
    {"Learn from Orange: their screening tool", "Orange"},
    {"Orange\\u0027s screening tool", "Orange"},
    {"Orange’s screening tool", "Orange"},
    {"Orange - the screening tool", "Orange"},
    {"the screening tool (Orange)", "Orange"},
    {"- Orange\\n- lake\\n- Riverside", "Lake,Orange,Riverside"},
    {"riverside, orange and lake", "Lake,Orange,Riverside"},
    {"The judges in LA,Orange and Kern", "Kern,Orange"},
    {"orange/san diego", "Orange,San Diego"},
    {"los angeles and orange as one region", "Orange"},
    {"Good idea. We should ask Kings about it.", "Kings"},
    {"What does Imperial do? It has few beds", "Imperial"},
    {"ventura has a good model", "Ventura"},
    {"Buy orange vests for the search teams", ""},
    {"Orange vests for the search teams", ""},
    {"Orange-coloured vests", ""},
    {"A trip to the lake for the youth", ""},
    {"Lake trips for the youth", ""},
    {"a day at Lake Tahoe", ""},
    {"like the camp near Clear Lake Park", ""},
    {"Let them be kings of their own lives", ""},
    {"the imperial tone of our letters", ""},
    {"San Diego has good posters. Orange ones", "San Diego"},
    {"San Diego paints its vans orange", "San Diego"},
    {"Fresno: orange folders, Merced: blue ones", "Fresno,Merced"},
    {"an orange, a lake", ""},
    {"oranges, lakes and Kingston", ""},
    {"lake county", "Lake"},
    {"orange countywide", ""},
    {"in counties of lake size", ""},
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *named_in(struct harness *h, json_t *pairs, const char *id)
{
    const char *names[8] = {0};
    size_t i, k, n = 0;
    json_t *pair, *item;
    struct buf out;
    json_array_foreach(pairs, i, pair)
    {
        json_array_foreach(json_object_get(pair, "items"), k, item)
        {
            if (!strcmp(json_string_value(json_object_get(item, "id")), id) && n < 8)
                names[n++] = json_string_value(json_object_get(pair, "learns_from"));
        }
    }
    qsort(names, n, sizeof *names, by_name);
    buf_init(&out, &h->scratch, 64);
    for (i = 0; i < n; i++) {
        buf_puts(&out, i ? "," : "");
        buf_puts(&out, names[i]);
    }
    return buf_cstr(&out);
}

static void words_that_are_counties_too(void **state)
{
    struct harness *h = *state;
    enum { N = sizeof sentences / sizeof *sentences };
    const char *ids[N];
    int wrong = 0;
    play(h, &(struct scenario){"a sheet", AS_LEAD, "GET", W, .status = 200, .save = "la=/items/0/id"});
    for (int i = 0; i < N; i++) {
        struct scenario s = {"item", AS_LEAD, "POST", W "/${la}/items",
                             arena_printf(&h->scratch, ITEM("q6", "%s"), sentences[i].text)};
        struct local_reply reply = harness_send(h, &s, &h->scratch);
        assert_int_equal(reply.status, 201);
        ids[i] = harness_at(h, &reply, "/id");
    }
    play(h, &(struct scenario){"handed in", AS_LEAD, "POST", W "/${la}/submit", .status = 200});
    struct local_reply reply = play(h, &(struct scenario){"table", AS_ORGANIZER, "GET", L, .status = 200});
    json_t *json = json_loadb(reply.body.ptr, reply.body.len, 0, NULL);
    for (int i = 0; i < N; i++) {
        const char *found = named_in(h, json_object_get(json, "pairs"), ids[i]);
        if (strcmp(found, sentences[i].counties))
            wrong++,
                print_error("\"%s\": \"%s\", not \"%s\"\n", sentences[i].text, found, sentences[i].counties);
    }
    json_decref(json);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(words_that_are_counties_too), {0}};
    return harness_run(&(struct suite){"learning", .scenarios = {all}, .tests = tests});
}

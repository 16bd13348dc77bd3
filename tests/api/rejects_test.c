/* What a push could not keep elsewhere: its sender reads it again, nobody else does, organizers get numbers.
 */
#include "harness/harness.h"

#define W E "/worksheets"
#define R E "/sync/rejects"
#define PUSH E "/sync/items/push"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define CANARY "typed-into-the-void"
#define VOID(id)                                                                                             \
    "{'newDocumentState':{'id':'" ID id "','worksheet_id':'${new}','prompt_id':'${prompts:q3}',"             \
    "'text':'" CANARY "'}}"

static const struct scenario all[] = {
    {"nothing was refused", AS_MEMBER, "GET", R, .status = 200, .contains = {"{'items':[]}"}},
    {"a row for no worksheet of the sender's", AS_MEMBER, "POST", PUSH, "[" VOID("a1") "," VOID("a2") "]",
     .status = 200},
    {"one of another kind", AS_MEMBER, "POST", E "/sync/rooms/push",
     "[{'newDocumentState':{'id':'" ID "a3','name':'" CANARY "'}}]", .status = 200},
    {"the sender has them", AS_MEMBER, "GET", R, .status = 200,
     .contains =
         {"'collection':'items','reason':'there is no such worksheet','body':'{\\'newDocumentState\\'",
          CANARY, "'collection':'rooms','reason':'is read-only'"},
     .absent = {"participant", "device"}},
    {"page by page", AS_MEMBER, "GET", R "?limit=1", .status = 200, .contains = {CANARY},
     .save = "next=/next"},
    {"to the end", AS_MEMBER, "GET", R "?limit=2&cursor=${next}", .status = 200, .contains = {CANARY},
     .absent = {"'next'"}},
    {"the lead of the team does not", AS_LEAD, "GET", R, .status = 200, .absent = {CANARY}},
    {"nor another team", AS_RIVERSIDE, "GET", R, .status = 200, .absent = {CANARY}},
    {"nor an attendee", AS_ATTENDEE, "GET", R, .status = 200, .absent = {CANARY}},
    {"nor an organizer", AS_ORGANIZER, "GET", R, .status = 200, .absent = {CANARY}},
    {"nor nobody", AS_NOBODY, "GET", R, .status = 401},
    {"organizers get numbers", AS_ORGANIZER, "GET", R "/counts", .status = 200,
     .contains = {"{'collection':'items','reason':'there is no such worksheet','count':2}",
                  "{'collection':'rooms','reason':'is read-only','count':1}"},
     .absent = {CANARY, ID, "${member.id}"}},
    {"the team does not", AS_LEAD, "GET", R "/counts", .status = 403},
    {"nor staff", AS_STAFF, "GET", R "/counts", .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "GET", R "/counts", .status = 404},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"rejects", .scenarios = {all}});
}

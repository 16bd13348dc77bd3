/* Who is in which question: for the own team alone, by the names that people gave themselves, and in memory
 * only. */
#include "harness/harness.h"

#define W E "/worksheets/${worksheet}"

static const struct scenario scenarios[] = {
    {"a member finds the team's worksheet", AS_MEMBER, "GET", E "/worksheets", .status = 200,
     .save = "worksheet=/items/0/id"},
    {"and its prompts", AS_MEMBER, "GET", W, .status = 200, .save = "one=/prompts/0/id two=/prompts/1/id"},
    {"nobody is there yet", AS_MEMBER, "GET", W "/presence", .status = 200, .contains = {"{'items':[]}"}},
    {"a member opens the first question", AS_MEMBER, "PUT", W "/presence", "{'prompt_id':'${one}'}",
     .status = 204},
    {"the lead opens the second", AS_LEAD, "PUT", W "/presence", "{'prompt_id':'${two}'}", .status = 204},
    {"each sees both", AS_LEAD, "GET", W "/presence", .status = 200,
     .contains = {"'prompt_id':'${one}'", "'prompt_id':'${two}'", "'participant_id':'${member.id}'"}},
    {"moving on replaces the place", AS_MEMBER, "PUT", W "/presence", "{'prompt_id':'${two}'}",
     .status = 204},
    {"so the first is empty", AS_LEAD, "GET", W "/presence", .status = 200, .absent = {"${one}"}},
    {"leaving", AS_MEMBER, "PUT", W "/presence", "{'prompt_id':null}", .status = 204},
    {"leaves the lead alone", AS_LEAD, "GET", W "/presence", .status = 200, .absent = {"${member.id}"},
     .contains = {"'participant_id':'${lead.id}'"}},
    {"another team sees nothing", AS_RIVERSIDE, "GET", W "/presence", .status = 404},
    {"and is nowhere in it", AS_RIVERSIDE, "PUT", W "/presence", "{'prompt_id':'${one}'}", .status = 404},
    {"organizers do not watch", AS_ORGANIZER, "GET", W "/presence", .status = 403},
    {"nor do attendees", AS_ATTENDEE, "GET", W "/presence", .status = 403},
    {"a prompt of no worksheet is refused", AS_MEMBER, "PUT", W "/presence", "{'prompt_id':'${new}'}",
     .status = 422, .contains = {"'pointer':'/prompt_id'"}},
    {"so is what is no id", AS_MEMBER, "PUT", W "/presence", "{'prompt_id':3}", .status = 422},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"presence", .scenarios = {scenarios}});
}

/* Representation: the review's figures from the seed, and what is kept back from everyone but organizers. */
#include "harness/harness.h"

#define FIGURES "'attendees':224,'counties':21,'agency_types':16,'community_organizations':30"
#define SMALL "/v1/events/small-meeting"

static const struct scenario figures[] = {
    {"the figures of the review", AS_MEMBER, "GET", E "/representation", .status = 200,
     .contains = {FIGURES, "{'agency_type':'child_welfare','attendees':30,'organizations':",
                  "{'team_id':'${teams:los-angeles}','name':'Los Angeles','attendees':11,'agency_types':8}",
                  "{'agency_type':'public_defender','attendees':null,'organizations':null}"},
     .save = "etag=ETag"},
    {"are the same for all who take part", AS_ATTENDEE, "GET", E "/representation", .status = 200,
     .contains = {FIGURES}, .head = {"ETag: ${etag}"}},
    {"for staff, too", AS_STAFF, "GET", E "/representation", .status = 200, .head = {"ETag: ${etag}"}},
    {"an organizer sees the small ones", AS_ORGANIZER, "GET", E "/representation", .status = 200,
     .contains = {FIGURES, "{'agency_type':'public_defender','attendees':4,'organizations':4}"},
     .absent = {"null"}},
    {"so does the admin", AS_ADMIN, "GET", E "/representation", .status = 200, .absent = {"null"}},
    {"nobody sees none", AS_NOBODY, "GET", E "/representation", .status = 401},
    {"nor does another event's guest", AS_GUEST, "GET", E "/representation", .status = 404},
    {"an event without teams", AS_GUEST, "GET", "/v1/events/csec101/representation", .status = 200,
     .contains = {"'counties':0", "'by_team':[]"}},
    {"a fifth public defender", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'Ash','agency_type':'public_defender'}", .status = 201},
    {"would leave four others to be worked out", AS_MEMBER, "GET", E "/representation", .status = 200,
     .contains = {"'attendees':225",
                  "{'agency_type':'public_defender','attendees':null,'organizations':null}",
                  "{'agency_type':'substance_use','attendees':null,'organizations':null}",
                  "{'agency_type':'tribal','attendees':5,"}},
    {"one more of those", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'Bay','agency_type':'substance_use'}", .status = 201},
    {"and all is told at once", AS_MEMBER, "GET", E "/representation", .status = 200,
     .contains = {"'attendees':226", "{'agency_type':'public_defender','attendees':5,'organizations':null}",
                  "{'agency_type':'substance_use','attendees':5,'organizations':null}"}},
    {0},
};

/* Five of probation, six of education, two of tribal: with the total at 13, hiding the two alone would hide
 * nothing. */
static void small_event(void **state)
{
    static const char *const types[] = {"probation", "education", "tribal"};
    static const int counts[] = {5, 6, 2};
    struct harness *h = *state;
    play(h, &(struct scenario){
                "an event", AS_ADMIN, "POST", "/v1/events",
                "{'slug':'small-meeting','name':'Small','kind':'meeting','zone':'America/Los_Angeles',"
                "'starts_at':'2016-01-01T09:00:00-08:00','ends_at':'2016-01-01T10:00:00-08:00'}",
                .status = 201});
    for (size_t t = 0; t < COUNT(types); t++)
        for (int i = 0; i < counts[t]; i++) {
            harness_set(h, "type", types[t]);
            play(h, &(struct scenario){"someone", AS_ADMIN, "POST", SMALL "/attendees",
                                       "{'display_name':'Ash','agency_type':'${type}'}", .status = 201});
        }
    play(h, &(struct scenario){"a staff token", AS_ADMIN, "POST", "/v1/tokens",
                               "{'event':'small-meeting','role':'staff'}", .status = 201,
                               .save = "desk=/access_token"});
    play(h, &(struct scenario){"two of three kept back", AS_NOBODY, "GET", SMALL "/representation",
                               .token = "${desk}", .status = 200,
                               .contains = {"'attendees':13,", "{'agency_type':'education','attendees':6,",
                                            "{'agency_type':'probation','attendees':null,",
                                            "{'agency_type':'tribal','attendees':null,"}});
    play(h, &(struct scenario){"none from the admin", AS_ADMIN, "GET", SMALL "/representation", .status = 200,
                               .contains = {"{'agency_type':'tribal','attendees':2,"}});
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(small_event),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "representation", .scenarios = {figures}, .tests = tests});
}

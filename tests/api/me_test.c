/* Me: every role's profile, a name of one's own, claims, and consent with its limits. */
#include "harness/harness.h"

#include <unistd.h>

#include "base/clock.h"

#define NONE                                                                                                 \
    "'consent':{'display_name':'none','organization':'none','agency_type':'none','team':'none','role_label'" \
    ":'none',"                                                                                               \
    "'email':'none','phone':'none'},'consent_text_version':null"
#define CASSIUS "${attendees:cassius-fernquill}"

static const struct scenario profile[] = {
    {"a member", AS_MEMBER, "GET", "/v1/me", .status = 200,
     .contains = {"'id':'${member.id}'", "'role':'member'", "'team_id':'${teams:los-angeles}'",
                  "'attendee':null", NONE},
     .head = {"Cache-Control: private, no-cache"}, .save = "etag=ETag"},
    {"the same again", AS_MEMBER, "GET", "/v1/me", .headers = {"If-None-Match: ${etag}"}, .status = 304},
    {"another has another", AS_LEAD, "GET", "/v1/me", .headers = {"If-None-Match: ${etag}"}, .status = 200,
     .contains = {"'role':'lead'"}},
    {"an attendee is on the roster", AS_ATTENDEE, "GET", "/v1/me", .status = 200,
     .contains = {"'role':'attendee'", "'attendee':{'id':'${attendee.row}'", NONE},
     .absent = {"@", "priya.mossywander"}},
    {"staff", AS_STAFF, "GET", "/v1/me", .status = 200,
     .contains = {"'role':'staff'", "'team_id':null", NONE}},
    {"an organizer is of no event", AS_ORGANIZER, "GET", "/v1/me", .status = 200,
     .contains = {"'role':'organizer'", "'event_id':null", "'attendee':null", NONE}},
    {"the admin is nobody", AS_ADMIN, "GET", "/v1/me", .status = 403},
    {"nobody is, too", AS_NOBODY, "GET", "/v1/me", .status = 401},
    {"a revoked device is out", AS_REVOKED, "GET", "/v1/me", .status = 401},
    {"a name of one's own", AS_MEMBER, "PATCH", "/v1/me", "{'display_name':'  Juniper '}", .status = 200,
     .contains = {"'display_name':'Juniper'"}},
    {"an organizer's", AS_ORGANIZER, "PATCH", "/v1/me", "{'display_name':'Desk'}",
     .headers = {"Content-Type: application/merge-patch+json"}, .status = 200,
     .contains = {"'display_name':'Desk'"}},
    {"no name is none", AS_MEMBER, "PATCH", "/v1/me", "{'display_name':null}", .status = 422,
     .contains = {"'/display_name'"}},
    {"nor an empty one", AS_MEMBER, "PATCH", "/v1/me", "{'display_name':' '}", .status = 422},
    {"a role is not one's own to change", AS_MEMBER, "PATCH", "/v1/me", "{'role':'organizer','team_id':null}",
     .status = 422, .contains = {"'/role'", "'/team_id'"}},
    {"nothing changes nothing", AS_MEMBER, "PATCH", "/v1/me", "{}", .status = 200, .contains = {"Juniper"}},
    {0},
};

static const struct scenario claims[] = {
    {"consent needs an attendee", AS_MEMBER, "PUT", "/v1/me/consent", "{'display_name':'event'}",
     .status = 409},
    {"an organizer has none", AS_ORGANIZER, "PUT", "/v1/me/consent", "{}", .status = 409},
    {"another team's attendee is not there", AS_RIVERSIDE, "POST", "/v1/me/claim",
     "{'attendee_id':'" CASSIUS "'}", .status = 404, .contains = {"there is no such attendee"}},
    {"like one who never was", AS_RIVERSIDE, "POST", "/v1/me/claim", "{'attendee_id':'${new}'}",
     .status = 404, .contains = {"there is no such attendee"}},
    {"nor one of another event", AS_MEMBER, "POST", "/v1/me/claim",
     "{'attendee_id':'${csec101/attendees:jin-cloverbrook}'}", .status = 404},
    {"nor a team's for staff", AS_STAFF, "POST", "/v1/me/claim", "{'attendee_id':'" CASSIUS "'}",
     .status = 404},
    {"nor any for an organizer of several events", AS_ORGANIZER, "POST", "/v1/me/claim",
     "{'attendee_id':'" CASSIUS "'}", .status = 404},
    {"the admin claims nobody", AS_ADMIN, "POST", "/v1/me/claim", "{'attendee_id':'" CASSIUS "'}",
     .status = 403},
    {"an id is an id", AS_MEMBER, "POST", "/v1/me/claim", "{'attendee_id':'cassius'}", .status = 422,
     .contains = {"'/attendee_id'"}},
    {"and is needed", AS_MEMBER, "POST", "/v1/me/claim", "{}", .status = 422, .contains = {"'/attendee_id'"}},
    {"someone with a badge is claimed", AS_MEMBER, "POST", "/v1/me/claim",
     "{'attendee_id':'${attendees:shirin-amberbough}'}", .status = 409},
    {"a member claims one of the team", AS_MEMBER, "POST", "/v1/me/claim", "{'attendee_id':'" CASSIUS "'}",
     .status = 200,
     .contains = {"'attendee':{'id':'" CASSIUS "'", "'display_name':'Cassius Fernquill'", NONE},
     .absent = {"'email':null", "555"}},
    {"and again", AS_MEMBER, "POST", "/v1/me/claim", "{'attendee_id':'" CASSIUS "'}", .status = 200},
    {"nobody else does", AS_LEAD, "POST", "/v1/me/claim", "{'attendee_id':'" CASSIUS "'}", .status = 409},
    {"nobody is two", AS_MEMBER, "POST", "/v1/me/claim", "{'attendee_id':'${attendees:marek-dunedrift}'}",
     .status = 409},
    {"a badge's own", AS_ATTENDEE, "POST", "/v1/me/claim", "{'attendee_id':'${attendee.row}'}",
     .status = 200},
    {0},
};

static const struct scenario consent[] = {
    {"who agreed to nothing is not there", AS_LEAD, "GET", E "/attendees/" CASSIUS, .status = 404},
    {"consent", AS_MEMBER, "PUT", "/v1/me/consent",
     "{'display_name':'event','agency_type':'team','email':'event','text_version':'2015-11'}", .status = 200,
     .contains = {"'display_name':'event','organization':'none','agency_type':'team','team':'none'",
                  "'email':'event'", "'consent_text_version':'2015-11'"}},
    {"is seen", AS_LEAD, "GET", E "/attendees/" CASSIUS, .status = 200,
     .contains = {"'agency_type':'probation'"}, .absent = {"email"}},
    {"an organizer learns how to reach them", AS_ORGANIZER, "PATCH", E "/attendees/" CASSIUS,
     "{'email':'cassius@example.org','phone':'213-555-0100'}", .status = 200},
    {"that they are it is a member's word alone", AS_RIVERSIDE, "GET", E "/attendees/" CASSIUS, .status = 200,
     .absent = {"@", "555", "email", "phone"}},
    {"who has the badge says it themselves", AS_ATTENDEE, "PUT", "/v1/me/consent",
     "{'display_name':'event','email':'event'}", .status = 200},
    {"and is reached by what they let", AS_RIVERSIDE, "GET", E "/attendees/${attendee.row}", .status = 200,
     .contains = {"'email':'priya.mossywander@example.org'"}, .absent = {"phone"}},
    {"never in a list", AS_LEAD, "GET", E "/attendees?limit=500", .status = 200,
     .contains = {"${attendee.row}"}, .absent = {"@", "email"}},
    {"nor on a phone", AS_LEAD, "GET", E "/sync/attendees/pull?limit=500", .status = 200,
     .contains = {"${attendee.row}"}, .absent = {"@", "email"}},
    {"nor by staff", AS_STAFF, "GET", E "/attendees/${attendee.row}", .status = 200,
     .absent = {"@", "email"}},
    {"who is not of their team", AS_ATTENDEE, "PUT", "/v1/me/consent",
     "{'display_name':'event','email':'team'}", .status = 200},
    {"is not told, nor shown a gap", AS_RIVERSIDE, "GET", E "/attendees/${attendee.row}", .status = 200,
     .absent = {"@", "email"}},
    {"withdrawn, it is gone at once", AS_ATTENDEE, "PUT", "/v1/me/consent", "{}", .status = 200},
    {"for everybody", AS_RIVERSIDE, "GET", E "/attendees/${attendee.row}", .status = 404},
    {"what is not sent is none", AS_MEMBER, "PUT", "/v1/me/consent", "{'display_name':'team'}", .status = 200,
     .contains = {"'display_name':'team','organization':'none','agency_type':'none'", "'email':'none'",
                  "'consent_text_version':'1'"}},
    {"for the team alone", AS_RIVERSIDE, "GET", E "/attendees/" CASSIUS, .status = 404},
    {"an audience is one of three", AS_MEMBER, "PUT", "/v1/me/consent",
     "{'display_name':'all','team':1,'photo':'event'}", .status = 422,
     .contains = {"'/display_name'", "'/team'", "'/photo'"}},
    {"an end in the past is none", AS_MEMBER, "PUT", "/v1/me/consent",
     "{'display_name':'event','expires_at':'2015-12-08T00:00:00Z'}", .status = 422,
     .contains = {"'/expires_at'"}},
    {"nor one far away", AS_MEMBER, "PUT", "/v1/me/consent",
     "{'display_name':'event','expires_at':'9000-01-01T00:00:00Z'}", .status = 422, .contains = {"400 days"}},
    {"nor no time", AS_MEMBER, "PUT", "/v1/me/consent", "{'expires_at':'tomorrow'}", .status = 422},
    {"a faulty one changes nothing", AS_LEAD, "GET", E "/attendees/" CASSIUS, .status = 200},
    {"no body is no withdrawal", AS_MEMBER, "PUT", "/v1/me/consent", .status = 415},
    {"withdrawal", AS_MEMBER, "PUT", "/v1/me/consent", "{}", .status = 200, .contains = {NONE}},
    {"is seen at once", AS_LEAD, "GET", E "/attendees/" CASSIUS, .status = 404},
    {"who claimed someone stays who they are", AS_MEMBER, "GET", "/v1/me", .status = 200,
     .contains = {"'attendee':{'id':'" CASSIUS "'"}},
    {"an attendee removed is nobody's", AS_ORGANIZER, "DELETE", E "/attendees/" CASSIUS, .status = 204},
    {"and a member stays one", AS_MEMBER, "GET", "/v1/me", .status = 200,
     .contains = {"'attendee':null", NONE}},
    {0},
};

/* A consent ends by itself. */
static void consent_ends(void **state)
{
    struct harness *h = *state;
    char end[CLOCK_TEXT];
    clock_format(end, clock_now_ms() + 1000, NULL);
    harness_set(h, "end", end);
    play(h, &(struct scenario){"until soon", AS_ATTENDEE, "PUT", "/v1/me/consent",
                               "{'display_name':'event','expires_at':'${end}'}", .status = 200});
    play(h, &(struct scenario){"seen", AS_MEMBER, "GET", E "/attendees/${attendee.row}", .status = 200});
    usleep(1100 * 1000);
    harness_restart(h); /* a reply may be remembered for a minute */
    play(h, &(struct scenario){"not seen", AS_MEMBER, "GET", E "/attendees/${attendee.row}", .status = 404});
    play(h, &(struct scenario){"nor by oneself", AS_ATTENDEE, "GET", "/v1/me", .status = 200,
                               .contains = {NONE}});
    play(h, &(struct scenario){"staff is told anyway", AS_STAFF, "GET", E "/attendees/${attendee.row}",
                               .status = 200});
}

/* Without an end of its own, consent to a past event lasts a week from now: so it is seen. */
static void consent_after_the_event(void **state)
{
    struct harness *h = *state;
    play(h, &(struct scenario){"no end given", AS_ATTENDEE, "PUT", "/v1/me/consent",
                               "{'display_name':'event','expires_at':null}", .status = 200});
    play(h, &(struct scenario){"seen", AS_MEMBER, "GET", E "/attendees/${attendee.row}", .status = 200});
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(consent_ends),
    cmocka_unit_test(consent_after_the_event),
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "me", .scenarios = {profile, claims, consent}, .tests = tests});
}

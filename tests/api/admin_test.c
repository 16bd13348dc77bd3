/* Admin: what the command line does to a running server. */
#include "harness/harness.h"

#define TOKENS "/v1/tokens"

static const struct scenario organizers[] = {
    {"an organizer makes no organizer", AS_ORGANIZER, "POST", "/v1/organizers", "{'email':'new@example.org'}",
     .status = 403},
    {"nobody does", AS_NOBODY, "POST", "/v1/organizers", "{'email':'new@example.org'}", .status = 401},
    {"the admin does", AS_ADMIN, "POST", "/v1/organizers",
     "{'email':' New@Example.org ','display_name':'New','event':'csec101'}", .status = 201,
     .contains = {"'email':'new@example.org'", "'password':'"}, .head = {"Cache-Control: no-store\r\n"},
     .save = "id=/id password=/password"},
    {"who logs in with the password", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'new@example.org','password':'${password}'}", .status = 200,
     .contains = {"'display_name':'New'"}, .save = "access=/access_token"},
    {"sees that event", AS_NOBODY, "GET", "/v1/events", .token = "${access}", .status = 200,
     .contains = {"'slug':'csec101'"}, .absent = {"csec2015"}},
    {"and no other", AS_NOBODY, "GET", E, .token = "${access}", .status = 404},
    {"the same address again is the same account with a new password", AS_ADMIN, "POST", "/v1/organizers",
     "{'email':'new@example.org','event':'csec2015'}", .status = 201, .contains = {"${id}"},
     .save = "newer=/password"},
    {"with another event", AS_NOBODY, "GET", E, .token = "${access}", .status = 200},
    {"in the list, too", AS_NOBODY, "GET", "/v1/events", .token = "${access}", .status = 200,
     .contains = {"'slug':'csec101'", "'slug':'csec2015'"}},
    {"the first password is over", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'new@example.org','password':'${password}'}", .status = 401},
    {"the second is not", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'new@example.org','password':'${newer}'}", .status = 200},
    {"without an event it is every event", AS_ADMIN, "POST", "/v1/organizers", "{'email':'all@example.org'}",
     .status = 201, .save = "password=/password"},
    {"whose password is good", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'all@example.org','password':'${password}'}", .status = 200, .save = "access=/access_token"},
    {"for all", AS_NOBODY, "GET", "/v1/events", .token = "${access}", .status = 200,
     .contains = {"'slug':'csec101'", "'slug':'csec2015'", "'slug':'quarterly2016q1'"}},
    {"an event that is none", AS_ADMIN, "POST", "/v1/organizers",
     "{'email':'x@example.org','event':'csec999'}", .status = 404},
    {"an address that is none", AS_ADMIN, "POST", "/v1/organizers", "{'email':'x'}", .status = 422,
     .contains = {"'/email'"}},
    {"a field that is none", AS_ADMIN, "POST", "/v1/organizers",
     "{'email':'x@example.org','password':'chosen by me'}", .status = 422, .contains = {"'/password'"}},
    {0},
};

static const struct scenario tokens[] = {
    {"an organizer makes no tokens", AS_ORGANIZER, "POST", TOKENS, "{'event':'csec2015','role':'staff'}",
     .status = 403},
    {"an organizer's token for one event", AS_ADMIN, "POST", TOKENS,
     "{'event':'csec2015','role':'organizer'}", .status = 201,
     .contains = {"'role':'organizer'", "'slug':'csec2015'", "'display_name':'Command line'"},
     .head = {"Cache-Control: no-store\r\n"}, .save = "access=/access_token"},
    {"is good there", AS_NOBODY, "POST", E "/rooms", "{'name':'Script'}", .token = "${access}",
     .status = 201},
    {"and nowhere else", AS_NOBODY, "GET", "/v1/events/csec101", .token = "${access}", .status = 404},
    {"a member's, by the team's slug", AS_ADMIN, "POST", TOKENS,
     "{'event':'csec2015','role':'member','team':'los-angeles'}", .status = 201,
     .contains = {"'slug':'los-angeles'"}},
    {"a lead's, by its id and with a name", AS_ADMIN, "POST", TOKENS,
     "{'event':'${member.event}','role':'lead','team':'${teams:riverside}','display_name':'Script'}",
     .status = 201, .contains = {"'role':'lead'", "'slug':'riverside'", "'display_name':'Script'"}},
    {"staff", AS_ADMIN, "POST", TOKENS, "{'event':'csec2015','role':'staff'}", .status = 201},
    {"an attendee", AS_ADMIN, "POST", TOKENS, "{'event':'csec101','role':'attendee'}", .status = 201},
    {"a member has a team", AS_ADMIN, "POST", TOKENS, "{'event':'csec2015','role':'member'}", .status = 422,
     .contains = {"'/team'"}},
    {"staff has none", AS_ADMIN, "POST", TOKENS, "{'event':'csec2015','role':'staff','team':'los-angeles'}",
     .status = 422, .contains = {"'/team'"}},
    {"an unknown team", AS_ADMIN, "POST", TOKENS, "{'event':'csec2015','role':'lead','team':'atlantis'}",
     .status = 404},
    {"a team of another event", AS_ADMIN, "POST", TOKENS,
     "{'event':'csec101','role':'lead','team':'${teams:riverside}'}", .status = 404},
    {"an unknown event", AS_ADMIN, "POST", TOKENS, "{'event':'csec999','role':'staff'}", .status = 404},
    {"the admin's role is not given", AS_ADMIN, "POST", TOKENS, "{'event':'csec2015','role':'admin'}",
     .status = 422, .contains = {"'/role'"}},
    {0},
};

static const struct scenario keys[] = {
    {"an organizer rotates no keys", AS_ORGANIZER, "POST", "/v1/keys/rotate", .status = 403},
    {"the admin does", AS_ADMIN, "POST", "/v1/keys/rotate", .status = 201, .contains = {"{'kid':'20"},
     .save = "kid=/kid"},
    {"it is published", AS_NOBODY, "GET", "/.well-known/jwks.json", .status = 200,
     .contains = {"'kid':'${kid}'"}},
    {"tokens from before are good", AS_MEMBER, "GET", E "/rooms", .status = 200},
    {"the admin's, too", AS_ADMIN, "GET", "/v1/events", .status = 200},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "admin", .scenarios = {organizers, tokens, keys}});
}

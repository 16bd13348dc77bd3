/* An organizer's own password: the old one is asked for, the new one holds, other devices are logged out. */
#include "harness/harness.h"

#define LOGIN(who, password) "{'email':'${" who ".email}','password':'" password "'}"
#define P "/v1/me/password"

static const struct scenario scenarios[] = {
    {"an organizer logs in on a laptop", AS_NOBODY, "POST", "/v1/auth/login",
     LOGIN("organizer", "${organizer.password}"), .status = 200, .save = "laptop=/access_token"},
    {"and on a phone", AS_NOBODY, "POST", "/v1/auth/login", LOGIN("organizer", "${organizer.password}"),
     .status = 200, .save = "phone=/access_token"},
    {"a wrong old password changes nothing", AS_NOBODY, "PUT", P,
     "{'password':'not this one','new_password':'twelve quiet lanterns'}", .token = "${laptop}",
     .status = 422, .contains = {"'pointer':'/password'"}},
    {"a short new one is refused", AS_NOBODY, "PUT", P,
     "{'password':'${organizer.password}','new_password':'short'}", .token = "${laptop}", .status = 422,
     .contains = {"'pointer':'/new_password'"}},
    {"both are needed", AS_NOBODY, "PUT", P, "{}", .token = "${laptop}", .status = 422},
    {"the right one changes it", AS_NOBODY, "PUT", P,
     "{'password':'${organizer.password}','new_password':'twelve quiet lanterns'}", .token = "${laptop}",
     .status = 204},
    {"the laptop goes on", AS_NOBODY, "GET", "/v1/me", .token = "${laptop}", .status = 200},
    {"the phone is out", AS_NOBODY, "GET", "/v1/me", .token = "${phone}", .status = 401},
    {"the old password is no more", AS_NOBODY, "POST", "/v1/auth/login",
     LOGIN("organizer", "${organizer.password}"), .status = 401},
    {"the new one is", AS_NOBODY, "POST", "/v1/auth/login", LOGIN("organizer", "twelve quiet lanterns"),
     .status = 200},
    {"a member has none", AS_MEMBER, "PUT", P, "{'password':'a','new_password':'twelve quiet lanterns'}",
     .status = 403},
    {"nor has nobody", AS_NOBODY, "PUT", P, "{'password':'a','new_password':'twelve quiet lanterns'}",
     .status = 401},
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){"passwords", .scenarios = {scenarios}});
}

#include "http/access.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_NONE] = "none",   [ROLE_ATTENDEE] = "attendee",   [ROLE_MEMBER] = "member", [ROLE_LEAD] = "lead",
    [ROLE_STAFF] = "staff", [ROLE_ORGANIZER] = "organizer", [ROLE_ADMIN] = "admin",
};

const char *role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? names[role] : "none";
}

enum role role_parse(struct str name)
{
    for (enum role r = ROLE_ATTENDEE; r < ROLE_COUNT; r++)
        if (str_is(name, names[r]))
            return r;
    return ROLE_NONE;
}

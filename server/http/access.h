/* access.h - roles, and the sets of roles that a route row names.
 *
 * A route row states its access with one of the masks below; 0 stops the boot, so nothing is public because
 * somebody forgot a guard. Threads: constant data. Tests: tests/api/policy_test.c
 */
#ifndef CONVENED_HTTP_ACCESS_H
#define CONVENED_HTTP_ACCESS_H

#include "base/text.h"

enum role {
    ROLE_NONE,
    ROLE_ATTENDEE,
    ROLE_MEMBER,
    ROLE_LEAD,
    ROLE_STAFF,
    ROLE_ORGANIZER,
    ROLE_ADMIN,
    ROLE_COUNT
};

enum access {
    ACCESS_UNSTATED = 0,
    ACCESS_ATTENDEE = 1 << ROLE_ATTENDEE,
    ACCESS_MEMBER = 1 << ROLE_MEMBER,
    ACCESS_LEAD = 1 << ROLE_LEAD,
    ACCESS_STAFF = 1 << ROLE_STAFF,
    ACCESS_ORGANIZER = 1 << ROLE_ORGANIZER,
    ACCESS_ADMIN = 1 << ROLE_ADMIN,
    ACCESS_PUBLIC = 1 << ROLE_COUNT,        /* no token is read */
    ACCESS_METRICS = 1 << (ROLE_COUNT + 1), /* the loopback metrics listener only */

    ACCESS_TEAM = ACCESS_MEMBER | ACCESS_LEAD,
    ACCESS_HOST = ACCESS_ORGANIZER | ACCESS_ADMIN,
    ACCESS_PARTICIPANT = ACCESS_ATTENDEE | ACCESS_TEAM | ACCESS_STAFF | ACCESS_ORGANIZER,
    ACCESS_ANYONE = ACCESS_PARTICIPANT | ACCESS_ADMIN,
};

const char *role_name(enum role role); /* "attendee" …; static storage */
enum role role_parse(struct str name); /* ROLE_NONE for an unknown name */

#endif

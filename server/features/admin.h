/* admin.h - what the command line does to a running server: organizers, tokens, keys.
 *
 * The admin's token is signed with the key in data/secrets by a command on the same machine; no code or
 * password gives it. Tables: organizers, organizer_events, participants, devices. Spec tag: admin. Threads:
 * any. Tests: tests/api/admin_test.c
 */
#ifndef CONVENED_FEATURES_ADMIN_H
#define CONVENED_FEATURES_ADMIN_H

#include "http/route.h"

extern const struct feature feature_admin;

#endif

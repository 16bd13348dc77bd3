/* auth.h - joining with a code, logging in, refreshing, logging out, and the public keys.
 *
 * Tables: devices, participants, organizers; reads teams, events, attendees. Spec tag: auth.
 * Memory: the request's. Threads: any. Tests: tests/api/auth_test.c
 */
#ifndef CONVENED_FEATURES_AUTH_H
#define CONVENED_FEATURES_AUTH_H

#include "http/route.h"

struct house;
struct buf;

extern const struct feature feature_auth;

/* The one-time set-up token, good while the database has no organizer; nothing when it has one. */
void auth_setup_token(struct house *house, struct buf *out);

#endif

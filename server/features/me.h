/* me.h - who you are here, which attendee you are, and what of that others may see.
 *
 * Consent is a row a field, and only its person writes it: no row shows nothing, every row has an end.
 * Tables: participants, consents; reads attendees, events. Spec tag: me. Memory: the request's. Threads: any.
 * Tests: tests/api/me_test.c
 */
#ifndef CONVENED_FEATURES_ME_H
#define CONVENED_FEATURES_ME_H

#include "http/route.h"

extern const struct feature feature_me;

#endif

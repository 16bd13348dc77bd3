/* passwords.h - an organizer's own password, changed by who knows the old one.
 *
 * `convened organizer add` prints a password for one time: this is where it ends. The other devices of the
 * account are logged out. Tables: organizers, devices. Spec tag: auth. Memory: the request's. Threads: any.
 * Tests: tests/api/passwords_test.c
 */
#ifndef CONVENED_FEATURES_PASSWORDS_H
#define CONVENED_FEATURES_PASSWORDS_H

#include "http/route.h"

extern const struct feature feature_passwords;

#endif

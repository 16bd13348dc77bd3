/* certificates.h - what a person takes home from a training: sessions, minutes, and a number to check it by.
 *
 *   7K3Q-M9F2-WDAB-C    60 random bits in Crockford base32, and a check symbol: a slip of the pen is no guess
 *
 * It is issued when it is first asked for, once the last session with learning objectives is over; later
 * corrections of the attendance change its minutes, not its number. Whoever has the number sees that it is
 * good, of which event, when and for how many minutes. The name is not shown to them: they type it as it is
 * printed, and hear whether it is the one. Only a keyed hash of it is kept, so certificates outlive the
 * roster; a restored copy, which has a key of its own, can check all but the name. Guesses are limited.
 *
 * Tables: certificates; reads check_ins, sessions, attendees, events. Spec tag: check-ins. Memory: the
 * request's. Threads: any. Tests: tests/api/certificates_test.c, tests/judges/certificates_test.mjs
 */
#ifndef CONVENED_FEATURES_CERTIFICATES_H
#define CONVENED_FEATURES_CERTIFICATES_H

#include "http/route.h"

extern const struct feature feature_certificates;

#endif

/* room_codes.h - session attendance by a code on the room's screen, which changes every minute.
 *
 *   window n = minute n         6 digits of HMAC(server key; session, n)     taken in windows n and n + 1
 *
 * There is no table of codes: whoever holds the key can say at any time which code is good. A code passed on
 * outside is soon old; a phone that was slow has one more minute, and may say when it scanned. Wrong codes
 * are counted for each device. Tables: check_ins by entries.h. Spec tag: check-ins. Memory: the request's.
 * Threads: any. Tests: tests/api/room_codes_test.c
 */
#ifndef CONVENED_FEATURES_ROOM_CODES_H
#define CONVENED_FEATURES_ROOM_CODES_H

#include "http/route.h"

extern const struct feature feature_room_codes;

#endif

/* grant.h - gives a device its tokens: an access token, and a refresh token that rotates.
 *
 * Refresh tokens are numbered. A device's row keeps the newest number (refresh_seq) and the newest one whose
 * access token has been used (refresh_seen). Token n is HMAC(server key; device, n), so the database holds
 * none, and an answer that got lost on the way can be given again, the same:
 *
 *   n == seq                      rotate: the answer carries n + 1
 *   n == seq - 1, seq not seen    the answer was lost: the same n + 1 again
 *   otherwise                     someone else has a copy: the whole family ends
 *
 * The access token is signed after the commit (rq->after_commit, which finds in rq->scratch what it needs):
 * the writer has no time for that. Memory: the request's. Threads: any; on the writer's connection. Tests:
 * tests/api/auth_test.c
 */
#ifndef CONVENED_FEATURES_GRANT_H
#define CONVENED_FEATURES_GRANT_H

#include "http/request.h"

enum { ACCESS_TOKEN_S = 900, DEVICE_NAME_MAX = 64 };

struct participant {
    struct str event, team, organizer, attendee; /* absent where it does not apply */
    enum role role;
    struct str display_name;
};

struct organizer {
    struct str id, email, display_name, password_hash;
};

/* A new account, which has no device yet. */
void grant_organizer(struct request *rq, const struct organizer *organizer);
/* A new participant and device, and the token reply with this status. */
enum err grant_participant(struct request *rq, const struct participant *p, struct str device_name,
                           int status);
/* A new device of a participant that is there, and the token reply. */
enum err grant_device(struct request *rq, struct str participant, struct str device_name, int status);
/* The answer to a refresh token. ERR_UNAUTHORIZED when it is not good (any more). Sets *revoked when the
 * family ended: the caller's transaction must then be kept. */
enum err grant_refresh(struct request *rq, struct str refresh_token, bool *revoked);

extern const char *const grant_sql[];

#endif

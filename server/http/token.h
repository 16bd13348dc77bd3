/* token.h - access tokens: JWTs signed with ES256 (RFC 7519, RFC 8725). The only user of libjwt.
 *
 *   length ─► three segments ─► header is one that we issue ─► payload decoded, flat enough ─► libjwt checks
 * the signature ─► alg again ─► payload parsed strictly ─► each claim: present, typed, in range ─► times
 *
 * libjwt and jansson recurse on nested JSON, and a server thread's stack is small: nothing that was not
 * looked at first reaches them. A token says nothing of revocation; the caller compares `ver` with the epoch.
 * Threads: safe. Tests: tests/unit/token_test.c, tests/smoke/jwks.mjs
 */
#ifndef CONVENED_HTTP_TOKEN_H
#define CONVENED_HTTP_TOKEN_H

#include <stdint.h>

#include "base/text.h"
#include "base/uuid.h"
#include "http/access.h"
#include "http/keys.h"

#define TOKEN_ISSUER "convened"
#define TOKEN_AUDIENCE "convened"

enum {
    TOKEN_MAX_LEN = 2048,
    TOKEN_MAX_PAYLOAD = 1024, /* bytes of JSON */
    TOKEN_MAX_DEPTH = 4,      /* nesting of that JSON */
    TOKEN_SKEW = 60,          /* seconds that an `iat` may lie ahead */
    TOKEN_MAX_AGE = 900,      /* seconds from `iat` to `exp` */
    TOKEN_MAX_AGE_ADMIN = 86400,
};

struct claims {
    char sub[UUID_TEXT];  /* participant, organizer or device owner */
    char evt[UUID_TEXT];  /* event; empty when the token has none */
    char team[UUID_TEXT]; /* team; empty when the token has none */
    char jti[UUID_TEXT];
    enum role role;
    int64_t ver; /* the revocation epoch that the token was made in */
    int64_t iat; /* seconds since 1970, UTC */
    int64_t exp;
};

enum token_result {
    TOKEN_OK,
    TOKEN_BAD,
    TOKEN_EXPIRED, /* good in every other way */
};

/* The longest life of a role's tokens: TOKEN_MAX_AGE, or TOKEN_MAX_AGE_ADMIN. */
int64_t token_max_age(enum role role);

/* Adds a signed token to `out`. -1 with nothing added when token_verify() would refuse such claims at any
 * time, or memory is out. */
int token_issue(struct keys *keys, const struct claims *claims, struct buf *out);

/* Fills *out on TOKEN_OK; else clears it. */
enum token_result token_verify(struct keys *keys, struct str token, int64_t now_s, struct claims *out);

/* For http/keys.c, when it loads a key: signs once to learn the header that this key's tokens begin with.
 * Fills key->header; -1 when libjwt cannot sign with the key. */
int token_learn_header(struct signing_key *key);

#endif

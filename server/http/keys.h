/* keys.h - what the server keeps secret: one directory, `data/secrets`.
 *
 *   secrets/            0700   the directory is locked (flock) while it is read or changed
 *     server.key        0600   32 random bytes: codes are derived from it
 *     jwt-<kid>.pem     0600   P-256 private keys; the newest signs tokens, all of them verify
 *
 *   struct keys ──► table ──► older table ──► …     a rotation puts a new table in front; readers of the old
 *                     │ newest first                one are never waited for, and it is freed on close
 *                     ▼
 *                   signing keys
 *
 * To drop a signing key that leaked, delete its file and restart: a rotation keeps it for a day, because
 * tokens that it signed are still out.
 *
 * Ownership: keys_close() frees all, signing keys handed out included.
 * Threads: all functions are safe beside each other, but keys_close(). Tests: tests/unit/keys_test.c
 */
#ifndef CONVENED_HTTP_KEYS_H
#define CONVENED_HTTP_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    KEYS_KID = 22,     /* `YYYYMMDDhhmmss-<6 hex>` and the NUL */
    KEYS_HEADER = 160, /* room for the base64url header of a token */
    KEYS_MAX = 256,    /* signing keys at one time */
    KEYS_WHY = 256,
    KEYS_DERIVED = 32,
    KEYS_KEEP_S = 24 * 60 * 60, /* how long a replaced key goes on verifying */
};

struct keys;

struct signing_key {
    char kid[KEYS_KID];
    char header[KEYS_HEADER]; /* the first segment of every token that this key signs, NUL-terminated */
    size_t header_len;
    char *private_pem; /* NUL-terminated, wiped on close */
    char *public_pem;
    unsigned char x[32]; /* the public point, big-endian (RFC 7518, 6.2.1) */
    unsigned char y[32];
};

/* Opens the directory, and makes it and what is missing in it (but not its parents). NULL with one line in
 * why[] that names the file and the mend: a mode or owner that lets others read, a short or damaged file. */
struct keys *keys_open(const char *dir, char why[KEYS_WHY]);

void keys_close(struct keys *keys); /* NULL-safe */

/* Makes a new signing key, durable before it signs, and writes its kid. Deletes keys that were replaced more
 * than KEYS_KEEP_S ago. 0, or -1 with the reason in why[]; then the old keys stay in use. */
int keys_rotate(struct keys *keys, char kid[KEYS_KID], char why[KEYS_WHY]);

/* The public keys as a JSON Web Key Set (RFC 7517), newest first. */
void keys_jwks(struct keys *keys, struct buf *out);

/* HMAC-SHA256 of (purpose, subject, generation) under server.key; each triple has an input of its own. */
void keys_derive(const struct keys *keys, const char *purpose, struct str subject, int64_t generation,
                 unsigned char out[KEYS_DERIVED]);

/* For http/token.c: the key that signs, and the key whose tokens begin with this segment (NULL: none). */
const struct signing_key *keys_newest(struct keys *keys);
const struct signing_key *keys_by_header(struct keys *keys, struct str header);

#endif

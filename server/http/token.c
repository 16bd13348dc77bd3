#include "http/token.h"

#include <jansson.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNATURE = 64 }; /* r and s of P-256 (RFC 7518, 3.4) */

struct parts {
    struct str header, payload, signature;
};

int64_t token_max_age(enum role role)
{
    return role == ROLE_ADMIN ? TOKEN_MAX_AGE_ADMIN : TOKEN_MAX_AGE;
}

/* ---- what holds of claims whenever they are read ---- */

static bool is_id(const char *s)
{
    return uuid_is(str_of(s));
}

static bool claims_are_sound(const struct claims *c)
{
    return is_id(c->sub) && is_id(c->jti) && (!c->evt[0] || is_id(c->evt)) &&
           (!c->team[0] || is_id(c->team)) && c->role > ROLE_NONE && c->role < ROLE_COUNT && c->ver >= 0 &&
           c->iat >= 0 && c->exp > c->iat && c->exp - c->iat <= token_max_age(c->role);
}

/* ---- issue ---- */

static int add_claims(jwt_t *jwt, const struct claims *c)
{
    int failed = jwt_add_grant(jwt, "iss", TOKEN_ISSUER);
    failed = failed ? failed : jwt_add_grant(jwt, "aud", TOKEN_AUDIENCE);
    failed = failed ? failed : jwt_add_grant(jwt, "sub", c->sub);
    failed = failed || !c->evt[0] ? failed : jwt_add_grant(jwt, "evt", c->evt);
    failed = failed || !c->team[0] ? failed : jwt_add_grant(jwt, "team", c->team);
    failed = failed ? failed : jwt_add_grant(jwt, "role", role_name(c->role));
    failed = failed ? failed : jwt_add_grant_int(jwt, "ver", (long)c->ver);
    failed = failed ? failed : jwt_add_grant_int(jwt, "iat", (long)c->iat);
    failed = failed ? failed : jwt_add_grant_int(jwt, "exp", (long)c->exp);
    return failed ? failed : jwt_add_grant(jwt, "jti", c->jti);
}

/* A signed token, to be freed; NULL when libjwt fails. `c` NULL signs no claims at all. */
static char *sign(const struct signing_key *key, const struct claims *c)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (jwt_new(&jwt) != 0)
        return NULL;
    int key_len = (int)strlen(key->private_pem);
    if (jwt_add_header(jwt, "kid", key->kid) == 0 && (!c || add_claims(jwt, c) == 0) &&
        jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)key->private_pem, key_len) == 0)
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

int token_learn_header(struct signing_key *key)
{
    char *text = sign(key, NULL);
    size_t len = text ? strcspn(text, ".") : KEYS_HEADER;
    if (len < KEYS_HEADER) {
        memcpy(key->header, text, len);
        key->header[len] = '\0';
        key->header_len = len;
    }
    free(text);
    return len < KEYS_HEADER ? 0 : -1;
}

/* libjwt reports few of its allocation failures (1.10): a token goes out only if it reads back as it was
 * meant. */
static bool reads_back(struct keys *keys, struct str token, const struct claims *c)
{
    struct claims again;
    return token_verify(keys, token, c->iat, &again) == TOKEN_OK && strcmp(again.sub, c->sub) == 0 &&
           strcmp(again.evt, c->evt) == 0 && strcmp(again.team, c->team) == 0 &&
           strcmp(again.jti, c->jti) == 0 && again.role == c->role && again.ver == c->ver &&
           again.iat == c->iat && again.exp == c->exp;
}

int token_issue(struct keys *keys, const struct claims *claims, struct buf *out)
{
    char *text = claims_are_sound(claims) ? sign(keys_newest(keys), claims) : NULL;
    bool good = text && reads_back(keys, str_of(text), claims);
    if (good)
        buf_puts(out, text);
    free(text);
    return good && !out->failed ? 0 : -1;
}

/* ---- verify ---- */

/* Exactly three segments, none empty. */
static bool split(struct str token, struct parts *p)
{
    if (!token.ptr || token.len > TOKEN_MAX_LEN)
        return false;
    p->header = str_split(&token, '.');
    p->payload = str_split(&token, '.');
    p->signature = str_split(&token, '.');
    return !token.ptr && p->header.len && p->payload.len && p->signature.len;
}

/* No deeper than TOKEN_MAX_DEPTH, found without recursion. Brackets inside strings do not count. */
static bool is_flat(const unsigned char *json, size_t len)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (json[i] == '"')
            quoted = !quoted;
        else if (quoted && json[i] == '\\')
            i++;
        else if (!quoted && (json[i] == '{' || json[i] == '['))
            depth++;
        else if (!quoted && (json[i] == '}' || json[i] == ']'))
            depth--;
        if (depth > TOKEN_MAX_DEPTH)
            return false;
    }
    return true;
}

/* `token` holds base64url and dots only by now. An allocation that fails inside jwt_decode() may read as
 * success with alg none (1.10), hence the look at alg. */
static bool signature_holds(const struct signing_key *key, struct str token)
{
    char text[TOKEN_MAX_LEN + 1];
    jwt_t *jwt = NULL;
    memcpy(text, token.ptr, token.len);
    text[token.len] = '\0';
    bool holds =
        jwt_decode(&jwt, text, (const unsigned char *)key->public_pem, (int)strlen(key->public_pem)) == 0 &&
        jwt && jwt_get_alg(jwt) == JWT_ALG_ES256;
    jwt_free(jwt);
    return holds;
}

static struct str text_of(const json_t *json)
{
    return (struct str){json_string_value(json), json_string_length(json)};
}

/* An absent claim reads as empty; only a well-formed id is taken else. */
static bool read_id(const json_t *payload, const char *name, char out[UUID_TEXT])
{
    const json_t *json = json_object_get(payload, name);
    struct str id = text_of(json);
    if (!json)
        return true;
    if (!json_is_string(json) || !uuid_is(id))
        return false;
    memcpy(out, id.ptr, id.len);
    out[id.len] = '\0';
    return true;
}

static bool read_number(const json_t *payload, const char *name, int64_t *out)
{
    const json_t *json = json_object_get(payload, name);
    *out = json_integer_value(json);
    return json_is_integer(json);
}

static bool read_claims(const json_t *payload, struct claims *c)
{
    c->role = role_parse(text_of(json_object_get(payload, "role")));
    return str_is(text_of(json_object_get(payload, "iss")), TOKEN_ISSUER) &&
           str_is(text_of(json_object_get(payload, "aud")), TOKEN_AUDIENCE) &&
           read_id(payload, "sub", c->sub) && read_id(payload, "evt", c->evt) &&
           read_id(payload, "team", c->team) && read_id(payload, "jti", c->jti) &&
           read_number(payload, "ver", &c->ver) && read_number(payload, "iat", &c->iat) &&
           read_number(payload, "exp", &c->exp) && claims_are_sound(c);
}

/* The bytes that the signature covers, parsed by our rules rather than libjwt's. */
static bool parse_claims(const unsigned char *bytes, size_t len, struct claims *c)
{
    json_error_t error;
    json_t *payload = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, &error);
    bool good = json_is_object(payload) && read_claims(payload, c);
    json_decref(payload);
    return good;
}

enum token_result token_verify(struct keys *keys, struct str token, int64_t now_s, struct claims *out)
{
    struct parts p;
    struct claims c = {0};
    unsigned char payload[TOKEN_MAX_PAYLOAD], signature[SIGNATURE];
    size_t len = 0, signature_len = 0;
    memset(out, 0, sizeof *out);
    const struct signing_key *key = split(token, &p) ? keys_by_header(keys, p.header) : NULL;
    if (!key || !text_decode_base64url(p.payload, payload, sizeof payload, &len) || !is_flat(payload, len) ||
        !text_decode_base64url(p.signature, signature, sizeof signature, &signature_len) ||
        signature_len != sizeof signature || !signature_holds(key, token) ||
        !parse_claims(payload, len, &c) || c.iat - TOKEN_SKEW > now_s)
        return TOKEN_BAD;
    if (c.exp <= now_s)
        return TOKEN_EXPIRED;
    *out = c;
    return TOKEN_OK;
}

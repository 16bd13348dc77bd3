#include "http/signing.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "http/token.h"

enum { KID_DIGITS = 14, KID_HEX = 6 };

static void kid_format(char kid[KEYS_KID], int64_t seconds, const char *hex)
{
    time_t t = (time_t)seconds;
    struct tm tm = {0};
    char stamp[32];
    gmtime_r(&t, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &tm);
    snprintf(kid, KEYS_KID, "%.*s-%.*s", KID_DIGITS, stamp, KID_HEX, hex);
}

bool kid_parse(struct str kid, int64_t *seconds)
{
    struct tm tm = {0};
    char copy[KEYS_KID], again[KEYS_KID];
    if (kid.len != KEYS_KID - 1)
        return false;
    memcpy(copy, kid.ptr, kid.len);
    copy[kid.len] = '\0';
    if (strspn(copy, "0123456789") != KID_DIGITS ||
        strspn(copy + KID_DIGITS + 1, "0123456789abcdef") != KID_HEX)
        return false;
    sscanf(copy, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
           &tm.tm_sec);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *seconds = (int64_t)timegm(&tm);
    kid_format(again, *seconds, copy + KID_DIGITS + 1);
    return strcmp(copy, again) == 0; /* no 13th month, and a dash in between */
}

static int64_t kid_seconds(const char *kid)
{
    int64_t seconds = 0;
    kid_parse(str_of(kid), &seconds);
    return seconds;
}

bool kid_make(char kid[KEYS_KID], const char *newest)
{
    char hex[KID_HEX + 1];
    unsigned char random[KID_HEX / 2];
    int64_t now = clock_now_ms() / 1000, seconds;
    if (newest && now <= kid_seconds(newest))
        now = kid_seconds(newest) + 1;
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    kid_format(kid, now, hex);
    return kid_parse(str_of(kid), &seconds) && seconds == now;
}

void pem_free(char *pem)
{
    if (pem)
        sodium_memzero(pem, strlen(pem));
    free(pem);
}

void signing_key_destroy(struct signing_key *key)
{
    if (!key)
        return;
    pem_free(key->private_pem);
    pem_free(key->public_pem);
    free(key);
}

/* No terminal is asked for the password of an encrypted PEM. */
static int no_password(char *out, int size, int writing, void *arg)
{
    (void)out, (void)size, (void)writing, (void)arg;
    return -1;
}

static char *pem_write(EVP_PKEY *pkey, bool private)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL, *copy = NULL;
    if (bio && (private ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
                        : PEM_write_bio_PUBKEY(bio, pkey)) == 1) {
        long len = BIO_get_mem_data(bio, &text);
        copy = strndup(text, (size_t)len);
    }
    BIO_free(bio); /* wipes */
    return copy;
}

static bool point_read(EVP_PKEY *pkey, const char *name, unsigned char out[32])
{
    BIGNUM *n = NULL;
    bool done = EVP_PKEY_get_bn_param(pkey, name, &n) == 1 && BN_bn2binpad(n, out, 32) == 32;
    BN_free(n);
    return done;
}

/* A P-256 key whose two halves belong together. */
static bool pkey_is_sound(EVP_PKEY *pkey)
{
    char group[32] = "";
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    bool sound = ctx && EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
                 strcmp(group, "prime256v1") == 0 && EVP_PKEY_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return sound;
}

struct signing_key *signing_key_parse(const char *kid, const char *pem, size_t len)
{
    struct signing_key *key = calloc(1, sizeof *key);
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    bool done = key && pkey && pkey_is_sound(pkey) && point_read(pkey, OSSL_PKEY_PARAM_EC_PUB_X, key->x) &&
                point_read(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, key->y) &&
                (key->private_pem = pem_write(pkey, true)) && (key->public_pem = pem_write(pkey, false));
    if (done) {
        snprintf(key->kid, sizeof key->kid, "%s", kid);
        done = token_learn_header(key) == 0;
    }
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    ERR_clear_error();
    if (done)
        return key;
    signing_key_destroy(key);
    return NULL;
}

char *pem_create(void)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    char *pem = pkey ? pem_write(pkey, true) : NULL;
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return pem;
}

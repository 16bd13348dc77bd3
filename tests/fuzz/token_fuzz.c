/* Access tokens: MODE-BYTE then a token (0), a payload under our header with a false signature (1), or one
 * that is truly signed (2), so that the reader of claims sees everything. */
#include "fuzz.h"

#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include "../unit/temp_dir.h"
#include "http/token.h"

enum { NOW = 1449000000 };

static struct temp_dir folder;
static struct keys *keys;
static EVP_PKEY *key;

static void clean_up(void)
{
    keys_close(keys);
    EVP_PKEY_free(key);
    temp_remove(&folder);
}

static void start(void)
{
    char why[KEYS_WHY];
    HOLD(!temp_make(&folder));
    keys = keys_open(folder.path, why);
    HOLD(keys);
    BIO *bio = BIO_new_mem_buf(keys_newest(keys)->private_pem, -1);
    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    HOLD(key);
    atexit(clean_up);
}

static void sign(struct buf *out)
{
    unsigned char der[128], raw[64];
    const unsigned char *p = der;
    size_t len = sizeof der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    HOLD(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
    HOLD(EVP_DigestSign(ctx, der, &len, (unsigned char *)out->ptr, out->len) == 1);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
    buf_char(out, '.');
    buf_base64url(out, raw, sizeof raw);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

/* A token that is taken says who, in ids, for how long, and would be issued again. */
static void hold_claims(const struct claims *c)
{
    HOLD(c->role > ROLE_NONE && c->role < ROLE_COUNT);
    HOLD(uuid_is(str_of(c->sub)) && uuid_is(str_of(c->jti)));
    HOLD((!*c->evt || uuid_is(str_of(c->evt))) && (!*c->team || uuid_is(str_of(c->team))));
    HOLD(c->exp > NOW && c->iat <= NOW + TOKEN_SKEW && c->exp - c->iat <= token_max_age(c->role));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf out;
    struct claims claims;
    if (!keys)
        start();
    if (!size)
        return 0;
    arena_init(&arena, NULL, 0);
    buf_init(&out, &arena, 4096);
    struct str token = {(const char *)data + 1, size - 1};
    if (data[0] % 3) {
        buf_puts(&out, keys_newest(keys)->header);
        buf_char(&out, '.');
        buf_base64url(&out, token.ptr, token.len);
        if (data[0] % 3 == 2)
            sign(&out);
        else
            buf_puts(
                &out,
                ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        token = buf_view(&out);
    }
    enum token_result result = token_verify(keys, token, NOW, &claims);
    if (result == TOKEN_OK) {
        HOLD(data[0] % 3 == 2);
        hold_claims(&claims);
    }
    arena_finish(&arena);
    return 0;
}

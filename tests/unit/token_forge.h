/* token_forge.h - a fixture with a key directory, and a forger who holds the real key. For the tests of
 * tokens.
 *
 * Threads: none, but forging is safe beside other fixtures' work.
 */
#ifndef CONVENED_TESTS_TOKEN_FORGE_H
#define CONVENED_TESTS_TOKEN_FORGE_H

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h wants the two above */
#include <cmocka.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <string.h>

#include "http/token.h"
#include "temp_dir.h"

#define SUB "01890a5d-ac96-774b-bcce-b302099a8057"
#define EVT "01890a5d-ac96-774b-bcce-b302099a8058"
#define TEAM "01890a5d-ac96-774b-bcce-b302099a8059"
#define JTI "01890a5d-ac96-774b-bcce-b302099a805a"

enum { NOW = 1449000000 };

struct fixture {
    struct temp_dir t;
    struct arena arena;
    struct keys *keys;
    struct claims claims;
    char why[KEYS_WHY];
};

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    arena_init(&f->arena, NULL, 0);
    f->claims = (struct claims){.sub = SUB,
                                .evt = EVT,
                                .team = TEAM,
                                .jti = JTI,
                                .role = ROLE_MEMBER,
                                .ver = 3,
                                .iat = NOW,
                                .exp = NOW + 900};
    if (temp_make(&f->t) != 0)
        return -1;
    f->keys = keys_open(f->t.path, f->why);
    return f->keys ? 0 : -1;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    keys_close(f->keys);
    temp_remove(&f->t);
    arena_finish(&f->arena);
    free(f);
    return 0;
}

static inline struct str issue(struct fixture *f, const struct claims *claims)
{
    struct buf out;
    buf_init(&out, &f->arena, 0);
    assert_int_equal(token_issue(f->keys, claims, &out), 0);
    return buf_view(&out);
}

static inline void assert_result(struct fixture *f, struct str token, int64_t now, enum token_result want)
{
    struct claims got, none = {0};
    memset(&got, 0x55, sizeof got);
    enum token_result result = token_verify(f->keys, token, now, &got);
    if (result != want)
        fail_msg("%d instead of %d for %.*s", result, want, (int)token.len, token.ptr ? token.ptr : "");
    if (want != TOKEN_OK)
        assert_memory_equal(&got, &none, sizeof got);
}

static inline void assert_bad(struct fixture *f, struct str token)
{
    assert_result(f, token, NOW, TOKEN_BAD);
}

/* ---- a forger who holds the real key ---- */

static inline void add_signature(struct buf *out, const char *pem)
{
    unsigned char der[128], raw[64];
    const unsigned char *p = der;
    size_t len = sizeof der;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, der, &len, (unsigned char *)out->ptr, out->len), 1);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
    buf_char(out, '.');
    buf_base64url(out, raw, sizeof raw);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
}

static inline struct str forge_with(struct fixture *f, const char *header, struct str payload)
{
    struct buf out;
    buf_init(&out, &f->arena, 4096);
    if (header)
        buf_base64url(&out, header, strlen(header));
    else
        buf_puts(&out, keys_newest(f->keys)->header);
    buf_char(&out, '.');
    buf_base64url(&out, payload.ptr, payload.len);
    add_signature(&out, keys_newest(f->keys)->private_pem);
    return buf_view(&out);
}

/* Our header, this payload, a true signature. */
static inline struct str forge(struct fixture *f, const char *payload)
{
    return forge_with(f, NULL, str_of(payload));
}

#define IDS "\"sub\":\"" SUB "\",\"evt\":\"" EVT "\",\"team\":\"" TEAM "\",\"jti\":\"" JTI "\""
#define WHO "\"iss\":\"convened\",\"aud\":\"convened\""
#define TIMES "\"ver\":3,\"iat\":1449000000,\"exp\":1449000900"
#define ROLE "\"role\":\"member\""
#define GOOD "{" WHO "," IDS "," ROLE "," TIMES "}"

#endif

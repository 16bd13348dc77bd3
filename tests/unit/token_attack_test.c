/* Access tokens: forgeries, by outsiders and with the real key, and nesting bombs. */
#include <jansson.h>
#include <pthread.h>
#include <sodium.h>

#include "token_forge.h"

enum { SERVER_STACK = 100 * 1024 };

/* ---- headers ---- */

static void headers_that_are_not_ours(void **state)
{
    struct fixture *f = *state;
    const char *kid = keys_newest(f->keys)->kid;
    const char *headers[] = {
        "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"20151201000000-abcdef\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"../x\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"kid\":\"\\u0000\",\"typ\":\"JWT\"}",
        arena_printf(&f->arena, "{\"alg\":\"none\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid),
        arena_printf(&f->arena, "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid),
        arena_printf(&f->arena, "{\"alg\":\"es256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid),
        arena_printf(&f->arena, "{\"typ\":\"JWT\",\"kid\":\"%s\",\"alg\":\"ES256\"}",
                     kid), /* same, other order */
        arena_printf(&f->arena, "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid),
        arena_printf(&f->arena, "{\"alg\":\"ES256\",\"crit\":[\"x\"],\"kid\":\"%s\",\"typ\":\"JWT\"}", kid),
        arena_printf(&f->arena, "{\"alg\":\"ES256\",\"jku\":\"https://example.org/\",\"kid\":\"%s\"}", kid),
        arena_printf(&f->arena, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"} ", kid),
        "{}",
        "null",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_bad(f, forge_with(f, headers[i], STR(GOOD)));
}

static struct str encode_parts(struct fixture *f, const char *header, const char *signature)
{
    struct buf out;
    buf_init(&out, &f->arena, 0);
    buf_base64url(&out, header, strlen(header));
    buf_char(&out, '.');
    buf_base64url(&out, GOOD, strlen(GOOD));
    buf_char(&out, '.');
    buf_puts(&out, signature);
    return buf_view(&out);
}

static void alg_none(void **state)
{
    struct fixture *f = *state;
    const char *names[] = {"none", "None", "NONE", "nOnE", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *header = arena_printf(&f->arena, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
                                          names[i], keys_newest(f->keys)->kid);
        assert_bad(f, encode_parts(f, header, ""));
        assert_bad(f, encode_parts(f, header, "AAAA"));
    }
}

/* The classic swap: HS256 keyed with the public PEM, which everybody may know. */
static void hmac_with_the_public_key(void **state)
{
    struct fixture *f = *state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state hmac;
    const struct signing_key *key = keys_newest(f->keys);
    struct buf out;
    for (int swap = 0; swap < 2; swap++) {
        const char *header =
            arena_printf(&f->arena, "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", key->kid);
        buf_init(&out, &f->arena, 4096);
        if (swap)
            buf_base64url(&out, header, strlen(header));
        else
            buf_puts(&out, key->header);
        buf_char(&out, '.');
        buf_base64url(&out, GOOD, strlen(GOOD));
        crypto_auth_hmacsha256_init(&hmac, (unsigned char *)key->public_pem, strlen(key->public_pem));
        crypto_auth_hmacsha256_update(&hmac, (unsigned char *)out.ptr, out.len);
        crypto_auth_hmacsha256_final(&hmac, mac);
        buf_char(&out, '.');
        buf_base64url(&out, mac, sizeof mac);
        assert_bad(f, buf_view(&out));
    }
}

/* ---- claims, truly signed ---- */

static void claims_of_the_wrong_kind(void **state)
{
    struct fixture *f = *state;
    const char *bad[] = {
        "",
        " ",
        "{",
        "{}",
        "[]",
        "null",
        "\"x\"",
        "1",
        "{" WHO "}",
        GOOD "x",
        GOOD GOOD,
        "[" GOOD "]",
        /* missing, one at a time */
        "{\"aud\":\"convened\"," IDS "," ROLE "," TIMES "}",
        "{\"iss\":\"convened\"," IDS "," ROLE "," TIMES "}",
        "{" WHO ",\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "\"," ROLE "," TIMES "}",
        "{" WHO "," IDS "," TIMES "}",
        "{" WHO "," IDS "," ROLE ",\"iat\":1449000000,\"exp\":1449000900}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"exp\":1449000900}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000}",
        /* twice */
        "{" WHO "," IDS "," ROLE "," TIMES "," ROLE "}",
        "{\"role\":\"admin\"," WHO "," IDS "," ROLE "," TIMES "}",
        "{" WHO "," IDS "," ROLE "," TIMES ",\"\\u0072ole\":\"admin\"}",
        /* another issuer, another audience */
        "{\"iss\":\"other\",\"aud\":\"convened\"," IDS "," ROLE "," TIMES "}",
        "{\"iss\":\"convened\",\"aud\":\"other\"," IDS "," ROLE "," TIMES "}",
        "{\"iss\":\"Convened\",\"aud\":\"convened\"," IDS "," ROLE "," TIMES "}",
        "{\"iss\":\"convened\\u0000\",\"aud\":\"convened\"," IDS "," ROLE "," TIMES "}",
        "{\"iss\":\"convened\",\"aud\":[\"convened\"]," IDS "," ROLE "," TIMES "}",
        "{\"iss\":null,\"aud\":\"convened\"," IDS "," ROLE "," TIMES "}",
        /* numbers */
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":\"1449000900\"}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":1449000900.0}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":1.4490009e9}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":true}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":null}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":99999999999999999999}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":9223372036854775807}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":-9223372036854775808,\"exp\":1449000900}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":\"1449000000\",\"exp\":1449000900}",
        "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000900,\"exp\":1449000000}",
        "{" WHO "," IDS "," ROLE ",\"ver\":-1,\"iat\":1449000000,\"exp\":1449000900}",
        "{" WHO "," IDS "," ROLE ",\"ver\":\"3\",\"iat\":1449000000,\"exp\":1449000900}",
        "{" WHO "," IDS "," ROLE ",\"ver\":[3],\"iat\":1449000000,\"exp\":1449000900}",
        /* roles */
        "{" WHO "," IDS ",\"role\":\"none\"," TIMES "}",
        "{" WHO "," IDS ",\"role\":\"Member\"," TIMES "}",
        "{" WHO "," IDS ",\"role\":\"root\"," TIMES "}",
        "{" WHO "," IDS ",\"role\":\"\"," TIMES "}",
        "{" WHO "," IDS ",\"role\":5," TIMES "}",
        "{" WHO "," IDS ",\"role\":[\"member\"]," TIMES "}",
        /* ids */
        "{" WHO ",\"sub\":1,\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"\",\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "0\",\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"01890A5D-AC96-774B-BCCE-B302099A8057\",\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "\",\"jti\":\"1\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "\",\"evt\":null,\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "\",\"evt\":\"' OR 1=1\",\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "\",\"team\":\"\",\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        "{" WHO ",\"sub\":\"" SUB "\",\"team\":{},\"jti\":\"" JTI "\"," ROLE "," TIMES "}",
        /* five deep, and bytes that are no UTF-8 */
        "{" WHO "," IDS "," ROLE "," TIMES ",\"new\":[[[[]]]]}",
        "{" WHO "," IDS "," ROLE "," TIMES ",\"new\":{\"a\":[{\"b\":{}}]}}",
        "{" WHO "," IDS "," ROLE "," TIMES ",\"new\":\"\xff\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_bad(f, forge(f, bad[i]));
    assert_bad(f, forge_with(f, NULL, STR(GOOD "\0")));
    assert_bad(f, forge_with(f, NULL, STR("\0" GOOD)));
}

/* ---- nesting on a stack as small as a server thread's ---- */

static void *on_small_stack(void *arg)
{
    struct fixture *f = arg;
    struct claims got;
    struct buf header, payload;
    const char *brackets[] = {"[", "{\"a\":"};
    for (int kind = 0; kind < 2; kind++) {
        for (size_t size = 500; size <= 2800; size += 100) {
            buf_init(&header, &f->arena, 0);
            buf_puts(&header, "{\"alg\":");
            while (header.len < size * 3 / 4)
                buf_puts(&header, brackets[kind]);
            payload = header; /* the same bytes on either side of the dot */
            struct str in_header = encode_parts(f, buf_cstr(&header), "AAAA");
            struct str in_payload = forge_with(f, NULL, buf_view(&payload));
            if (token_verify(f->keys, in_header, NOW, &got) != TOKEN_BAD ||
                token_verify(f->keys, in_payload, NOW, &got) != TOKEN_BAD)
                return f;
        }
    }
    return token_verify(f->keys, forge(f, GOOD), NOW, &got) == TOKEN_OK ? NULL : f;
}

static void nesting_bombs(void **state)
{
    pthread_attr_t attr;
    pthread_t thread;
    void *failed = NULL;
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, SERVER_STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, on_small_stack, *state), 0);
    pthread_join(thread, &failed);
    pthread_attr_destroy(&attr);
    assert_null(failed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(headers_that_are_not_ours), TEST(alg_none),      TEST(hmac_with_the_public_key),
        TEST(claims_of_the_wrong_kind),  TEST(nesting_bombs),
    };
    json_object_seed(0);
    return cmocka_run_group_tests_name("token attacks", tests, NULL, NULL);
}

/* Access tokens when memory runs out inside jansson or OpenSSL: refused, never misread, and nothing leaks.
 *
 * libjwt 1.10 overlooks some failed allocations; an accepted token must still be the one that was signed.
 */
#include <jansson.h>
#include <openssl/crypto.h>

#include "token_forge.h"

/* The failing allocation counts down to 0; with `for_ever` all that follow fail as well. Negative: none
 * fails. */
static _Thread_local long countdown = -1;
static _Thread_local bool for_ever;
static bool spare_jansson; /* jwt_encode_str() of 1.10 takes strlen(NULL) when jansson has no memory */

static bool fails_now(void)
{
    if (countdown < 0)
        return false;
    if (countdown > 0) {
        countdown--;
        return false;
    }
    if (!for_ever)
        countdown = -1;
    return true;
}

static void *jansson_malloc(size_t size)
{
    return !spare_jansson && fails_now() ? NULL : malloc(size);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails_now() ? NULL : malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails_now() ? NULL : realloc(p, size);
}

static void openssl_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

static void arm(long nth, bool keep_failing)
{
    for_ever = keep_failing;
    countdown = nth;
}

/* True when the armed failure had not come yet: the call needs fewer allocations than that. */
static bool disarm(long nth)
{
    bool unused = nth >= 0 && countdown >= 0 && !(for_ever && countdown == 0);
    countdown = -1;
    return unused;
}

enum { MOST = 20000 };

static void verify_out_of_memory(void **state)
{
    struct fixture *f = *state;
    struct claims got;
    struct str good = issue(f, &f->claims),
               forged = forge(f, "{" WHO "," IDS ",\"role\":\"root\"," TIMES "}");
    char *altered = arena_strndup(&f->arena, good.ptr, good.len);
    altered[good.len - 20] = altered[good.len - 20] == 'A' ? 'B' : 'A';
    for (int keep = 0; keep < 2; keep++) {
        long n = 0;
        for (bool whole = false; !whole && n < MOST; n += 1 + n / 50) {
            arm(n, keep);
            enum token_result result = token_verify(f->keys, good, NOW, &got);
            whole = disarm(n);
            assert_true(result == TOKEN_OK || result == TOKEN_BAD);
            if (result == TOKEN_OK)
                assert_memory_equal(&got, &f->claims, sizeof got);
            assert_true(!whole || result == TOKEN_OK);
            arm(n, keep);
            assert_int_equal(token_verify(f->keys, (struct str){altered, good.len}, NOW, &got), TOKEN_BAD);
            arm(n, keep);
            assert_int_equal(token_verify(f->keys, forged, NOW, &got), TOKEN_BAD);
            disarm(n);
        }
        assert_in_range(n, 10, MOST - 1);
    }
}

static void issue_out_of_memory(void **state)
{
    struct fixture *f = *state;
    spare_jansson = true;
    for (int keep = 0; keep < 2; keep++) {
        long n = 0;
        for (bool whole = false; !whole && n < MOST; n += 1 + n / 50) {
            struct buf out;
            buf_init(&out, &f->arena, 4096);
            arm(n, keep);
            int failed = token_issue(f->keys, &f->claims, &out);
            whole = disarm(n);
            if (failed)
                assert_int_equal(out.len, 0);
            else
                assert_result(f, buf_view(&out), NOW, TOKEN_OK);
            assert_true(!whole || !failed);
        }
        assert_in_range(n, 10, MOST - 1);
    }
}

/* A rotation that fails leaves the key before it in use; one that succeeds signs. */
static void rotate_out_of_memory(void **state)
{
    struct fixture *f = *state;
    char kid[KEYS_KID], before[KEYS_KID];
    spare_jansson = true;
    for (long n = 0; n < 200; n += 3) {
        snprintf(before, sizeof before, "%s", keys_newest(f->keys)->kid);
        arm(n, n % 2);
        int failed = keys_rotate(f->keys, kid, f->why);
        disarm(n);
        assert_string_equal(keys_newest(f->keys)->kid, failed ? before : kid);
        assert_result(f, issue(f, &f->claims), NOW, TOKEN_OK);
    }
}

/* libjwt 1.10 asks malloc for (size_t)-1 bytes when OpenSSL gives it no signature; plain malloc returns NULL.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verify_out_of_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(issue_out_of_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rotate_out_of_memory, set_up, tear_down),
    };
    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
        return 1;
    json_object_seed(0);
    json_set_alloc_funcs(jansson_malloc, free);
    return cmocka_run_group_tests_name("token faults", tests, NULL, NULL);
}

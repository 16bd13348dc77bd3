/* Key directory: made privately, rotation beside readers, the public key set, derived secrets. */
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "keys_fixture.h"

/* ---- making and reading ---- */

static void makes_private_files(void **state)
{
    struct fixture *f = *state;
    char name[64];
    rmdir(f->t.path);
    struct keys *keys = open_good(f);
    assert_int_equal(mode_of(f, ""), 0700);
    assert_int_equal(mode_of(f, "server.key"), 0600);
    assert_int_equal(mode_of(f, pem_name(name, keys_newest(keys)->kid)), 0600);
    assert_int_equal(count_files(f, ".new"), 0);
    keys_close(keys);
}

static void same_after_reopen(void **state)
{
    struct fixture *f = *state;
    unsigned char before[KEYS_DERIVED], after[KEYS_DERIVED];
    char header[KEYS_HEADER];
    struct keys *keys = open_good(f);
    snprintf(header, sizeof header, "%s", keys_newest(keys)->header);
    keys_derive(keys, "team-code", STR("x"), 1, before);
    keys_close(keys);
    keys = open_good(f);
    keys_derive(keys, "team-code", STR("x"), 1, after);
    assert_memory_equal(before, after, sizeof before);
    assert_string_equal(header, keys_newest(keys)->header);
    assert_int_equal(count_files(f, ".pem"), 1);
    keys_close(keys);
}

static void close_takes_null(void **state)
{
    (void)state;
    keys_close(NULL);
    pem_free(NULL);
    signing_key_destroy(NULL);
}

static void crash_leftover_is_replaced(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(temp_write(&f->t, ".new", "half", 4, 0600), 0);
    keys_close(open_good(f));
    assert_int_equal(access(temp_path(&f->t, ".new"), F_OK), -1);
}

/* ---- rotation ---- */

static void rotation_keeps_what_was_replaced_lately(void **state)
{
    struct fixture *f = *state;
    char first[KEYS_KID], name[64];
    struct keys *keys = open_good(f);
    snprintf(first, sizeof first, "%s", keys_newest(keys)->kid);
    struct str header = str_of(keys_newest(keys)->header);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_string_equal(keys_newest(keys)->kid, f->kid);
    assert_true(strcmp(f->kid, first) > 0);
    assert_int_equal(mode_of(f, pem_name(name, f->kid)), 0600);
    assert_non_null(keys_by_header(keys, header));
    assert_null(keys_by_header(keys, STR("eyJhbGciOiJub25lIn0")));
    keys_close(keys);
    keys = open_good(f);
    assert_string_equal(keys_newest(keys)->kid, f->kid);
    assert_int_equal(count_files(f, ".pem"), 2);
    keys_close(keys);
}

/* Of keys from 2013, 2014 and 2015, the last signed until now: it stays, the others were replaced long ago.
 */
static void rotation_prunes_by_time_of_replacement(void **state)
{
    struct fixture *f = *state;
    char name[64];
    unsigned char secret[32] = {1};
    temp_write(&f->t, "server.key", secret, 32, 0600);
    add_key(f, "20130101000000-00000a");
    add_key(f, "20140101000000-00000b");
    add_key(f, "20150101000000-00000c");
    struct keys *keys = open_good(f);
    struct str signed_lately = str_of(keys_newest(keys)->header);
    assert_string_equal(keys_newest(keys)->kid, "20150101000000-00000c");
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_non_null(keys_by_header(keys, signed_lately));
    assert_int_equal(count_files(f, ".pem"), 2);
    assert_int_equal(access(temp_path(&f->t, pem_name(name, "20150101000000-00000c")), F_OK), 0);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0); /* replaced seconds ago: still there */
    assert_non_null(keys_by_header(keys, signed_lately));
    keys_close(keys);
}

static void clock_that_went_back(void **state)
{
    struct fixture *f = *state;
    unsigned char secret[32] = {1};
    temp_write(&f->t, "server.key", secret, 32, 0600);
    add_key(f, "20991231235959-ffffff");
    struct keys *keys = open_good(f);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_memory_equal(f->kid, "21000101000000-", 15);
    assert_string_equal(keys_newest(keys)->kid, f->kid);
    keys_close(keys);
    add_key(f, "99991231235959-ffffff");
    keys = open_good(f);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), -1);
    assert_non_null(strstr(f->why, "set the clock right"));
    keys_close(keys);
}

static void failed_rotation_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct keys *keys = open_good(f);
    char before[KEYS_KID];
    snprintf(before, sizeof before, "%s", keys_newest(keys)->kid);
    temp_remove(&f->t);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), -1);
    assert_non_null(strstr(f->why, "cannot be written"));
    assert_string_equal(keys_newest(keys)->kid, before);
    keys_close(keys);
}

static void too_many_keys(void **state)
{
    struct fixture *f = *state;
    struct keys *keys = open_good(f);
    for (int i = 1; i < KEYS_MAX; i++)
        assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), -1);
    assert_non_null(strstr(f->why, "wait a day"));
    keys_close(keys);
    add_key(f, "20130101000000-00000a");
    assert_refused(f, f->t.path, "remove the oldest");
}

struct race {
    struct keys *keys;
    atomic_bool stop;
    atomic_int refused, seen;
};

static void *read_for_ever(void *arg)
{
    struct race *race = arg;
    while (!atomic_load(&race->stop)) {
        const struct signing_key *key = keys_newest(race->keys);
        if (keys_by_header(race->keys, str_of(key->header)) != key)
            atomic_fetch_add(&race->refused, 1);
        atomic_fetch_add(&race->seen, 1);
    }
    return NULL;
}

static void readers_beside_rotations(void **state)
{
    struct fixture *f = *state;
    struct race race = {.keys = open_good(f)};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, read_for_ever, &race);
    for (int i = 0; i < 30; i++)
        assert_int_equal(keys_rotate(race.keys, f->kid, f->why), 0);
    atomic_store(&race.stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(race.refused, 0);
    assert_true(race.seen > 0);
    keys_close(race.keys);
}

/* ---- what others read ---- */

static void assert_coordinate(const json_t *key, const char *name, const unsigned char want[32])
{
    unsigned char bytes[64];
    size_t len = 0;
    struct str text = str_of(json_string_value(json_object_get(key, name)));
    assert_int_equal(text.len, 43);
    assert_true(text_decode_base64url(text, bytes, sizeof bytes, &len));
    assert_int_equal(len, 32);
    assert_memory_equal(bytes, want, 32);
}

static void jwks_is_public_and_whole(void **state)
{
    struct fixture *f = *state;
    struct buf out;
    struct keys *keys = open_good(f);
    for (int i = 0; i < 20;
         i++) /* enough that a coordinate with a leading zero would be likely to show in time */
        assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    buf_init(&out, &f->arena, 0);
    keys_jwks(keys, &out);
    json_t *set = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL),
           *list = json_object_get(set, "keys");
    assert_int_equal(json_array_size(list), 21);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *key = json_array_get(list, i);
        assert_int_equal(json_object_size(key), 7); /* and so no "d" */
        assert_string_equal(json_string_value(json_object_get(key, "kty")), "EC");
        assert_string_equal(json_string_value(json_object_get(key, "crv")), "P-256");
        assert_string_equal(json_string_value(json_object_get(key, "use")), "sig");
        assert_string_equal(json_string_value(json_object_get(key, "alg")), "ES256");
    }
    const json_t *first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "kid")), f->kid);
    assert_coordinate(first, "x", keys_newest(keys)->x);
    assert_coordinate(first, "y", keys_newest(keys)->y);
    json_decref(set);
    keys_close(keys);
}

static void derived_secrets_differ(void **state)
{
    struct fixture *f = *state;
    unsigned char got[8][KEYS_DERIVED];
    struct keys *keys = open_good(f);
    keys_derive(keys, "ab", STR("c"), 1, got[0]);
    keys_derive(keys, "a", STR("bc"), 1, got[1]); /* same bytes, other border */
    keys_derive(keys, "ab", STR("c"), 2, got[2]);
    keys_derive(keys, "ab", STR("c"), -1, got[3]);
    keys_derive(keys, "ab", STR("c"), (int64_t)1 << 32 | 1, got[4]);
    keys_derive(keys, "abc", STR(""), 1, got[5]);
    keys_derive(keys, "", STR("abc"), 1, got[6]);
    keys_derive(keys, "ab", STR("c\0"), 1, got[7]);
    for (int i = 0; i < 8; i++)
        for (int j = i + 1; j < 8; j++)
            assert_memory_not_equal(got[i], got[j], KEYS_DERIVED);
    keys_close(keys);
}

/* Codes are printed on paper: their derivation may never change. Computed with Python's hmac module. */
static void derivation_is_fixed(void **state)
{
    struct fixture *f = *state;
    unsigned char secret[32], got[KEYS_DERIVED];
    static const unsigned char want[KEYS_DERIVED] = {
        0x8e, 0xa7, 0xb9, 0xe7, 0xb1, 0xb4, 0x89, 0x6f, 0x82, 0x0b, 0xc3, 0xc5, 0xa4, 0xec, 0x1c, 0xec,
        0x70, 0x2d, 0xee, 0x07, 0x80, 0x3c, 0x09, 0xd4, 0xba, 0xe8, 0x16, 0x41, 0xd1, 0x7a, 0x6d, 0xdb};
    for (int i = 0; i < 32; i++)
        secret[i] = (unsigned char)i;
    temp_write(&f->t, "server.key", secret, 32, 0600);
    struct keys *keys = open_good(f);
    keys_derive(keys, "team-code", STR("los-angeles"), 258, got);
    assert_memory_equal(got, want, sizeof want);
    keys_close(keys);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(makes_private_files),
        TEST(same_after_reopen),
        TEST(close_takes_null),
        TEST(crash_leftover_is_replaced),
        TEST(rotation_keeps_what_was_replaced_lately),
        TEST(rotation_prunes_by_time_of_replacement),
        TEST(clock_that_went_back),
        TEST(failed_rotation_changes_nothing),
        TEST(too_many_keys),
        TEST(readers_beside_rotations),
        TEST(jwks_is_public_and_whole),
        TEST(derived_secrets_differ),
        TEST(derivation_is_fixed),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}

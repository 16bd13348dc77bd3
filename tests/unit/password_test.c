#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/password.h"

static const struct str RIGHT = {"correct horse battery", 21};

static void tells_right_from_wrong(void **state)
{
    char hash[PASSWORD_HASH];
    (void)state;
    assert_int_equal(password_hash(RIGHT, hash), 0);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_int_equal(password_check(RIGHT, str_of(hash)), PASSWORD_RIGHT);
    assert_int_equal(password_check(STR("correct horse batterY"), str_of(hash)), PASSWORD_WRONG);
    assert_int_equal(password_check((struct str){RIGHT.ptr, 20}, str_of(hash)), PASSWORD_WRONG);
    assert_int_equal(password_check(STR(""), str_of(hash)), PASSWORD_WRONG);
}

static void no_two_hashes_are_alike(void **state)
{
    char a[PASSWORD_HASH], b[PASSWORD_HASH];
    (void)state;
    assert_int_equal(password_hash(RIGHT, a), 0);
    assert_int_equal(password_hash(RIGHT, b), 0);
    assert_string_not_equal(a, b);
}

/* A NUL does not end a password, nor does a letter beyond ASCII. */
static void takes_every_byte(void **state)
{
    char hash[PASSWORD_HASH];
    (void)state;
    assert_int_equal(password_hash(STR("ab\0cd"), hash), 0);
    assert_int_equal(password_check(STR("ab\0cd"), str_of(hash)), PASSWORD_RIGHT);
    assert_int_equal(password_check(STR("ab\0ce"), str_of(hash)), PASSWORD_WRONG);
    assert_int_equal(password_check(STR("ab"), str_of(hash)), PASSWORD_WRONG);
    assert_int_equal(password_hash(STR("contraseña"), hash), 0);
    assert_int_equal(password_check(STR("contraseña"), str_of(hash)), PASSWORD_RIGHT);
}

static void no_damaged_hash_opens(void **state)
{
    static const char *const hashes[] = {
        "", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
        "$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA"};
    char hash[PASSWORD_HASH], longer[PASSWORD_HASH + 10];
    (void)state;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        assert_int_equal(password_check(RIGHT, str_of(hashes[i])), PASSWORD_WRONG);
    assert_int_equal(password_hash(RIGHT, hash), 0);
    memset(longer, 'A', sizeof longer);
    assert_int_equal(password_check(RIGHT, (struct str){longer, sizeof longer}), PASSWORD_WRONG);
    hash[strlen(hash) - 1] ^= 1;
    assert_int_equal(password_check(RIGHT, str_of(hash)), PASSWORD_WRONG);
}

static void time_check(struct str hash, int64_t *best)
{
    int64_t start = clock_monotonic_us();
    assert_int_equal(password_check(STR("wrong password"), hash), PASSWORD_WRONG);
    int64_t took = clock_monotonic_us() - start;
    *best = took < *best ? took : *best;
}

static void an_unknown_account_takes_as_long(void **state)
{
    char hash[PASSWORD_HASH];
    (void)state;
    assert_int_equal(password_hash(RIGHT, hash), 0);
    int64_t known = INT64_MAX, unknown = INT64_MAX;
    for (int i = 0; i < 8; i++) { /* in turns, so that a busy machine slows both */
        time_check(str_of(hash), &known);
        time_check((struct str){0}, &unknown);
    }
    if (unknown < known / 2 || unknown > known * 2)
        fail_msg("known %lld us, unknown %lld us", (long long)known, (long long)unknown);
}

static void *check_one(void *hash)
{
    return password_check(RIGHT, str_of(hash)) == PASSWORD_RIGHT ? hash : NULL;
}

static void a_crowd_waits_its_turn(void **state)
{
    char hash[PASSWORD_HASH];
    pthread_t threads[12];
    void *right;
    (void)state;
    assert_int_equal(password_hash(RIGHT, hash), 0);
    for (int i = 0; i < 12; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, check_one, hash), 0);
    for (int i = 0; i < 12; i++) {
        pthread_join(threads[i], &right);
        assert_ptr_equal(right, hash);
    }
}

static void makes_one_time_passwords(void **state)
{
    char made[200][PASSWORD_ONE_TIME];
    (void)state;
    for (int i = 0; i < 200; i++) {
        password_make(made[i]);
        assert_int_equal(strlen(made[i]), PASSWORD_ONE_TIME - 1);
        assert_int_equal(strspn(made[i], "abcdefghijkmnpqrstuvwxyz23456789"), PASSWORD_ONE_TIME - 1);
        assert_true(PASSWORD_ONE_TIME - 1 >= PASSWORD_MIN);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(made[i], made[j]);
    }
}

static int start(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_right_from_wrong),
        cmocka_unit_test(no_two_hashes_are_alike),
        cmocka_unit_test(takes_every_byte),
        cmocka_unit_test(no_damaged_hash_opens),
        cmocka_unit_test(an_unknown_account_takes_as_long),
        cmocka_unit_test(a_crowd_waits_its_turn),
        cmocka_unit_test(makes_one_time_passwords),
    };
    return cmocka_run_group_tests_name("password", tests, start, NULL);
}

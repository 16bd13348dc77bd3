#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "features/order_key.h"

typedef char key[ORDER_KEY_MAX + 1];

static void check_between(const char *a, const char *b, const char *expected)
{
    key out;
    order_key_between(str_of(a), str_of(b), out);
    assert_string_equal(out, expected);
}

/* Golden: what `fractional-indexing` answers for the same neighbours, so that its keys and ours mix. */
static void keys_are_those_of_fractional_indexing(void **state)
{
    (void)state;
    check_between(NULL, NULL, "a0");
    check_between(NULL, "a0", "Zz");
    check_between(NULL, "Zz", "Zy");
    check_between("a0", NULL, "a1");
    check_between("a1", NULL, "a2");
    check_between("a0", "a1", "a0V");
    check_between("a1", "a2", "a1V");
    check_between("a0V", "a1", "a0l");
    check_between("Zz", "a0", "ZzV");
    check_between("Zz", "a1", "a0");
    check_between(NULL, "Y00", "Xzzz");
    check_between("bzz", NULL, "c000");
    check_between("a0", "a0V", "a0G");
    check_between("a0", "a0G", "a08");
    check_between("b125", "b129", "b127");
    check_between("a0", "a1V", "a1");
    check_between("Zz", "a01", "a0");
    check_between(NULL, "a0V", "a0");
    check_between(NULL, "b999", "b99");
    check_between("zzzzzzzzzzzzzzzzzzzzzzzzzzy", NULL, "zzzzzzzzzzzzzzzzzzzzzzzzzzz");
    check_between("zzzzzzzzzzzzzzzzzzzzzzzzzzz", NULL, "zzzzzzzzzzzzzzzzzzzzzzzzzzzV");
    check_between(NULL, "A000000000000000000000000001", "A000000000000000000000000000V");
}

static void below_the_least_integer_there_are_its_fractions(void **state)
{
    (void)state;
    check_between(NULL, "A00000000000000000000000001", "A00000000000000000000000000V");
    check_between(NULL, "A00000000000000000000000000V", "A00000000000000000000000000G");
}

static void only_keys_of_the_form_are_keys(void **state)
{
    (void)state;
    key longest;
    memset(longest, 'z', ORDER_KEY_MAX);
    longest[0] = 'a';
    longest[ORDER_KEY_MAX] = '\0';
    static const char *const good[] = {
        "a0", "a0V", "Zz", "b00", "zzzzzzzzzzzzzzzzzzzzzzzzzzz", "A00000000000000000000000000V"};
    static const char *const bad[] = {
        "", "a", "0", "b0", "a00", "a0V0", "a0-", "a0 ", "\xc3\xa4", "A00000000000000000000000000", "5V"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(order_key_is(str_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(order_key_is(str_of(bad[i])));
    assert_false(order_key_is((struct str){0}));
    assert_false(order_key_is((struct str){"a0\0V", 4}));
    assert_true(order_key_is(str_of(longest)));
    assert_false(order_key_is((struct str){longest, ORDER_KEY_MAX + 1}));
}

static void appending_keeps_keys_short(void **state)
{
    (void)state;
    key last = "", next;
    for (int i = 0; i < 100000; i++) {
        order_key_between(*last ? str_of(last) : (struct str){0}, (struct str){0}, next);
        assert_true(order_key_is(str_of(next)));
        assert_true(strcmp(last, next) < 0);
        strcpy(last, next);
    }
    assert_true(strlen(last) <= 4);
}

static void putting_first_keeps_keys_short(void **state)
{
    (void)state;
    key first = "a0", next;
    for (int i = 0; i < 100000; i++) {
        order_key_between((struct str){0}, str_of(first), next);
        assert_true(order_key_is(str_of(next)));
        assert_true(strcmp(next, first) < 0);
        strcpy(first, next);
    }
    assert_true(strlen(first) <= 4);
}

/* Two of three at random places, a third always behind the same one: as a list grows by hand. */
static void insertions_keep_the_order(void **state)
{
    (void)state;
    enum { N = 2000 };
    key *keys = calloc(N + 1, sizeof *keys);
    unsigned long long random = 20151201;
    size_t longest = 0;
    assert_non_null(keys);
    for (int n = 0; n < N; n++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        int at = n % 3 == 2 ? 1 + n / 2 : (int)((random >> 33) % (unsigned)(n + 1));
        key made;
        order_key_between(at ? str_of(keys[at - 1]) : (struct str){0},
                          at < n ? str_of(keys[at]) : (struct str){0}, made);
        assert_true(order_key_is(str_of(made)));
        assert_true(!at || strcmp(keys[at - 1], made) < 0);
        assert_true(at == n || strcmp(made, keys[at]) < 0);
        memmove(keys + at + 1, keys + at, (size_t)(n - at) * sizeof *keys);
        memcpy(keys[at], made, sizeof made);
        longest = strlen(made) > longest ? strlen(made) : longest;
    }
    assert_true(longest < 130);
    free(keys);
}

/* At one spot the room ends after a thousand: from there on keys repeat that of the neighbour behind, and
 * never grow. */
static void length_is_bounded(void **state)
{
    (void)state;
    key above = "a1", below = "a0", next;
    int distinct = 0;
    for (int i = 0; i < 3000; i++) {
        order_key_between(STR("a0"), str_of(above), next);
        assert_true(order_key_is(str_of(next)));
        assert_true(strcmp("a0", next) < 0 && strcmp(next, above) <= 0);
        distinct += strcmp(next, above) < 0;
        strcpy(above, next);
    }
    assert_true(distinct > 1000);
    for (int i = 0; i < 3000; i++) {
        order_key_between(str_of(below), STR("a1"), next);
        assert_true(order_key_is(str_of(next)));
        assert_true(strcmp(below, next) < 0 && strcmp(next, "a1") <= 0);
        if (!strcmp(next, "a1"))
            break;
        strcpy(below, next);
    }
    assert_true(strlen(below) <= ORDER_KEY_MAX);
}

static void where_there_is_no_room_it_is_the_place_next_to_it(void **state)
{
    (void)state;
    check_between("a1", "a1", "a1");
    check_between("a2", "a1", "a1");
    check_between("not a key", NULL, "not a key");
    check_between("a0", "-", "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_fractional_indexing),
        cmocka_unit_test(below_the_least_integer_there_are_its_fractions),
        cmocka_unit_test(only_keys_of_the_form_are_keys),
        cmocka_unit_test(appending_keeps_keys_short),
        cmocka_unit_test(putting_first_keeps_keys_short),
        cmocka_unit_test(insertions_keep_the_order),
        cmocka_unit_test(length_is_bounded),
        cmocka_unit_test(where_there_is_no_room_it_is_the_place_next_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

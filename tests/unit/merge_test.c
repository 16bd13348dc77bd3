/* The merge alone: each case by name, then what must hold of all of them, over random items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "sync/merge.h"

/* An item in short: "text owner due order_key flags", `-` for absent, flags d (done) and x (deleted). */
static struct item item_of(const char *s)
{
    struct str rest = str_of(s), parts[5];
    for (int i = 0; i < 5; i++) {
        parts[i] = str_split(&rest, ' ');
        if (str_is(parts[i], "-"))
            parts[i] = (struct str){0};
    }
    bool deleted = parts[4].len && memchr(parts[4].ptr, 'x', parts[4].len);
    return (struct item){.prompt = STR("p"),
                         .text = parts[0],
                         .owner = parts[1],
                         .due = parts[2],
                         .order_key = parts[3],
                         .done = parts[4].len && memchr(parts[4].ptr, 'd', parts[4].len),
                         .deleted = deleted};
}

static const struct merge_case {
    const char *name, *base, *master, *to, *merged;
    bool clash;
} cases[] = {
    {"their tick beside my text", "a - - a0 -", "a - - a0 d", "b - - a0 -", "b - - a0 d", false},
    {"my tick beside their text", "a - - a0 -", "b - - a0 -", "a - - a0 d", "b - - a0 d", false},
    {"texts clash: theirs stays", "a - - a0 -", "b - - a0 -", "c - - a0 -", "b - - a0 -", true},
    {"and my tick goes in", "a - - a0 -", "b - - a0 -", "c - - a0 d", "b - - a0 d", true},
    {"the same text twice is no clash", "a - - a0 -", "b - - a0 d", "b - - a0 -", "b - - a0 d", false},
    {"owners clash: who comes last", "a - - a0 -", "a x - a0 -", "a y - a0 -", "a y - a0 -", false},
    {"an owner cleared", "a x - a0 -", "b x - a0 -", "a - - a0 -", "b - - a0 -", false},
    {"an owner cleared by them", "a x - a0 -", "a - - a0 -", "b x - a0 -", "b - - a0 -", false},
    {"a date beside a date", "a - 1 a0 -", "a - 2 a0 -", "a - 3 a0 -", "a - 3 a0 -", false},
    {"a place beside a text", "a - - a0 -", "b - - a0 -", "a - - a5 -", "b - - a5 -", false},
    {"places clash: who comes last", "a - - a0 -", "a - - a1 -", "a - - a2 -", "a - - a2 -", false},
    {"no place is no change", "a - - a0 -", "a - - a1 -", "b - - - -", "b - - a1 -", false},
    {"nothing seen, another text", NULL, "a - - a0 -", "b - - a1 d", "a - - a1 d", true},
    {"nothing seen, the same text", NULL, "a - - a0 -", "a x - a0 -", "a x - a0 -", false},
    {"my removal, their edit", "a - - a0 -", "b - - a0 -", "- - - - x", "b - - a0 -", false},
    {"their removal, my edit", "a - - a0 -", "a - - a0 x", "b - - a0 -", "b - - a0 -", false},
    {"their removal of another text", "a - - a0 -", "c - - a0 x", "b - - a0 -", "b - - a0 -", false},
    {"their removal, my tick", "a - - a0 -", "a - - a0 x", "a - - a0 d", "a - - a0 d", false},
    {"their removal, and I changed nothing", "a - - a0 -", "a - - a0 x", "a - - a0 -", "a - - a0 x", false},
    {"I changed nothing", "a - - a0 -", "b y 2 a4 d", "a - - a0 -", "b y 2 a4 d", false},
    {"removed, and another's again", "- - - - x", "a - - a0 -", "b - - a0 -", "a - - a0 -", true},
    {"removed unseen", NULL, "a - - a0 -", "- - - - x", "a - - a0 -", false},
};

static void the_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct merge_case *c = &cases[i];
        struct item base = item_of(c->base ? c->base : ""), master = item_of(c->master), to = item_of(c->to);
        struct item wanted = item_of(c->merged), merged;
        bool clash = item_merge(c->base ? &base : NULL, &master, &to, &merged);
        if (clash != c->clash || !item_same(&merged, &wanted) || merged.deleted != wanted.deleted)
            fail_msg("%s", c->name);
    }
}

/* --- random items over few values, so that they meet --- */

static uint64_t seed;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static struct item random_item(void)
{
    static const char *const texts[] = {"a", "b", "c"}, *const names[] = {NULL, "x", "y"},
                             *const keys[] = {"a0", "a1", NULL}, *const prompts[] = {"p", "q"};
    return (struct item){.prompt = str_of(prompts[pick(2)]),
                         .text = str_of(texts[pick(3)]),
                         .owner = str_of(names[pick(3)]),
                         .due = str_of(names[pick(3)]),
                         .order_key = str_of(keys[pick(3)]),
                         .done = pick(2),
                         .deleted = pick(4) == 0,
                         .seq = pick(9)};
}

#define HOLDS(what)                                                                                          \
    if (!(what))                                                                                             \
    fail_msg("seed %llu, round %d: %s", (unsigned long long)start, round, #what)

static bool is_in(struct str text, const struct item *item)
{
    return !item->deleted && str_eq(text, item->text);
}

static void what_holds_of_all(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t start = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
    seed = start;
    printf("# SEED=%llu\n", (unsigned long long)start);
    for (int round = 0; round < 200000; round++) {
        struct item base = random_item(), master = random_item(), to = random_item(), merged, again;
        const struct item *seen = pick(4) ? &base : NULL;
        if (!master.order_key.ptr)
            master.order_key = STR("a0"); /* what is stored has a place */
        if (item_same(&to, &master))
            continue; /* never asked: it is as stored */
        bool clash = item_merge(seen, &master, &to, &merged);
        bool knew = seen && !seen->deleted;
        /* no text of either is lost, unless its writer had the other's before them or took it away */
        HOLDS(master.deleted || is_in(master.text, &merged) || (knew && str_eq(base.text, master.text)));
        HOLDS(to.deleted || clash || is_in(to.text, &merged) || (knew && str_eq(base.text, to.text)));
        HOLDS(!clash || (!to.deleted && !master.deleted && str_eq(merged.text, master.text)));
        /* an edit beats a removal, from either side */
        HOLDS(!(to.deleted && !master.deleted) || (!merged.deleted && item_same(&merged, &master)));
        HOLDS(!master.deleted || to.deleted || !merged.deleted || (knew && item_same(&base, &to)));
        /* who changed nothing changes nothing; who had seen all has their way */
        HOLDS(!(knew && item_same_content(&base, &to) && item_same(&base, &to)) ||
              item_same(&merged, &master));
        if (!to.deleted && !master.deleted) {
            clash = item_merge(&master, &master, &to, &again);
            HOLDS(!clash && item_same(&again, &to));
        }
        /* again, over what came of it: the same */
        item_merge(&merged, &merged, &merged, &again);
        HOLDS(item_same(&again, &merged));
        /* names of states tell contents apart, and nothing else */
        char a[ITEM_STATE], b[ITEM_STATE];
        item_state(&master, a);
        item_state(&to, b);
        HOLDS(item_same_content(&master, &to) == !strcmp(a, b));
    }
}

static void a_sibling_has_one_id(void **state)
{
    (void)state;
    char id[UUID_TEXT], same[UUID_TEXT], other[UUID_TEXT];
    struct item base = item_of("a - - a0 -"), to = item_of("b - - a0 -"), ticked = item_of("b - - a5 d"),
                else_ = item_of("c - - a0 -");
    item_fork_id(STR("i"), &base, &to, id);
    assert_true(uuid_is(str_of(id)));
    item_fork_id(STR("i"), &base, &ticked, same);
    assert_string_equal(id, same);
    item_fork_id(STR("i"), &base, &else_, other);
    assert_string_not_equal(id, other);
    item_fork_id(STR("i"), NULL, &to, other);
    assert_string_not_equal(id, other);
    item_fork_id(STR("j"), &base, &to, other);
    assert_string_not_equal(id, other);
}

static void absent_is_not_empty(void **state)
{
    (void)state;
    struct item a = item_of("a - - a0 -"), b = a;
    b.owner = STR("");
    assert_false(item_same(&a, &b));
    char one[ITEM_STATE], two[ITEM_STATE];
    item_state(&a, one);
    item_state(&b, two);
    assert_string_not_equal(one, two);
    b = a;
    b.order_key = (struct str){0};
    assert_true(item_same(&a, &b));
    b.order_key = STR("a9");
    assert_false(item_same(&a, &b));
    assert_true(item_same_content(&a, &b));
}

int main(void)
{
    setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases),
        cmocka_unit_test(what_holds_of_all),
        cmocka_unit_test(a_sibling_has_one_id),
        cmocka_unit_test(absent_is_not_empty),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}

#include <string.h>

#include "features/codes.h"
#include "keys_fixture.h"

#define TEAM "0190d3a4-0000-7000-8000-000000000001"
#define OTHER "0190d3a4-0000-7000-8000-000000000002"

static void assert_folds(const char *typed, const char *want)
{
    char out[CODE_DIGITS + 1] = "?";
    if (code_read(str_of(typed), out) != (want != NULL) || (want && strcmp(out, want) != 0))
        fail_msg("%s became %s", typed, out);
}

static void reads_what_people_type(void **state)
{
    (void)state;
    assert_folds("ALAM-7K3QM-9F2WD", "A1AM7K3QM9F2WD");
    assert_folds("alam-7k3qm-9f2wd", "A1AM7K3QM9F2WD");
    assert_folds("alam7k3qm9f2wd", "A1AM7K3QM9F2WD");
    assert_folds("  AL AM 7K3 QM---9F2WD ", "A1AM7K3QM9F2WD");
    assert_folds("a1am-7k3qm-9f2wd", "A1AM7K3QM9F2WD");
    assert_folds("OoIi-LlUu0-11VVZ", "001111VV011VVZ");
}

static void refuses_what_is_no_code(void **state)
{
    static const char *const typed[] = {"",
                                        "-",
                                        "ALAM-7K3QM-9F2W",
                                        "ALAM-7K3QM-9F2WDX",
                                        "ALAM_7K3QM_9F2WD",
                                        "ALAM-7K3QM-9F2W!",
                                        "ALAM-7K3QM-9F2W\xC3\x91",
                                        "ALAM.7K3QM.9F2WD",
                                        "ALAM-7K3QM-9F2WD;",
                                        "https://example.org"};
    char out[CODE_DIGITS + 1];
    (void)state;
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
        assert_folds(typed[i], NULL);
    assert_false(code_read((struct str){"ALAM-7K3QM-9F2WD\0", 17}, out)); /* a NUL is no digit */
    assert_false(code_read((struct str){0}, out));
    for (int c = 0; c < 256; c++) { /* each byte in the last place: read or refused, never a fault */
        char text[] = "ALAM7K3QM9F2W?";
        text[13] = (char)c;
        bool read = code_read((struct str){text, 14}, out);
        assert_int_equal(read,
                         (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c >= 'A'));
    }
}

static void labels_come_from_slugs(void **state)
{
    static const char *const rows[][3] = {
        {"los-angeles", "LOSA", "10SA"}, {"alameda", "ALAM", "A1AM"}, {"yolo", "YOLO", "Y010"},
        {"a-b", "ABXX", "ABXX"},         {"", "XXXX", "XXXX"},        {"el_dorado", "ELDO", "E1D0"}};
    char label[CODE_LABEL];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        code_label(str_of(rows[i][0]), label);
        assert_string_equal(label, rows[i][1]);
        code_fold_label(label);
        assert_string_equal(label, rows[i][2]);
    }
}

static void random_labels_differ(void **state)
{
    char a[CODE_LABEL], b[CODE_LABEL];
    int same = 0;
    (void)state;
    for (int i = 0; i < 100; i++) {
        code_random_label(a);
        code_random_label(b);
        assert_int_equal(strspn(a, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 4);
        same += !strcmp(a, b);
    }
    assert_true(same < 3);
}

static void what_is_written_is_read_and_matches(void **state)
{
    struct fixture *f = *state;
    struct keys *keys = open_good(f);
    for (enum code_kind kind = CODE_TEAM; kind <= CODE_ATTENDEE; kind++)
        for (int64_t generation = 1; generation < 40; generation++) {
            char text[CODE_TEXT], folded[CODE_DIGITS + 1];
            code_write(keys, kind, "ALAM", str_of(TEAM), generation, text);
            assert_int_equal(strlen(text), CODE_TEXT - 1);
            assert_true(text[4] == '-' && text[10] == '-' && !memcmp(text, "ALAM", 4));
            assert_true(code_read(str_of(text), folded));
            assert_true(code_matches(keys, kind, str_of(TEAM), generation, folded));
            assert_false(code_matches(keys, kind, str_of(TEAM), generation + 1, folded)); /* rotated */
            assert_false(code_matches(keys, kind, str_of(TEAM), generation - 1, folded));
            assert_false(code_matches(keys, kind, str_of(OTHER), generation, folded));
            assert_false(code_matches(keys, (kind + 1) % 3, str_of(TEAM), generation, folded));
            folded[CODE_DIGITS - 1] = folded[CODE_DIGITS - 1] == '0' ? '1' : '0';
            assert_false(code_matches(keys, kind, str_of(TEAM), generation, folded));
        }
    keys_close(keys);
}

/* The organizer can print a code again: it follows from the key alone, and another key's is another. */
static void codes_outlive_a_restart(void **state)
{
    struct fixture *f = *state;
    char before[CODE_TEXT], after[CODE_TEXT];
    struct keys *keys = open_good(f);
    code_write(keys, CODE_TEAM, "ALAM", str_of(TEAM), 1, before);
    keys_close(keys);
    keys = open_good(f);
    code_write(keys, CODE_TEAM, "ALAM", str_of(TEAM), 1, after);
    keys_close(keys);
    assert_string_equal(before, after);
    assert_int_equal(remove(temp_path(&f->t, "server.key")), 0);
    keys = keys_open(f->t.path, f->why);
    if (keys) { /* a directory with keys but without this one may as well be refused */
        code_write(keys, CODE_TEAM, "ALAM", str_of(TEAM), 1, after);
        keys_close(keys);
        assert_string_not_equal(before, after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_people_type),
        cmocka_unit_test(refuses_what_is_no_code),
        cmocka_unit_test(labels_come_from_slugs),
        cmocka_unit_test(random_labels_differ),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_and_matches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes_outlive_a_restart, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}

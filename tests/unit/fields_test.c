#include "request_fixture.h"

#include "http/fields.h"

static struct ask a;

static int set_up(void **state)
{
    (void)state;
    ask_begin(&a, "POST", "/");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ask_end(&a);
    return 0;
}

static void release(void *json)
{
    json_decref(json);
}

/* `text` with its `'` as `"`. */
static json_t *parse(const char *text)
{
    char *copy = arena_strndup(&a.arena, text, strlen(text));
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *json = json_loads(copy, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        fail_msg("the test's own JSON: %s", copy);
    arena_defer(&a.arena, release, json);
    return json;
}

/* The faults as "pointer: detail\n…"; "" when all is well. */
static const char *faults(void)
{
    struct buf b;
    buf_init(&b, &a.arena, 64);
    for (struct invalid *i = a.rq.invalid; i; i = i->next)
        buf_printf(&b, "%s: %s\n", i->pointer, i->detail);
    return buf_cstr(&b);
}

/* Reads {"f": <json>} by the one field and says what came of it. */
static struct value read_one(struct field field, const char *json, bool good)
{
    struct field table[] = {field, {0}};
    struct values v;
    json_t *body = json_object();
    arena_defer(&a.arena, release, body);
    table[0].name = "f";
    json_object_set(body, "f", parse(json));
    a.rq.invalid = NULL;
    enum err err = fields_read(&a.rq, table, body, false, &v);
    if (err != (good ? ERR_OK : ERR_INVALID) ||
        (good ? *faults() != '\0' : strncmp(faults(), "/f: ", 4) != 0))
        fail_msg("%s was %s: %s", json, err == ERR_OK ? "taken" : "refused", faults());
    return v.v[0];
}

static void takes(struct field f, const char *json, const char *want)
{
    struct value v = read_one(f, json, true);
    if (!v.set || !str_is(v.text, want))
        fail_msg("%s became %.*s", json, (int)v.text.len, v.text.ptr);
}

static void takes_number(struct field f, const char *json, int64_t want)
{
    struct value v = read_one(f, json, true);
    assert_true(v.set && v.text.ptr);
    assert_int_equal(v.integer, want);
}

static void refuses(struct field f, const char *json)
{
    read_one(f, json, false);
}

static void reads_text(void **state)
{
    const struct field text = {"f", FIELD_TEXT, 0, 2, 5}, prose = {"f", FIELD_PROSE, 0, 0, 5},
                       bytes = {"f", FIELD_BYTES, 0, 0, 5};
    (void)state;
    takes(text, "'ab'", "ab");
    takes(text, "'  ñandú  '", "ñandú");
    refuses(text, "'a'");
    refuses(text, "' a '");
    refuses(text, "'abcdef'");
    refuses(text, "'ab\\ncd'");
    refuses(text, "'ab\\u0007'");
    refuses(text, "'ab\\u007f'");
    refuses(text, "5");
    refuses(text, "true");
    refuses(text, "['ab']");
    refuses(text, "{'a':1}");
    takes(prose, "' a\\n\\tb'", " a\n\tb"); /* as typed */
    takes(prose, "''", "");
    takes(prose, "'ñññññ'", "ñññññ");
    refuses(prose, "'ñññññ\\n'");
    refuses(prose, "'\\u001b'");
    takes(bytes, "'ññ'", "ññ");
    refuses(bytes, "'ñññ'");
}

static void reads_numbers(void **state)
{
    const struct field integer = {"f", FIELD_INT, 0, -5, 100}, flag = {"f", FIELD_BOOL};
    (void)state;
    takes_number(integer, "-5", -5);
    takes_number(integer, "100", 100);
    refuses(integer, "101");
    refuses(integer, "-6");
    refuses(integer, "5.0");
    refuses(integer, "1e1");
    refuses(integer, "'5'");
    refuses(integer, "9223372036854775807");
    refuses(integer, "true");
    takes_number(flag, "true", 1);
    takes_number(flag, "false", 0);
    refuses(flag, "1");
    refuses(flag, "'true'");
}

static void reads_times(void **state)
{
    const struct field time = {"f", FIELD_TIME}, date = {"f", FIELD_DATE}, partial = {"f", FIELD_PARTIAL};
    (void)state;
    takes_number(time, "'2015-12-01T09:00:00-08:00'", INT64_C(1448989200000));
    takes_number(time, "'1970-01-01T00:00:00Z'", 0);
    refuses(time, "'2015-12-01T09:00:00'");
    refuses(time, "'2015-12-01'");
    refuses(time, "1448989200000");
    takes(date, "'2016-02-29'", "2016-02-29");
    refuses(date, "'2015-02-29'");
    refuses(date, "'2015-12'");
    takes(partial, "'2015'", "2015");
    takes(partial, "'2015-12'", "2015-12");
    takes(partial, "'2015-12-01'", "2015-12-01");
    refuses(partial, "'2015-13'");
    refuses(partial, "'201'");
    refuses(partial, "'2015-1'");
    refuses(partial, "''");
    refuses(partial, "'2015-12-01T00'");
}

#define U1 "0190d3a4-0000-7000-8000-000000000001"
#define U2 "0190d3a4-0000-7000-8000-000000000002"

static void reads_ids(void **state)
{
    const struct field id = {"f", FIELD_ID}, ids = {"f", FIELD_IDS, 0, 0, 2};
    (void)state;
    takes(id, "'" U1 "'", U1);
    refuses(id, "'0190D3A4-0000-7000-8000-000000000001'");
    refuses(id, "'" U1 "0'");
    refuses(id, "''");
    struct value v = read_one(ids, "['" U1 "','" U2 "']", true);
    assert_true(v.set && v.n == 2 && str_is(v.list[0], U1) && str_is(v.list[1], U2));
    v = read_one(ids, "[]", true);
    assert_true(v.set && v.n == 0);
    refuses(ids, "['" U1 "','" U1 "']");
    refuses(ids, "['" U1 "',5]");
    refuses(ids, "['" U1 "','x','y']");
    refuses(ids, "'" U1 "'");
}

static void reads_lists_and_choices(void **state)
{
    const struct field texts = {"f", FIELD_TEXTS, 0, 0, 2}, choice = {"f", FIELD_ENUM, .values = "one two_b"};
    (void)state;
    takes(texts, "['a\\u0022','b']", "[\"a\\\"\",\"b\"]");
    takes(texts, "[]", "[]");
    takes(texts, "[' a b ']", "[\"a b\"]");
    refuses(texts, "['']");
    refuses(texts, "['a',' ']");
    refuses(texts, "['a','b','c']");
    refuses(texts, "['a\\nb']");
    refuses(texts, "[1]");
    refuses(texts, "['a',null]");
    takes(choice, "'two_b'", "two_b");
    refuses(choice, "'two'");
    refuses(choice, "'one two_b'");
    refuses(choice, "''");
    refuses(choice, "'ONE'");
}

static void reads_names_of_things(void **state)
{
    const struct field slug = {"f", FIELD_SLUG, 0, 4, 64}, color = {"f", FIELD_COLOR}, url = {"f", FIELD_URL},
                       email = {"f", FIELD_EMAIL};
    (void)state;
    takes(slug, "'csec_2015-a'", "csec_2015-a");
    refuses(slug, "'abc'");
    refuses(slug, "'Abcd'");
    refuses(slug, "'ab cd'");
    refuses(slug, "'abñd'");
    refuses(slug, "'0190d3a4-0000-7000-8000-0000000000e1'"); /* would hide the thing of that id */
    takes(color, "'#1A7f37'", "#1A7f37");
    refuses(color, "'#1A7f3'");
    refuses(color, "'1A7f377'");
    refuses(color, "'#1A7f3g'");
    takes(url, "'https://example.org/a?b=c#d'", "https://example.org/a?b=c#d");
    takes(url, "'http://example.org'", "http://example.org");
    refuses(url, "'javascript:alert(1)'");
    refuses(url, "'//example.org/'");
    refuses(url, "'https://a b.org/'");
    refuses(url, "'https://example.org/<b>'");
    refuses(url, "'https://'");
    refuses(url, "'data:text/html,x'");
    takes(email, "' Ana.B@Example.ORG '", "ana.b@example.org");
    refuses(email, "'ana'");
    refuses(email, "'@example.org'");
    refuses(email, "'ana@example'");
    refuses(email, "'ana@.org'");
    refuses(email, "'ana@example.'");
    refuses(email, "'a b@example.org'");
    refuses(email, "'a@b@example.org'");
    refuses(email, "'a@example.org\\r\\nBcc: b'");
}

/* --- tables --- */

static const struct field table[] = {
    {"title", FIELD_TEXT, FIELD_REQUIRED, 1, 10},
    {"note", FIELD_PROSE, FIELD_NULLABLE, 0, 10},
    {"position", FIELD_INT, 0, 0, 9, .preset = "3"},
    {"kind", FIELD_ENUM, 0, .values = "a b", .preset = "b"},
    {"at", FIELD_TIME, FIELD_REQUIRED},
    {0},
};

static enum err read_table(const char *json, bool partial, struct values *v)
{
    a.rq.invalid = NULL;
    return fields_read(&a.rq, table, parse(json), partial, v);
}

#define AT "'at':'2015-12-01T09:00:00-08:00'"

static void fills_in_what_does_not_come(void **state)
{
    struct values v;
    (void)state;
    assert_int_equal(read_table("{'title':'T'," AT "}", false, &v), ERR_OK);
    assert_true(str_is(fields_get(&v, "title")->text, "T"));
    assert_true(fields_get(&v, "note")->set && !fields_get(&v, "note")->text.ptr);
    assert_int_equal(fields_get(&v, "position")->integer, 3);
    assert_true(str_is(fields_get(&v, "kind")->text, "b"));
    assert_false(fields_get(&v, "nothing")->set);
    assert_null(fields_at(&v, "nothing"));
    assert_ptr_equal(fields_at(&v, "note"), &v.v[1]);
    assert_int_equal(read_table("{'title':'T','note':null,'position':null," AT "}", false, &v), ERR_OK);
    assert_int_equal(fields_get(&v, "position")->integer, 3);
}

static void names_every_fault(void **state)
{
    struct values v;
    (void)state;
    assert_int_equal(read_table("{'position':10,'kind':'c','x':1,'a/b~c':2}", false, &v), ERR_INVALID);
    const char *all = faults();
    assert_non_null(strstr(all, "/title: is needed\n"));
    assert_non_null(strstr(all, "/at: is needed\n"));
    assert_non_null(strstr(all, "/position: must be a whole number from 0 to 9\n"));
    assert_non_null(strstr(all, "/kind: must be one of: a b\n"));
    assert_non_null(strstr(all, "/x: is not a field of this\n"));
    assert_non_null(strstr(all, "/a~1b~0c: is not a field of this\n")); /* RFC 6901 */
    assert_int_equal(read_table("{'title':null," AT "}", false, &v), ERR_INVALID);
    assert_string_equal(faults(), "/title: must not be null\n");
    assert_int_equal(read_table("['title']", false, &v), ERR_INVALID);
    assert_string_equal(faults(), ": must be an object\n");
}

static void long_unknown_names_are_cut(void **state)
{
    struct values v;
    char name[600];
    (void)state;
    for (size_t len = 80; len < 110; len++) { /* cut in the middle of an escape or a character, too */
        memset(name, 0, sizeof name);
        for (size_t i = 0; i < len; i++)
            strcat(name, len % 3 == 0 ? "~" : len % 3 == 1 ? "é" : "x");
        assert_int_equal(read_table(arena_printf(&a.arena, "{'title':'T','%s':1," AT "}", name), false, &v),
                         ERR_INVALID);
        assert_true(text_is_utf8(str_of(faults())));
        assert_true(strlen(faults()) < 200);
    }
}

static void a_patch_leaves_what_does_not_come(void **state)
{
    struct values v;
    (void)state;
    assert_int_equal(read_table("{}", true, &v), ERR_OK);
    for (int i = 0; i < 5; i++)
        assert_false(v.v[i].set);
    assert_int_equal(read_table("{'note':null,'position':null}", true, &v), ERR_OK);
    assert_true(v.v[1].set && !v.v[1].text.ptr && v.v[2].integer == 3 && !v.v[0].set);
    assert_int_equal(read_table("{'title':null}", true, &v), ERR_INVALID);
    assert_int_equal(read_table("{'unknown':null}", true, &v), ERR_INVALID);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(reads_text),
        TEST(reads_numbers),
        TEST(reads_times),
        TEST(reads_ids),
        TEST(reads_lists_and_choices),
        TEST(reads_names_of_things),
        TEST(fills_in_what_does_not_come),
        TEST(names_every_fault),
        TEST(long_unknown_names_are_cut),
        TEST(a_patch_leaves_what_does_not_come),
    };
    return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}

#include "request_fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/body.h"
#include "temp_dir.h"

/* A body as a connection gives it: in pieces, and perhaps with an end that is none. */
struct source {
    struct str rest;
    size_t piece;  /* most bytes at once */
    size_t breaks; /* after so many pieces the connection is gone; 0: never */
    int reads;
    long fault; /* of that end: -1 stalled, -2 broken */
};

static long read_source(void *arg, void *to, size_t size, int64_t deadline_us)
{
    struct source *s = arg;
    assert_true(deadline_us > clock_monotonic_us());
    if (s->breaks && (size_t)s->reads++ >= s->breaks)
        return s->fault;
    size_t n = s->rest.len < s->piece ? s->rest.len : s->piece;
    n = n < size ? n : size;
    if (n)
        memcpy(to, s->rest.ptr, n);
    s->rest = (struct str){s->rest.ptr + n, s->rest.len - n};
    return (long)n;
}

static const struct route json_route = {METHOD_POST, "/x", .body = BODY_JSON},
                          file_route = {METHOD_PUT, "/x", .body = BODY_FILE},
                          patch_route = {METHOD_PATCH, "/x", .body = BODY_JSON},
                          open_route = {METHOD_POST, "/x", .access = ACCESS_PUBLIC, .body = BODY_JSON},
                          bare_route = {METHOD_DELETE, "/x"};

struct sent {
    const struct route *route;
    const char *method;
    struct str body;
    const char *type;
    const char *length; /* "": as it is; NULL: none is declared */
    size_t piece, breaks;
    long fault;
};

static void begin(struct ask *a, struct source *source, const struct sent *s)
{
    ask_begin(a, s->method ? s->method : method_name(s->route->method), "/x");
    *source = (struct source){s->body, s->piece ? s->piece : SIZE_MAX, s->breaks, 0, s->fault};
    a->rq.route = s->route;
    a->in.read = s->body.ptr ? read_source : NULL;
    a->in.read_arg = source;
    if (s->type)
        ask_header(a, "Content-Type", s->type);
    if (s->length)
        ask_header(a, "Content-Length", *s->length ? s->length : arena_printf(&a->arena, "%zu", s->body.len));
}

/* The status that a body gets; 200 for one that is taken. *closes: is the connection to end? */
static int send_body(struct sent s, bool *closes)
{
    struct ask a;
    struct source source;
    begin(&a, &source, &s);
    enum err err = body_receive(&a.rq);
    bool close = a.rq.reply.close;
    if (closes)
        *closes = close;
    assert_int_equal(err != ERR_OK, a.rq.detail != NULL);
    assert_true(err == ERR_OK || !a.rq.json);
    ask_end(&a);
    return err_info(err)->status;
}

static int send_json(const char *text)
{
    return send_body((struct sent){&json_route, NULL, str_of(text), "application/json", ""}, NULL);
}

/* --- the head --- */

static int check_head(const char *const headers[])
{
    struct ask a;
    ask_begin(&a, "POST", "/x");
    for (; headers[0]; headers += 2)
        ask_header(&a, headers[0], headers[1]);
    enum err err = body_check_head(&a.rq);
    bool close = a.rq.reply.close;
    ask_end(&a);
    assert_int_equal(close,
                     err != ERR_OK); /* what may be left of the body must not become the next request */
    return err_info(err)->status;
}

#define HEAD(...) check_head((const char *const[]){__VA_ARGS__, NULL})

static void takes_plain_heads(void **state)
{
    (void)state;
    assert_int_equal(HEAD("Host", "x"), 200);
    assert_int_equal(HEAD("Content-Length", "0"), 200);
    assert_int_equal(HEAD("Content-Length", "1048577"), 200); /* too much is for the route to say */
    assert_int_equal(HEAD("Transfer-Encoding", "chunked"), 200);
    assert_int_equal(HEAD("transfer-encoding", "Chunked"), 200);
    assert_int_equal(HEAD("Content-Encoding", "identity"), 200);
}

static void refuses_heads_that_two_would_read_differently(void **state)
{
    (void)state;
    assert_int_equal(HEAD("Content-Length", "5", "Transfer-Encoding", "chunked"), 400);
    assert_int_equal(HEAD("Transfer-Encoding", "chunked", "content-length", "5"), 400);
    assert_int_equal(HEAD("Content-Length", "5", "Content-Length", "5"), 400);
    assert_int_equal(HEAD("Content-Length", "5", "CONTENT-LENGTH", "6"), 400);
    assert_int_equal(HEAD("Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"), 400);
    assert_int_equal(HEAD("Transfer-Encoding", "identity"), 400);
    assert_int_equal(HEAD("Transfer-Encoding", "gzip, chunked"), 400);
    assert_int_equal(HEAD("Transfer-Encoding", ""), 400);
    assert_int_equal(HEAD("Transfer-Encoding", "xchunked"), 400);
    static const char *const lengths[] = {"",   "-1",  "+5",   "5,5", "5, 5", "0x5",
                                          "5 ", " 5",  "five", "1e3", "5.0",  "99999999999999999999",
                                          "-0", "5\t", "\xb2"};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (HEAD("Content-Length", lengths[i]) != 400)
            fail_msg("Content-Length \"%s\"", lengths[i]);
}

static void refuses_packed_bodies(void **state)
{
    (void)state;
    assert_int_equal(HEAD("Content-Encoding", "gzip"), 415);
    assert_int_equal(HEAD("Content-Encoding", "identity, gzip"), 415);
    assert_int_equal(HEAD("Content-Encoding", ""), 415);
}

/* --- nesting --- */

static void counts_nesting(void **state)
{
    static const struct {
        const char *json;
        int depth;
    } rows[] = {
        {"", 0},          {"1", 0},           {"[]", 1},      {"{}", 1},         {"[[]]", 2},
        {"[[],[[]]]", 3}, {"{\"a\":[1]}", 2}, {"\"[[[\"", 0}, {"\"\\\"[[\"", 0}, {"[\"\\\\\",[]]", 2},
        {"]]]][", 0},     {"\"[", 0},         {"\"\\", 0},    {"[\"\\\"", 1},    {"[\"]\",[\"[\"]]", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (body_depth(str_of(rows[i].json), 32) != rows[i].depth)
            fail_msg("%s: %d", rows[i].json, body_depth(str_of(rows[i].json), 32));
    assert_int_equal(body_depth((struct str){0}, 32), 0);
}

static void counts_values(void **state)
{
    static const struct {
        const char *json;
        int values;
    } rows[] = {{"", 1},
                {"1", 1},
                {"[]", 2},
                {"[1,2,3]", 4},
                {"{\"a\":1,\"b\":[{}]}", 5},
                {"\"[,{\"", 1},
                {"\"\\\",\",1", 2},
                {"\"\\\\\",1", 2},
                {"\",,,,", 1},
                {"\"\\", 1},
                {",,,,,,,,,,,,,,", 11}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (body_values(str_of(rows[i].json), 10) != rows[i].values)
            fail_msg("%s: %d", rows[i].json, body_values(str_of(rows[i].json), 10));
    assert_int_equal(body_values((struct str){0}, 10), 1);
}

/* jansson recurses on nesting: whatever it parses was counted before, never less deep than it is. */
static void no_parser_sees_more_nesting_than_was_counted(void **state)
{
    static const char bits[] = "[[]]\"\\,";
    uint64_t seed = 2015;
    int parsed = 0;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char text[10];
        size_t n = 1 + (size_t)round % sizeof text;
        int depth = 0, deepest = 0;
        bool inside = false;
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            text[i] = bits[(seed >> 33) % (sizeof bits - 1)];
        }
        json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
        if (!json)
            continue;
        parsed++;
        for (size_t i = 0; i < n; i++) { /* well-formed, so this simple count is right */
            if (text[i] == '"')
                inside = !inside;
            else if (text[i] == '\\' && inside)
                i++;
            else if (!inside && (text[i] == '[' || text[i] == '{'))
                deepest = ++depth > deepest ? depth : deepest;
            else if (!inside && (text[i] == ']' || text[i] == '}'))
                depth--;
        }
        assert_int_equal(body_depth((struct str){text, n}, 32), deepest);
        json_decref(json);
    }
    assert_true(parsed > 100);
}

/* --- JSON --- */

static void takes_json(void **state)
{
    struct ask a;
    struct source source;
    (void)state;
    begin(&a, &source,
          &(struct sent){&json_route, NULL, STR("{\"a\":[1,\"\xC3\xB1\"]}"),
                         "application/json; charset=utf-8", "", 3});
    assert_int_equal(body_receive(&a.rq), ERR_OK);
    assert_true(json_is_object(a.rq.json));
    assert_int_equal(json_array_size(json_object_get(a.rq.json, "a")), 2);
    assert_true(str_is(a.rq.body, "{\"a\":[1,\"ñ\"]}"));
    ask_end(&a);
    assert_int_equal(send_json("[]"), 200);
    assert_int_equal(send_body((struct sent){&json_route, NULL, STR("{}"), "Application/JSON", NULL}, NULL),
                     200); /* chunked */
    assert_int_equal(
        send_body((struct sent){&patch_route, NULL, STR("{}"), "application/merge-patch+json", ""}, NULL),
        200);
}

static void an_action_may_have_no_body(void **state)
{
    struct ask a;
    struct source source;
    (void)state;
    begin(&a, &source, &(struct sent){&json_route});
    assert_int_equal(body_receive(&a.rq), ERR_OK);
    assert_true(json_is_object(a.rq.json) && json_object_size(a.rq.json) == 0);
    ask_end(&a);
    assert_int_equal(send_body((struct sent){&patch_route}, NULL),
                     415); /* a patch without one is a mistake */
    assert_int_equal(send_body((struct sent){&json_route, NULL, {0}, "application/json", "0"}, NULL), 400);
}

static void refuses_other_types(void **state)
{
    static const char *const types[] = {"",
                                        "text/plain",
                                        "text/json",
                                        "application/jsonp",
                                        "application/json/x",
                                        "application/json; charset=latin1",
                                        "application/json; charset=utf-16",
                                        "application/merge-patch+json",
                                        "multipart/form-data; boundary=x",
                                        "application/x-www-form-urlencoded"};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (send_body((struct sent){&json_route, NULL, STR("{}"), types[i], ""}, NULL) != 415)
            fail_msg("%s", types[i]);
    assert_int_equal(send_body((struct sent){&json_route, NULL, STR("{}"), NULL, ""}, NULL), 415);
}

static void refuses_what_is_no_json(void **state)
{
    static const char *const texts[] = {"{",
                                        "{}x",
                                        "{'a':1}",
                                        "{\"a\":1,}",
                                        "nul",
                                        "{\"a\":1,\"a\":2}",
                                        "\"\xff\"",
                                        "[\"\\ud800\"]",
                                        "[\"\\u0000\"]",
                                        "[1e999]",
                                        "5",
                                        "\"x\"",
                                        "null",
                                        "[01]",
                                        "[\"\t\"]",
                                        " ",
                                        "\xEF\xBB\xBF{}"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (send_json(texts[i]) != 400)
            fail_msg("%s: %d", texts[i], send_json(texts[i]));
    assert_int_equal(send_body((struct sent){&json_route, NULL, STR("{}\0"), "application/json", ""}, NULL),
                     400);
}

static void holds_the_depth(void **state)
{
    char text[200001];
    (void)state;
    for (int depth = BODY_DEPTH; depth <= BODY_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        assert_int_equal(send_json(text), depth == BODY_DEPTH ? 200 : 400);
    }
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(send_json(text), 400);
}

/* An empty object of three bytes takes jansson a hundred times as many. */
static void holds_the_number_of_values(void **state)
{
    static char text[3 * BODY_VALUES];
    (void)state;
    for (int n = BODY_VALUES / 2 - 1; n <= BODY_VALUES / 2; n++) { /* `[` and, but for the last, two each */
        char *end = text;
        *end++ = '[';
        for (int i = 0; i < n; i++)
            end = stpcpy(end, i ? ",{}" : "{}");
        strcpy(end, "]");
        assert_int_equal(send_json(text), n == BODY_VALUES / 2 ? 400 : 200);
    }
}

static void holds_the_size(void **state)
{
    size_t size = BODY_MAX + 1;
    char *text = malloc(size);
    bool closes;
    (void)state;
    memset(text, ' ', size);
    memcpy(text, "{}", 2);
    assert_int_equal(
        send_body((struct sent){&json_route, NULL, {text, BODY_MAX}, "application/json", ""}, &closes), 200);
    assert_false(closes);
    assert_int_equal(
        send_body((struct sent){&json_route, NULL, {text, size}, "application/json", ""}, &closes), 413);
    assert_true(closes);
    assert_int_equal(
        send_body((struct sent){&json_route, NULL, {text, size}, "application/json", NULL, 9999}, &closes),
        413);
    assert_true(closes); /* not declared: found out while it comes */
    assert_int_equal(
        send_body((struct sent){&open_route, NULL, {text, BODY_OPEN_MAX}, "application/json", ""}, &closes),
        200);
    for (int i = 0; i < 2; i++) { /* who needs no token has less room */
        struct str more = {text, BODY_OPEN_MAX + 1};
        assert_int_equal(
            send_body((struct sent){&open_route, NULL, more, "application/json", i ? "" : NULL}, &closes),
            413);
        assert_true(closes);
    }
    assert_int_equal(send_body((struct sent){&bare_route, NULL, {text, size}, NULL, NULL}, &closes), 413);
    assert_true(closes);
    assert_int_equal(send_body((struct sent){&bare_route, NULL, {text, 100}, NULL, ""}, &closes),
                     200); /* read, not used */
    free(text);
}

static void a_body_that_breaks_off_is_none(void **state)
{
    static const struct {
        struct sent sent;
        int status;
    } rows[] = {
        {{&json_route, NULL, {"{\"a\":1}", 7}, "application/json", "", 3, 1, -1}, 408}, /* stalled */
        {{&json_route, NULL, {"{\"a\":1}", 7}, "application/json", "", 3, 1, -2}, 400}, /* broken */
        {{&json_route, NULL, {"{\"a\":1}", 7}, "application/json", "9"}, 408},          /* short */
        {{&bare_route, NULL, {"xx", 2}, NULL, "", 1, 1, -1}, 408},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool closes;
        assert_int_equal(send_body(rows[i].sent, &closes), rows[i].status);
        assert_true(closes);
    }
}

static void get_has_no_body(void **state)
{
    struct ask a;
    struct source source;
    (void)state;
    begin(&a, &source, &(struct sent){&json_route, "GET", STR("{}"), NULL, ""});
    assert_int_equal(body_receive(&a.rq), ERR_OK);
    assert_int_equal(source.rest.len, 2); /* it was not read */
    ask_end(&a);
}

/* --- files --- */

struct upload {
    struct temp_dir t;
    struct ask a;
    struct source source;
};

static int count_files(struct upload *u)
{
    int count = 0;
    DIR *dir = opendir(temp_path(&u->t, "files"));
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        count += e->d_name[0] != '.';
    closedir(dir);
    return count;
}

static enum err upload(struct upload *u, const struct sent *s)
{
    begin(&u->a, &u->source, s);
    u->a.config.data = u->t.path;
    u->a.config.upload_mb = 1;
    return body_receive(&u->a.rq);
}

static int make_folder(void **state)
{
    struct upload *u = calloc(1, sizeof *u);
    *state = u;
    return temp_make(&u->t) || mkdir(temp_path(&u->t, "files"), 0700);
}

static int drop_folder(void **state)
{
    struct upload *u = *state;
    temp_remove(&u->t);
    free(u);
    return 0;
}

static void a_file_goes_to_the_disk_and_goes_with_its_request(void **state)
{
    struct upload *u = *state;
    struct stat st;
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, STR("a\0b\xff"), "image/png", "", 1}),
                     ERR_OK);
    assert_int_equal(u->a.rq.upload_size, 4);
    assert_int_equal(stat(u->a.rq.upload, &st), 0);
    assert_true(st.st_size == 4 && (st.st_mode & 0777) == 0600);
    assert_int_equal(count_files(u), 1);
    ask_end(&u->a);
    assert_int_equal(count_files(u), 0);
}

static void a_file_that_was_moved_stays(void **state)
{
    struct upload *u = *state;
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, STR("abc"), NULL, NULL}), ERR_OK);
    assert_int_equal(rename(u->a.rq.upload, temp_path(&u->t, "files/kept")), 0);
    ask_end(&u->a);
    assert_int_equal(count_files(u), 1);
}

static void a_file_holds_its_size(void **state)
{
    struct upload *u = *state;
    size_t size = 1048577;
    char *bytes = calloc(1, size);
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, {bytes, size - 1}, NULL, ""}), ERR_OK);
    ask_end(&u->a);
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, {bytes, size}, NULL, ""}), ERR_TOO_LARGE);
    assert_true(u->a.rq.reply.close);
    assert_int_equal(u->source.rest.len, size); /* refused before a byte is read */
    ask_end(&u->a);
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, {bytes, size}, NULL, NULL}), ERR_TOO_LARGE);
    ask_end(&u->a);
    assert_int_equal(count_files(u), 0);
    free(bytes);
}

static void a_broken_upload_leaves_nothing(void **state)
{
    struct upload *u = *state;
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, STR("abcdef"), NULL, "", 2, 2, -1}),
                     ERR_TIMEOUT);
    ask_end(&u->a);
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, STR("abcdef"), NULL, "7"}), ERR_TIMEOUT);
    ask_end(&u->a);
    assert_int_equal(count_files(u), 0);
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, STR("abcdef"), NULL, NULL, 2, 2, -2}),
                     ERR_BAD_REQUEST);
    ask_end(&u->a);
    assert_int_equal(count_files(u), 0);
    rmdir(temp_path(&u->t, "files"));
    assert_int_equal(upload(u, &(struct sent){&file_route, NULL, STR("abcdef"), NULL, ""}), ERR_UNAVAILABLE);
    assert_true(u->a.rq.reply.close);
    ask_end(&u->a);
}

int main(void)
{
#define FILES(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_plain_heads),
        cmocka_unit_test(refuses_heads_that_two_would_read_differently),
        cmocka_unit_test(refuses_packed_bodies),
        cmocka_unit_test(counts_nesting),
        cmocka_unit_test(no_parser_sees_more_nesting_than_was_counted),
        cmocka_unit_test(takes_json),
        cmocka_unit_test(an_action_may_have_no_body),
        cmocka_unit_test(refuses_other_types),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(holds_the_depth),
        cmocka_unit_test(counts_values),
        cmocka_unit_test(holds_the_number_of_values),
        cmocka_unit_test(holds_the_size),
        cmocka_unit_test(a_body_that_breaks_off_is_none),
        cmocka_unit_test(get_has_no_body),
        FILES(a_file_goes_to_the_disk_and_goes_with_its_request),
        FILES(a_file_that_was_moved_stays),
        FILES(a_file_holds_its_size),
        FILES(a_broken_upload_leaves_nothing),
    };
    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}

#include "request_fixture.h"

#include "features/features.h"
#include "http/router.h"

static enum err nothing(struct request *rq)
{
    (void)rq;
    return ERR_OK;
}

#define ROW(method, path, operation)                                                                         \
    {                                                                                                        \
        method, path, operation, ACCESS_PUBLIC, TX_NONE, nothing                                             \
    }

static const struct route one[] = {
    ROW(METHOD_GET, "/v1/rooms", "listRooms"),
    ROW(METHOD_POST, "/v1/rooms", "createRoom"),
    ROW(METHOD_GET, "/v1/rooms/{id}", "getRoom"),
    ROW(METHOD_GET, "/v1/rooms/changes", "listRoomChanges"),
    ROW(METHOD_PUT, "/v1/rooms/{room}/file", "putRoomFile"),
    {0},
};
static const struct route two[] = {
    ROW(METHOD_DELETE, "/v1/rooms/{id}", "deleteRoom"),
    ROW(METHOD_GET, "/{a}/{b}/{c}/{d}", "tooMany"), /* one parameter more than a request holds */
    ROW(METHOD_GET, "/", "root"),
    {0},
};
static const struct feature first = {.name = "one", .routes = one},
                            second = {.name = "two", .reads = "one", .routes = two};
static const struct feature *const list[] = {&first, &second, NULL};

static struct router *router;

static int make_router(void **state)
{
    (void)state;
    return (router = router_create(list)) ? 0 : -1;
}

static int drop_router(void **state)
{
    (void)state;
    router_destroy(router);
    router_destroy(NULL);
    return 0;
}

/* "operation feature id", or the status, of a request. */
static const char *find(const char *method, const char *path)
{
    static char out[200];
    struct ask a;
    ask_begin(&a, method, path);
    enum err err = router_match(router, &a.rq);
    struct str id = request_param(&a.rq, "id");
    if (err == ERR_OK)
        snprintf(out, sizeof out, "%s %d%s%.*s", a.rq.route->operation, a.rq.feature, id.ptr ? " " : "",
                 (int)id.len, id.ptr ? id.ptr : "");
    else
        snprintf(out, sizeof out, "%d", err_info(err)->status);
    assert_int_equal(err == ERR_OK, a.rq.detail == NULL);
    ask_end(&a);
    return out;
}

static void finds_routes(void **state)
{
    (void)state;
    assert_string_equal(find("GET", "/v1/rooms"), "listRooms 0");
    assert_string_equal(find("POST", "/v1/rooms"), "createRoom 0");
    assert_string_equal(find("GET", "/v1/rooms/7"), "getRoom 0 7");
    assert_string_equal(find("DELETE", "/v1/rooms/7"), "deleteRoom 1 7");
    assert_string_equal(find("GET", "/v1/rooms/changes"), "listRoomChanges 0"); /* a literal wins */
    assert_string_equal(find("GET", "/v1/rooms/change"), "getRoom 0 change");
    assert_string_equal(find("GET", "/"), "root 1");
    assert_int_equal(router_count(router), 8);
}

static void finds_no_route(void **state)
{
    static const char *const paths[] = {
        "/v1",          "/v1/",          "/v1/rooms/",         "//v1/rooms", "/v1//rooms", "/V1/rooms",
        "/v1/rooms/7/", "/v1/rooms/7/x", "/v1/rooms/7/file/",  "/a/b/c/d",   "/a/b/c",     "/v1/room",
        "/v1/roomss",   "/{a}",          "/v1/rooms/changes/x"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(find("GET", paths[i]), "404"))
            fail_msg("%s: %s", paths[i], find("GET", paths[i]));
}

static void names_the_methods_of_a_path(void **state)
{
    struct ask a;
    (void)state;
    assert_string_equal(find("PATCH", "/v1/rooms"), "405");
    ask_begin(&a, "DELETE", "/v1/rooms");
    assert_int_equal(router_match(router, &a.rq), ERR_METHOD_NOT_ALLOWED);
    assert_true(str_is(buf_view(&a.rq.reply.headers), "Allow: GET, POST\r\n"));
    ask_end(&a);
}

static void decodes_segments_one_by_one(void **state)
{
    (void)state;
    assert_string_equal(find("GET", "/v1/rooms/a%20b"), "getRoom 0 a b");
    assert_string_equal(find("GET", "/v1/rooms/%C3%B1"), "getRoom 0 ñ");
    assert_string_equal(find("GET", "/v1/rooms/a+b"), "getRoom 0 a+b");
    assert_string_equal(find("GET", "/v1/%72ooms"), "listRooms 0");
    assert_string_equal(find("GET", "/v1/rooms/%252F"), "getRoom 0 %2F"); /* once, not twice */
    assert_string_equal(find("GET", "/v1/rooms/.."),
                        "getRoom 0 .."); /* no path of a file: a name like others */
}

static void refuses_what_does_not_decode(void **state)
{
    static const char *const paths[] = {"",
                                        "v1/rooms",
                                        "*",
                                        "http://x/",
                                        "/v1/rooms/%00",
                                        "/v1/rooms/a%0d%0ab",
                                        "/v1/a%2fb",
                                        "/v1/a%2Fb",
                                        "/v1/rooms/%",
                                        "/v1/rooms/%4",
                                        "/v1/rooms/%zz",
                                        "/v1/rooms/%ff",
                                        "/v1/%c0%af",
                                        "/v1/rooms/\x01",
                                        "/v1/rooms/a\tb",
                                        "/v1/rooms/%ed%a0%80",
                                        "/no/such/%00",
                                        "/%7f",
                                        "/v1/rooms/\x80",
                                        "/v1/rooms/caf\xe9"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(find("GET", paths[i]), "400"))
            fail_msg("%s: %s", paths[i], find("GET", paths[i]));
}

static void numbers_routes(void **state)
{
    bool seen[8] = {0};
    (void)state;
    for (int f = 0; list[f]; f++)
        for (const struct route *r = list[f]->routes; r->path; r++) {
            int n = router_number(router, r);
            assert_true(n >= 0 && n < 8 && !seen[n]);
            seen[n] = true;
        }
    struct route stranger = one[0];
    assert_int_equal(router_number(router, &stranger), -1);
}

/* Each of the program's own routes is found by a path of its template's form. */
static void finds_every_route_of_ours(void **state)
{
    struct router *ours = router_create(features);
    int count = 0;
    (void)state;
    for (int f = 0; features[f]; f++)
        for (const struct route *r = features[f]->routes; r->path; r++, count++) {
            char path[200];
            size_t n = 0;
            bool inside = false;
            for (const char *c = r->path; *c; c++) {
                inside = *c == '{' || (inside && *c != '}');
                if (!inside)
                    path[n++] = *c == '}' ? '7' : *c;
            }
            path[n] = '\0';
            struct ask a;
            ask_begin(&a, method_name(r->method), path);
            if (router_match(ours, &a.rq) != ERR_OK || a.rq.route != r || a.rq.feature != f)
                fail_msg("%s %s is not found by %s", method_name(r->method), r->path, path);
            ask_end(&a);
        }
    assert_int_equal(count, router_count(ours));
    router_destroy(ours);
}

/* --- the boot's check --- */

static const char *checked(struct route row, const char *reads)
{
    const struct route rows[] = {row, {0}};
    const struct feature f = {.name = "three", .reads = reads, .routes = rows};
    const struct feature *const all[] = {&first, &f, NULL};
    const char *why = features_check(all);
    return why ? why : "";
}

static void the_boot_stops_at_a_bad_row(void **state)
{
    const struct route good = ROW(METHOD_GET, "/x", "getX");
    struct route row = good;
    (void)state;
    assert_string_equal(checked(good, NULL), "");
    assert_string_equal(checked(good, "one three"), "");
    assert_non_null(strstr(checked(good, "one four"), "four"));
    row.access = ACCESS_UNSTATED;
    assert_non_null(strstr(checked(row, NULL), "GET /x has no access"));
    row = good;
    row.handler = NULL;
    assert_non_null(strstr(checked(row, NULL), "handler"));
    row = good;
    row.operation = NULL;
    assert_non_null(strstr(checked(row, NULL), "operation"));
    assert_null(features_check(features));
}

static void names_methods(void **state)
{
    (void)state;
    assert_string_equal(method_name(METHOD_PATCH), "PATCH");
    assert_string_equal(method_name(METHOD_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_routes),
        cmocka_unit_test(finds_no_route),
        cmocka_unit_test(names_the_methods_of_a_path),
        cmocka_unit_test(decodes_segments_one_by_one),
        cmocka_unit_test(refuses_what_does_not_decode),
        cmocka_unit_test(numbers_routes),
        cmocka_unit_test(finds_every_route_of_ours),
        cmocka_unit_test(the_boot_stops_at_a_bad_row),
        cmocka_unit_test(names_methods),
    };
    return cmocka_run_group_tests_name("router", tests, make_router, drop_router);
}

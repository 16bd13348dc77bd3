#include "request_fixture.h"

#include "http/cache.h"
#include "http/conditional.h"

#define TAG "\"q3vJk0ZrT1mXy7d_9LwBfA\""

static void finds_a_tag_in_a_list(void **state)
{
    static const char *const yes[] = {TAG,
                                      "W/" TAG,
                                      "\"q3vJk0ZrT1mXy7d_9LwBfA-gzip\"",
                                      "W/\"q3vJk0ZrT1mXy7d_9LwBfA-gzip\"",
                                      "*",
                                      "  *  ",
                                      "\"x\", " TAG,
                                      "\"x\"," TAG ",\"y\"",
                                      ", ," TAG,
                                      " \t" TAG " "};
    static const char *const no[] = {"",
                                     ",",
                                     "\"",
                                     "\"\"",
                                     "W/",
                                     "W/\"\"",
                                     "\"x\"",
                                     "q3vJk0ZrT1mXy7d_9LwBfA",
                                     "\"q3vJk0ZrT1mXy7d_9LwBfA",
                                     "q3vJk0ZrT1mXy7d_9LwBfA\"",
                                     "\"q3vJk0ZrT1mXy7d_9LwBf\"",
                                     "\"q3vJk0ZrT1mXy7d_9LwBfAA\"",
                                     "\"q3vJk0ZrT1mXy7d_9LwBfA-br\"",
                                     "\"q3vJk0ZrT1mXy7d_9LwBfA-gzip\"x",
                                     "\"q3vjk0zrt1mxy7d_9lwbfa\"",
                                     "w/" TAG,
                                     "**",
                                     "\"*\"",
                                     "\"x\", *"};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!conditional_lists(str_of(yes[i]), TAG))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (conditional_lists(str_of(no[i]), TAG))
            fail_msg("%s", no[i]);
    assert_false(conditional_lists((struct str){0}, TAG));
}

static int applied(const char *method, const char *if_none_match, int status, const char *etag)
{
    struct ask a;
    ask_begin(&a, method, "/");
    if (if_none_match)
        ask_header(&a, "If-None-Match", if_none_match);
    a.rq.reply.status = status;
    snprintf(a.rq.reply.etag, sizeof a.rq.reply.etag, "%s", etag);
    conditional_apply(&a.rq);
    status = a.rq.reply.status;
    ask_end(&a);
    return status;
}

static void makes_a_304_of_what_the_client_has(void **state)
{
    (void)state;
    assert_int_equal(applied("GET", TAG, 200, TAG), 304);
    assert_int_equal(applied("GET", TAG, 0, TAG), 304); /* 0 becomes 200 */
    assert_int_equal(applied("GET", TAG, 206, TAG), 304);
    assert_int_equal(applied("GET", "*", 200, TAG), 304);
    assert_int_equal(applied("GET", "\"x\"", 200, TAG), 200);
    assert_int_equal(applied("GET", NULL, 200, TAG), 200);
    assert_int_equal(applied("GET", NULL, 0, TAG), 200);
    assert_int_equal(applied("GET", "*", 200, ""), 200); /* nothing to compare with */
    assert_int_equal(applied("GET", TAG, 404, TAG), 404);
    assert_int_equal(applied("PATCH", TAG, 200, TAG), 200);
    assert_int_equal(applied("POST", "*", 201, TAG), 201);
}

static enum err matched(const char *if_match, struct str now)
{
    struct ask a;
    ask_begin(&a, "PATCH", "/");
    if (if_match)
        ask_header(&a, "if-match", if_match);
    enum err err = conditional_if_match(&a.rq, now);
    assert_int_equal(err == ERR_OK, a.rq.detail == NULL);
    ask_end(&a);
    return err;
}

static void writes_go_by_the_bytes_of_now(void **state)
{
    char etag[ETAG_TEXT], weak[ETAG_TEXT + 2];
    (void)state;
    etag_of(STR("{\"id\":1}"), etag);
    snprintf(weak, sizeof weak, "W/%s", etag);
    assert_int_equal(matched(NULL, STR("{\"id\":1}")), ERR_OK);
    assert_int_equal(matched(etag, STR("{\"id\":1}")), ERR_OK);
    assert_int_equal(matched(weak, STR("{\"id\":1}")), ERR_OK); /* a proxy that packs weakens tags */
    assert_int_equal(matched("*", STR("{\"id\":1}")), ERR_OK);
    assert_int_equal(matched(etag, STR("{\"id\":2}")), ERR_STALE);
    assert_int_equal(matched("", STR("{\"id\":1}")), ERR_STALE);
    assert_int_equal(matched("garbage", STR("{\"id\":1}")), ERR_STALE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_tag_in_a_list),
        cmocka_unit_test(makes_a_304_of_what_the_client_has),
        cmocka_unit_test(writes_go_by_the_bytes_of_now),
    };
    return cmocka_run_group_tests_name("conditional", tests, NULL, NULL);
}

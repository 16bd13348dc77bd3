/* Guessing: wrong and unknown look alike, are limited by what is attacked, and cost nobody else a thing. And
 * the one door that opens once: set-up. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "features/auth.h"

#define JOIN "/v1/auth/join"

/* A code of the right form that is not the one: the last two digits exchanged, or another one at the end. */
static const char *wrong(struct harness *h, const char *of)
{
    char *code = arena_printf(&h->scratch, "%s", harness_value(h, of));
    size_t n = strlen(code);
    code[n - 1] = code[n - 1] == '7' ? '8' : '7';
    return code;
}

static struct local_reply guess(struct harness *h, const char *code, int status)
{
    harness_set(h, "guess", code);
    return play(h, &(struct scenario){"guess", AS_NOBODY, "POST", JOIN,
                                      "{'code':'${guess}','display_name':'Moss'}", .status = status});
}

/* The body without the request's own number. */
static const char *without_id(struct harness *h, const struct local_reply *reply)
{
    char *body = arena_strndup(&h->scratch, reply->body.ptr, reply->body.len);
    char *id = strstr(body, "\"instance\":\"");
    assert_non_null(id);
    memset(id + 12, 'x', 16);
    return body;
}

static void wrong_codes_look_alike(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    const char *kinds[] = {wrong(h, "code:los-angeles"), wrong(h, "code:staff"),
                           wrong(h, "code:attendees:ezra-sparrowsong"), "ZZZZ-00000-00000"};
    struct local_reply first = guess(h, kinds[0], 401);
    for (size_t i = 1; i < COUNT(kinds); i++) {
        struct local_reply other = guess(h, kinds[i], 401);
        assert_string_equal(without_id(h, &first), without_id(h, &other));
        assert_int_equal(first.head.len, other.head.len);
    }
    /* nor does it matter whether the form lacks a name, unless the code is right */
    harness_set(h, "guess", kinds[0]);
    play(h, &(struct scenario){"no name", AS_NOBODY, "POST", JOIN, "{'code':'${guess}'}", .status = 401});
}

static void ten_wrong_codes_a_minute(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    const char *teams[] = {wrong(h, "code:los-angeles"), wrong(h, "code:riverside"), wrong(h, "code:staff")};
    for (size_t i = 0; i < 10; i++) /* over the event, whichever code is aimed at */
        guess(h, teams[i % COUNT(teams)], 401);
    struct local_reply reply = guess(h, teams[0], 429);
    struct str wait = local_header(&reply, "Retry-After");
    int64_t seconds = 0;
    assert_true(str_int(wait, &seconds) && seconds > 0 && seconds <= 60);
    guess(h, harness_value(h, "code:los-angeles"), 429); /* nothing is compared now, so nothing is learned */
    guess(h, harness_value(h, "code:csec101/attendees:rosalind-junipermere"), 200);
    play(h, &(struct scenario){"who is in stays in", AS_MEMBER, "GET", E "/rooms", .status = 200});
}

static void codes_of_no_event_hinder_nobody(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    for (int i = 0; i < 10; i++)
        guess(h, "ZZZZ-00000-00000", 401);
    guess(h, "ZZZY-00000-00000", 429);
    guess(h, harness_value(h, "code:los-angeles"), 200);
}

static void five_hundred_join_in_a_row(void **state)
{
    struct harness *h = *state;
    struct arena arena;
    harness_restart(h);
    arena_init(&arena, NULL, 0);
    const struct scenario join = {"join", AS_NOBODY, "POST", JOIN,
                                  "{'code':'${code:los-angeles}','display_name':'Reed'}"};
    for (int i = 0; i < 500; i++) {
        if (i % 60 == 59)
            guess(h, wrong(h, "code:los-angeles"), 401);
        struct local_reply reply = harness_send(h, &join, &arena);
        assert_int_equal(reply.status, 200);
        arena_finish(&arena);
    }
}

/* --- passwords --- */

static struct local_reply log_in(struct harness *h, const char *email, const char *password, int status)
{
    harness_set(h, "email", email);
    harness_set(h, "password", password);
    return play(h, &(struct scenario){"log in", AS_NOBODY, "POST", "/v1/auth/login",
                                      "{'email':'${email}','password':'${password}'}", .status = status});
}

static void time_log_in(struct harness *h, const char *email, int64_t *best)
{
    int64_t start = clock_monotonic_us();
    log_in(h, email, "wrong and long enough", 401);
    int64_t took = clock_monotonic_us() - start;
    *best = took < *best ? took : *best;
}

static void unknown_account_looks_like_a_wrong_password(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    struct local_reply a = log_in(h, "organizer@example.org", "wrong and long enough", 401);
    struct local_reply b = log_in(h, "absent@example.org", "wrong and long enough", 401);
    assert_string_equal(without_id(h, &a), without_id(h, &b));
    int64_t known = INT64_MAX, unknown = INT64_MAX;
    for (int i = 0; i < 8; i++) { /* in turns, so that a busy machine slows both */
        time_log_in(h, "organizer@example.org", &known);
        time_log_in(h, "absent@example.org", &unknown);
    }
    assert_in_range(unknown, known / 3, known * 3);
}

static void ten_wrong_passwords_a_minute(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    for (int i = 0; i < 10; i++)
        log_in(h, i % 2 ? "organizer@example.org" : "ORGANIZER@example.org", "wrong and long enough", 401);
    struct local_reply reply =
        log_in(h, "organizer@example.org", harness_value(h, "organizer.password"), 429);
    assert_non_null(local_header(&reply, "Retry-After").ptr);
    log_in(h, "elsewhere@example.org", harness_value(h, "elsewhere.password"), 200);
    play(h, &(struct scenario){"who is in stays in", AS_ORGANIZER, "GET", E "/rooms", .status = 200});
}

/* --- set-up --- */

static void set_token(struct harness *h)
{
    struct buf token;
    buf_init(&token, &h->scratch, 64);
    auth_setup_token(h->house, &token);
    harness_set(h, "setup", buf_cstr(&token));
}

#define SETUP "/v1/auth/setup"

static const struct scenario setup[] = {
    {"a wrong token sets nothing up", AS_NOBODY, "POST", SETUP,
     "{'token':'guess','email':'first@example.org','password':'long enough for it','display_name':'First'}",
     .status = 401},
    {"a short password is refused", AS_NOBODY, "POST", SETUP,
     "{'token':'${setup}','email':'first@example.org','password':'elevenchars','display_name':'First'}",
     .status = 422, .contains = {"'/password'"}},
    {"all of it is needed", AS_NOBODY, "POST", SETUP, "{'token':'${setup}'}", .status = 422,
     .contains = {"'/email'", "'/password'", "'/display_name'"}},
    {"the link makes the first organizer", AS_NOBODY, "POST", SETUP,
     "{'token':'${setup}','email':'First@example.org','password':'long enough for "
     "it','display_name':'First'}",
     .status = 200, .contains = {"'role':'organizer'", "'event':null", "'display_name':'First'"},
     .save = "access=/access_token"},
    {"and is used up, whoever else has it", AS_NOBODY, "POST", SETUP,
     "{'token':'${setup}','email':'second@example.org','password':'long enough for "
     "it','display_name':'Second'}",
     .status = 401},
    {"who logs in afterwards", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'first@example.org','password':'long enough for it'}", .status = 200},
    {"the second never was", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'second@example.org','password':'long enough for it'}", .status = 401},
    {"an organizer begins without events", AS_NOBODY, "GET", "/v1/events", .token = "${access}",
     .status = 200, .contains = {"{'items':[]}"}},
    {"makes one", AS_NOBODY, "POST", "/v1/events",
     "{'slug':'first','name':'First','kind':'meeting','starts_at':'2016-03-01T09:00:00-08:00',"
     "'ends_at':'2016-03-01T17:00:00-08:00','zone':'America/Los_Angeles'}",
     .token = "${access}", .status = 201},
    {"and owns it", AS_NOBODY, "POST", "/v1/events/first/rooms", "{'name':'Hall'}", .token = "${access}",
     .status = 201},
    {0},
};

static void set_up_is_done_once(void **state)
{
    (void)state;
    struct harness *empty = harness_open(false);
    set_token(empty);
    for (const struct scenario *s = setup; s->name; s++)
        play(empty, s);
    harness_restart(empty);
    play(empty, &setup[4]);
    harness_close(empty);
}

static void set_up_is_closed_where_organizers_are(void **state)
{
    struct harness *h = *state;
    struct buf token;
    buf_init(&token, &h->scratch, 64);
    auth_setup_token(h->house, &token);
    assert_int_equal(token.len, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_codes_look_alike),
        cmocka_unit_test(ten_wrong_codes_a_minute),
        cmocka_unit_test(codes_of_no_event_hinder_nobody),
        cmocka_unit_test(five_hundred_join_in_a_row),
        cmocka_unit_test(unknown_account_looks_like_a_wrong_password),
        cmocka_unit_test(ten_wrong_passwords_a_minute),
        cmocka_unit_test(set_up_is_done_once),
        cmocka_unit_test(set_up_is_closed_where_organizers_are),
        {0},
    };
    return harness_run(&(struct suite){.name = "auth limits", .tests = tests});
}

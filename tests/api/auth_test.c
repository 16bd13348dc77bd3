/* Getting in: codes, passwords, refresh tokens, and getting out again. Limits on guessing:
 * auth_limits_test.c. */
#include "harness/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define JOIN "/v1/auth/join"
#define REFRESH "/v1/auth/refresh"

/* --- joining --- */

static const struct scenario join[] = {
    {"a team code and a name make a member", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:los-angeles}','display_name':'Poppy','device':'Blue phone'}", .status = 200,
     .contains = {"'access_token':'ey", "'token_type':'Bearer','expires_in':900", "'refresh_token':'",
                  "'role':'member'", "'event':{'id':'${member.event}','slug':'csec2015'",
                  "'zone':'America/Los_Angeles'", "'team':{'id':'${teams:los-angeles}','slug':'los-angeles'",
                  "'display_name':'Poppy'"},
     .head = {"Cache-Control: no-store\r\n"}, .save = "access=/access_token poppy=/participant/id"},
    {"the token opens the event", AS_NOBODY, "GET", E "/rooms", .token = "${access}", .status = 200},
    {"the same code makes another member", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:los-angeles}','display_name':'Poppy'}", .status = 200, .absent = {"${poppy}"}},
    {"a team code wants a name", AS_NOBODY, "POST", JOIN, "{'code':'${code:los-angeles}'}", .status = 422,
     .contains = {"'/display_name'"}},
    {"an empty name is none", AS_NOBODY, "POST", JOIN, "{'code':'${code:los-angeles}','display_name':'  '}",
     .status = 422, .contains = {"'/display_name'"}},
    {"a pseudonym in any script is a name", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:riverside}','display_name':'\\ud83e\\udd89 \\u0915\\u093e'}", .status = 200,
     .contains = {"\xf0\x9f\xa6\x89", "'slug':'riverside'"}},
    {"a name of two lines is refused", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:los-angeles}','display_name':'a\\nb'}", .status = 422},
    {"the staff code makes staff", AS_NOBODY, "POST", JOIN, "{'code':'${code:staff}','display_name':'Desk'}",
     .status = 200, .contains = {"'role':'staff'"}, .absent = {"'team'"}},
    {"staff has a name, too", AS_NOBODY, "POST", JOIN, "{'code':'${code:staff}'}", .status = 422},
    {"a badge's code needs no name", AS_NOBODY, "POST", JOIN, "{'code':'${code:attendees:ezra-sparrowsong}'}",
     .status = 200, .contains = {"'role':'attendee'", "'display_name':'Ezra Sparrowsong'"},
     .absent = {"'team'"}, .save = "ezra=/participant/id first=/access_token"},
    {"the same badge on a second phone is the same person", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:attendees:ezra-sparrowsong}'}", .status = 200, .contains = {"${ezra}"},
     .save = "second=/access_token"},
    {"logging out of one", AS_NOBODY, "POST", "/v1/auth/logout", .token = "${first}", .status = 204},
    {"ends that one", AS_NOBODY, "GET", E "/rooms", .token = "${first}", .status = 401,
     .head = {"WWW-Authenticate: Bearer realm=\"convened\", error=\"invalid_token\""}},
    {"and not the other", AS_NOBODY, "GET", E "/rooms", .token = "${second}", .status = 200},
    {"what is no code is a fault of the form", AS_NOBODY, "POST", JOIN,
     "{'code':'LOSA-12345','display_name':'x'}", .status = 422, .contains = {"'/code'"}},
    {"so is a code with other letters", AS_NOBODY, "POST", JOIN,
     "{'code':'LOSA-!!!!!-12345','display_name':'x'}", .status = 422},
    {"and one that is too long", AS_NOBODY, "POST", JOIN, "{'code':'LOSA-12345-12345-1','display_name':'x'}",
     .status = 422},
    {"no code is no code", AS_NOBODY, "POST", JOIN, "{'display_name':'x'}", .status = 422,
     .contains = {"'/code'"}},
    {"a role is not asked for", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:los-angeles}','display_name':'x','role':'organizer'}", .status = 422,
     .contains = {"'/role'"}},
    {"a device's name has 64 letters at most", AS_NOBODY, "POST", JOIN,
     "{'code':'${code:los-angeles}','display_name':'x','device':"
     "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'}",
     .status = 422, .contains = {"'/device'"}},
    {0},
};

static void code_is_read_however_it_is_typed(void **state)
{
    struct harness *h = *state;
    const char *code = harness_value(h, "code:los-angeles");
    char typed[64] = "";
    for (size_t i = 0, n = 0; code[i]; i++) { /* "  losa ... ": lower case, spaces for dashes, look-alikes */
        char c = code[i];
        if (c == '-') {
            typed[n++] = ' ';
            typed[n++] = '-';
        } else if (c == '0') {
            typed[n++] = i % 2 ? 'o' : 'O';
        } else if (c == '1') {
            typed[n++] = i % 2 ? 'l' : 'I';
        } else {
            typed[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
    harness_set(h, "typed", typed);
    play(h, &(struct scenario){"as typed", AS_NOBODY, "POST", JOIN,
                               "{'code':' ${typed} ','display_name':'Fern'}", .status = 200});
    size_t n = 0;
    for (size_t i = 0; code[i]; i++)
        if (code[i] != '-')
            typed[n++] = code[i];
    typed[n] = '\0';
    harness_set(h, "typed", typed);
    play(h, &(struct scenario){"in one word", AS_NOBODY, "POST", JOIN,
                               "{'code':'${typed}','display_name':'Fern'}", .status = 200});
}

/* --- passwords --- */

static const struct scenario login[] = {
    {"an organizer logs in", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'${organizer.email}','password':'${organizer.password}'}", .status = 200,
     .contains = {"'role':'organizer'", "'event':null"}, .absent = {"'team'", "password"},
     .head = {"Cache-Control: no-store\r\n"}, .save = "access=/access_token"},
    {"and is in", AS_NOBODY, "GET", E "/rooms", .token = "${access}", .status = 200},
    {"letters of an address have no case", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'Organizer@EXAMPLE.org','password':'${organizer.password}','device':'Laptop'}", .status = 200},
    {"a password has", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'${organizer.email}','password':'${organizer.password}x'}", .status = 401,
     .contains = {"'detail':'the e-mail or the password is wrong'"}},
    {"an unknown address looks the same", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'nobody@example.org','password':'${organizer.password}'}", .status = 401,
     .contains = {"'detail':'the e-mail or the password is wrong'"}},
    {"another's password is wrong", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'${organizer.email}','password':'${elsewhere.password}'}", .status = 401},
    {"what is no address is a fault of the form", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'organizer','password':'x'}", .status = 422, .contains = {"'/email'"}},
    {"both are needed", AS_NOBODY, "POST", "/v1/auth/login", "{}", .status = 422,
     .contains = {"'/email'", "'/password'"}},
    {"a password of 257 letters is not hashed", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'${organizer.email}','password':'"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaa"
     "b'}",
     .status = 422, .contains = {"'/password'"}},
    {0},
};

/* --- the Authorization header --- */

static const struct scenario header[] = {
    {"the scheme has no case", AS_NOBODY, "GET", E "/rooms",
     .headers = {"Authorization: bearer ${member.token}"}, .status = 200},
    {"spaces around the token are passed over", AS_NOBODY, "GET", E "/rooms",
     .headers = {"Authorization: Bearer   ${member.token}  "}, .status = 200},
    {"no header asks for one", AS_NOBODY, "GET", E "/rooms", .status = 401,
     .head = {"WWW-Authenticate: Bearer realm=\"convened\"\r\n"}},
    {"an empty one is none", AS_NOBODY, "GET", E "/rooms", .headers = {"Authorization:"}, .status = 401},
    {"the scheme alone is none", AS_NOBODY, "GET", E "/rooms", .headers = {"Authorization: Bearer"},
     .status = 401},
    {"another scheme is none", AS_NOBODY, "GET", E "/rooms",
     .headers = {"Authorization: Basic ${member.token}"}, .status = 401},
    {"a token in the URL is none", AS_NOBODY, "GET", E "/rooms?access_token=${member.token}", .status = 400},
    {"an expired token says so", AS_EXPIRED, "GET", E "/rooms", .status = 401,
     .contains = {"has expired: refresh it"}, .head = {"error=\"invalid_token\""}},
    {"a revoked device is refused", AS_REVOKED, "GET", E "/rooms", .status = 401,
     .contains = {"access has ended"}},
    {"a refresh token is no access token", AS_NOBODY, "GET", E "/rooms", .token = "${member.refresh}",
     .status = 401},
    {"logging out wants a token", AS_NOBODY, "POST", "/v1/auth/logout", .status = 401},
    {"logging out twice is refused", AS_REVOKED, "POST", "/v1/auth/logout", .status = 401},
    {"the admin's token has no device to end", AS_ADMIN, "POST", "/v1/auth/logout", .status = 204},
    {"keys are public", AS_NOBODY, "GET", "/.well-known/jwks.json", .status = 200,
     .contains = {"'keys':[{", "'kty':'EC'", "'crv':'P-256'", "'alg':'ES256'", "'use':'sig'", "'kid':'"},
     .absent = {"'d':"}, .head = {"Cache-Control: public"}},
    {0},
};

/* --- refreshing --- */

static struct local_reply refresh(struct harness *h, const char *token, int status)
{
    harness_set(h, "token", token);
    return play(h, &(struct scenario){"refresh", AS_NOBODY, "POST", REFRESH, "{'refresh_token':'${token}'}",
                                      .status = status});
}

static const char *at(struct harness *h, const struct local_reply *reply, const char *pointer)
{
    const char *value = harness_at(h, reply, pointer);
    assert_non_null(value);
    return value;
}

static struct local_reply enter(struct harness *h)
{
    return play(h, &(struct scenario){"join", AS_NOBODY, "POST", JOIN,
                                      "{'code':'${code:los-angeles}','display_name':'Reed'}", .status = 200});
}

static void use(struct harness *h, const char *access, int status)
{
    play(h, &(struct scenario){"use", AS_NOBODY, "GET", E "/rooms", .token = access, .status = status});
}

static void refresh_gives_a_pair(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h), second = refresh(h, at(h, &first, "/refresh_token"), 200);
    assert_string_equal(at(h, &first, "/participant/id"), at(h, &second, "/participant/id"));
    assert_string_equal(at(h, &first, "/team/slug"), at(h, &second, "/team/slug"));
    assert_string_not_equal(at(h, &first, "/refresh_token"), at(h, &second, "/refresh_token"));
    assert_string_not_equal(at(h, &first, "/access_token"), at(h, &second, "/access_token"));
    use(h, at(h, &second, "/access_token"), 200);
    use(h, at(h, &first, "/access_token"), 200); /* until it expires */
}

static void lost_answer_comes_again(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h);
    const char *token = at(h, &first, "/refresh_token");
    use(h, at(h, &first, "/access_token"), 200);
    struct local_reply lost = refresh(h, token, 200);
    for (int i = 0; i < 3; i++) {
        struct local_reply again = refresh(h, token, 200);
        assert_string_equal(at(h, &lost, "/refresh_token"), at(h, &again, "/refresh_token"));
    }
    struct local_reply next = refresh(h, at(h, &lost, "/refresh_token"), 200);
    use(h, at(h, &next, "/access_token"), 200);
}

static void old_token_ends_the_family(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h), second = refresh(h, at(h, &first, "/refresh_token"), 200);
    use(h, at(h, &second, "/access_token"), 200); /* the answer has arrived */
    refresh(h, at(h, &first, "/refresh_token"), 401);
    use(h, at(h, &second, "/access_token"), 401); /* at the next request */
    use(h, at(h, &first, "/access_token"), 401);
    refresh(h, at(h, &second, "/refresh_token"), 401);
}

static void token_before_last_ends_the_family(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h), second = refresh(h, at(h, &first, "/refresh_token"), 200);
    struct local_reply third = refresh(h, at(h, &second, "/refresh_token"), 200);
    refresh(h, at(h, &first, "/refresh_token"), 401);
    refresh(h, at(h, &third, "/refresh_token"), 401);
    use(h, at(h, &third, "/access_token"), 401);
}

static void chain_of_refreshes_holds(void **state)
{
    struct harness *h = *state;
    struct local_reply reply = enter(h);
    for (int i = 0; i < 30; i++) {
        reply = refresh(h, at(h, &reply, "/refresh_token"), 200);
        use(h, at(h, &reply, "/access_token"), 200);
    }
}

static void refresh_survives_a_restart(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h), lost = refresh(h, at(h, &first, "/refresh_token"), 200);
    harness_restart(h);
    struct local_reply again = refresh(h, at(h, &first, "/refresh_token"), 200);
    assert_string_equal(at(h, &lost, "/refresh_token"), at(h, &again, "/refresh_token"));
    use(h, at(h, &first, "/access_token"), 200);
}

/* Changes one thing of `<device>.<number>.<mac>` at a time. */
static void forged_token_is_refused_and_ends_nothing(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h), other = enter(h);
    const char *token = at(h, &first, "/refresh_token"), *mac = strrchr(token, '.') + 1;
    const char *forged[] = {
        "x",
        "..",
        "1.1.1",
        "....",
        arena_printf(&h->scratch, "%.36s.1.", token),
        arena_printf(&h->scratch, "%.36s.2.%s", token, mac),
        arena_printf(&h->scratch, "%.36s.0.%s", token, mac),
        arena_printf(&h->scratch, "%.36s.-1.%s", token, mac),
        arena_printf(&h->scratch, "%.36s.9223372036854775808.%s", token, mac),
        arena_printf(&h->scratch, "%.36s.1.%s", at(h, &other, "/refresh_token"), mac),
        arena_printf(&h->scratch, "%.36s.1.%c%s", token, *mac == 'A' ? 'B' : 'A', mac + 1),
        arena_printf(&h->scratch, "%s.%s", token, mac),
        arena_printf(&h->scratch, "%sA", token),
        arena_printf(&h->scratch, "%.*s", (int)strlen(token) - 1, token),
        at(h, &first, "/access_token") + 1,
    };
    for (size_t i = 0; i < COUNT(forged); i++) {
        harness_set(h, "token",
                    strlen(forged[i]) > 200 ? arena_printf(&h->scratch, "%.200s", forged[i]) : forged[i]);
        play(h, &(struct scenario){"forged", AS_NOBODY, "POST", REFRESH, "{'refresh_token':'${token}'}",
                                   .status = 401});
    }
    refresh(h, token, 200);
    refresh(h, at(h, &other, "/refresh_token"), 200);
}

static void logged_out_family_does_not_refresh(void **state)
{
    struct harness *h = *state;
    struct local_reply first = enter(h);
    use(h, at(h, &first, "/access_token"), 200); /* remembered, and yet */
    play(h, &(struct scenario){"out", AS_NOBODY, "POST", "/v1/auth/logout",
                               .token = at(h, &first, "/access_token"), .status = 204});
    use(h, at(h, &first, "/access_token"), 401);
    refresh(h, at(h, &first, "/refresh_token"), 401);
}

/* --- several at once --- */

enum { PHONES = 8 };

struct phone {
    pthread_t thread;
    struct harness *h;
    struct arena arena;
    struct scenario request;
    int repeats, bad;
    char first[256];
};

static void *phone_run(void *arg)
{
    struct phone *p = arg;
    for (int i = 0; i < p->repeats; i++) {
        struct local_reply reply = harness_send(p->h, &p->request, &p->arena);
        const char *found =
            reply.status == 200 ? memmem(reply.body.ptr, reply.body.len, "refresh_token\":\"", 16) : NULL;
        p->bad += reply.status != 200;
        if (found)
            sscanf(found + 16, "%255[^\"]", p->first);
        arena_finish(&p->arena);
    }
    return NULL;
}

static void phones_start(struct phone *phones, struct harness *h, struct scenario request, int repeats)
{
    for (int i = 0; i < PHONES; i++) {
        phones[i] = (struct phone){.h = h, .request = request, .repeats = repeats};
        arena_init(&phones[i].arena, NULL, 0);
        assert_int_equal(pthread_create(&phones[i].thread, NULL, phone_run, &phones[i]), 0);
    }
}

static void phones_end(struct phone *phones)
{
    for (int i = 0; i < PHONES; i++) {
        pthread_join(phones[i].thread, NULL);
        assert_int_equal(phones[i].bad, 0);
    }
}

static void refreshes_at_once_agree(void **state)
{
    struct harness *h = *state;
    struct phone phones[PHONES];
    struct local_reply first = enter(h);
    harness_set(h, "token", at(h, &first, "/refresh_token"));
    phones_start(phones, h,
                 (struct scenario){"at once", AS_NOBODY, "POST", REFRESH, "{'refresh_token':'${token}'}"}, 5);
    phones_end(phones);
    for (int i = 1; i < PHONES; i++)
        assert_string_equal(phones[0].first, phones[i].first);
    refresh(h, phones[0].first, 200);
}

static void rotated_keys_refuse_no_good_token(void **state)
{
    struct harness *h = *state;
    struct phone phones[PHONES];
    struct local_reply before = enter(h);
    phones_start(phones, h, (struct scenario){"under rotation", AS_MEMBER, "GET", E "/rooms"}, 50);
    for (int i = 0; i < 3; i++)
        play(h, &(struct scenario){"rotate", AS_ADMIN, "POST", "/v1/keys/rotate", .status = 201,
                                   .contains = {"'kid':'"}, .save = "kid=/kid"});
    phones_end(phones);
    struct local_reply after = enter(h);
    const char *old = at(h, &before, "/access_token"), *new = at(h, &after, "/access_token");
    assert_true(strncmp(old, new, strcspn(old, ".")) != 0); /* another kid in the header */
    use(h, old, 200);
    use(h, new, 200);
    refresh(h, at(h, &before, "/refresh_token"), 200);
    play(h, &(struct scenario){"both keys are public", AS_NOBODY, "GET", "/.well-known/jwks.json",
                               .status = 200, .contains = {"{'keys':[{", "'kid':'${kid}'", "},{"}});
    harness_restart(h);
    use(h, old, 200);
    use(h, new, 200);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_is_read_however_it_is_typed),
        cmocka_unit_test(refresh_gives_a_pair),
        cmocka_unit_test(lost_answer_comes_again),
        cmocka_unit_test(old_token_ends_the_family),
        cmocka_unit_test(token_before_last_ends_the_family),
        cmocka_unit_test(chain_of_refreshes_holds),
        cmocka_unit_test(refresh_survives_a_restart),
        cmocka_unit_test(forged_token_is_refused_and_ends_nothing),
        cmocka_unit_test(logged_out_family_does_not_refresh),
        cmocka_unit_test(refreshes_at_once_agree),
        cmocka_unit_test(rotated_keys_refuse_no_good_token),
        {0},
    };
    return harness_run(&(struct suite){"auth", {join, login, header}, tests});
}

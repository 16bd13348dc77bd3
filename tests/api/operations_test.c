/* Operations: is it up, what does it serve; and what any path answers before it is one. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static const struct scenario state[] = {
    {"health needs no token", AS_NOBODY, "GET", "/healthz", .status = 200, .contains = {"{'status':'ok'}"},
     .head = {"Cache-Control: no-store"}},
    {"a bad token does not matter there", AS_EXPIRED, "GET", "/healthz", .status = 200},
    {"ready says what it looked at", AS_NOBODY, "GET", "/readyz", .status = 200,
     .contains = {"'status':'ready'", "'database':'ok'", "'migrations':'ok'", "'disk':'ok'"}},
    {"HEAD is answered, too", AS_NOBODY, "HEAD", "/healthz", .status = 200},
    {0},
};

static const struct scenario metrics[] = {
    {"metrics stand on their own listener", AS_NOBODY, "GET", "/metrics", .on_metrics = true, .status = 200,
     .contains = {"# TYPE convened_", "route='/healthz'"},
     .head = {"Content-Type: text/plain; version=0.0.4"}},
    {"and on no other", AS_NOBODY, "GET", "/metrics", .status = 404},
    {"not for the admin either", AS_ADMIN, "GET", "/metrics", .status = 404},
    {"health is there as well", AS_NOBODY, "GET", "/healthz", .on_metrics = true, .status = 200},
    {"the API is not", AS_ORGANIZER, "GET", "/v1/events", .on_metrics = true, .status = 404},
    {0},
};

static const struct scenario documents[] = {
    {"the contract", AS_NOBODY, "GET", "/openapi.json", .status = 200,
     .contains = {"'openapi':", "'getHealth'"}, .head = {"Cache-Control: public, max-age="},
     .save = "etag=ETag"},
    {"the contract again", AS_NOBODY, "GET", "/openapi.json", .headers = {"If-None-Match: ${etag}"},
     .status = 304},
    {"the contract as a page", AS_NOBODY, "GET", "/docs", .status = 200, .contains = {"<!DOCTYPE html>"},
     .head = {"Content-Type: text/html; charset=utf-8", "Content-Security-Policy: default-src"}},
    {"where a tent's QR code leads", AS_NOBODY, "GET", "/join", .status = 200, .contains = {"<title>Join"},
     .head = {"script-src 'sha256-"}},
    {"the set-up page", AS_NOBODY, "GET", "/setup", .status = 200, .contains = {"<title>"},
     .head = {"Content-Security-Policy: default-src"}},
    {0},
};

static const struct scenario paths[] = {
    {"there is nothing at the root of the API", AS_ORGANIZER, "GET", "/v1", .status = 404},
    {"an unknown path", AS_NOBODY, "GET", "/v1/nothing", .status = 404,
     .contains = {"'type':'/problems/not-found'"}},
    {"a slash more is another path", AS_NOBODY, "GET", "/healthz/", .status = 404},
    {"so are two", AS_NOBODY, "GET", "//healthz", .status = 404},
    {"dots are not followed", AS_NOBODY, "GET", "/v1/../healthz", .status = 404},
    {"letters have their case", AS_NOBODY, "GET", "/HEALTHZ", .status = 404},
    {"an escaped letter is that letter", AS_NOBODY, "GET", "/%68ealthz", .status = 200},
    {"a path that takes another method says which", AS_NOBODY, "POST", "/healthz", .status = 405,
     .head = {"Allow: GET\r\n"}},
    {"and with parameters", AS_ORGANIZER, "PUT", E "/rooms", .status = 405, .head = {"Allow: GET, POST\r\n"}},
    {"a method that nobody takes", AS_NOBODY, "BREW", "/healthz", .status = 405, .head = {"Allow: "}},
    {"methods have their case", AS_NOBODY, "get", "/healthz", .status = 405},
    {"OPTIONS is answered nowhere without an allow-list", AS_NOBODY, "OPTIONS", "/healthz",
     .headers = {"Origin: https://app.example.org", "Access-Control-Request-Method: GET"}, .status = 405},
    {"TRACE is not taken", AS_NOBODY, "TRACE", "/healthz", .status = 405},
    {"a query where none is taken", AS_NOBODY, "GET", "/healthz?verbose=1", .status = 400},
    {0},
};

static void draining_house_is_not_ready(void **state_)
{
    struct harness *h = *state_;
    atomic_store(&h->house->draining, true);
    play(h, &(struct scenario){"draining", AS_NOBODY, "GET", "/readyz", .status = 503,
                               .contains = {"'status':'stopping'"}, .head = {"Retry-After: "}});
    play(h, &(struct scenario){"but healthy", AS_NOBODY, "GET", "/healthz", .status = 200});
    atomic_store(&h->house->draining, false);
}

static void listed_origins_alone_are_named(void **state_)
{
    struct harness *h = *state_;
    h->config.cors = "https://app.example.org https://b.example.org";
    struct local_reply reply =
        play(h, &(struct scenario){"a listed origin", AS_MEMBER, "GET", E "/rooms",
                                   .headers = {"Origin: https://b.example.org"}, .status = 200,
                                   .head = {"Access-Control-Allow-Origin: https://b.example.org\r\n",
                                            "Access-Control-Expose-Headers: Content-Disposition, ETag, ",
                                            "Vary: Accept-Encoding, Authorization, Origin"}});
    assert_null(local_header(&reply, "Access-Control-Allow-Credentials").ptr);
    play(h,
         &(struct scenario){
             "its preflight", AS_NOBODY, "OPTIONS", E "/rooms",
             .headers = {"Origin: https://b.example.org", "Access-Control-Request-Method: PATCH"},
             .status = 204,
             .head = {"Access-Control-Allow-Methods: ", "Access-Control-Allow-Origin: ",
                      "Access-Control-Allow-Headers: Authorization, Content-Disposition, Content-Type, "}});
    reply = play(h, &(struct scenario){"another", AS_MEMBER, "GET", E "/rooms",
                                       .headers = {"Origin: https://b.example.org.evil.example.org"},
                                       .status = 200});
    assert_null(local_header(&reply, "Access-Control-Allow-Origin").ptr);
    reply = play(h, &(struct scenario){"none", AS_MEMBER, "GET", E "/rooms", .headers = {"Origin: null"},
                                       .status = 200});
    assert_null(local_header(&reply, "Access-Control-Allow-Origin").ptr);
    h->config.cors = "";
    reply = play(h, &(struct scenario){"switched off", AS_MEMBER, "GET", E "/rooms",
                                       .headers = {"Origin: https://b.example.org"}, .status = 200});
    assert_null(local_header(&reply, "Access-Control-Allow-Origin").ptr);
}

/* A canary in every place that a person types into: in no line of the log. */
static const struct scenario typing[] = {
    {"a name and a code", AS_NOBODY, "POST", "/v1/auth/join",
     "{'code':'${code:los-angeles}','display_name':'canary name','device':'canary device'}", .status = 200,
     .save = "access=/access_token"},
    {"a wrong code", AS_NOBODY, "POST", "/v1/auth/join", "{'code':'CANA-RYCAN-ARYCA','display_name':'x'}",
     .status = 401},
    {"a wrong password", AS_NOBODY, "POST", "/v1/auth/login",
     "{'email':'canary@example.org','password':'canary password'}", .status = 401},
    {"a person", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'canary person','email':'canary@example.org','phone':'555-0199 canary'}",
     .status = 201},
    {"a search", AS_MEMBER, "GET", E "/attendees?q=canary", .status = 200},
    {"a path", AS_MEMBER, "GET", E "/rooms/canary", .status = 404},
    {"no route", AS_MEMBER, "GET", "/canary", .status = 404},
    {"no JSON", AS_MEMBER, "PATCH", "/v1/me", "{'display_name':'canary' 'x'}", .status = 400},
    {0},
};

static void logs_hold_nothing_that_was_typed(void **state_)
{
    struct harness *h = *state_;
    static char text[65536];
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    log_start(LOG_DEBUG);
    for (const struct scenario *s = typing; s->name; s++)
        play(h, s);
    log_stop();
    log_start(LOG_OFF);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "method=POST route=/v1/auth/join status=200"));
    assert_non_null(strstr(text, "method=GET route=/v1/events/{event}/attendees status=200"));
    assert_non_null(strstr(text, "route=- status=404"));
    assert_null(strcasestr(text, "canary"));
    assert_null(strstr(text, "LOSA"));
    assert_null(strstr(text, "eyJ"));
    assert_null(strstr(text, harness_value(h, "access")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(draining_house_is_not_ready),
        cmocka_unit_test(listed_origins_alone_are_named),
        cmocka_unit_test(logs_hold_nothing_that_was_typed),
        {0},
    };
    return harness_run(&(struct suite){"operations", {state, metrics, documents, paths}, tests});
}

/* Table tents: one a team, for organizers alone, with the codes that open the teams' doors now. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#define TENTS E "/table-tents.html"
#define ELSEWHERE "/v1/events/csec101/table-tents.html"

static const struct scenario pages[] = {
    {"an organizer prints them", AS_ORGANIZER, "GET", TENTS, .status = 200,
     .contains = {"<h2 class='l'>Los Angeles</h2>", "<p class='code'>${code:los-angeles}</p>",
                  "${code:alameda}", "<svg class='qr'", "@page", "that the hosts show you"},
     .absent = {"<script", "href=", "style=", "/join"},
     .head = {"Content-Type: text/html; charset=utf-8", "Cache-Control: no-store", "style-src 'sha256-",
              "default-src 'none'"},
     .save = "etag=ETag"},
    {"the same again need not be sent", AS_ORGANIZER, "GET", TENTS, .headers = {"If-None-Match: ${etag}"},
     .status = 304},
    {"the codes are for no one else", AS_LEAD, "GET", TENTS, .status = 403, .absent = {"LOSA-"}},
    {"not for the door", AS_STAFF, "GET", TENTS, .status = 403, .absent = {"LOSA-"}},
    {"not for another event's organizer", AS_ELSEWHERE, "GET", TENTS, .status = 404, .absent = {"LOSA-"}},
    {"an event without teams says so", AS_ELSEWHERE, "GET", ELSEWHERE, .status = 200,
     .contains = {"no teams yet"}, .absent = {"class='tent'"}},
    {"a name that would be markup", AS_ORGANIZER, "POST", E "/teams",
     "{'slug':'marin','name':'<b>Marin & more</b>'}", .status = 201, .save = "marin=/id"},
    {"is text", AS_ORGANIZER, "GET", TENTS, .status = 200,
     .contains = {"&lt;b&gt;Marin &amp; more&lt;/b&gt;</h2>", "MARI-"}, .absent = {"<b>Marin"}},
    {"its code is replaced", AS_ORGANIZER, "POST", E "/teams/${marin}/code/rotate", .status = 200,
     .save = "code=/code"},
    {"and printed", AS_ORGANIZER, "GET", TENTS, .headers = {"If-None-Match: ${etag}"}, .status = 200,
     .contains = {"<p class='code'>${code}</p>"}},
    {0},
};

static size_t count(const struct local_reply *reply, const char *text)
{
    size_t n = 0, len = strlen(text);
    const char *at = reply->body.ptr, *end = at + reply->body.len;
    for (; (at = memmem(at, (size_t)(end - at), text, len)); at += len)
        n++;
    return n;
}

/* Each team has one sheet, which shows its code on either side. */
static void a_sheet_has_two_sides(void **state)
{
    struct harness *h = *state;
    struct local_reply reply =
        play(h, &(struct scenario){"tents", AS_ORGANIZER, "GET", TENTS, .status = 200});
    assert_int_equal(count(&reply, "<section class=\"tent\">"), 22); /* the seed's 21, and Marin */
    assert_int_equal(count(&reply, "<svg class=\"qr\""), 44);
    assert_int_equal(count(&reply, harness_value(h, "code:los-angeles")), 2);
}

/* What the QR then holds is read by a scanner in tests/judges/. */
static void a_known_address_is_printed(void **state)
{
    struct harness *h = *state;
    h->config.public_url = "https://convened.example.org/spring";
    play(h, &(struct scenario){"tents", AS_ORGANIZER, "GET", TENTS, .status = 200,
                               .contains = {"<b>convened.example.org/spring/join</b>", "Scan the square"},
                               .absent = {"that the hosts show you", "join#", "https:"}});
    h->config.public_url = "";
}

/* The longest name that a team may have. */
static void a_long_name_is_small(void **state)
{
    struct harness *h = *state;
    char json[400], name[201];
    memset(name, 'm', 200);
    name[200] = '\0';
    snprintf(json, sizeof json, "{'slug':'long','name':'%s'}", name);
    play(h, &(struct scenario){"a team", AS_ORGANIZER, "POST", E "/teams", json, .status = 201});
    play(h, &(struct scenario){"tents", AS_ORGANIZER, "GET", TENTS, .status = 200,
                               .contains = {"<h2 class='xs'>mmmm", "<h2 class='xl'>Alameda"}});
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_sheet_has_two_sides),
    cmocka_unit_test(a_known_address_is_printed),
    cmocka_unit_test(a_long_name_is_small),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "table tents", .scenarios = {pages}, .tests = tests});
}

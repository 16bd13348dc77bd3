/* Bad input that needs no socket: each gets the right 4xx as problem+json, the house lives, the next request
 * is served. */
#include "harness/harness.h"

#include <openssl/hmac.h>
#include <string.h>

#include "http/keys.h"

#define ROOMS E "/rooms"

/* --- bodies --- */

static const struct scenario json[] = {
    {"an object nested 32 deep is read, and refused for its fields", AS_ORGANIZER, "POST", ROOMS,
     .body = "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", .status = 422,
     .contains = {"'/a'"}},
    {"33 deep it is not read", AS_ORGANIZER, "POST", ROOMS,
     .body = "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", .status = 400,
     .contains = {"32"}},
    {"brackets in a text do not count", AS_ORGANIZER, "POST", ROOMS,
     .body = "{\"name\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[\"}", .status = 201},
    {"a key twice", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','name':'b'}", .status = 400,
     .contains = {"a key stands twice"}},
    {"a key twice, further in", AS_ORGANIZER, "POST", ROOMS, "{'name':{'a':1,'a':2}}", .status = 400},
    {"a key twice, written two ways", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','\\u006eame':'b'}",
     .status = 400},
    {"a lone high surrogate", AS_ORGANIZER, "POST", ROOMS, "{'name':'\\ud800'}", .status = 400},
    {"a lone low surrogate", AS_ORGANIZER, "POST", ROOMS, "{'name':'\\udc00 x'}", .status = 400},
    {"surrogates the wrong way round", AS_ORGANIZER, "POST", ROOMS, "{'name':'\\ude00\\ud83d'}",
     .status = 400},
    {"a surrogate in UTF-8", AS_ORGANIZER, "POST", ROOMS, "{'name':'\xed\xa0\x80'}", .status = 400},
    {"an overlong slash", AS_ORGANIZER, "POST", ROOMS, "{'name':'\xc0\xaf'}", .status = 400},
    {"half a letter", AS_ORGANIZER, "POST", ROOMS, "{'name':'\xe2\x82'}", .status = 400},
    {"Latin-1", AS_ORGANIZER, "POST", ROOMS, "{'name':'Jos\xe9'}", .status = 400},
    {"an escaped NUL", AS_ORGANIZER, "POST", ROOMS, "{'name':'a\\u0000b'}", .status = 400},
    {"an escaped NUL in a key", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','\\u0000':1}", .status = 400},
    {"a NUL byte", AS_ORGANIZER, "POST", ROOMS, .body = "{\"name\":\"a\0b\"}", .body_len = 14, .status = 400},
    {"an escaped control character is a fault of the field", AS_ORGANIZER, "POST", ROOMS,
     "{'name':'a\\u0007b'}", .status = 422, .contains = {"'/name'"}},
    {"a raw line break in a text", AS_ORGANIZER, "POST", ROOMS, "{'name':'a\nb'}", .status = 400},
    {"a byte order mark", AS_ORGANIZER, "POST", ROOMS, "\xef\xbb\xbf{'name':'a'}", .status = 400},
    {"more after the end", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}{}", .status = 400},
    {"a comma too many", AS_ORGANIZER, "POST", ROOMS, "{'name':'a',}", .status = 400},
    {"a comment", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'/**/}", .status = 400},
    {"no end", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'", .status = 400},
    {"only white space", AS_ORGANIZER, "POST", ROOMS, "   ", .status = 400},
    {"a text is no object", AS_ORGANIZER, "POST", ROOMS, "'name'", .status = 400},
    {"null is no object", AS_ORGANIZER, "POST", ROOMS, "null", .status = 400},
    {"NaN", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','capacity':NaN}", .status = 400},
    {"a number past all numbers", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','capacity':1e999}",
     .status = 400},
    {"an integer past 64 bits", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','capacity':99999999999999999999}",
     .status = 400},
    {"an integer past 32 bits", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','capacity':4294967297}",
     .status = 422, .contains = {"'/capacity'"}},
    {"an unknown field is named by its pointer", AS_ORGANIZER, "POST", ROOMS, "{'name':'a','a/b~c':1}",
     .status = 422, .contains = {"'/a~1b~0c'"}},
    {"what becomes of objects in other languages is an unknown field", AS_ORGANIZER, "POST", ROOMS,
     "{'name':'a','__proto__':{'admin':true}}", .status = 422, .contains = {"'/__proto__'"}},
    {0},
};

static const struct scenario types[] = {
    {"text is not JSON", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}", .headers = {"Content-Type: text/plain"},
     .status = 415},
    {"nor is a form", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"Content-Type: application/x-www-form-urlencoded"}, .status = 415},
    {"nor is no type", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}", .headers = {"Content-Type:"},
     .status = 415},
    {"nor are two", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"Content-Type: application/json, text/plain"}, .status = 415},
    {"JSON in Latin-1 is not taken", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"Content-Type: application/json; charset=iso-8859-1"}, .status = 415},
    {"a merge patch is for PATCH", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"Content-Type: application/merge-patch+json"}, .status = 415},
    {"UTF-8 may be said, in any case", AS_ORGANIZER, "POST", ROOMS, "{'name':'Typed'}",
     .headers = {"Content-Type: Application/JSON;  charset=\"UTF-8\""}, .status = 201},
    {"a compressed body is refused", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"Content-Encoding: gzip"}, .status = 415},
    {"whatever it says", AS_ORGANIZER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"Content-Encoding: identity, gzip"}, .status = 415},
    {"identity is none", AS_ORGANIZER, "POST", ROOMS, "{'name':'Plain'}",
     .headers = {"Content-Encoding: identity"}, .status = 201},
    {0},
};

static const struct scenario lengths[] = {
    {"two ways to say how long a body is", AS_ORGANIZER, "POST", ROOMS, "{}",
     .headers = {"Content-Length: 2", "Transfer-Encoding: chunked"}, .status = 400},
    {"a length twice", AS_ORGANIZER, "POST", ROOMS, "{}",
     .headers = {"Content-Length: 2", "Content-Length: 2"}, .status = 400},
    {"two lengths in one", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length: 2, 2"},
     .status = 400},
    {"a length with a sign", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length: +2"},
     .status = 400},
    {"a length below nothing", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length: -2"},
     .status = 400},
    {"a length in hexadecimal", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length: 0x2"},
     .status = 400},
    {"a length in words", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length: two"},
     .status = 400},
    {"a length of nothing", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length:"}, .status = 400},
    {"a length past 64 bits", AS_ORGANIZER, "POST", ROOMS, "{}",
     .headers = {"Content-Length: 18446744073709551618"}, .status = 400},
    {"more than came", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Content-Length: 20"}, .status = 408,
     .head = {"Connection: close"}},
    {"more than may come, before it comes", AS_ORGANIZER, "POST", ROOMS, "{}",
     .headers = {"Content-Length: 1048577"}, .status = 413, .head = {"Connection: close"}},
    {"another coding", AS_ORGANIZER, "POST", ROOMS, "{}", .headers = {"Transfer-Encoding: gzip, chunked"},
     .status = 400},
    {"chunked twice", AS_ORGANIZER, "POST", ROOMS, "{}",
     .headers = {"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, .status = 400},
    {"lengths count for GET, too", AS_MEMBER, "GET", ROOMS,
     .headers = {"Content-Length: 1", "Content-Length: 1"}, .status = 400},
    {0},
};

/* --- paths and queries --- */

static const struct scenario paths[] = {
    {"an escaped NUL", AS_MEMBER, "GET", E "/rooms%00", .status = 400},
    {"an escaped NUL in an id", AS_MEMBER, "GET", ROOMS "/x%00y", .status = 400},
    {"an escaped line break", AS_MEMBER, "GET", ROOMS "/x%0d%0aSet-Cookie:%20a=b", .status = 400},
    {"an escaped slash", AS_MEMBER, "GET", "/v1/events/csec2015%2frooms", .status = 400},
    {"in upper case", AS_MEMBER, "GET", "/v1/events/csec2015%2Frooms", .status = 400},
    {"a slash escaped twice is no slash", AS_MEMBER, "GET", "/v1/events/csec2015%252frooms", .status = 404},
    {"an escaped backslash is a letter", AS_MEMBER, "GET", "/v1/events/csec2015%5crooms", .status = 404},
    {"escaped dots are letters", AS_MEMBER, "GET", "/v1/events/%2e%2e/%2e%2e/healthz", .status = 404},
    {"an escape that is none", AS_MEMBER, "GET", ROOMS "/%zz", .status = 400},
    {"half an escape", AS_MEMBER, "GET", ROOMS "/%4", .status = 400},
    {"a lone percent sign", AS_MEMBER, "GET", ROOMS "/%", .status = 400},
    {"escaped ill-formed UTF-8", AS_MEMBER, "GET", ROOMS "/%ff", .status = 400},
    {"an escaped overlong slash", AS_MEMBER, "GET", ROOMS "/%c0%af", .status = 400},
    {"an escaped DEL", AS_MEMBER, "GET", ROOMS "/%7f", .status = 400},
    {"a raw control byte", AS_MEMBER, "GET", ROOMS "/\x01", .status = 400},
    {"a bad escape after an unknown part is still one", AS_MEMBER, "GET", "/nothing/here/%00", .status = 400},
    {"no slash at the front", AS_MEMBER, "GET", "v1/events", .status = 400},
    {"a whole address", AS_MEMBER, "GET", "http://example.org/v1/events", .status = 400},
    {"nothing", AS_MEMBER, "GET", "", .status = 400},
    {"a star", AS_MEMBER, "OPTIONS", "*", .status = 405},
    {"SQL in an id", AS_MEMBER, "GET", ROOMS "/'%20OR%201=1%20--", .status = 404},
    {"SQL in an event", AS_MEMBER, "GET", "/v1/events/'%20OR%201=1%20--", .status = 404},
    {"SQL in a search", AS_MEMBER, "GET", E "/sessions?q=')%20OR%201=1%20--", .status = 200,
     .contains = {"{'items':[]}"}},
    {"a wildcard in a search is a letter", AS_MEMBER, "GET", E "/sessions?q=%25", .status = 200,
     .absent = {"Welcome"}},
    {"so is the other", AS_MEMBER, "GET", E "/sessions?q=_____", .status = 200, .contains = {"{'items':[]}"}},
    {"and their escape", AS_MEMBER, "GET", E "/sessions?q=%5c", .status = 200, .contains = {"{'items':[]}"}},
    {"a NUL in a query", AS_MEMBER, "GET", E "/sessions?q=a%00b", .status = 400},
    {"a parameter twice", AS_MEMBER, "GET", ROOMS "?limit=1&limit=2", .status = 400,
     .contains = {"limit stands twice"}},
    {"a line break in a query", AS_MEMBER, "GET", ROOMS "?cursor=%0d%0aX-A:b", .status = 400},
    {"a bad escape in a query", AS_MEMBER, "GET", E "/sessions?q=%e", .status = 400},
    {"ill-formed UTF-8 in a query", AS_MEMBER, "GET", E "/sessions?q=%ff", .status = 400},
    {"a search of 101 letters", AS_MEMBER, "GET",
     E
     "/sessions?q="
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
     .status = 400},
    {"limit 501", AS_MEMBER, "GET", E "/sessions?limit=501", .status = 400},
    {"limit 1e2", AS_MEMBER, "GET", E "/sessions?limit=1e2", .status = 400},
    {"a parameter without a name", AS_MEMBER, "GET", ROOMS "?=1", .status = 400},
    {"a part of a parameter's name", AS_MEMBER, "GET", ROOMS "?lim=1", .status = 400},
    {0},
};

static const struct scenario headers[] = {
    {"a tag without its end", AS_MEMBER, "GET", ROOMS, .headers = {"If-None-Match: \""}, .status = 200},
    {"tags without commas", AS_MEMBER, "GET", ROOMS, .headers = {"If-None-Match: W/\"a\"\"b\",,,\"\""},
     .status = 200},
    {"nothing as a tag", AS_MEMBER, "GET", ROOMS, .headers = {"If-None-Match:"}, .status = 200},
    {"an If-Match of nothing matches nothing", AS_ORGANIZER, "PATCH", ROOMS "/${rooms:main-hall}", "{}",
     .headers = {"If-Match:"}, .status = 412},
    {"an empty change with the right one changes nothing", AS_ORGANIZER, "PATCH", ROOMS "/${rooms:main-hall}",
     "{}", .headers = {"If-Match: *"}, .status = 200},
    {"a coding that is unknown", AS_MEMBER, "GET", ROOMS, .headers = {"Accept-Encoding: br, *;q=0"},
     .status = 200},
    {"gzip that is not wanted", AS_MEMBER, "GET", ROOMS, .headers = {"Accept-Encoding: gzip;q=0"},
     .status = 200, .contains = {"'items'"}},
    {"a method in a header is not a method", AS_MEMBER, "POST", ROOMS, "{'name':'a'}",
     .headers = {"X-HTTP-Method-Override: GET"}, .status = 403},
    {"a forwarded path is not a path", AS_MEMBER, "GET", ROOMS, .headers = {"X-Original-URL: /v1/organizers"},
     .status = 200},
    {"a key of ill-formed UTF-8", AS_ORGANIZER, "POST", ROOMS, "{'name':'k'}",
     .headers = {"Idempotency-Key: \xff"}, .status = 400},
    {0},
};

static void large_bodies(void **state)
{
    struct harness *h = *state;
    enum { MAX = 1024 * 1024 };
    char *body = arena_alloc(&h->scratch, MAX + 1);
    assert_non_null(body);
    memset(body, ' ', MAX + 1);
    memcpy(body, "{\"name\":\"\"}", 11);
    struct scenario s = {"1 MiB", AS_ORGANIZER, "POST", ROOMS, .body = body, .body_len = MAX, .status = 422};
    play(h, &s);
    s = (struct scenario){"and a byte", AS_ORGANIZER,        "POST",       ROOMS,
                          .body = body, .body_len = MAX + 1, .status = 413};
    play(h, &s);
    s.headers[0] = "Transfer-Encoding: chunked"; /* its length comes to light as it comes */
    play(h, &s);
    memset(body, '[', MAX);
    s = (struct scenario){"a bomb",     AS_ORGANIZER,    "POST",       ROOMS,
                          .body = body, .body_len = MAX, .status = 400};
    play(h, &s);
    for (int i = 0; i + 5 <= MAX; i += 5)
        memcpy(body + i, "{\"a\":", 5);
    play(h, &s);
    play(h, &(struct scenario){"next", AS_MEMBER, "GET", ROOMS, .status = 200});
}

static void long_targets(void **state)
{
    struct harness *h = *state;
    char *path = arena_alloc(&h->scratch, 8192);
    assert_non_null(path);
    memset(path, 'a', 8191);
    path[0] = '/';
    path[8191] = '\0';
    play(h, &(struct scenario){"a long path", AS_MEMBER, "GET", path, .status = 414});
    path[4096] = '\0';
    play(h, &(struct scenario){"of 4096 bytes", AS_MEMBER, "GET", path, .status = 404});
    for (int i = 0; i < 4096; i++)
        path[i] = '/';
    play(h, &(struct scenario){"of slashes", AS_MEMBER, "GET", path, .status = 404});
    memcpy(path, ROOMS "?limit=1&cursor=", sizeof ROOMS "?limit=1&cursor=" - 1);
    memset(path + sizeof ROOMS "?limit=1&cursor=" - 1, 'A', 4096 - sizeof ROOMS "?limit=1&cursor=");
    play(h, &(struct scenario){"a long cursor", AS_MEMBER, "GET", path, .status = 400});
}

/* --- tokens --- */

/* `<header>.<payload>.<signature>` with a header and a payload of our making; no signature when it is absent.
 */
static const char *forge(struct harness *h, struct str header, struct str payload, const char *signature)
{
    struct buf out;
    buf_init(&out, &h->scratch, 4096);
    buf_base64url(&out, header.ptr, header.len);
    buf_char(&out, '.');
    buf_str(&out, payload);
    buf_char(&out, '.');
    buf_puts(&out, signature);
    return buf_cstr(&out);
}

static struct str payload_of(const char *token)
{
    struct str rest = str_of(token);
    str_split(&rest, '.');
    return str_split(&rest, '.');
}

/* HS256 over what is before the signature, with the public key as the secret: the classic swap. */
static const char *swap_algorithm(struct harness *h, struct str payload)
{
    const struct signing_key *key = keys_newest(h->house->keys);
    const char *header =
        arena_printf(&h->scratch, "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", key->kid);
    const char *unsigned_token = forge(h, str_of(header), payload, "");
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct buf out;
    HMAC(EVP_sha256(), key->public_pem, (int)strlen(key->public_pem), (const unsigned char *)unsigned_token,
         strlen(unsigned_token) - 1, mac, &len);
    buf_init(&out, &h->scratch, 4096);
    buf_puts(&out, unsigned_token);
    buf_base64url(&out, mac, len);
    return buf_cstr(&out);
}

static void forged_tokens(void **state)
{
    struct harness *h = *state;
    const char *good = harness_value(h, "organizer.token"), *signature = strrchr(good, '.') + 1;
    struct str payload = payload_of(good), other = payload_of(harness_value(h, "admin.token"));
    const char *kid = keys_newest(h->house->keys)->kid;
    char deep[1200];
    memset(deep, '[', sizeof deep);
    struct str es256 =
        str_of(arena_printf(&h->scratch, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid));
    const char *tokens[] = {
        forge(h, STR("{\"alg\":\"none\",\"typ\":\"JWT\"}"), payload, ""),
        forge(h, STR("{\"alg\":\"NoNe\",\"typ\":\"JWT\"}"), payload, signature),
        forge(h, str_of(arena_printf(&h->scratch, "{\"alg\":\"none\",\"kid\":\"%s\"}", kid)), payload, ""),
        swap_algorithm(h, payload),
        forge(h, STR("{\"alg\":\"ES256\",\"kid\":\"../../etc/passwd\",\"typ\":\"JWT\"}"), payload, signature),
        forge(h, STR("{\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\",\"typ\":\"JWT\"}"), payload, signature),
        forge(h, STR("{\"alg\":\"ES256\",\"kid\":\"\",\"typ\":\"JWT\"}"), payload, signature),
        forge(h, STR("{\"alg\":\"ES256\",\"jku\":\"https://example.org/jwks.json\"}"), payload, signature),
        forge(h, (struct str){deep, sizeof deep}, payload, signature),
        forge(h, es256, STR("e30"), signature),
        forge(h, es256, other, signature), /* the admin's claims under the organizer's signature */
        forge(h, es256, payload, ""),
        arena_printf(&h->scratch, "%s.%s", good, signature),
        arena_printf(&h->scratch, "%s,%s", good, good),
        "null",
        "..",
        "' OR 1=1 --",
    };
    for (size_t i = 0; i < COUNT(tokens); i++)
        play(h, &(struct scenario){"forged", AS_NOBODY, "GET", ROOMS, .token = tokens[i], .status = 401,
                                   .head = {"WWW-Authenticate: Bearer"}, .absent = {"Main Hall"}});
    char *large = arena_alloc(&h->scratch, 16384);
    assert_non_null(large);
    memset(large, 'A', 16383);
    large[16383] = '\0';
    play(h, &(struct scenario){"16 KiB of token", AS_NOBODY, "GET", ROOMS, .token = large, .status = 401});
    play(h,
         &(struct scenario){"the good one is good", AS_NOBODY, "GET", ROOMS, .token = good, .status = 200});
}

static void next_good_request_is_served(void **state)
{
    struct harness *h = *state;
    play(h, &(struct scenario){"reading", AS_MEMBER, "GET", ROOMS, .status = 200, .contains = {"Main Hall"}});
    play(h,
         &(struct scenario){"writing", AS_ORGANIZER, "POST", ROOMS, "{'name':'Afterwards'}", .status = 201});
    play(h, &(struct scenario){"ready", AS_NOBODY, "GET", "/readyz", .status = 200});
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_bodies),
        cmocka_unit_test(long_targets),
        cmocka_unit_test(forged_tokens),
        cmocka_unit_test(next_good_request_is_served),
        {0},
    };
    return harness_run(&(struct suite){"hostile", {json, types, lengths, paths, headers}, tests});
}

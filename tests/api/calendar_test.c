/* The agenda as iCalendar, read again by libical: who gets which sessions, what moves when a row does, and
 * that every time is the instant that the API's JSON names, on both sides of a change of clocks. */
#include "harness/harness.h"

#include <string.h>

#include <libical/ical.h>

#include "base/clock.h"
#include "http/cache.h"

#define C E "/calendar.ics"
#define DST "/v1/events/clocks2015"

static const struct scenario reads[] = {
    {"an attendee reads the calendar", AS_ATTENDEE, "GET", C, .status = 200,
     .contains = {"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "TZID:America/Los_Angeles\r\n",
                  "UID:${sessions:welcome}\r\n", "DTSTART;TZID=America/Los_Angeles:20151201T093000\r\n",
                  "SUMMARY:SB 794: training\\, identification and reporting\r\n", "LOCATION:Main Hall\r\n",
                  "SEQUENCE:1\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"},
     .head = {"Content-Type: text/calendar; charset=utf-8"}, .save = "all=ETag"},
    {"so do staff, the same bytes", AS_STAFF, "GET", C, .headers = {"If-None-Match: ${all}"}, .status = 304},
    {"and organizers", AS_ORGANIZER, "GET", C, .headers = {"If-None-Match: ${all}"}, .status = 304},
    {"nobody reads none", AS_NOBODY, "GET", C, .status = 401},
    {"another event's guest finds no event", AS_GUEST, "GET", C, .status = 404},
    {"what is no parameter", AS_MEMBER, "GET", C "?bookmark=true", .status = 400, .contains = {"bookmarks"}},
    {0},
};

static const struct scenario own[] = {
    {"without bookmarks it is empty, and a calendar", AS_MEMBER, "GET", C "?bookmarks=true", .status = 200,
     .contains = {"BEGIN:VTIMEZONE"}, .absent = {"VEVENT"}},
    {"a bookmark", AS_MEMBER, "PUT", E "/bookmarks/${sessions:lunch}", .status = 204},
    {"is in it at once, and nothing else", AS_MEMBER, "GET", C "?bookmarks=true", .status = 200,
     .contains = {"UID:${sessions:lunch}"}, .absent = {"UID:${sessions:welcome}"}, .save = "own=ETag"},
    {"the same again is a 304", AS_MEMBER, "GET", C "?bookmarks=true", .headers = {"If-None-Match: ${own}"},
     .status = 304},
    {"a team's lead has their own", AS_LEAD, "GET", C "?bookmarks=true", .status = 200, .absent = {"VEVENT"}},
    {"one from a phone that was offline", AS_MEMBER, "POST", E "/sync/bookmarks/push",
     "[{'newDocumentState':{'id':'${sessions:closing}','session_id':'${sessions:closing}'}}]", .status = 200},
    {"is in it, too", AS_MEMBER, "GET", C "?bookmarks=true", .status = 200,
     .contains = {"UID:${sessions:lunch}", "UID:${sessions:closing}"}},
    {"the whole calendar has not moved", AS_LEAD, "GET", C, .headers = {"If-None-Match: ${all}"},
     .status = 304},
    {"taken away it is gone", AS_MEMBER, "DELETE", E "/bookmarks/${sessions:lunch}", .status = 204},
    {"from the calendar, too", AS_MEMBER, "GET", C "?bookmarks=true", .status = 200,
     .absent = {"UID:${sessions:lunch}"}},
    {"the command line has no bookmarks", AS_ADMIN, "GET", C "?bookmarks=true", .status = 200,
     .absent = {"VEVENT"}},
    {0},
};

static const struct scenario changes[] = {
    {"a draft", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Not yet','starts_at':'2015-12-01T17:00:00-08:00','ends_at':'2015-12-01T18:00:00-08:00',"
     "'status':'draft'}",
     .status = 201, .save = "draft=/id"},
    {"is in nobody's calendar", AS_ORGANIZER, "GET", C, .headers = {"If-None-Match: ${all}"}, .status = 304},
    {"a session is cancelled", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'status':'cancelled'}", .headers = {"If-Match: *"}, .status = 200},
    {"it stays, and says so", AS_MEMBER, "GET", C, .status = 200,
     .contains = {"UID:${sessions:lunch}\r\n", "SEQUENCE:2\r\n", "STATUS:CANCELLED\r\n"}, .save = "now=ETag"},
    {"what concerns no session moves nothing", AS_ORGANIZER, "POST", E "/announcements",
     "{'title':'T','body':'B'}", .status = 201},
    {"so the calendar is the same", AS_MEMBER, "GET", C, .headers = {"If-None-Match: ${now}"}, .status = 304},
    {"a title with control bytes is refused", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'title':'a\\u0007b'}", .headers = {"If-Match: *"}, .status = 422, .contains = {"'/title'"}},
    {"one with a line break as well", AS_ORGANIZER, "PATCH", E "/sessions/${sessions:lunch}",
     "{'title':'a\\r\\nEND:VEVENT'}", .headers = {"If-Match: *"}, .status = 422, .contains = {"'/title'"}},
    {0},
};

static const struct scenario clocks[] = {
    {"an event", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'clocks2015','name':'Clocks','kind':'meeting','starts_at':'2015-03-07T09:00:00-08:00',"
     "'ends_at':'2015-11-02T17:00:00-08:00','zone':'America/Los_Angeles'}",
     .status = 201},
    {"before the change in March", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'A','status':'scheduled','starts_at':'2015-03-08T01:30:00-08:00','ends_at':'2015-03-08T03:"
     "30:00-07:00'}",
     .status = 201, .contains = {"'starts_at':'2015-03-08T01:30:00-08:00'"}},
    {"after it", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'B','status':'scheduled','starts_at':'2015-03-08T10:00:00Z','ends_at':'2015-03-09T10:00:00Z'}",
     .status = 201, .contains = {"'starts_at':'2015-03-08T03:00:00-07:00'"}},
    {"before the change in November", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'C','status':'scheduled','starts_at':'2015-10-31T23:00:00-07:00','ends_at':'2015-11-01T00:"
     "59:00-07:00'}",
     .status = 201},
    {"after it", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'D','status':'scheduled','starts_at':'2015-11-01T02:00:00-08:00','ends_at':'2015-11-01T03:"
     "00:00-08:00'}",
     .status = 201},
    {"far away, in years that the zone does not reach", AS_ADMIN, "POST", DST "/sessions",
     "{'title':'E','status':'scheduled','starts_at':'2999-07-01T09:00:00-07:00','ends_at':'2999-07-01T10:"
     "00:00-07:00'}",
     .status = 201},
    {"all of it", AS_ADMIN, "GET", DST "/calendar.ics", .status = 200,
     .contains = {"DTSTART:29990701T160000Z", "DTSTART;TZID=America/Los_Angeles:20150308T013000"}},
    {0},
};

#define EVENING "'starts_at':'2015-12-01T17:00:00-08:00','ends_at':'2015-12-01T18:00:00-08:00'"

/* `piece`, `times` over, in the place of a session's `field`. */
static const char *session_with(struct harness *h, const char *field, const char *piece, int times)
{
    struct buf out;
    buf_init(&out, &h->scratch, 1024);
    buf_printf(&out, "{'%s':'", field);
    for (int i = 0; i < times; i++)
        buf_puts(&out, piece);
    buf_printf(&out, "'%s," EVENING "}", strcmp(field, "title") ? ",'title':'T'" : "");
    return buf_cstr(&out);
}

/* Two hundred characters are a title, whatever they are; ten kilobytes, and control bytes, are none. */
static void titles_have_an_end(void **state)
{
    static const struct {
        const char *piece;
        int times;
        const char *why;
    } refused[] = {
        {"t", 10240, "1 to 200 characters"},        {"t", 201, "1 to 200 characters"},
        {"\xF0\x9F\x98\x80", 300, "1 to 200 char"}, {"a\\u0007b\\u001b", 2048, "one line without control"},
        {"a\\r\\nEND:VEVENT", 600, "one line"},     {"\\u007f", 1, "one line without control"},
    };
    struct harness *h = *state;
    play(h, &(struct scenario){"as it is", AS_MEMBER, "GET", C, .status = 200, .save = "before=ETag"});
    for (size_t i = 0; i < COUNT(refused); i++) {
        const char *json = session_with(h, "title", refused[i].piece, refused[i].times);
        play(h, &(struct scenario){"refused", AS_ORGANIZER, "POST", E "/sessions", json, .status = 422,
                                   .contains = {"'pointer':'/title'", refused[i].why}});
    }
    play(h, &(struct scenario){"NUL is not even JSON", AS_ORGANIZER, "POST", E "/sessions",
                               session_with(h, "title", "a\\u0000", 5000), .status = 400});
    play(h, &(struct scenario){"and nothing moved", AS_MEMBER, "GET", C,
                               .headers = {"If-None-Match: ${before}"}, .status = 304});
    play(h, &(struct scenario){"200 are taken", AS_ORGANIZER, "POST", E "/sessions",
                               session_with(h, "title", "\xF0\x9F\x98\x80", 200), .status = 201});
    play(h, &(struct scenario){"of what has a meaning, too", AS_ORGANIZER, "POST", E "/sessions",
                               session_with(h, "title", ";,\\\\:\\'\xC3\xA9\xE2\x80\xA8\xC2\x85n", 20),
                               .status = 201});
    play(h, &(struct scenario){"an abstract has lines", AS_ORGANIZER, "POST", E "/sessions",
                               session_with(h, "abstract", "\\nEND:VEVENT\\n; , \\\\n\\t\xE6\x9D\xB1", 300),
                               .status = 201});
}

static void the_second_time_no_query_is_run(void **state)
{
    struct harness *h = *state;
    struct cache_stats before, after;
    struct scenario get = {"first", AS_MEMBER, "GET", C, .status = 200, .save = "again=ETag"};
    play(h, &get);
    cache_stats(h->house->cache, &before);
    play(h, &(struct scenario){"again", AS_ATTENDEE, "GET", C, .headers = {"If-None-Match: ${again}"},
                               .status = 304});
    cache_stats(h->house->cache, &after);
    assert_int_equal(after.hits, before.hits + 1);
    assert_int_equal(after.misses, before.misses);
}

/* --- libical --- */

/* Lines end in CRLF alone and have at most 75 octets, each of them UTF-8 by itself. */
static void hold_lines(struct str body)
{
    while (body.len) {
        const char *end = memchr(body.ptr, '\r', body.len);
        assert_non_null(end);
        struct str line = {body.ptr, (size_t)(end - body.ptr)};
        assert_in_range(line.len, 1, 75);
        assert_true(text_is_utf8(line));
        assert_false(text_has_control(line, "\t"));
        assert_true(line.len + 1 < body.len && end[1] == '\n');
        body.ptr += line.len + 2;
        body.len -= line.len + 2;
    }
}

static icalcomponent *parse(struct str body)
{
    hold_lines(body);
    char *text = strndup(body.ptr, body.len);
    icalcomponent *calendar = icalparser_parse_string(text);
    free(text);
    assert_non_null(calendar);
    assert_int_equal(icalcomponent_isa(calendar), ICAL_VCALENDAR_COMPONENT);
    assert_true(icalrestriction_check(calendar));
    assert_int_equal(icalcomponent_count_errors(calendar), 0);
    return calendar;
}

static icalcomponent *find(icalcomponent *calendar, const char *uid)
{
    icalcomponent *c = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    while (c && strcmp(icalcomponent_get_uid(c), uid) != 0)
        c = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT);
    return c;
}

static void hold_time(const char *text, icaltimetype t)
{
    int64_t ms;
    assert_true(clock_parse(str_of(text), &ms));
    assert_int_equal(icaltime_as_timet_with_zone(t, icaltime_get_timezone(t)), ms / 1000);
}

/* Every session of the JSON is in the calendar once, with the same times, text and revision. */
static void hold_calendar(struct harness *h, const char *event)
{
    struct arena *a = &h->scratch;
    const char *path = arena_printf(a, "%s/calendar.ics", event);
    const char *list = arena_printf(a, "%s/sessions?limit=500", event);
    struct local_reply ics = play(h, &(struct scenario){"ics", AS_ADMIN, "GET", path, .status = 200});
    struct local_reply json = play(h, &(struct scenario){"json", AS_ADMIN, "GET", list, .status = 200});
    icalcomponent *calendar = parse(ics.body);
    const char *id;
    int n = 0, drafts = 0;
    for (; (id = harness_at(h, &json, arena_printf(a, "/items/%d/id", n))); n++) {
        icalcomponent *c = find(calendar, id);
        const char *status = harness_at(h, &json, arena_printf(a, "/items/%d/status", n));
        drafts += !strcmp(status, "draft");
        if (!strcmp(status, "draft")) {
            assert_null(c);
            continue;
        }
        assert_non_null(c);
        hold_time(harness_at(h, &json, arena_printf(a, "/items/%d/starts_at", n)),
                  icalcomponent_get_dtstart(c));
        hold_time(harness_at(h, &json, arena_printf(a, "/items/%d/ends_at", n)), icalcomponent_get_dtend(c));
        hold_time(harness_at(h, &json, arena_printf(a, "/items/%d/updated_at", n)),
                  icalcomponent_get_dtstamp(c));
        assert_string_equal(icalcomponent_get_summary(c),
                            harness_at(h, &json, arena_printf(a, "/items/%d/title", n)));
        assert_int_equal(icalcomponent_get_sequence(c),
                         atoi(harness_at(h, &json, arena_printf(a, "/items/%d/revision", n))));
        assert_int_equal(icalcomponent_get_status(c),
                         strcmp(status, "cancelled") ? ICAL_STATUS_CONFIRMED : ICAL_STATUS_CANCELLED);
        const char *text = icalcomponent_get_description(c);
        const char *abstract = harness_at(h, &json, arena_printf(a, "/items/%d/abstract", n));
        if (abstract && strcmp(abstract, "null") != 0)
            assert_int_equal(strncmp(text ? text : "", abstract, strlen(abstract)), 0);
    }
    assert_true(n > 4);
    assert_int_equal(icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT), n - drafts);
    icalcomponent_free(calendar);
    icalmemory_free_ring();
    icaltimezone_free_builtin_timezones();
}

static void libical_reads_the_demo_event(void **state)
{
    hold_calendar(*state, E);
}

static void libical_reads_across_changes_of_clocks(void **state)
{
    hold_calendar(*state, DST);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(titles_have_an_end),
    cmocka_unit_test(the_second_time_no_query_is_run),
    cmocka_unit_test(libical_reads_the_demo_event),
    cmocka_unit_test(libical_reads_across_changes_of_clocks),
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "calendar", .scenarios = {reads, own, changes, clocks}, .tests = tests});
}

/* Announcements: newest first, dated ahead only for organizers, Markdown kept as typed. */
#include "harness/harness.h"

#include <string.h>

#define A E "/announcements"

static const struct scenario reads[] = {
    {"newest first", AS_ATTENDEE, "GET", A, .status = 200,
     .contains = {"'items':[{'id':'${announcements:submit-by-four}'",
                  "'session_id':'${sessions:county-exchange}'", "'published_at':'2015-12-01T15:40:00-08:00'",
                  "**no names, initials"},
     .absent = {"_key"}, .save = "list=ETag"},
    {"the same list again is a 304", AS_ATTENDEE, "GET", A, .headers = {"If-None-Match: ${list}"},
     .status = 304},
    {"a page of two", AS_MEMBER, "GET", A "?limit=2", .status = 200,
     .contains = {"${announcements:submit-by-four}", "${announcements:quiet-room}"},
     .absent = {"${announcements:no-names}"}, .save = "next=/next"},
    {"the page after it is older", AS_MEMBER, "GET", A "?limit=2&cursor=${next}", .status = 200,
     .contains = {"'items':[{'id':'${announcements:no-names}'", "${announcements:illustrative}"},
     .absent = {"${announcements:quiet-room}", "${announcements:before-you-come}"}},
    {"a text is no cursor here", AS_MEMBER, "GET", A "?cursor=YWJjAGFiYw", .status = 400},
    {"one", AS_STAFF, "GET", A "/${announcements:quiet-room}", .status = 200,
     .contains = {"'priority':'normal'"}},
    {"one of another event is not found", AS_MEMBER, "GET", A "/${csec101/announcements:parking}",
     .status = 404},
    {"another event's guest finds no event", AS_GUEST, "GET", A, .status = 404},
    {"nobody reads none", AS_NOBODY, "GET", A, .status = 401},
    {0},
};

static const struct scenario writes[] = {
    {"a lead announces nothing", AS_LEAD, "POST", A, "{'title':'Hi','body':'there'}", .status = 403},
    {"an organizer announces", AS_ORGANIZER, "POST", A,
     "{'title':'Lunch','body':'<b>Back</b> at **1:30 pm**.\\n\\n- soup'}", .status = 201,
     .contains =
         {"'priority':'normal'", "'session_id':null", "'body':'<b>Back<\\/b> at **1:30 pm**.\\n\\n- soup'",
          "'body_html':'<p>&lt;b&gt;Back&lt;/b&gt; at <strong>1:30 pm<\\/strong>.<\\/p>\\n<ul><li>soup<\\/li>"
          "\\n<\\/ul>\\n'"},
     .save = "id=/id etag=ETag"},
    {"it is at the top at once", AS_MEMBER, "GET", A, .status = 200, .contains = {"'items':[{'id':'${id}'"}},
    {"every fault is named at once", AS_ORGANIZER, "POST", A,
     "{'title':'','priority':'loud','session_id':'x','published_at':'noon','to':'all'}", .status = 422,
     .contains = {"'/title'", "'/body'", "'/priority'", "'/session_id'", "'/published_at'", "'/to'"}},
    {"a session of another event is none of this one", AS_ORGANIZER, "POST", A,
     "{'title':'T','body':'B','session_id':'${csec101/sessions:sign-in}'}", .status = 422,
     .contains = {"'/session_id'"}},
    {"a change without If-Match", AS_ORGANIZER, "PATCH", A "/${id}",
     "{'priority':'urgent','session_id':'${sessions:lunch}'}", .status = 200,
     .contains = {"'priority':'urgent'", "'session_id':'${sessions:lunch}'", "'title':'Lunch'",
                  "'revision':2"}},
    {"another body has another HTML", AS_ORGANIZER, "PATCH", A "/${id}",
     "{'body':'[x](javascript:alert(1)) [y](https://example.org)'}", .status = 200,
     .contains =
         {"'body_html':'<p>x <a rel=\\'noopener noreferrer\\' href=\\'https://example.org\\'>y<\\/a>"}},
    {"HTML is not to be given", AS_ORGANIZER, "PATCH", A "/${id}", "{'body_html':'<b>x</b>'}", .status = 422,
     .contains = {"'/body_html'"}},
    {"a stale If-Match is honoured", AS_ORGANIZER, "PATCH", A "/${id}", "{'priority':'high'}",
     .headers = {"If-Match: ${etag}"}, .status = 412},
    {"null gives a priority its default", AS_ORGANIZER, "PATCH", A "/${id}", "{'priority':null}",
     .status = 200, .contains = {"'priority':'normal'"}},
    {"a time is not cleared", AS_ORGANIZER, "PATCH", A "/${id}", "{'published_at':null}", .status = 422,
     .contains = {"'/published_at'"}},
    {"dated ahead it waits", AS_ORGANIZER, "PATCH", A "/${id}",
     "{'published_at':'2999-01-01T09:00:00-08:00'}", .status = 200},
    {"for readers it is not there", AS_MEMBER, "GET", A "/${id}", .status = 404},
    {"nor in their list", AS_MEMBER, "GET", A, .status = 200, .absent = {"${id}"}},
    {"organizers see it", AS_ORGANIZER, "GET", A, .status = 200, .contains = {"'items':[{'id':'${id}'"}},
    {"another event's organizer changes nothing", AS_ELSEWHERE, "PATCH", A "/${id}", "{'title':'x'}",
     .status = 404},
    {"its session is removed", AS_ORGANIZER, "DELETE", E "/sessions/${sessions:lunch}",
     .headers = {"If-Match: *"}, .status = 204},
    {"it stays", AS_ORGANIZER, "GET", A "/${id}", .status = 200, .contains = {"'session_id':null"}},
    {"a member removes nothing", AS_MEMBER, "DELETE", A "/${id}", .status = 403},
    {"removing with a stale If-Match", AS_ORGANIZER, "DELETE", A "/${id}", .headers = {"If-Match: ${etag}"},
     .status = 412},
    {"removing", AS_ORGANIZER, "DELETE", A "/${id}", .status = 204},
    {"it is gone", AS_ORGANIZER, "DELETE", A "/${id}", .status = 404},
    {0},
};

/* Three of one minute, read in pages of one while a fourth comes in: each older one is seen once. */
static void pages_hold_while_one_is_added(void **state)
{
    struct harness *h = *state;
    char seen[1024] = "";
    for (int i = 0; i < 3; i++)
        play(h, &(struct scenario){"made", AS_ORGANIZER, "POST", A,
                                   "{'title':'Same','body':'minute','published_at':'2015-12-02T09:00:00Z'}",
                                   .status = 201});
    play(h, &(struct scenario){"first page", AS_MEMBER, "GET", A "?limit=1", .status = 200,
                               .save = "id=/items/0/id next=/next"});
    play(h, &(struct scenario){"a newer one", AS_ORGANIZER, "POST", A, "{'title':'New','body':'er'}",
                               .status = 201});
    for (int i = 0; i < 3; i++) {
        const char *id = harness_value(h, "id");
        assert_null(strstr(seen, id));
        strncat(seen, id, sizeof seen - strlen(seen) - 1);
        play(h, &(struct scenario){"next page", AS_MEMBER, "GET", A "?limit=1&cursor=${next}", .status = 200,
                                   .save = "id=/items/0/id next=/next"});
    }
    assert_string_equal(harness_value(h, "id"), harness_value(h, "announcements:submit-by-four"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pages_hold_while_one_is_added),
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "announcements", .scenarios = {reads, writes}, .tests = tests});
}

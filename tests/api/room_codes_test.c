/* The code on the room's screen: who sees it, how long it is good, and what a phone gets for it. */
#include "harness/harness.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "features/codes.h"
#include "http/keys.h"

#define NOW E "/sessions/${now}"
#define MINUTE INT64_C(60000)

static const char *time_at(struct harness *h, int64_t ms)
{
    char *text = arena_alloc(&h->arena, CLOCK_TEXT);
    clock_format(text, ms, NULL);
    return text;
}

/* As another server with the same key would: a code of the window `back` minutes ago. */
static void set_code(struct harness *h, int64_t back)
{
    unsigned char mac[KEYS_DERIVED];
    char code[7];
    int64_t window = clock_now_ms() / MINUTE - back;
    keys_derive(h->house->keys, "room-code", str_of(harness_value(h, "now")), window, mac);
    code_spell((uint64_t)mac[0] << 24 | (uint64_t)mac[1] << 16 | (uint64_t)mac[2] << 8 | mac[3], 6, code);
    harness_set(h, "code", code);
    harness_set(h, "shown", time_at(h, window * MINUTE + 1000));
    harness_set(h, "earlier", time_at(h, window * MINUTE - 1000));
}

/* So that no minute ends in the middle of a test. */
static void wait_for_room(void)
{
    while (clock_now_ms() % MINUTE > MINUTE - 10000)
        usleep(100000);
}

static const struct scenario shown[] = {
    {"a session that is on", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Now','starts_at':'${from}','ends_at':'${to}','status':'scheduled'}", .status = 201,
     .save = "now=/id"},
    {"staff puts its code on the screen", AS_STAFF, "GET", NOW "/room-code", .status = 200,
     .contains = {"{'session_id':'${now}','code':'", "'valid_until':'", "'accepted_until':'", "'svg':'<svg "},
     .head = {"Cache-Control: no-store"}, .save = "live=/code"},
    {"an organizer the same", AS_ORGANIZER, "GET", NOW "/room-code", .status = 200, .contains = {"${live}"}},
    {"an attendee does not see it here", AS_ATTENDEE, "GET", NOW "/room-code", .status = 403},
    {"another event has no such session", AS_GUEST, "POST", "/v1/events/csec101/sessions/${now}/attend",
     "{'code':'${live}'}", .status = 404},
    {"who is there sends it", AS_ATTENDEE, "POST", NOW "/attend", "{'code':'${live}'}", .status = 200,
     .contains = {"'result':'in'", "'attendee_id':'${attendee.row}'"}},
    {"sent again", AS_ATTENDEE, "POST", NOW "/attend", "{'code':'${live}'}", .status = 200,
     .contains = {"'result':'repeated','detail':'already in at "}},
    {"the desk counts them", AS_STAFF, "GET", E "/check-ins/summary", .status = 200,
     .contains = {"'by_session':[{'session_id':'${now}'", "'inside':1,'came':1}]"}},
    {"and hears of it", AS_STAFF, "GET", E "/sync/check_ins/pull", .status = 200,
     .contains = {"'method':'room'"}},
    {"on the way out", AS_ATTENDEE, "POST", NOW "/attend", "{'code':'${live}','direction':'out'}",
     .status = 200, .contains = {"'result':'out'"}},
    {"a member who has said nothing of who they are", AS_MEMBER, "POST", NOW "/attend", "{'code':'${live}'}",
     .status = 409, .contains = {"say first which attendee you are"}},
    {"an organizer is no attendee", AS_ORGANIZER, "POST", NOW "/attend", "{'code':'${live}'}", .status = 403},
    {"a draft has no code for the desk", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Draft','starts_at':'${from}','ends_at':'${to}','status':'draft'}", .status = 201,
     .save = "draft=/id"},
    {"none", AS_STAFF, "GET", E "/sessions/${draft}/room-code", .status = 404},
    {0},
};

static void good_for_two_minutes(void **state)
{
    struct harness *h = *state;
    wait_for_room();
    for (int64_t back = -1; back <= 2; back++) {
        bool good = back == 0 || back == 1;
        set_code(h, back);
        play(h, &(struct scenario){"a code", AS_ATTENDEE, "POST", NOW "/attend",
                                   "{'code':'${code}','direction':'out'}", .status = good ? 200 : 422,
                                   .contains = {good ? "'attendee_id'" : "'pointer':'/code'"}});
    }
}

static void a_phone_says_when(void **state)
{
    struct harness *h = *state;
    wait_for_room();
    set_code(h, 1);
    play(h, &(struct scenario){"when it scanned", AS_ATTENDEE, "POST", NOW "/attend",
                               "{'code':'${code}','at':'${shown}'}", .status = 200,
                               .contains = {"'result':'in'"}});
    play(h, &(struct scenario){"before it was shown", AS_ATTENDEE, "POST", NOW "/attend",
                               "{'code':'${code}','at':'${earlier}'}", .status = 422,
                               .contains = {"'pointer':'/at'"}});
    play(h, &(struct scenario){"later than now", AS_ATTENDEE, "POST", NOW "/attend",
                               "{'code':'${code}','at':'${to}'}", .status = 422,
                               .contains = {"'pointer':'/at'"}});
}

static void guesses_are_counted_by_device(void **state)
{
    struct harness *h = *state;
    harness_restart(h);
    wait_for_room();
    set_code(h, 0);
    for (int i = 0; i < 10; i++)
        play(h, &(struct scenario){"a guess", AS_ATTENDEE, "POST", NOW "/attend", "{'code':'ZZZZZZ'}",
                                   .status = 422});
    play(h, &(struct scenario){"now the right one", AS_ATTENDEE, "POST", NOW "/attend", "{'code':'${code}'}",
                               .status = 429, .head = {"Retry-After: "}});
    play(h, &(struct scenario){"another", AS_NOBODY, "POST", "/v1/auth/join",
                               "{'code':'${code:attendees:hosea-larkbrook}'}", .status = 200,
                               .save = "hosea=/access_token"});
    play(h, &(struct scenario){"is not held up", AS_NOBODY, "POST", NOW "/attend", "{'code':'${code}'}",
                               .token = "${hosea}", .status = 200});
}

static void set_times(struct harness *h)
{
    harness_set(h, "from", time_at(h, clock_now_ms() - 30 * MINUTE));
    harness_set(h, "to", time_at(h, clock_now_ms() + 30 * MINUTE));
}

static void shown_on_the_screen(void **state)
{
    struct harness *h = *state;
    set_times(h);
    wait_for_room();
    for (const struct scenario *s = shown; s->name; s++)
        play(h, s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shown_on_the_screen),
    cmocka_unit_test(good_for_two_minutes),
    cmocka_unit_test(a_phone_says_when),
    cmocka_unit_test(guesses_are_counted_by_device),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "room_codes", .tests = tests});
}

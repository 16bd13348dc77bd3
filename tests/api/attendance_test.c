/* Minutes present: the rules one by one, and entries at random in any order of arrival against a plain model.
 *
 *   SEED=7 build/asan/tests/api/attendance_test     replays one round; ROUNDS=1000 plays more */
#include "harness/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define T "/v1/events/csec101"
#define C T "/check-ins"
#define MINUTES(session) T "/sessions/${csec101/sessions:" session "}/attendance"
#define WHO(name) "'attendee_id':'${csec101/attendees:" name "}'"
#define AT(clock) "'at':'2015-09-23T" clock ":00-07:00'"
#define ROW(rest) "{'id':'${new}'," rest "}"
#define WHAT "'session_id':'${csec101/sessions:what-is-csec}'"

static const struct scenario rules[] = {
    {"nobody yet", AS_ELSEWHERE, "GET", MINUTES("what-is-csec"), .status = 200, .contains = {"{'items':[]}"}},
    {"a class that signs in at the door alone", AS_ELSEWHERE, "POST", C,
     "[" ROW(WHO("jin-cloverbrook") "," AT("09:05") ",'direction':'in'") "," ROW(WHO("hana-tidequill") "," AT(
         "09:25") ",'direction':'in'") "," ROW(WHO("jin-cloverbrook") "," AT("15:00") ",'direction':'"
                                                                                      "out'") "]",
     .status = 200},
    {"was there from the door on", AS_ELSEWHERE, "GET", MINUTES("what-is-csec"), .status = 200,
     .contains = {"{'items':[{'id':'${csec101/attendees:jin-cloverbrook}','display_name':'Jin Cloverbrook',"
                  "'team_id':null,'minutes':75,'first_in':'2015-09-23T09:05:00-07:00','last_out':'2015-09-"
                  "23T15:00:00-07:00'}",
                  "'display_name':'Hana Tidequill','team_id':null,'minutes':65,"}},
    {"until they left, or the session ended", AS_ELSEWHERE, "GET", MINUTES("close-and-certificate"),
     .status = 200,
     .contains = {"'display_name':'Jin Cloverbrook','team_id':null,'minutes':10,",
                  "'display_name':'Hana Tidequill','team_id':null,'minutes':40,"}},
    {"a session with a door of its own", AS_ELSEWHERE, "POST", C,
     "[" ROW(WHAT "," WHO("jin-cloverbrook") "," AT("09:00") ",'direction':'in'") "," ROW(WHAT "," WHO(
         "jin-"
         "clove"
         "rbroo"
         "k") "," AT("09:20") ",'direction':'in'") "," ROW(WHAT
                                                           "," WHO("jin-cloverbrook") "," AT(
                                                               "09:45") ",'direction':'out'") "," ROW(WHAT
                                                                                                      "," WHO(
                                                                                                          "ji"
                                                                                                          "n-"
                                                                                                          "cl"
                                                                                                          "ov"
                                                                                                          "er"
                                                                                                          "br"
                                                                                                          "oo"
                                                                                                          "k") "," AT("10:20") ",'"
                                                                                                                               "direc"
                                                                                                                               "tion'"
                                                                                                                               ":'"
                                                                                                                               "in'") "]",
     .status = 200, .save = "only=/items/3/id"},
    {"counts by that one: 30 minutes and 10", AS_ELSEWHERE, "GET", MINUTES("what-is-csec"), .status = 200,
     .contains = {"'display_name':'Jin Cloverbrook','team_id':null,'minutes':40,"}, .absent = {"Hana"}},
    {"other sessions by the event's", AS_ELSEWHERE, "GET", MINUTES("trauma-and-trust"), .status = 200,
     .contains = {"'display_name':'Jin Cloverbrook','team_id':null,'minutes':60,", "Hana"}},
    {"a page at a time", AS_ELSEWHERE, "GET", MINUTES("trauma-and-trust") "?limit=1", .status = 200,
     .contains = {"Jin", "'next':'"}, .absent = {"Hana"}, .save = "next=/next"},
    {"the next", AS_ELSEWHERE, "GET", MINUTES("trauma-and-trust") "?limit=1&cursor=${next}", .status = 200,
     .contains = {"Hana"}, .absent = {"Jin", "next"}},
    {"a session beside another", AS_ELSEWHERE, "POST", T "/sessions",
     "{'title':'Beside','starts_at':'2015-09-23T13:00:00-07:00','ends_at':'2015-09-23T13:30:00-07:00'}",
     .status = 201},
    {"is one that the door says nothing of", AS_ELSEWHERE, "GET", MINUTES("trauma-and-trust"), .status = 200,
     .contains = {"{'items':[]}"}},
    {"its guests do not see who was there", AS_GUEST, "GET", MINUTES("what-is-csec"), .status = 403},
    {"nor do others", AS_ORGANIZER, "GET", MINUTES("what-is-csec"), .status = 404},
    {"there is no such session", AS_ELSEWHERE, "GET", T "/sessions/${new}/attendance", .status = 404},
    {0},
};

/* --- at random --- */

enum { ENTRIES = 14, PEOPLE = 3, STARTS = 60, LASTS = 90, SPAN = 210 }; /* minutes from midnight of the day */

struct happened {
    char id[UUID_TEXT];
    int person, at, undoes; /* undoes: another entry's place; -1: none */
    bool in, undone;
};

struct round {
    struct harness *h;
    uint64_t random;
    int64_t day, seed;
    int n;
    struct happened all[ENTRIES];
};

static int pick(struct round *r, int below)
{
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return (int)(r->random % (uint64_t)below);
}

static void make_history(struct round *r)
{
    r->n = 1 + pick(r, ENTRIES);
    for (int i = 0; i < r->n; i++) {
        struct happened *e = &r->all[i];
        *e =
            (struct happened){.person = pick(r, PEOPLE), .at = pick(r, SPAN), .in = pick(r, 2), .undoes = -1};
        uuid_derive(e->id, str_of("attendance"),
                    str_of(arena_printf(&r->h->scratch, "%lld %d", (long long)r->seed, i)));
        int other = i ? pick(r, i) : -1;
        if (i && !pick(r, 4) && r->all[other].undoes < 0) {
            e->undoes = other;
            e->person = r->all[other].person;
            r->all[other].undone = true;
        }
    }
}

static void put_row(struct round *r, struct buf *out, const struct happened *e)
{
    static const char *const names[PEOPLE] = {"florence-emberbough", "noor-thimblemere", "hosea-larkbrook"};
    char at[CLOCK_TEXT];
    clock_format(at, r->day + e->at * INT64_C(60000), NULL);
    buf_printf(
        out,
        "{'id':'%s','attendee_id':'${attendees:%s}','session_id':'${session}','at':'%s','direction':'%s'",
        e->id, names[e->person], at,
        e->undoes >= 0 ? "undo"
        : e->in        ? "in"
                       : "out");
    if (e->undoes >= 0)
        buf_printf(out, ",'undoes':'%s'", r->all[e->undoes].id);
    buf_char(out, '}');
}

/* In any order, in batches of any size, now and then twice. */
static void send_history(struct round *r)
{
    int order[ENTRIES];
    for (int i = 0; i < r->n; i++) {
        int j = pick(r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < r->n;) {
        struct buf rows;
        int size = 1 + pick(r, 4);
        buf_init(&rows, &r->h->scratch, 4096);
        for (int k = 0; k < size && i < r->n; k++, i++) {
            buf_char(&rows, k ? ',' : '[');
            put_row(r, &rows, &r->all[order[i]]);
        }
        buf_char(&rows, ']');
        for (int again = pick(r, 5) == 0; again >= 0; again--)
            play(r->h, &(struct scenario){"a batch", AS_STAFF, "POST", E "/check-ins", buf_cstr(&rows),
                                          .status = 200, .absent = {"refused"}});
    }
}

/* In at this minute: whatever was last entered up to it says so. Both ways in one minute: they left. */
static bool is_in(const struct round *r, int person, int minute)
{
    int last = -1;
    bool in = false;
    for (int i = 0; i < r->n; i++) {
        const struct happened *e = &r->all[i];
        if (e->person != person || e->undone || e->undoes >= 0 || e->at > minute || e->at < last)
            continue;
        in = e->at == last ? in && e->in : e->in;
        last = e->at;
    }
    return in;
}

static int minutes_of(const struct round *r, int person)
{
    int minutes = 0;
    for (int m = STARTS; m < STARTS + LASTS; m++)
        minutes += is_in(r, person, m);
    return minutes;
}

static void compare(struct round *r)
{
    static const char *const names[PEOPLE] = {"Florence Emberbough", "Noor Thimblemere", "Hosea Larkbrook"};
    int inside = 0;
    struct local_reply list =
        play(r->h, &(struct scenario){"attendance", AS_ORGANIZER, "GET", E "/sessions/${session}/attendance",
                                      .status = 200});
    for (int p = 0; p < PEOPLE; p++) {
        const char *want =
            arena_printf(&r->h->scratch, "\"display_name\":\"%s\",\"team_id\":\"%s\",\"minutes\":%d,",
                         names[p], harness_value(r->h, "teams:alameda"), minutes_of(r, p));
        bool counted = false;
        for (int i = 0; i < r->n; i++)
            counted = counted || (r->all[i].person == p && !r->all[i].undone && r->all[i].undoes < 0);
        if (counted != (memmem(list.body.ptr, list.body.len, names[p], strlen(names[p])) != NULL) ||
            (counted && !memmem(list.body.ptr, list.body.len, want, strlen(want))))
            fail_msg("SEED=%lld: wanted %s in %.*s", (long long)r->seed, counted ? want : names[p],
                     (int)list.body.len, list.body.ptr);
        inside += is_in(r, p, SPAN);
    }
    const char *want = inside ? arena_printf(&r->h->scratch, "\"inside\":%d,", inside) : "";
    struct local_reply summary =
        play(r->h, &(struct scenario){"counts", AS_STAFF, "GET", E "/check-ins/summary", .status = 200});
    const char *at = memmem(summary.body.ptr, summary.body.len, harness_value(r->h, "session"), 36);
    if (inside && (!at || !strstr(strndupa(at, (size_t)(summary.body.ptr + summary.body.len - at)), want)))
        fail_msg("SEED=%lld: %d are in: %.*s", (long long)r->seed, inside, (int)summary.body.len,
                 summary.body.ptr);
}

static void play_round(struct harness *h, int64_t seed)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    struct round r = {.h = h, .seed = seed, .random = (uint64_t)seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
    clock_parse(STR("2016-01-01T00:00:00Z"), &r.day);
    r.day += seed % 1000 * INT64_C(86400000); /* none beside another */
    clock_format(from, r.day + STARTS * INT64_C(60000), NULL);
    clock_format(to, r.day + (STARTS + LASTS) * INT64_C(60000), NULL);
    harness_set(h, "from", from);
    harness_set(h, "to", to);
    play(h,
         &(struct scenario){"a session", AS_ORGANIZER, "POST", E "/sessions",
                            "{'title':'Random','starts_at':'${from}','ends_at':'${to}','status':'scheduled'}",
                            .status = 201, .save = "session=/id"});
    make_history(&r);
    send_history(&r);
    compare(&r);
}

static void any_order_gives_the_models_minutes(void **state)
{
    const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");
    int64_t first = seed ? atoll(seed) : 1, n = seed ? 1 : rounds ? atoll(rounds) : 150;
    for (int64_t i = first; i < first + n; i++)
        play_round(*state, i);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_order_gives_the_models_minutes),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "attendance", .scenarios = {rules}, .tests = tests});
}

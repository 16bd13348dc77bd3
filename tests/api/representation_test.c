/* Representation: the review's figures from the seed, and what is kept back from everyone but organizers. */
#include "harness/harness.h"

#include <stdlib.h>
#include <string.h>

#define FIGURES "'attendees':224,'counties':21,'agency_types':16,'community_organizations':30"
#define SMALL "/v1/events/small-meeting"

static const struct scenario figures[] = {
    {"the figures of the review", AS_MEMBER, "GET", E "/representation", .status = 200,
     .contains = {FIGURES, "{'agency_type':'child_welfare','attendees':30,'organizations':",
                  "{'team_id':'${teams:los-angeles}','name':'Los Angeles','attendees':11,'agency_types':8}",
                  "{'agency_type':'public_defender','attendees':null,'organizations':null}"},
     .save = "etag=ETag"},
    {"are the same for all who take part", AS_ATTENDEE, "GET", E "/representation", .status = 200,
     .contains = {FIGURES}, .head = {"ETag: ${etag}"}},
    {"for staff, too", AS_STAFF, "GET", E "/representation", .status = 200, .head = {"ETag: ${etag}"}},
    {"an organizer sees the small ones", AS_ORGANIZER, "GET", E "/representation", .status = 200,
     .contains = {FIGURES, "{'agency_type':'public_defender','attendees':4,'organizations':4}"},
     .absent = {"null"}},
    {"so does the admin", AS_ADMIN, "GET", E "/representation", .status = 200, .absent = {"null"}},
    {"nobody sees none", AS_NOBODY, "GET", E "/representation", .status = 401},
    {"nor does another event's guest", AS_GUEST, "GET", E "/representation", .status = 404},
    {"an event without teams", AS_GUEST, "GET", "/v1/events/csec101/representation", .status = 200,
     .contains = {"'counties':0", "'by_team':[]"}},
    {"a fifth public defender", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'Ash','agency_type':'public_defender'}", .status = 201},
    {"would leave four others to be worked out", AS_MEMBER, "GET", E "/representation", .status = 200,
     .contains = {"'attendees':225",
                  "{'agency_type':'public_defender','attendees':null,'organizations':null}",
                  "{'agency_type':'substance_use','attendees':null,'organizations':null}",
                  "{'agency_type':'tribal','attendees':5,"}},
    {"one more of those", AS_ORGANIZER, "POST", E "/attendees",
     "{'display_name':'Bay','agency_type':'substance_use'}", .status = 201},
    {"and all is told at once", AS_MEMBER, "GET", E "/representation", .status = 200,
     .contains = {"'attendees':226", "{'agency_type':'public_defender','attendees':5,'organizations':null}",
                  "{'agency_type':'substance_use','attendees':5,'organizations':null}"}},
    {0},
};

/* Five of probation, six of education, two of tribal: with the total at 13, hiding the two alone would hide
 * nothing. */
static void small_event(void **state)
{
    static const char *const types[] = {"probation", "education", "tribal"};
    static const int counts[] = {5, 6, 2};
    struct harness *h = *state;
    play(h, &(struct scenario){
                "an event", AS_ADMIN, "POST", "/v1/events",
                "{'slug':'small-meeting','name':'Small','kind':'meeting','zone':'America/Los_Angeles',"
                "'starts_at':'2016-01-01T09:00:00-08:00','ends_at':'2016-01-01T10:00:00-08:00'}",
                .status = 201});
    for (size_t t = 0; t < COUNT(types); t++)
        for (int i = 0; i < counts[t]; i++) {
            harness_set(h, "type", types[t]);
            play(h, &(struct scenario){"someone", AS_ADMIN, "POST", SMALL "/attendees",
                                       "{'display_name':'Ash','agency_type':'${type}'}", .status = 201});
        }
    play(h, &(struct scenario){"a staff token", AS_ADMIN, "POST", "/v1/tokens",
                               "{'event':'small-meeting','role':'staff'}", .status = 201,
                               .save = "desk=/access_token"});
    play(h, &(struct scenario){"two of three kept back", AS_NOBODY, "GET", SMALL "/representation",
                               .token = "${desk}", .status = 200,
                               .contains = {"'attendees':13,", "{'agency_type':'education','attendees':6,",
                                            "{'agency_type':'probation','attendees':null,",
                                            "{'agency_type':'tribal','attendees':null,"}});
    play(h, &(struct scenario){"none from the admin", AS_ADMIN, "GET", SMALL "/representation", .status = 200,
                               .contains = {"{'agency_type':'tribal','attendees':2,"}});
}

/* --- what a reader can work out --- */

enum { EVENTS = 150, CELLS_MAX = 6, LOW = 5, UNKNOWN = -1, MOST = 60 };

/* A table as it is published, and what is true. `nobody`: attendees of no row. */
struct table {
    int n, cells[CELLS_MAX], truth[CELLS_MAX]; /* UNKNOWN: kept back */
    int total;                                 /* UNKNOWN: kept back */
    int some;                                  /* rows that are not 0, which a figure of its own tells */
    int nobody;
};

/* The rule, as everybody may read it: is one more row kept back, so that the others stay unknown? `k` rows
 * are from 1 to 4, and with those of no row they are `rest` people. */
static bool asks_for_one_more(int k, int rest)
{
    return (rest >= 1 && rest < LOW) || (k > 0 && rest == k) || (k > 2 && rest == 4 * k);
}

struct search {
    const struct table *t;
    int least, shown;      /* the smallest row that is published, and the sum of them */
    int hidden[CELLS_MAX]; /* rows that are not */
    int n, value[CELLS_MAX];
    int low[CELLS_MAX], high[CELLS_MAX]; /* what each of them may be */
    int nobody;                          /* UNKNOWN, when the reader does not know it */
};

/* Would `value`, with so many people of no row, have been published as it was? */
static bool fits(const struct search *s, int nobody)
{
    int k = 0, low = 0, sum = nobody, large = 0;
    for (int i = 0; i < s->n; i++) {
        bool is_low = s->value[i] < LOW;
        k += is_low && s->value[i] > 0;
        low += is_low ? s->value[i] : 0;
        sum += s->value[i];
        large += is_low ? 0 : s->value[i] <= s->least ? 1 : 2;
    }
    int rest = low + nobody;
    bool more = asks_for_one_more(k, rest), bare = s->least == MOST && !large;
    bool telling = bare && k > 0 && (rest < LOW || rest == k); /* then the total is kept back, too */
    if (large > 1 || (large == 1 && !more) || (large == 0 && more && !bare))
        return false;
    return s->t->total == UNKNOWN || (sum + s->shown == s->t->total && !telling);
}

/* Every choice of values from the `at`th on: one at most is not low, `some` are not 0, and they are `people`.
 */
static void try_values(struct search *s, int at, int some, int people, bool large)
{
    if (at < s->n) {
        int most = large || people < LOW ? LOW - 1 : people;
        most = people < most ? people : most;
        for (int v = 0; v <= most; v++)
            if (some >= (v > 0)) {
                s->value[at] = v;
                try_values(s, at + 1, some - (v > 0), people - v, large || v >= LOW);
            }
        return;
    }
    bool possible = false;
    int from = s->t->total == UNKNOWN ? 0 : people, to = people;
    for (int nobody = from; some == 0 && nobody <= to && !possible; nobody++)
        possible = (s->nobody == UNKNOWN || s->nobody == nobody) && fits(s, nobody);
    for (int i = 0; possible && i < s->n; i++) {
        s->low[i] = s->value[i] < s->low[i] ? s->value[i] : s->low[i];
        s->high[i] = s->value[i] > s->high[i] ? s->value[i] : s->high[i];
    }
}

/* No row of a few people has one possible value alone: not for who subtracts, and not for who also knows how
 * many have no row. `kept` counts what was put to the test. */
static void hold_table(const struct table *t, int nobody, int *kept)
{
    struct search s = {.t = t, .least = MOST, .nobody = nobody};
    int some = t->some;
    for (int i = 0; i < t->n; i++) {
        if (t->cells[i] == UNKNOWN) {
            s.low[s.n] = MOST;
            s.hidden[s.n++] = i;
            continue;
        }
        assert_int_equal(t->cells[i], t->truth[i]);
        assert_true(t->cells[i] >= LOW);
        s.least = t->cells[i] < s.least ? t->cells[i] : s.least;
        s.shown += t->cells[i];
        some--;
    }
    try_values(&s, 0, some, t->total == UNKNOWN ? MOST : t->total - s.shown, false);
    for (int i = 0; i < s.n; i++) {
        int truth = t->truth[s.hidden[i]];
        assert_in_range(truth, s.low[i], s.high[i]); /* else the search is wrong */
        *kept += truth > 0 && truth < LOW;
        if (truth > 0 && truth < LOW && s.low[i] == s.high[i])
            fail_msg("row %d of %d is %d, and nothing else can be: total %d, published %d %d %d %d %d %d", i,
                     t->n, truth, t->total, t->cells[0], t->cells[1], t->cells[2], t->cells[3], t->cells[4],
                     t->cells[5]);
    }
}

static int figure(struct harness *h, const struct local_reply *reply, const char *fmt, const char *list,
                  int i)
{
    const char *text = harness_at(h, reply, arena_printf(&h->scratch, fmt, list, i));
    assert_non_null(text);
    return strcmp(text, "null") ? atoi(text) : UNKNOWN;
}

static struct table read_table(struct harness *h, const struct local_reply *public,
                               const struct local_reply *host, const char *list, const char *some)
{
    struct table t = {.total = figure(h, public, "/%s", "attendees", 0),
                      .some = figure(h, public, "/%s", some, 0)};
    t.nobody = figure(h, host, "/%s", "attendees", 0);
    for (; t.n < CELLS_MAX && harness_at(h, public, arena_printf(&h->scratch, "/%s/%d", list, t.n)); t.n++) {
        t.cells[t.n] = figure(h, public, "/%s/%d/attendees", list, t.n);
        t.truth[t.n] = figure(h, host, "/%s/%d/attendees", list, t.n);
        t.nobody -= t.truth[t.n];
    }
    return t;
}

/* From 0 to `below` - 1, the same in each run. */
static int draw(uint64_t *seed, int below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((*seed >> 33) % (uint64_t)below);
}

/* People of up to five kinds of agencies, each kind so many; and as often of one number, but for one kind
 * perhaps, which is what can be worked out. Teams are drawn apart from that. */
static struct str roster(struct harness *h, uint64_t *seed)
{
    static const char *const types[] = {"probation",      "education",     "tribal",
                                        "juvenile_court", "public_health", ""};
    struct buf out;
    int kinds = 1 + draw(seed, 5), alike = draw(seed, 2) ? 1 + draw(seed, 6) : 0, teams = draw(seed, 6),
        n = 0;
    bool large = draw(seed, 2);
    buf_init(&out, &h->scratch, 4096);
    buf_puts(&out, "display_name,agency_type,team\n");
    for (int k = 0; k <= kinds; k++) {
        int people = k == kinds ? draw(seed, 3) * draw(seed, 3) : alike ? alike : 1 + draw(seed, 9);
        if (alike && large && k == kinds - 1)
            people = LOW + draw(seed, 3);
        for (int i = 0; i < people; i++) {
            int team = draw(seed, teams + 2);
            buf_printf(&out, "Invented %d,%s,", n++, types[k == kinds ? 5 : k]);
            if (team < teams)
                buf_printf(&out, "team-%d", team);
            buf_char(&out, '\n');
        }
    }
    return buf_view(&out);
}

static void small_roster(struct harness *h, int number, struct str file)
{
    const char *event = arena_printf(&h->scratch, "/v1/events/few-%d", number);
    harness_set(h, "few", arena_printf(&h->scratch, "few-%d", number));
    play(h,
         &(struct scenario){"an event", AS_ADMIN, "POST", "/v1/events",
                            "{'slug':'${few}','name':'Few','kind':'meeting','zone':'America/Los_Angeles',"
                            "'starts_at':'2016-01-01T09:00:00-08:00','ends_at':'2016-01-01T10:00:00-08:00'}",
                            .status = 201});
    for (int i = 0; i < 5; i++) {
        harness_set(h, "slug", arena_printf(&h->scratch, "team-%d", i));
        play(h, &(struct scenario){"a team", AS_ADMIN, "POST", arena_printf(&h->scratch, "%s/teams", event),
                                   "{'slug':'${slug}','name':'${slug}'}", .status = 201});
    }
    play(h, &(struct scenario){"its people", AS_ADMIN, "POST",
                               arena_printf(&h->scratch, "%s/attendees/import", event), .body = file.ptr,
                               .body_len = file.len, .headers = {"Content-Type: text/csv"}, .status = 200});
    play(h, &(struct scenario){"a staff token", AS_ADMIN, "POST", "/v1/tokens",
                               "{'event':'${few}','role':'staff'}", .status = 201,
                               .save = "desk=/access_token"});
}

/* Rosters in which much is kept back: what a reader of the reply cannot know, they cannot work out, from one
 * table or from both. */
static void nothing_can_be_worked_out(void **state)
{
    struct harness *h = *state;
    uint64_t seed = 20151201;
    int kept = 0;
    for (int number = 0; number < EVENTS; number++) {
        small_roster(h, number, roster(h, &seed));
        const char *path = arena_printf(&h->scratch, "/v1/events/few-%d/representation", number);
        struct local_reply public =
            play(h, &(struct scenario){"read", AS_NOBODY, "GET", path, .token = "${desk}", .status = 200});
        struct local_reply host = play(h, &(struct scenario){"read", AS_ADMIN, "GET", path, .status = 200});
        struct table types = read_table(h, &public, &host, "by_agency_type", "agency_types");
        struct table teams = read_table(h, &public, &host, "by_team", "counties");
        hold_table(&types, UNKNOWN, &kept);
        hold_table(&teams, UNKNOWN, &kept);
        if (types.total != UNKNOWN && types.nobody == 0)
            hold_table(&types, 0, &kept);
        if (teams.total != UNKNOWN && teams.nobody == 0)
            hold_table(&teams, 0, &kept);
    }
    assert_true(kept > 3 * EVENTS);
}

/* Three of one kind: with no other row to keep back, it is how many came. */
static void three_are_not_counted(void **state)
{
    struct harness *h = *state;
    static const char file[] =
        "display_name,agency_type\nInvented 1,tribal\nInvented 2,tribal\nInvented 3,tribal\n";
    small_roster(h, EVENTS, str_of(file));
    const char *event = arena_printf(&h->scratch, "/v1/events/few-%d", EVENTS);
    const char *figures_of = arena_printf(&h->scratch, "%s/representation", event);
    play(h, &(struct scenario){"the desk", AS_NOBODY, "GET", figures_of, .token = "${desk}", .status = 200,
                               .contains = {"{'attendees':null,'counties':0,'agency_types':1,",
                                            "{'agency_type':'tribal','attendees':null,"}});
    play(h, &(struct scenario){"who runs it", AS_ADMIN, "GET", figures_of, .status = 200,
                               .contains = {"{'attendees':3,", "{'agency_type':'tribal','attendees':3,"}});
    play(h, &(struct scenario){"what is published, whoever asks", AS_ADMIN, "GET",
                               arena_printf(&h->scratch, "%s/report.md", event), .status = 200,
                               .contains = {"- **1** kinds of agencies"}, .absent = {"** people", "**3**"}});
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(three_are_not_counted),
    cmocka_unit_test(small_event),
    cmocka_unit_test(nothing_can_be_worked_out),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "representation", .scenarios = {figures}, .tests = tests});
}

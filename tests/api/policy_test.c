/* Who may what: every route × everybody × things of their own, of another team, of another event, and of
 * nobody.
 *
 * The routes come from the feature list and what is expected from their access masks, so that a new route is
 * held to this without a line here; only what stands in its path must be known to `things`, or its test
 * fails. Whatever is answered, nobody reads what is another's: see `canaries`. */
#include "harness/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/features.h"

#define BIT(actor) (1u << (actor))

enum {
    HOSTS = BIT(AS_ORGANIZER) | BIT(AS_ADMIN),
    LA_TEAM = BIT(AS_MEMBER) | BIT(AS_LEAD),
    LA = LA_TEAM | HOSTS,
    RIVERSIDE = BIT(AS_RIVERSIDE) | HOSTS,
    EVERYBODY = BIT(AS_COUNT) - 1,
    CASES = 6,
};

/* What a path's parameters may be, and for whom it is there. */
static const struct thing {
    const char *path; /* of a route, or how it begins: the longest counts */
    struct {
        const char *ids; /* one word a parameter after {event} */
        unsigned seen;   /* BIT()s of those for whom it is not 404 */
    } cases[CASES];
    const char *elsewhere; /* ids in csec101 */
} things[] = {
    {"/v1/events/{event}/rooms/", {{"${rooms:main-hall}", EVERYBODY}}, "${csec101/rooms:classroom}"},
    {"/v1/events/{event}/tracks/", {{"${track}", EVERYBODY}}, "${csec101/tracks:understand}"},
    {"/v1/events/{event}/speakers/",
     {{"${speaker}", EVERYBODY}},
     "${csec101/speakers:leopold-candlewood-ames}"},
    {"/v1/events/{event}/sessions/",
     {{"${sessions:welcome}", EVERYBODY}, {"${draft}", HOSTS}},
     "${csec101/sessions:lunch}"},
    {"/v1/events/{event}/bookmarks/",
     {{"${sessions:welcome}", EVERYBODY}, {"${draft}", 0}},
     "${csec101/sessions:lunch}"},
    {"/v1/events/{event}/announcements/",
     {{"${announcements:no-names}", EVERYBODY}},
     "${csec101/announcements:parking}"},
    {"/v1/events/{event}/resources/", {{"${resource}", EVERYBODY}}, "${csec101/resources:pocket-card}"},
    {"/v1/events/{event}/resources/{id}/file", {{"${resource}", EVERYBODY}}, NULL},
    {"/v1/events/{event}/organizations/",
     {{"${organization}", EVERYBODY}},
     "${csec101/organizations:windrow-group-homes}"},
    {"/v1/events/{event}/attendees/",
     {{"${attendees:shirin-amberbough}", EVERYBODY},
      {"${attendees:noor-thimblemere}", HOSTS | BIT(AS_STAFF)}},
     "${csec101/attendees:rosalind-junipermere}"},
    {"/v1/events/{event}/teams/",
     {{"${teams:los-angeles}", EVERYBODY}, {"${teams:riverside}", EVERYBODY}},
     NULL},
    {"/v1/events/{event}/teams/{id}/members",
     {{"${teams:los-angeles}", LA}, {"${teams:riverside}", RIVERSIDE}},
     NULL},
    {"/v1/events/{event}/teams/{id}/lead",
     {{"${teams:los-angeles}", LA}, {"${teams:riverside}", RIVERSIDE}},
     NULL},
    {"/v1/events/{event}/worksheets/", {{"${sheet}", LA}, {"${other_sheet}", RIVERSIDE}}, NULL},
    {"/v1/events/{event}/worksheets/{id}/revisions", {{"${sheet}", LA}, {"${other_sheet}", RIVERSIDE}}, NULL},
    {"/v1/events/{event}/worksheets/{id}/items/{item}",
     {{"${sheet} ${items:la-1-1}", LA},
      {"${other_sheet} ${other_item}", RIVERSIDE},
      {"${sheet} ${other_item}", 0},
      {"${other_sheet} ${items:la-1-1}", 0}},
     NULL},
    {"/v1/events/{event}/worksheets/{id}/items/{item}/redact",
     {{"${sheet} ${items:la-1-1}", LA},
      {"${other_sheet} ${other_item}", BIT(AS_RIVERSIDE)},
      {"${sheet} ${other_item}", 0}},
     NULL},
    {"/v1/events/{event}/worksheets/{id}/late/{revision}/take",
     {{"${sheet} ${new}", 0}, {"${other_sheet} ${new}", 0}},
     NULL},
    {"/v1/events/{event}/worksheets/{id}/versions/{n}",
     {{"${sheet} 1", LA}, {"${sheet} 2", 0}, {"${other_sheet} 1", 0}},
     NULL},
    {"/v1/events/{event}/synthesis/items/{item}", {{"${items:la-1-1}", HOSTS}, {"${other_item}", 0}}, NULL},
    {"/v1/events/{event}/sync/{collection}/pull",
     {{"items", EVERYBODY},
      {"worksheets", EVERYBODY},
      {"sessions", EVERYBODY},
      {"attendees", EVERYBODY},
      {"check_ins", EVERYBODY},
      {"nothing", 0}},
     "items"},
    {"/v1/events/{event}/sync/{collection}/push",
     {{"items", EVERYBODY}, {"sessions", EVERYBODY}, {"check_ins", EVERYBODY}, {"nothing", 0}},
     "items"},
    {"/v1/events/{event}/certificates/",
     {{"${attendee.row}", HOSTS | BIT(AS_ATTENDEE)}, {"${attendees:noor-thimblemere}", HOSTS}},
     "${guest.row}"},
    {"/certificates/", {{"${number}", EVERYBODY}}, NULL},
    {"/v1/program/counties/", {{"${program/counties:alameda}", EVERYBODY}}, NULL},
    {"/v1/program/milestones/", {{"${program/milestones:county-plans}", EVERYBODY}}, NULL},
};

/* Requests that would do something if they were let in. Others carry a field that nobody knows, and a stale
 * If-Match: let in, they change nothing. */
static const struct {
    const char *operation, *query, *json;
} requests[] = {
    {"createItem", NULL, "{'prompt_id':'${prompt}','text':'intruder'}"},
    {"updateItem", NULL, "{'text':'intruder'}"},
    {"submitWorksheet", NULL, "{}"},
    {"reopenWorksheet", NULL, "{'note':'intruder'}"},
    {"putLead", NULL, "{}"},
    {"redactItem", NULL, "{'reason':'intruder'}"},
    {"createCheckIns", NULL,
     "[{'id':'${new}','attendee_id':'${attendees:shirin-amberbough}','at':'2015-12-01T10:00:00-08:00',"
     "'direction':'out'},{'id':'${new}','attendee_id':'${csec101/attendees:rosalind-junipermere}',"
     "'at':'2015-12-01T10:00:00-08:00','direction':'in'}]"},
    {"listSessionChanges", "since=2015-01-01T00:00:00Z", NULL},
    {"syncPush", NULL,
     "[{'newDocumentState':{'id':'${other_item}','worksheet_id':'${other_sheet}','prompt_id':'${prompt}',"
     "'text':'intruder'}}]"},            /* the answer holds the master of whoever may read it */
    {"syncPullAll", "seq=${seq}", NULL}, /* what the preparation changed */
};

static const char LA_CANARY[] = "canary of los angeles", RIVERSIDE_CANARY[] = "canary of riverside";

/* Texts, and who may read them, in whatever reply. */
static const struct {
    const char *text;
    unsigned seen;
} canaries[] = {
    {LA_CANARY, LA},
    {RIVERSIDE_CANARY, BIT(AS_RIVERSIDE)}, /* not even hosts, until it is submitted */
    {"canary of a draft", HOSTS},
    {"Noor Thimblemere", HOSTS | BIT(AS_STAFF)},                     /* agreed to share nothing */
    {"ca4a4a4a-5b6c-7d7e-8f90-a1b2c3d4e5f6", HOSTS | BIT(AS_STAFF)}, /* that someone came */
    {"510-555-0112", HOSTS},
    {"ezra.sparrowsong@example.org", HOSTS},
    {"${code:los-angeles}", HOSTS},
    {"${code:riverside}", HOSTS},
    {"${code:staff}", HOSTS},
    {"Classroom 12", BIT(AS_ELSEWHERE) | BIT(AS_GUEST) | BIT(AS_ADMIN)},
    {"Ground floor, past the foyer", EVERYBODY & ~(BIT(AS_ELSEWHERE) | BIT(AS_GUEST))},
    {"$argon2id", 0},
    {"PRIVATE KEY", 0},
};

/* What must be there to be asked for. Riverside's sheet stays open; that of Los Angeles is submitted. */
static const struct scenario preparation[] = {
    {"before it all", AS_MEMBER, "GET", E "/sync/info", .status = 200, .save = "seq=/seq"},
    {"a draft", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'canary of a "
     "draft','starts_at':'2015-12-01T12:00:00-08:00','ends_at':'2015-12-01T12:30:00-08:00',"
     "'status':'draft'}",
     .status = 201, .save = "draft=/id"},
    {"a track", AS_MEMBER, "GET", E "/tracks", .status = 200, .save = "track=/items/0/id"},
    {"a speaker", AS_MEMBER, "GET", E "/speakers", .status = 200, .save = "speaker=/items/0/id"},
    {"an organization", AS_MEMBER, "GET", E "/organizations", .status = 200,
     .save = "organization=/items/0/id"},
    {"a resource", AS_MEMBER, "GET", E "/resources", .status = 200, .save = "resource=/items/0/id"},
    {"its file", AS_ORGANIZER, "PUT", E "/resources/${resource}/file", .body = "no names\n",
     .headers = {"Content-Type: text/plain"}, .status = 200},
    {"the sheets", AS_LEAD, "GET", E "/worksheets", .status = 200, .save = "sheet=/items/0/id"},
    {"of both", AS_RIVERSIDE, "GET", E "/worksheets", .status = 200, .save = "other_sheet=/items/0/id"},
    {"a prompt", AS_LEAD, "GET", E "/worksheets/${sheet}", .status = 200, .save = "prompt=/prompts/0/id"},
    {"an item", AS_LEAD, "POST", E "/worksheets/${sheet}/items",
     "{'prompt_id':'${prompt}','text':'canary of los angeles'}", .status = 201},
    {"another's", AS_RIVERSIDE, "POST", E "/worksheets/${other_sheet}/items",
     "{'prompt_id':'${prompt}','text':'canary of riverside'}", .status = 201, .save = "other_item=/id"},
    {"handed in", AS_LEAD, "POST", E "/worksheets/${sheet}/submit", "{}", .status = 200},
    {"someone was there", AS_ELSEWHERE, "POST", "/v1/events/csec101/check-ins",
     "[{'id':'${new}','attendee_id':'${guest.row}','at':'2015-09-23T09:00:00-07:00','direction':'in'}]",
     .status = 200},
    {"and is certified", AS_GUEST, "GET", "/v1/events/csec101/certificates/${guest.row}/record",
     .status = 200, .save = "number=/number"},
    {"someone came", AS_STAFF, "POST", E "/check-ins",
     "[{'id':'ca4a4a4a-5b6c-7d7e-8f90-a1b2c3d4e5f6','attendee_id':'${attendees:noor-thimblemere}',"
     "'at':'2015-12-01T09:00:00-08:00','direction':'in'}]",
     .status = 200},
    {0},
};

struct matrix {
    struct harness *h;
    bool spent; /* a request was let in that changed something */
};

struct turn {
    struct matrix *matrix;
    const struct route *route;
};

static void prepare(struct matrix *m)
{
    if (m->h)
        harness_close(m->h);
    m->h = harness_open(true);
    m->spent = false;
    for (const struct scenario *s = preparation; s->name; s++)
        play(m->h, s);
}

/* --- what is expected --- */

enum want { WANT_IN, WANT_401 = 401, WANT_403 = 403, WANT_404 = 404 };

static bool enters(enum actor as, const char *event)
{
    bool is_elsewhere = as == AS_ELSEWHERE || as == AS_GUEST;
    return as == AS_ADMIN || is_elsewhere == !strcmp(event, "csec101");
}

static enum want want(struct harness *h, const struct route *route, enum actor as, const char *event,
                      unsigned seen)
{
    if (route->access & ACCESS_METRICS)
        return WANT_404;                 /* it is on another listener */
    if (route->access & ACCESS_PUBLIC) { /* of the two events, one is public */
        bool hidden = strstr(route->path, "{event}") && !strcmp(event, "csec101");
        return seen & BIT(as) && !hidden ? WANT_IN : WANT_404;
    }
    if (as == AS_NOBODY || as == AS_REVOKED || as == AS_EXPIRED)
        return WANT_401;
    if (strstr(route->path, "{event}") && !enters(as, event))
        return WANT_404;
    if (!(route->access & 1u << h->people[as].role))
        return WANT_403;
    return seen & BIT(as) ? WANT_IN : WANT_404;
}

static bool is_as_wanted(enum want wanted, int status)
{
    if (wanted != WANT_IN)
        return status == (int)wanted;
    return status < 500 && status != 401 && status != 403 && status != 404 && status != 405;
}

static void look_for_canaries(struct harness *h, const struct scenario *s, const struct local_reply *reply)
{
    for (size_t i = 0; i < COUNT(canaries); i++) {
        const char *text = harness_fill(h, canaries[i].text, false, &h->scratch);
        if (!(canaries[i].seen & BIT(s->as)) && memmem(reply->body.ptr, reply->body.len, text, strlen(text)))
            fail_msg("%s read \"%s\" from %s %s", harness_actor(s->as), text, s->method, s->path);
    }
}

/* --- asking --- */

static const struct thing *thing_of(const char *path)
{
    const struct thing *best = NULL;
    for (size_t i = 0; i < COUNT(things); i++)
        if (!strncmp(path, things[i].path, strlen(things[i].path)) &&
            (!best || strlen(best->path) < strlen(things[i].path)))
            best = &things[i];
    return best;
}

/* The template with its parameters filled in, and a query that shows as much as there is. */
static const char *path_of(struct harness *h, const struct route *route, const char *event, const char *ids)
{
    struct buf out;
    struct str rest = str_of(ids);
    buf_init(&out, &h->scratch, 256);
    for (const char *c = route->path; *c; c++) {
        if (*c != '{') {
            buf_char(&out, *c);
            continue;
        }
        buf_str(&out, !strncmp(c, "{event}", 7) ? str_of(event) : str_split(&rest, ' '));
        c = strchr(c, '}');
    }
    assert_false(rest.len); /* else `things` names more than the path has */
    if (route->query && strstr(route->query, "limit"))
        buf_puts(&out, "?limit=500");
    for (size_t i = 0; i < COUNT(requests); i++)
        if (requests[i].query && !strcmp(requests[i].operation, route->operation))
            buf_printf(&out, "%c%s", memchr(out.ptr, '?', out.len) ? '&' : '?', requests[i].query);
    return harness_fill(h, buf_cstr(&out), false, &h->scratch);
}

static const char *json_of(const struct route *route)
{
    for (size_t i = 0; i < COUNT(requests); i++)
        if (requests[i].json && !strcmp(requests[i].operation, route->operation))
            return requests[i].json;
    return "{'policy':1}";
}

static struct local_reply send_to(struct matrix *m, const struct route *route, enum actor as,
                                  const char *event, const char *ids, struct scenario *s)
{
    struct harness *h = m->h;
    *s = (struct scenario){route->operation, as, method_name(route->method), path_of(h, route, event, ids)};
    if (route->method != METHOD_GET && route->method != METHOD_POST)
        s->headers[0] = "If-Match: \"policy\"";
    if (route->body == BODY_JSON || route->body == BODY_ROWS)
        s->json = json_of(route);
    if (route->body == BODY_FILE) {
        s->body = "no names\n";
        s->headers[1] = "Content-Type: text/plain";
    }
    return harness_send(h, s, &h->scratch);
}

/* After a change, who is refused may be refused for want of a thing, so they ask a house that is as it was.
 * Who is let in asks that house only when the changed one does not let them in. */
static void ask(struct matrix *m, const struct route *route, enum actor as, const char *event,
                const char *ids, unsigned seen)
{
    enum want wanted = want(m->h, route, as, event, seen);
    struct scenario s;
    if (m->spent && wanted != WANT_IN)
        prepare(m);
    struct local_reply reply = send_to(m, route, as, event, ids, &s);
    if (m->spent && !is_as_wanted(wanted, reply.status)) {
        prepare(m);
        reply = send_to(m, route, as, event, ids, &s);
    }
    if (!is_as_wanted(wanted, reply.status))
        fail_msg("%s: %s %s: wanted %d (0: in), got %d: %.*s", harness_actor(as), s.method, s.path, wanted,
                 reply.status, reply.body.len > 300 ? 300 : (int)reply.body.len, reply.body.ptr);
    look_for_canaries(m->h, &s, &reply);
    if (route->method == METHOD_GET) {
        s.method = "HEAD";
        assert_int_equal(harness_send(m->h, &s, &m->h->scratch).status, reply.status);
    } else {
        m->spent = m->spent || reply.status < 300;
    }
}

/* Those who are to be refused first: they change nothing. */
static void ask_everybody(struct matrix *m, const struct route *route, const char *event, const char *ids,
                          unsigned seen)
{
    for (int let_in = 0; let_in < 2; let_in++)
        for (enum actor as = 0; as < AS_COUNT; as++)
            if ((want(m->h, route, as, event, seen) == WANT_IN) == let_in)
                ask(m, route, as, event, ids, seen);
}

static void hold_route(void **state)
{
    const struct turn *turn = *state;
    const struct route *route = turn->route;
    bool has_event = strstr(route->path, "{event}") != NULL;
    const char *param = strchr(has_event ? strchr(route->path, '}') + 1 : route->path, '{');
    if (!param) {
        ask_everybody(turn->matrix, route, "csec2015", "", EVERYBODY);
        if (has_event)
            ask_everybody(turn->matrix, route, "csec101", "", EVERYBODY);
        return;
    }
    const struct thing *thing = thing_of(route->path);
    if (!thing)
        fail_msg("%s: say in `things` what its parameters may be", route->path);
    for (size_t i = 0; i < CASES && thing->cases[i].ids; i++)
        ask_everybody(turn->matrix, route, "csec2015", thing->cases[i].ids, thing->cases[i].seen);
    ask_everybody(turn->matrix, route, "csec2015", strchr(param + 1, '{') ? "${new} ${new}" : "${new}", 0);
    if (!thing->elsewhere)
        return;
    ask_everybody(turn->matrix, route, "csec101", thing->elsewhere, EVERYBODY);
    if (thing->elsewhere[0] != '$') /* a word that means something in every event */
        return;
    ask_everybody(turn->matrix, route, "csec2015", thing->elsewhere, 0);
    ask_everybody(turn->matrix, route, "csec101", thing->cases[0].ids, 0);
}

static void canaries_are_there_to_be_found(void **state)
{
    struct matrix *m = *state;
    prepare(m);
    play(m->h, &(struct scenario){"own", AS_MEMBER, "GET", E "/worksheets/${sheet}", .status = 200,
                                  .contains = {LA_CANARY}});
    play(m->h, &(struct scenario){"handed in", AS_ORGANIZER, "GET", E "/worksheets/${sheet}", .status = 200,
                                  .contains = {LA_CANARY}});
    play(m->h, &(struct scenario){"own", AS_RIVERSIDE, "GET", E "/worksheets/${other_sheet}", .status = 200,
                                  .contains = {RIVERSIDE_CANARY}});
    play(m->h, &(struct scenario){"of all", AS_ORGANIZER, "GET", E "/attendees/${attendees:noor-thimblemere}",
                                  .status = 200, .contains = {"Noor Thimblemere", "510-555-0112"}});
    play(m->h, &(struct scenario){"of all", AS_ORGANIZER, "GET", E "/teams/${teams:riverside}/code",
                                  .status = 200, .contains = {"${code:riverside}"}});
    play(m->h, &(struct scenario){"a draft", AS_ADMIN, "GET", E "/sessions?limit=500", .status = 200,
                                  .contains = {"canary of a draft"}});
}

static int forget(void **state)
{
    const struct turn *turn = *state;
    arena_finish(&turn->matrix->h->scratch);
    return 0;
}

static size_t add_routes(struct CMUnitTest *tests, struct turn *turns, struct matrix *m)
{
    size_t n = 0;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r->path; r++, n++) {
            if (!tests)
                continue;
            turns[n] = (struct turn){m, r};
            tests[n] = (struct CMUnitTest){r->operation, hold_route, NULL, forget, &turns[n]};
        }
    return n;
}

int main(void)
{
    struct matrix matrix = {0};
    size_t n = add_routes(NULL, NULL, NULL);
    struct CMUnitTest *tests = calloc(n + 1, sizeof *tests);
    struct turn *turns = calloc(n, sizeof *turns);
    if (!tests || !turns)
        return 1;
    tests[0] = (struct CMUnitTest){"canaries are there to be found", canaries_are_there_to_be_found, NULL,
                                   NULL, &matrix};
    add_routes(tests + 1, turns, &matrix);
    setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 0);
    int failed = _cmocka_run_group_tests("policy", tests, n + 1, NULL, NULL);
    harness_close(matrix.h);
    free(tests);
    free(turns);
    return failed;
}

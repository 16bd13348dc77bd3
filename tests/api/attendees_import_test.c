/* A roster from a spreadsheet: what is taken, what is refused and where, and that a repeat changes nothing.
 *
 * All people are invented.
 */
#include "harness/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define IMPORT E "/attendees/import"
#define CSV                                                                                                  \
    {                                                                                                        \
        "Content-Type: text/csv"                                                                             \
    }
#define TRY(name, text, ...)                                                                                 \
    {                                                                                                        \
        name, AS_ORGANIZER, "POST", IMPORT "?dry_run=true", .body = text, .headers = CSV, .status = 200,     \
                                                            __VA_ARGS__                                      \
    }
#define LOAD(name, text, ...)                                                                                \
    {                                                                                                        \
        name, AS_ORGANIZER, "POST", IMPORT, .body = text, .headers = CSV, .status = 200, __VA_ARGS__         \
    }
#define REFUSE(name, text, ...)                                                                              \
    {                                                                                                        \
        name, AS_ORGANIZER, "POST", IMPORT, .body = text, .headers = CSV, .status = 422, __VA_ARGS__         \
    }

#define ROSTER                                                                                               \
    "\xEF\xBB\xBF Display Name ;ORGANIZATION; Team;E-Mail;Phone;Role label\r\n"                              \
    "Robin Q. Quill;New Harbor Youth;Los Angeles;Robin.Quill@Example.org;555-0100;\"Lead;\r\ntwo "           \
    "lines\"\r\n"                                                                                            \
    "\r\n"                                                                                                   \
    ";;;;;\r\n"                                                                                              \
    "Ash Fernquill;new harbor youth;riverside;;;\r\n"
#define ONE_LINE                                                                                             \
    "Display Name;Organization;Team;E-Mail;Phone;Role label\r\n"                                             \
    "Robin Q. Quill;New Harbor Youth;Los Angeles;Robin.Quill@Example.org;555-0100;\"Lead; worker\"\r\n\r\n"  \
    ";;;;;\r\n"                                                                                              \
    "Ash Fernquill;new harbor youth;riverside;;;\r\n"

static const struct scenario access[] = {
    {"a lead imports nobody", AS_LEAD, "POST", IMPORT, .body = ROSTER, .headers = CSV, .status = 403},
    {"nor does staff", AS_STAFF, "POST", IMPORT, .body = ROSTER, .headers = CSV, .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "POST", IMPORT, .body = ROSTER, .headers = CSV,
     .status = 404},
    {"JSON is no roster", AS_ORGANIZER, "POST", IMPORT, "{}", .status = 415, .contains = {"text/csv"}},
    {"nor is a form", AS_ORGANIZER, "POST", IMPORT, .body = ROSTER,
     .headers = {"Content-Type: application/x-www-form-urlencoded"}, .status = 415},
    {"nor another charset", AS_ORGANIZER, "POST", IMPORT, .body = ROSTER,
     .headers = {"Content-Type: text/csv; charset=iso-8859-1"}, .status = 415, .contains = {"UTF-8"}},
    {"dry_run is a flag of this route alone", AS_ORGANIZER, "POST", IMPORT "?force=true", .body = ROSTER,
     .headers = CSV, .status = 400},
    {0},
};

static const struct scenario good[] = {
    TRY("a cell of two lines names its line", ROSTER,
        .contains = {"'rows':2", "'line':2", "'/rows/0/role_label'"}),
    TRY("a dry run says what would be done", ONE_LINE,
        .contains =
            {"{'dry_run':true,'rows':2,'created':2,'updated':0,'unchanged':0,'organizations_created':1,"
             "'error_count':0,'errors':[]}"}),
    {"and does nothing", AS_ORGANIZER, "GET", E "/attendees?q=robin%20q", .status = 200,
     .contains = {"{'items':[]}"}},
    {"nor for the organization", AS_ORGANIZER, "GET", E "/organizations?q=new%20harbor", .status = 200,
     .contains = {"{'items':[]}"}},
    LOAD("an organizer imports it", ONE_LINE,
         .contains =
             {"{'dry_run':false,'rows':2,'created':2,'updated':0,'unchanged':0,'organizations_created':1,"
              "'error_count':0,'errors':[]}"}),
    {"the organization is one, as first spelled", AS_ORGANIZER, "GET", E "/organizations?q=new%20harbor",
     .status = 200, .contains = {"'name':'New Harbor Youth'"}, .absent = {"new harbor youth"},
     .save = "harbor=/items/0/id"},
    {"the person is found, sorted by the last name", AS_ORGANIZER, "GET", E "/attendees?q=robin%20q",
     .status = 200,
     .contains = {"'sort_name':'Quill, Robin Q.'", "'team_id':'${teams:los-angeles}'",
                  "'organization_id':'${harbor}'", "'revision':1"},
     .save = "robin=/items/0/id"},
    {"with the contact", AS_ORGANIZER, "GET", E "/attendees/${robin}", .status = 200,
     .contains = {"'email':'robin.quill@example.org'", "'phone':'555-0100'", "'role_label':'Lead; worker'"}},
    {"and a code", AS_ORGANIZER, "GET", E "/attendees/${robin}/code", .status = 200, .contains = {"'code':'"},
     .save = "code=/code"},
    {"that opens the door", AS_NOBODY, "POST", "/v1/auth/join", "{'code':'${code}'}", .status = 200,
     .contains = {"Robin Q. Quill"}},
    {"but nobody is shown who did not agree", AS_MEMBER, "GET", E "/attendees/${robin}", .status = 404},
    LOAD("the same again changes nothing", ONE_LINE, .contains = {"'created':0,'updated':0,'unchanged':2"}),
    REFUSE("commas, lone returns, but no names",
           "email,agency type\rrobin.quill@example.org,Victim Services\r", .contains = {"display_name"}),
    LOAD("a column that the file lacks stays",
         "email,agency type,DISPLAY_NAME\r"
         "ROBIN.QUILL@example.org,Victim Services,Robin Q. Quill\r",
         .contains = {"'updated':1", "'unchanged':0"}),
    {"as it was", AS_ORGANIZER, "GET", E "/attendees/${robin}", .status = 200,
     .contains = {"'agency_type':'victim_services'", "'phone':'555-0100'", "'team_id':'${teams:los-angeles}'",
                  "'revision':2"}},
    LOAD("an empty cell empties; a new name sorts anew",
         "display_name\temail\tphone\nWren Ash\trobin.quill@example.org\t\n", .contains = {"'updated':1"}),
    {"so it is", AS_ORGANIZER, "GET", E "/attendees/${robin}", .status = 200,
     .contains = {"'phone':null", "'sort_name':'Ash, Wren'", "'agency_type':'victim_services'"}},
    LOAD("by name, organization and team; the e-mail is new",
         "display_name,organization,team,email\nash FERNQUILL,New Harbor Youth,Riverside,ash@example.org\n",
         .contains = {"'created':0,'updated':1"}),
    LOAD("the same name in another team is someone else",
         "display_name,organization,team\nash FERNQUILL,New Harbor Youth,alameda\n",
         .contains = {"'created':1"}),
    LOAD("a formula is a name", "display_name\n\"=HYPERLINK(\"\"x\"\")\"\n", .contains = {"'created':1"}),
    {"and stays one", AS_ORGANIZER, "GET", E "/attendees?q=hyperlink", .status = 200,
     .contains = {"'display_name':'=HYPERLINK("}},
    LOAD("what an export defused is the same person", "display_name\n\"'=HYPERLINK(\"\"x\"\")\"\n",
         .contains = {"'created':0,'updated':0,'unchanged':1"}),
    {0},
};

#define FAULTS                                                                                               \
    "display_name,team,agency_type,email,organization\n"                                                     \
    "Sage Amber,los-angeles,probation,sage@example.org,Halfmoon Hotline\n"                                   \
    ",los-angeles,,,\n"                                                                                      \
    "Sol Amber,atlantis,survivor,sol,\n"                                                                     \
    "Sage Amber,,,SAGE@example.org,\n"

static const struct scenario bad[] = {
    REFUSE("faults are named by line and column", FAULTS,
           .contains = {"'pointer':'/rows/1/display_name','line':3", "'pointer':'/rows/2/team','line':4",
                        "'pointer':'/rows/2/agency_type','line':4", "'pointer':'/rows/2/email','line':4",
                        "'pointer':'/rows/3/email','line':5,'detail':'is the same person as in line 2",
                        "5 faults in 4 rows"}),
    {"and nothing is half written", AS_ORGANIZER, "GET", E "/attendees?q=sage%20amber", .status = 200,
     .contains = {"{'items':[]}"}},
    TRY("a dry run names them as well", FAULTS,
        .contains = {"'error_count':5",
                     "{'line':3,'pointer':'/rows/1/display_name','column':'display_name'"}),
    REFUSE("a column nobody knows", "display_name,Shoe size\nA B,43\n",
           .contains = {"'/columns/1'", "Shoe size", "role_label"}),
    REFUSE("a column twice", "display_name,E-Mail,email\nA B,,\n",
           .contains = {"'/columns/2'", "stands twice"}),
    REFUSE("no names", "email\na@example.org\n", .contains = {"display_name is missing"}),
    REFUSE("no header", "", .contains = {"the file is empty"}),
    REFUSE("a cell without a column", "display_name\nQuill, Robin\n",
           .contains = {"'/rows/0','line':2", "quotes"}),
    REFUSE("a quote that is not closed", "display_name,role_label\nA B,x\nC D,\"y\nE F,z\n",
           .contains = {"'line':3,'detail':'the quote that opens on this line"}),
    REFUSE("Latin-1", "display_name\nRobin\nSiobh\xE1n\n", .contains = {"'line':3", "Latin-1", "CSV UTF-8"}),
    REFUSE("Windows-1252", "display_name\nRobin \x93Q\x94 Quill\n",
           .contains = {"Windows-1252", "CSV UTF-8"}),
    {"UTF-16", AS_ORGANIZER, "POST", IMPORT,
     .body = "\xFF\xFE"
             "d\0i\0s\0",
     .body_len = 8, .headers = CSV, .status = 422, .contains = {"UTF-16"}},
    {"a workbook", AS_ORGANIZER, "POST", IMPORT, .body = "PK\3\4\xE1", .body_len = 5, .headers = CSV,
     .status = 422, .contains = {"workbook"}},
    REFUSE("a control byte in a name",
           "display_name\nRo\x01"
           "bin\n",
           .contains = {"control characters"}),
    REFUSE("two people of one name need an e-mail", "display_name\nPat Twice\nPat Twice\n",
           .contains = {"same person as in line 2"}),
    LOAD("with two e-mails they are two",
         "display_name,email\nPat Twice,p1@example.org\nPat Twice,p2@example.org\n",
         .contains = {"'created':2"}),
    LOAD("again, in another order",
         "display_name,email\nPat Twice,p2@example.org\nPat Twice,p1@example.org\n",
         .contains = {"'unchanged':2"}),
    REFUSE("then the name alone is not enough", "display_name\nPat Twice\n", .contains = {"fits 2 people"}),
    {0},
};

static const struct scenario keys[] = {
    {"a key remembers the answer", AS_ORGANIZER, "POST", IMPORT, .body = "display_name\nKeyed Person\n",
     .headers = {"Content-Type: text/csv", "Idempotency-Key: k1"}, .status = 200,
     .contains = {"'created':1"}},
    {"for a repeat whose answer was lost", AS_ORGANIZER, "POST", IMPORT,
     .body = "display_name\nKeyed Person\n", .headers = {"Content-Type: text/csv", "Idempotency-Key: k1"},
     .status = 200, .contains = {"'created':1"}},
    {"not for another file", AS_ORGANIZER, "POST", IMPORT, .body = "display_name\nOther Person\n",
     .headers = {"Content-Type: text/csv", "Idempotency-Key: k1"}, .status = 409},
    {0},
};

/* --- what a table cannot say --- */

static struct local_reply import(struct harness *h, const char *query, struct str file)
{
    char path[100];
    snprintf(path, sizeof path, IMPORT "%s", query);
    struct scenario s = {"import",         AS_ORGANIZER,         "POST",        path,
                         .body = file.ptr, .body_len = file.len, .headers = CSV};
    return harness_send(h, &s, &h->scratch);
}

static const char *sequence(struct harness *h)
{
    struct scenario s = {"info", AS_ORGANIZER, "GET", E "/sync/info"};
    struct local_reply reply = harness_send(h, &s, &h->scratch);
    const char *seq = harness_at(h, &reply, "/seq");
    assert_non_null(seq);
    return seq;
}

static struct str people(struct harness *h, int n, const char *word)
{
    struct buf out;
    buf_init(&out, &h->scratch, (size_t)n * 64);
    buf_puts(&out, "display_name,organization,team,email,agency_type\n");
    for (int i = 0; i < n; i++)
        buf_printf(&out, "%s No. %d,Agency %d,%s,%s%d@example.org,probation\n", word, i, i % 90,
                   i % 2 ? "riverside" : "alameda", word, i);
    return buf_view(&out);
}

/* No revision moves and no phone is told: the feed's number is where it was. */
static void tells_nobody_twice(void **state)
{
    struct harness *h = *state;
    struct str file = people(h, 400, "feed");
    const char *before = sequence(h);
    assert_int_equal(import(h, "?dry_run=true", file).status, 200);
    assert_string_equal(sequence(h), before);
    assert_int_equal(import(h, "", file).status, 200);
    const char *after = sequence(h);
    assert_string_not_equal(after, before);
    struct local_reply again = import(h, "", file);
    assert_int_equal(again.status, 200);
    assert_string_equal(harness_at(h, &again, "/unchanged"), "400");
    assert_string_equal(sequence(h), after);
}

/* The last row fails: none of those before it stays. */
static void keeps_all_or_nothing(void **state)
{
    struct harness *h = *state;
    struct buf out;
    struct str rows = people(h, 300, "nothing");
    buf_init(&out, &h->scratch, rows.len + 64);
    buf_str(&out, rows);
    buf_puts(&out, "Last Person,,,not an e-mail,\n");
    const char *before = sequence(h);
    assert_int_equal(import(h, "", buf_view(&out)).status, 422);
    assert_string_equal(sequence(h), before);
}

/* A hundred are listed, all are counted. */
static void counts_what_it_does_not_list(void **state)
{
    struct harness *h = *state;
    struct buf out;
    buf_init(&out, &h->scratch, 8192);
    buf_puts(&out, "display_name,email\n");
    for (int i = 0; i < 250; i++)
        buf_printf(&out, "Person %d,bad\n", i);
    struct local_reply reply = import(h, "?dry_run=true", buf_view(&out));
    assert_string_equal(harness_at(h, &reply, "/error_count"), "250");
    assert_non_null(harness_at(h, &reply, "/errors/99/line"));
    assert_null(harness_at(h, &reply, "/errors/100/line"));
    reply = import(h, "", buf_view(&out));
    assert_int_equal(reply.status, 422);
    assert_string_equal(harness_at(h, &reply, "/errors/99/line"), "101");
    assert_null(harness_at(h, &reply, "/errors/100/line"));
}

static void has_limits(void **state)
{
    struct harness *h = *state;
    struct buf out;
    buf_init(&out, &h->scratch, 1024 * 1024);
    buf_puts(&out, "display_name");
    for (int i = 0; i < 10000; i++)
        buf_puts(&out, ",x");
    struct local_reply reply = import(h, "", buf_view(&out));
    assert_int_equal(reply.status, 422);
    assert_string_equal(harness_at(h, &reply, "/errors/0/line"), "1");
    assert_non_null(strstr(harness_at(h, &reply, "/errors/0/detail"), "more columns than the 64"));
    out.len = 0;
    buf_puts(&out, "display_name\n");
    for (int i = 0; i < 20001; i++)
        buf_printf(&out, "Person %d\n", i);
    reply = import(h, "?dry_run=true", buf_view(&out));
    assert_non_null(strstr(harness_at(h, &reply, "/errors/0/detail"), "20000 rows"));
    assert_string_equal(harness_at(h, &reply, "/errors/0/line"), "20002");
}

/* 20 MB behind a quote: said with its line; 50 MB are more than an upload may have. */
static void finds_the_quote(void **state)
{
    struct harness *h = *state;
    size_t size = (size_t)50 << 20;
    char *file = malloc(size);
    static const char head[] = "display_name,role_label\nRobin Quill,ok\nAsh Quill,\"";
    assert_non_null(file);
    memset(file, 'x', size);
    memcpy(file, head, sizeof head - 1);
    struct local_reply reply = import(h, "", (struct str){file, (size_t)20 << 20});
    assert_int_equal(reply.status, 422);
    assert_string_equal(harness_at(h, &reply, "/errors/0/line"), "3");
    assert_int_equal(import(h, "", (struct str){file, size}).status, 413);
    free(file);
}

/* Longer than the pages in which an import looks at the roster. */
static void knows_a_long_roster(void **state)
{
    struct harness *h = *state;
    struct buf bare;
    struct str file = people(h, 9000, "long");
    struct local_reply reply = import(h, "", file);
    assert_string_equal(harness_at(h, &reply, "/created"), "9000");
    reply = import(h, "", file);
    assert_string_equal(harness_at(h, &reply, "/unchanged"), "9000");
    buf_init(&bare, &h->scratch, (size_t)1 << 19); /* by name, organization and team */
    buf_puts(&bare, "display_name,organization,team\n");
    for (int i = 0; i < 9000; i++)
        buf_printf(&bare, "LONG No. %d,agency %d,%s\n", i, i % 90, i % 2 ? "Riverside" : "Alameda");
    reply = import(h, "?dry_run=true", buf_view(&bare));
    assert_string_equal(harness_at(h, &reply, "/created"), "0");
    assert_string_equal(harness_at(h, &reply, "/error_count"), "0");
}

enum { CALLED = 40 };

/* Somebody who notes telephone numbers while the roster is imported. */
struct desk {
    struct harness *h;
    const char *ids[CALLED];
    int last[CALLED];
    _Atomic bool ends;
    int refused;
};

static void *note_numbers(void *arg)
{
    struct desk *desk = arg;
    struct arena arena;
    arena_init(&arena, NULL, 0);
    for (int n = 1; !desk->ends; n++) {
        int i = n % CALLED;
        struct scenario s = {"note",
                             AS_ORGANIZER,
                             "PATCH",
                             arena_printf(&arena, E "/attendees/%s", desk->ids[i]),
                             arena_printf(&arena, "{'phone':'%d'}", n),
                             .headers = {"If-Match: *"}};
        struct local_reply reply = harness_send(desk->h, &s, &arena);
        desk->refused += reply.status != 200;
        desk->last[i] = n;
        arena_finish(&arena);
    }
    return NULL;
}

static struct str roles(struct harness *h, const char *role)
{
    struct buf out;
    buf_init(&out, &h->scratch, (size_t)CALLED * 64);
    buf_puts(&out, "display_name,email,role_label\n");
    for (int i = 0; i < CALLED; i++)
        buf_printf(&out, "Called No. %d,called%d@example.org,%s\n", i, i, role);
    return buf_view(&out);
}

/* What somebody else writes between an import's look at the roster and its writing is not lost. */
static void loses_nobodys_write(void **state)
{
    struct harness *h = *state;
    struct desk desk = {.h = h};
    pthread_t thread;
    assert_int_equal(import(h, "", roles(h, "role")).status, 200);
    struct scenario list = {"who", AS_ORGANIZER, "GET", E "/attendees?q=called%20no"};
    struct local_reply reply = harness_send(h, &list, &h->scratch);
    for (int i = 0; i < CALLED; i++)
        desk.ids[i] = harness_at(h, &reply, arena_printf(&h->scratch, "/items/%d/id", i));
    assert_int_equal(pthread_create(&thread, NULL, note_numbers, &desk), 0);
    for (int i = 0; i < 40; i++) {
        reply = import(h, "", roles(h, i % 2 ? "role" : "another"));
        assert_string_equal(harness_at(h, &reply, "/updated"), arena_printf(&h->scratch, "%d", CALLED));
    }
    desk.ends = true;
    pthread_join(thread, NULL);
    assert_int_equal(desk.refused, 0);
    for (int i = 0; i < CALLED; i++) {
        struct scenario one = {"one", AS_ORGANIZER, "GET",
                               arena_printf(&h->scratch, E "/attendees/%s", desk.ids[i])};
        reply = harness_send(h, &one, &h->scratch);
        const char *phone = harness_at(h, &reply, "/phone");
        assert_int_equal(phone ? atoi(phone) : 0, desk.last[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tells_nobody_twice),
    cmocka_unit_test(knows_a_long_roster),
    cmocka_unit_test(loses_nobodys_write),
    cmocka_unit_test(keeps_all_or_nothing),
    cmocka_unit_test(counts_what_it_does_not_list),
    cmocka_unit_test(has_limits),
    cmocka_unit_test(finds_the_quote),
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "attendees_import", .scenarios = {access, good, bad, keys}, .tests = tests});
}

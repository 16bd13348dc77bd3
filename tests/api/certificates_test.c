/* Certificates: whose, when, of what; that corrections reach them; and what their number tells a stranger. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#include "features/certificate_number.h"

#define T "/v1/events/csec101"
#define OWN T "/certificates/${csec101/attendees:jin-cloverbrook}"
#define HANA T "/certificates/${csec101/attendees:hana-tidequill}"
#define CHECK "/certificates/${number}"
#define AT(clock) "'at':'2015-09-23T" clock ":00-07:00'"
#define ROW(rest) "{'id':'${new}'," rest "}"
#define JIN "'attendee_id':'${csec101/attendees:jin-cloverbrook}'"

static const struct scenario issued[] = {
    {"nobody was there yet", AS_GUEST, "GET", OWN, .status = 409, .contains = {"no attendance is on record"}},
    {"a day at the door", AS_ELSEWHERE, "POST", T "/check-ins",
     "[" ROW(JIN "," AT("09:00") ",'direction':'in'") "," ROW(JIN "," AT("15:30") ",'direction':'out'") "]",
     .status = 200, .save = "in=/items/0/id out=/items/1/id"},
    {"is a certificate", AS_GUEST, "GET", OWN, .status = 200,
     .contains =
         {"<h1>Certificate of attendance</h1>", "Jin Cloverbrook", "CSEC 101: training for caregivers",
          "September 23, 2015", "5 hours 15 minutes (315 minutes)",
          "What commercial sexual exploitation of children is</span> <span class='minutes'>75 min</span>",
          "<svg class='qr'"},
     .absent = {"Lunch", "@example.org"},
     .head = {"Content-Type: text/html; charset=utf-8", "Cache-Control: no-store",
              "Content-Security-Policy: default-src 'none'"}},
    {"as a record, too", AS_GUEST, "GET", OWN "/record", .status = 200,
     .contains = {"'display_name':'Jin Cloverbrook'", "'date':'2015-09-23','minutes':315,", "/certificates/",
                  "'learning_objectives':['Define CSEC in plain words'"},
     .save = "number=/number"},
    {"an organizer reads the same", AS_ELSEWHERE, "GET", OWN "/record", .status = 200,
     .contains = {"'${number}'"}},
    {"not another's", AS_GUEST, "GET", HANA, .status = 404},
    {"nor another event's organizer", AS_ORGANIZER, "GET", OWN, .status = 404},
    {"nobody", AS_NOBODY, "GET", OWN, .status = 401},
    {"who was not there has none", AS_ELSEWHERE, "GET", HANA, .status = 409},
    {"a convening gives none", AS_ORGANIZER, "GET", E "/certificates/${attendees:noor-thimblemere}",
     .status = 409, .contains = {"certificates are for trainings"}},
    {0},
};

static const struct scenario checked[] = {
    {"a stranger with the number", AS_NOBODY, "GET", CHECK, .status = 200,
     .contains = {"This certificate is valid", "CSEC 101: training for caregivers", "September 23, 2015",
                  "5 hours 15 minutes (315 minutes)"},
     .absent = {"Jin", "Cloverbrook", "${csec101/attendees:jin-cloverbrook}"},
     .head = {"Cache-Control: no-store"}},
    {"and the name", AS_NOBODY, "GET", CHECK "?name=jin%20%20CLOVERBROOK", .status = 200,
     .contains = {"It was issued to that name."}, .absent = {"CLOVERBROOK", "Cloverbrook"}},
    {"or another", AS_NOBODY, "GET", CHECK "?name=Hana+Tidequill", .status = 200,
     .contains = {"It was not issued to that name"}, .absent = {"Hana"}},
    {"an out that was wrong", AS_ELSEWHERE, "POST", T "/check-ins",
     "[" ROW("'direction':'undo','undoes':'${out}'," AT("15:31")) "," ROW(
         JIN "," AT("12:00") ",'direction':'out'") "]",
     .status = 200},
    {"the same number, other minutes", AS_GUEST, "GET", OWN "/record", .status = 200,
     .contains = {"'number':'${number}'", "'minutes':150,"}, .absent = {"Trauma"}},
    {"which strangers see", AS_NOBODY, "GET", CHECK, .status = 200,
     .contains = {"2 hours 30 minutes (150 minutes)"}},
    {"another name", AS_ELSEWHERE, "PATCH", T "/attendees/${csec101/attendees:jin-cloverbrook}",
     "{'display_name':'Jin Cloverbrook-Tidequill <b>'}", .status = 200},
    {"is the one that is printed", AS_GUEST, "GET", OWN, .status = 200,
     .contains = {"Jin Cloverbrook-Tidequill &lt;b&gt;"}, .absent = {"Tidequill <b>"}},
    {"and compared", AS_NOBODY, "GET", CHECK "?name=Jin+Cloverbrook", .status = 200,
     .contains = {"It was not issued"}},
    {"no number at all", AS_NOBODY, "GET", "/certificates/x", .status = 404,
     .contains = {"No such certificate"}},
    {"the roster goes, the certificate stays", AS_ELSEWHERE, "DELETE",
     T "/attendees/${csec101/attendees:jin-cloverbrook}", .status = 204},
    {"valid", AS_NOBODY, "GET", CHECK "?name=Jin+Cloverbrook-Tidequill+%3Cb%3E", .status = 200,
     .contains = {"This certificate is valid", "It was issued to that name."}},
    {0},
};

/* Slips are told from guesses by the check symbol; guesses are limited, and all look alike. */
static void guesses(void **state)
{
    struct harness *h = *state;
    char kept[NUMBER_KEPT], printed[NUMBER_TEXT];
    harness_restart(h);
    struct local_reply slip = play(
        h, &(struct scenario){"a slip", AS_NOBODY, "GET", "/certificates/0000-0000-0000-1", .status = 404});
    for (int i = 0; i < 10; i++) {
        certificate_number_make(kept);
        certificate_number_print(str_of(kept), printed);
        harness_set(h, "guess", printed);
        struct local_reply reply =
            play(h, &(struct scenario){"a guess", AS_NOBODY, "GET", "/certificates/${guess}", .status = 404});
        assert_int_equal(reply.body.len, slip.body.len);
        assert_memory_equal(reply.body.ptr, slip.body.ptr, slip.body.len);
    }
    play(h,
         &(struct scenario){"one more", AS_NOBODY, "GET", CHECK, .status = 429, .head = {"Retry-After: "}});
    harness_restart(h);
    for (int i = 0; i < 10; i++)
        play(h, &(struct scenario){"a name", AS_NOBODY, "GET", CHECK "?name=Ash", .status = 200});
    play(h, &(struct scenario){"another", AS_NOBODY, "GET", CHECK "?name=Birch", .status = 429});
    play(h, &(struct scenario){"without one", AS_NOBODY, "GET", CHECK, .status = 200});
}

/* Its sessions were last year; this one ends in an hour. */
static void not_before_it_is_over(void **state)
{
    struct harness *h = *state;
    play(h, &(struct scenario){
                "one more session", AS_ELSEWHERE, "POST", T "/sessions",
                "{'title':'Refresher','starts_at':'2055-01-01T09:00:00Z','ends_at':'2055-01-01T10:00:00Z',"
                "'learning_objectives':['Remember']}",
                .status = 201});
    play(h, &(struct scenario){"hana was there", AS_ELSEWHERE, "POST", T "/check-ins",
                               "[" ROW("'attendee_id':'${csec101/attendees:hana-tidequill}'," AT(
                                   "09:00") ",'direction':'in'") "]",
                               .status = 200});
    play(h, &(struct scenario){
                "and waits", AS_ELSEWHERE, "GET", HANA, .status = 409,
                .contains = {
                    "the training is not over: the certificate is there from 2055-01-01T02:00:00-08:00 on"}});
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(guesses),
    cmocka_unit_test(not_before_it_is_over),
    {0},
};

int main(void)
{
    return harness_run(
        &(struct suite){.name = "certificates", .scenarios = {issued, checked}, .tests = tests});
}

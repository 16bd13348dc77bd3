/* What one event exports another imports: the demo event's schedule.xml in a fresh event is the same agenda,
 * and a second time changes nothing, there and where it came from. Oddities of an agenda are added first.
 *
 * All people are invented.
 */
#include "harness/harness.h"

#include <stdlib.h>
#include <string.h>

#define FRESH "/v1/events/round-trip"
#define EVENING(from, to) "'starts_at':'2015-12-01T" from "-08:00','ends_at':'2015-12-01T" to "-08:00'"

static const struct scenario odd[] = {
    {"a session without a room", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'At the gate','status':'scheduled'," EVENING("17:00:00", "17:30:00") "}", .status = 201},
    {"another one beside it", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'By the lake','status':'scheduled','abstract':''," EVENING("17:00:00", "18:00:00") "}",
     .status = 201},
    {"two speakers, the second first by name", AS_ORGANIZER, "POST", E "/speakers",
     "{'name':'Zinnia \\u5357 & Sons <b>'}", .status = 201, .save = "zinnia=/id"},
    {"the other", AS_ORGANIZER, "POST", E "/speakers", "{'name':'Aspen O\\u2019Larch'}", .status = 201,
     .save = "aspen=/id"},
    {"a room whose name has a meaning in XML", AS_ORGANIZER, "POST", E "/rooms",
     "{'name':'\\'Oak\\' & <Elm>'}", .status = 201, .save = "oak=/id"},
    {"an abstract with lines of all kinds, that begins and ends with them", AS_ORGANIZER, "POST",
     E "/sessions",
     "{'title':'A & B <c> \\'d\\' ]]> \\ud83d\\ude00','status':'scheduled','kind':'panel','room_id':'${oak}',"
     "'abstract':'\\n One\\r\\n\\ttwo\\rthree  \\n\\n','speaker_ids':['${zinnia}','${aspen}']," EVENING(
         "18:00:00", "19:15:00") "}",
     .status = 201},
    {"two people of one name", AS_ORGANIZER, "POST", E "/speakers", "{'name':'Rowan Dell','title':'First'}",
     .status = 201, .save = "first=/id"},
    {"the second of them", AS_ORGANIZER, "POST", E "/speakers", "{'name':'Rowan Dell','title':'Second'}",
     .status = 201, .save = "second=/id"},
    {"speaks alone", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Alone','status':'scheduled','speaker_ids':['${second}']," EVENING("21:00:00", "21:30:00") "}",
     .status = 201, .save = "alone=/id"},
    {"and before the first", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Both','status':'scheduled','speaker_ids':['${second}','${first}']," EVENING("22:00:00",
                                                                                            "22:30:00") "}",
     .status = 201, .save = "both=/id"},
    {"a draft", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Draft','status':'draft'," EVENING("20:00:00", "20:30:00") "}", .status = 201},
    {"what was cancelled", AS_ORGANIZER, "POST", E "/sessions",
     "{'title':'Cancelled','status':'cancelled'," EVENING("20:00:00", "20:30:00") "}", .status = 201},
    {"a fresh event", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'round-trip','name':'Round trip','kind':'convening','zone':'America/Los_Angeles',"
     "'starts_at':'2015-12-01T09:00:00-08:00','ends_at':'2015-12-01T17:00:00-08:00'}",
     .status = 201},
    {0},
};

/* --- an agenda as lines of text --- */

static json_t *items(struct harness *h, const char *event, const char *what)
{
    const char *path = arena_printf(&h->scratch, "%s/%s?limit=500", event, what);
    struct local_reply reply = play(h, &(struct scenario){"a list", AS_ADMIN, "GET", path, .status = 200});
    json_t *root = json_loadb(reply.body.ptr, reply.body.len, 0, NULL);
    json_t *list = json_incref(json_object_get(root, "items"));
    assert_null(json_object_get(root, "next"));
    json_decref(root);
    return list;
}

static const char *text_at(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text && *text ? text : "-";
}

static const char *name_of(const json_t *list, const char *id)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row)
    {
        if (!strcmp(text_at(row, "id"), id))
            return text_at(row, "name");
    }
    return "-";
}

static int in_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* With line breaks as XML has them, and none at the ends. */
static struct str plain(struct harness *h, const char *text)
{
    struct buf out;
    buf_init(&out, &h->scratch, 256);
    for (; *text; text++)
        if (*text != '\r' || text[1] != '\n')
            buf_char(&out, *text == '\r' ? '\n' : *text);
    return str_trim(buf_view(&out));
}

/* What takes place or, in a fresh event, would: sorted, with names in the place of ids. */
static const char *agenda_of(struct harness *h, const char *event)
{
    json_t *rooms = items(h, event, "rooms"), *tracks = items(h, event, "tracks");
    json_t *speakers = items(h, event, "speakers"), *sessions = items(h, event, "sessions"), *s;
    const char *lines[500];
    size_t i, j, n = 0;
    struct buf out;
    json_array_foreach(sessions, i, s)
    {
        json_t *id;
        if (!strcmp(text_at(s, "title"), "Draft") || !strcmp(text_at(s, "status"), "cancelled"))
            continue;
        buf_init(&out, &h->scratch, 256);
        buf_printf(&out, "%s %s %s | %s | %s | %s |", text_at(s, "starts_at"), text_at(s, "ends_at"),
                   text_at(s, "title"), text_at(s, "kind"), name_of(rooms, text_at(s, "room_id")),
                   name_of(tracks, text_at(s, "track_id")));
        const char *before = "";
        json_array_foreach(json_object_get(s, "speaker_ids"), j, id)
        {
            const char *name = name_of(speakers, json_string_value(id));
            if (strcmp(name, before) != 0) /* the file knows names alone: two of one name are one */
                buf_printf(&out, " %s;", name);
            before = name;
        }
        buf_puts(&out, " | ");
        buf_str(&out, plain(h, text_at(s, "abstract")));
        buf_char(&out, '\n');
        lines[n++] = buf_cstr(&out);
    }
    qsort(lines, n, sizeof *lines, in_order);
    buf_init(&out, &h->scratch, 4096);
    for (i = 0; i < n; i++)
        buf_puts(&out, lines[i]);
    assert_true(n > 20);
    json_decref(rooms);
    json_decref(tracks);
    json_decref(speakers);
    json_decref(sessions);
    return buf_cstr(&out);
}

/* --- there and back --- */

static struct str schedule_of(struct harness *h, const char *event)
{
    const char *path = arena_printf(&h->scratch, "%s/schedule.xml", event);
    return play(h, &(struct scenario){"export", AS_ADMIN, "GET", path, .status = 200}).body;
}

static void import(struct harness *h, const char *event, struct str file, const char *report)
{
    const char *path = arena_printf(&h->scratch, "%s/sessions/import", event);
    play(h, &(struct scenario){"import", AS_ADMIN, "POST", path, .body = file.ptr, .body_len = file.len,
                               .headers = {"Content-Type: application/xml"}, .status = 200,
                               .contains = {report, "'error_count':0"}});
}

static const char *sequence(struct harness *h)
{
    struct local_reply reply =
        play(h, &(struct scenario){"info", AS_ORGANIZER, "GET", E "/sync/info", .status = 200});
    return harness_at(h, &reply, "/seq");
}

static void a_fresh_event_has_the_same_agenda(void **state)
{
    struct harness *h = *state;
    struct str file = schedule_of(h, E);
    const char *was = agenda_of(h, E);
    import(h, FRESH, file, "'updated':0,'unchanged':0");
    assert_string_equal(agenda_of(h, FRESH), was);
    import(h, FRESH, file, "'created':0,'updated':0,'unchanged':");
    assert_string_equal(agenda_of(h, FRESH), was);
}

/* Rooms are those that sessions are in, no more, and each once. */
static void no_place_is_made_up(void **state)
{
    struct harness *h = *state;
    json_t *rooms = items(h, E, "rooms"), *theirs = items(h, FRESH, "rooms"),
           *sessions = items(h, E, "sessions");
    size_t i, j, n = 0;
    json_t *room, *s;
    json_array_foreach(rooms, i, room)
    {
        bool in_use = false;
        json_array_foreach(sessions, j, s)
        {
            in_use = in_use || !strcmp(text_at(s, "room_id"), text_at(room, "id"));
        }
        n += in_use;
    }
    assert_true(n > 5);
    assert_int_equal(json_array_size(theirs), n);
    json_decref(rooms);
    json_decref(theirs);
    json_decref(sessions);
}

static void where_it_came_from_nothing_moves(void **state)
{
    struct harness *h = *state;
    struct str file = schedule_of(h, E);
    const char *seq = sequence(h);
    import(h, E, file, "'created':0,'updated':0,'unchanged':");
    assert_string_equal(sequence(h), seq);
}

/* A file that renames the session leaves it to whom it was. */
static void people_of_one_name_are_not_exchanged(void **state)
{
    struct harness *h = *state;
    struct str file = schedule_of(h, E);
    char *title = memmem(file.ptr, file.len, "<title>Alone<", 13);
    assert_non_null(title);
    memcpy(title, "<title>Apart<", 13);
    import(h, E, file, "'created':0,'updated':1,");
    play(h, &(struct scenario){"alone", AS_ORGANIZER, "GET", E "/sessions/${alone}", .status = 200,
                               .contains = {"'title':'Apart'", "'speaker_ids':['${second}']"}});
    play(h, &(struct scenario){"both", AS_ORGANIZER, "GET", E "/sessions/${both}", .status = 200,
                               .contains = {"'speaker_ids':['${second}','${first}']"}});
    import(h, FRESH, file, "'created':0,'updated':1,");
}

/* Published, the fresh event exports what it was given; and that changes nothing once more. */
static void the_copy_of_a_copy_is_the_same(void **state)
{
    struct harness *h = *state;
    const char *was = agenda_of(h, E);
    play(h, &(struct scenario){"publish", AS_ADMIN, "POST", FRESH "/sessions/publish", "{}", .status = 200});
    import(h, FRESH, schedule_of(h, FRESH), "'created':0,'updated':0,'unchanged':");
    import(h, FRESH, schedule_of(h, E), "'created':0,'updated':0,'unchanged':");
    assert_string_equal(agenda_of(h, FRESH), was);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_fresh_event_has_the_same_agenda),
    cmocka_unit_test(no_place_is_made_up),
    cmocka_unit_test(where_it_came_from_nothing_moves),
    cmocka_unit_test(people_of_one_name_are_not_exchanged),
    cmocka_unit_test(the_copy_of_a_copy_is_the_same),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){.name = "round_trip", .scenarios = {odd}, .tests = tests});
}

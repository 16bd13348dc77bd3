/* An agenda from a table, from Sessionize, from schedule.xml: what is read, what is refused and where, that a
 * repeat changes nothing and a changed file what it says. csec101 has an agenda of its own; these go into a
 * new event.
 *
 * All people are invented.
 */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#define NEW "/v1/events/moved-in"
#define IMPORT NEW "/sessions/import"
#define CSV                                                                                                  \
    {                                                                                                        \
        "Content-Type: text/csv"                                                                             \
    }
#define JSON                                                                                                 \
    {                                                                                                        \
        "Content-Type: application/json"                                                                     \
    }
#define XML                                                                                                  \
    {                                                                                                        \
        "Content-Type: application/xml"                                                                      \
    }

#define TABLE                                                                                                \
    "Title,Kind,Date,Start,End,Room,Track,Speakers,Abstract\n"                                               \
    "Welcome,plenary,2015-12-01,9:00,9:30 AM,Main Hall,,Robin Quill; Ash Fernquill,Good morning\n"           \
    "Break,break,2015-12-01,10:30,10:45,,,,\n"                                                               \
    "Housing,Workshop,2015-12-01,10:45,12:00,Main hall,Practice,robin quill,\"Two\nlines\"\n"                \
    "Break,break,2015-12-01,15:00,15:15,,,,\n"

static const struct scenario table[] = {
    {"a new event", AS_ADMIN, "POST", "/v1/events",
     "{'slug':'moved-in','name':'Moved in','kind':'training','starts_at':'2015-12-01T08:00:00-08:00',"
     "'ends_at':'2015-12-02T18:00:00-08:00','zone':'America/Los_Angeles'}",
     .status = 201},
    {"a member imports nothing", AS_MEMBER, "POST", E "/sessions/import", .body = TABLE, .headers = CSV,
     .status = 403},
    {"nor another event's organizer", AS_ELSEWHERE, "POST", E "/sessions/import", .body = TABLE,
     .headers = CSV, .status = 404},
    {"a picture is no agenda", AS_ADMIN, "POST", IMPORT, .body = "x", .headers = {"Content-Type: image/png"},
     .status = 415},
    {"a dry run", AS_ADMIN, "POST", IMPORT "?dry_run=true", .body = TABLE, .headers = CSV, .status = 200,
     .contains =
         {"{'dry_run':true,'rows':4,'created':4,'updated':0,'unchanged':0,'skipped':0,'rooms_created':1,"
          "'tracks_created':1,'speakers_created':2,'speakers_updated':0,'room_overlaps':0,'error_count':0"}},
    {"writes nothing", AS_ADMIN, "GET", NEW "/rooms", .status = 200, .contains = {"{'items':[]}"}},
    {"the table", AS_ADMIN, "POST", IMPORT, .body = TABLE, .headers = CSV, .status = 200,
     .contains = {"'created':4", "'rooms_created':1", "'speakers_created':2"}},
    {"rooms are read anew", AS_ADMIN, "GET", NEW "/rooms", .status = 200, .contains = {"'name':'Main Hall'"},
     .absent = {"Main hall"}, .save = "hall=/items/0/id"},
    {"the agenda is drafts, in the event's zone", AS_ADMIN, "GET", NEW "/sessions", .status = 200,
     .contains =
         {"'starts_at':'2015-12-01T09:00:00-08:00','ends_at':'2015-12-01T09:30:00-08:00','room_id':'${hall}'",
          "'status':'draft'", "'abstract':'Two\\nlines'", "'kind':'workshop'"},
     .absent = {"scheduled"}, .save = "welcome=/items/0/id tag=/items/0/revision"},
    {"found by its words", AS_ADMIN, "GET", NEW "/sessions?q=good%20morning", .status = 200,
     .contains = {"'title':'Welcome'"}},
    {"the table again", AS_ADMIN, "POST", IMPORT, .body = TABLE, .headers = CSV, .status = 200,
     .contains = {"'created':0,'updated':0,'unchanged':4",
                  "'rooms_created':0,'tracks_created':0,'speakers_created':0"}},
    {"published", AS_ADMIN, "POST", NEW "/sessions/publish", "{}", .status = 200,
     .contains = {"'published':4"}},
    {"a changed table", AS_ADMIN, "POST", IMPORT,
     .body = "title,starts_at,ends_at\nWelcome,2015-12-01 09:15,2015-12-01T09:45:00-08:00\n"
             "Closing,2015-12-01 16:00,2015-12-01 16:30\n",
     .headers = CSV, .status = 200, .contains = {"'created':1,'updated':1,'unchanged':0"}},
    {"changes what it says, and no more", AS_ADMIN, "GET", NEW "/sessions/${welcome}", .status = 200,
     .contains = {"'starts_at':'2015-12-01T09:15:00-08:00'", "'status':'moved'", "'room_id':'${hall}'",
                  "'kind':'plenary'", "'abstract':'Good morning'"}},
    {"phones learn of it", AS_ADMIN, "GET", NEW "/sessions/changes", .status = 200,
     .contains = {"'type':'time'", "2015-12-01T09:15:00-08:00"}},
    {"what is new is public where the rest is", AS_ADMIN, "GET", NEW "/sessions?q=closing", .status = 200,
     .contains = {"'status':'scheduled'", "'kind':'other'"}},
    {"an organizer's new session", AS_ORGANIZER, "POST", E "/sessions/import",
     .body = "title;starts_at;ends_at\nLate addition;2015-12-01 17:10;2015-12-01 17:20\n", .headers = CSV,
     .status = 200, .contains = {"'created':1"}},
    {"is news", AS_MEMBER, "GET", E "/sessions/changes", .status = 200,
     .contains = {"'type':'new'", "2015-12-01T17:10:00-08:00"}},
    {0},
};

static const struct scenario faults[] = {
    {"faults by line and column", AS_ADMIN, "POST", IMPORT,
     .body = "title,kind,starts_at,ends_at,status\n"
             ",panel,2015-12-01 09:00,2015-12-01 10:00,\n"
             "A,party,2015-12-01 09:00,2015-12-01 10:00,\n"
             "B,panel,2015-12-01 09:00,2015-12-01 08:00,\n"
             "C,panel,1 December,2015-12-01 10:00,never\n"
             "D,panel,2016-03-13 02:30,2016-03-13 04:00,\n",
     .headers = CSV, .status = 422,
     .contains = {"'/rows/0/title','line':2", "'/rows/1/kind','line':3", "'/rows/2/ends_at','line':4",
                  "'/rows/3/starts_at','line':5", "'/rows/3/status','line':5", "'/rows/4/starts_at','line':6",
                  "clocks are put forward"}},
    {"nothing of it is there", AS_ADMIN, "GET", NEW "/sessions?q=a", .status = 200,
     .absent = {"'title':'A'"}},
    {"a time that occurs twice is the first", AS_ADMIN, "POST", IMPORT,
     .body = "title,starts_at,ends_at\nNight,2016-11-06 01:30,2016-11-06 03:00\n", .headers = CSV,
     .status = 200},
    {"so it is", AS_ADMIN, "GET", NEW "/sessions?q=night", .status = 200,
     .contains = {"'starts_at':'2016-11-06T01:30:00-07:00','ends_at':'2016-11-06T03:00:00-08:00'"}},
    {"no times", AS_ADMIN, "POST", IMPORT, .body = "title,date\nA,2015-12-01\n", .headers = CSV,
     .status = 422, .contains = {"starts_at and ends_at"}},
    {"a room that is taken", AS_ADMIN, "POST", IMPORT,
     .body = "title,starts_at,ends_at,room\nClash,2015-12-01 11:00,2015-12-01 11:30,MAIN HALL\n",
     .headers = CSV, .status = 409, .contains = {"'/rows/0/room','line':2", "Housing", "force=true"}},
    {"a dry run shows it", AS_ADMIN, "POST", IMPORT "?dry_run=true",
     .body = "title,starts_at,ends_at,room\nClash,2015-12-01 11:00,2015-12-01 11:30,MAIN HALL\n",
     .headers = CSV, .status = 200, .contains = {"'room_overlaps':1,'error_count':1"}},
    {"two of the file in a new room", AS_ADMIN, "POST", IMPORT,
     .body = "title,starts_at,ends_at,room\nX,2015-12-01 11:00,2015-12-01 11:30,Annex\n"
             "Y,2015-12-01 11:29,2015-12-01 11:45,annex\n",
     .headers = CSV, .status = 409, .contains = {"'/rows/1/room','line':3"}},
    {"with force both stand", AS_ADMIN, "POST", IMPORT "?force=true",
     .body = "title,starts_at,ends_at,room\nClash,2015-12-01 11:00,2015-12-01 11:30,MAIN HALL\n",
     .headers = CSV, .status = 200, .contains = {"'created':1", "'room_overlaps':1,'error_count':0"}},
    {"one id twice", AS_ADMIN, "POST", IMPORT,
     .body =
         "id,title,starts_at,ends_at\n1,X,2015-12-01 11:00,2015-12-01 11:30\n1,Y,2015-12-01 12:00,2015-12-01 "
         "12:30\n",
     .headers = CSV, .status = 422, .contains = {"'/rows/1','line':3", "same session"}},
    {0},
};

#define SESSIONIZE(start, title)                                                                             \
    "{'sessions':[{'id':'101','title':'" title                                                               \
    "','description':'What it takes.\\r\\nTwo lines','startsAt':'" start                                     \
    "','endsAt':'2015-12-02T10:00:00','isServiceSession':false,'isPlenumSession':true,'speakers':['a1','b2'" \
    "],"                                                                                                     \
    "'categoryItems':[7],'questionAnswers':[],'roomId':31,'status':'Accepted'},"                             \
    "{'id':'102','title':'Not yet','description':null,'startsAt':null,'endsAt':null,'speakers':[],"          \
    "'categoryItems':[],'roomId':null},"                                                                     \
    "{'id':103,'title':'Lunch','startsAt':'2015-12-02T20:00:00Z','endsAt':'2015-12-02T21:00:00Z',"           \
    "'isServiceSession':true,'speakers':[],'categoryItems':[],'roomId':31}],"                                \
    "'speakers':[{'id':'a1','firstName':'Sage','lastName':'Amber','fullName':'Sage "                         \
    "Amber','bio':'Invented.',"                                                                              \
    "'tagLine':'Advocate','sessions':[101]},{'id':'b2','firstName':'Wren','lastName':'Ash','bio':null,"      \
    "'tagLine':''}],'questions':[],'categories':[{'id':1,'title':'Session "                                  \
    "format','items':[{'id':6,'name':'Talk'}]},"                                                             \
    "{'id':2,'title':'Track','items':[{'id':7,'name':'Courts','sort':1}]}],"                                 \
    "'rooms':[{'id':31,'name':'Garden Room','sort':0}]}"

static const struct scenario sessionize[] = {
    {"Sessionize's view of all", AS_ADMIN, "POST", IMPORT,
     SESSIONIZE("2015-12-02T09:00:00", "Courts that listen"), .status = 200,
     .contains =
         {"'rows':3,'created':2,'updated':0,'unchanged':0,'skipped':1,'rooms_created':1,'tracks_created':1,"
          "'speakers_created':2"}},
    {"is in the agenda", AS_ADMIN, "GET", NEW "/sessions?q=courts%20that", .status = 200,
     .contains = {"'starts_at':'2015-12-02T09:00:00-08:00'", "'kind':'plenary'",
                  "'abstract':'What it takes.\\r\\nTwo"},
     .save = "courts=/items/0/id"},
    {"times with an offset are what they say", AS_ADMIN, "GET", NEW "/sessions?q=lunch", .status = 200,
     .contains = {"'starts_at':'2015-12-02T12:00:00-08:00'", "'kind':'break'"}},
    {"its speakers are there", AS_ADMIN, "GET", NEW "/speakers", .status = 200,
     .contains = {"'name':'Sage Amber','title':'Advocate'", "'bio':'Invented.'", "'name':'Wren Ash'"}},
    {"again nothing", AS_ADMIN, "POST", IMPORT, SESSIONIZE("2015-12-02T09:00:00", "Courts that listen"),
     .status = 200,
     .contains = {"'created':0,'updated':0,'unchanged':2,'skipped':1", "'speakers_updated':0"}},
    {"changed", AS_ADMIN, "POST", IMPORT, SESSIONIZE("2015-12-02T09:10:00", "Courts that hear"),
     .status = 200, .contains = {"'created':0,'updated':1,'unchanged':1"}},
    {"is the same session", AS_ADMIN, "GET", NEW "/sessions/${courts}", .status = 200,
     .contains = {"'title':'Courts that hear'", "2015-12-02T09:10:00-08:00"}},
    {"a room that the file lacks", AS_ADMIN, "POST", IMPORT,
     "{'sessions':[{'id':'1','title':'','startsAt':'2015-12-02T09:00:00','endsAt':'x','roomId':5,'speakers':["
     "'q']}]}",
     .status = 422,
     .contains = {"'/sessions/0/title'", "'/sessions/0/endsAt'", "'/sessions/0/roomId'",
                  "'/sessions/0/speakers'"}},
    {"other JSON", AS_ADMIN, "POST", IMPORT, "[1]", .status = 422, .contains = {"view/All"}},
    {"no JSON", AS_ADMIN, "POST", IMPORT, .body = "{\n\"sessions\":[,]}", .headers = JSON, .status = 422,
     .contains = {"'line':2", "not JSON"}},
    {0},
};

#define SCHEDULE(room)                                                                                       \
    "<?xml version='1.0' encoding='UTF-8'?>\n<schedule><generator name='x'/><version>1</version>\n"          \
    "<conference><title>Moved &amp; in</title><acronym>moved</acronym></conference>\n"                       \
    "<day index='1' date='2015-12-02' start='2015-12-02T08:00:00-08:00' end='2015-12-02T20:00:00-08:00'>\n"  \
    "<room name='" room "'>\n"                                                                               \
    "<event id='7' guid='6b7d7d52-0000-4000-8000-000000000007'><date>2015-12-02T14:00:00-08:00</date>"       \
    "<start>14:00</start><duration>01:30</duration><room>Library</room><title>Data &lt;shared&gt;</title>"   \
    "<track>Data</track><type>Panel</type><abstract>Short.</abstract><description>Long.</description>"       \
    "<persons><person id='3' guid='p-3'>Sol Rivers</person></persons><links/></event>\n"                     \
    "<event id='8'><start>16:00</start><duration>0:45</duration><title>Local</title><type>lightning</type>"  \
    "<persons/></event></room></day></schedule>"

static const struct scenario schedule[] = {
    {"schedule.xml", AS_ADMIN, "POST", IMPORT, .body = SCHEDULE("Library"), .headers = XML, .status = 200,
     .contains = {"'rows':2,'created':2", "'rooms_created':1,'tracks_created':1,'speakers_created':1"}},
    {"an event with all", AS_ADMIN, "GET", NEW "/sessions?q=shared", .status = 200,
     .contains = {"'title':'Data <shared>'", "'abstract':'Short.\\n\\nLong.'", "'kind':'panel'",
                  "'starts_at':'2015-12-02T14:00:00-08:00','ends_at':'2015-12-02T15:30:00-08:00'"}},
    {"one with a start alone, in the event's zone", AS_ADMIN, "GET", NEW "/sessions?q=local", .status = 200,
     .contains = {"'starts_at':'2015-12-02T16:00:00-08:00','ends_at':'2015-12-02T16:45:00-08:00'",
                  "'kind':'other'"}},
    {"again nothing", AS_ADMIN, "POST", IMPORT, .body = SCHEDULE("Library"), .headers = XML, .status = 200,
     .contains = {"'created':0,'updated':0,'unchanged':2", "'speakers_created':0"}},
    {"another room", AS_ADMIN, "POST", IMPORT, .body = SCHEDULE("Attic"),
     .headers = {"Content-Type: text/xml"}, .status = 200, .contains = {"'updated':2", "'rooms_created':1"}},
    {"a document type is refused", AS_ADMIN, "POST", IMPORT,
     .body = "<?xml version='1.0'?>\n<!DOCTYPE schedule [<!ENTITY a 'b'>]>\n<schedule>&a;</schedule>",
     .headers = XML, .status = 422, .contains = {"DOCTYPE", "'line':2"}},
    {"half a file", AS_ADMIN, "POST", IMPORT, .body = "<schedule>\n<day>\n</schedule>", .headers = XML,
     .status = 422, .contains = {"not well-formed XML", "'line':3"}},
    {"another document", AS_ADMIN, "POST", IMPORT, .body = "<html/>", .headers = XML, .status = 422,
     .contains = {"<schedule>"}},
    {"faults have lines", AS_ADMIN, "POST", IMPORT,
     .body = "<schedule><day date='2015-12-02'>\n<room name='X'>\n<event "
             "id='1'><title/><duration>x</duration></event>"
             "</room></day></schedule>",
     .headers = XML, .status = 422,
     .contains = {"'/events/0/title','line':3", "'/events/0/duration','line':3",
                  "'/events/0/start','line':3"}},
    {0},
};

static struct local_reply import(struct harness *h, struct buf *file)
{
    struct scenario s = {"import",      AS_ADMIN, "POST", IMPORT, .body = file->ptr, .body_len = file->len,
                         .headers = CSV};
    return harness_send(h, &s, &h->scratch);
}

/* Ten kilobytes with control bytes are no title, 10,001 columns no table; each is told where it stands. */
static void names_what_is_too_much(void **state)
{
    struct harness *h = *state;
    struct buf out;
    buf_init(&out, &h->scratch, 1 << 16);
    buf_puts(&out, "title,starts_at,ends_at\nGood,2015-12-01 17:30,2015-12-01 17:40\n");
    for (int i = 0; i < 1024; i++)
        buf_puts(&out, "ten bytes\a");
    buf_puts(&out, ",2015-12-01 17:40,2015-12-01 17:50\n");
    struct local_reply reply = import(h, &out);
    assert_int_equal(reply.status, 422);
    assert_string_equal(harness_at(h, &reply, "/errors/0/pointer"), "/rows/1/title");
    assert_string_equal(harness_at(h, &reply, "/errors/0/line"), "3");
    assert_non_null(strstr(harness_at(h, &reply, "/errors/0/detail"), "control characters"));
    play(h, &(struct scenario){"the good one is not there", AS_ADMIN, "GET", NEW "/sessions?q=good",
                               .status = 200, .absent = {"'title':'Good'"}});
    out.len = 0;
    buf_puts(&out, "title");
    for (int i = 0; i < 10000; i++)
        buf_puts(&out, ",x");
    reply = import(h, &out);
    assert_int_equal(reply.status, 422);
    assert_string_equal(harness_at(h, &reply, "/errors/0/line"), "1");
    assert_non_null(strstr(harness_at(h, &reply, "/errors/0/detail"), "more columns than the 64"));
}

/* Nesting and size end a reading early, and the process lives. */
static void is_bounded(void **state)
{
    struct harness *h = *state;
    struct buf out;
    buf_init(&out, &h->scratch, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_puts(&out, "<a>");
    struct scenario s = {"deep",          AS_ADMIN,           "POST", IMPORT, .headers = XML,
                         .body = out.ptr, .body_len = out.len};
    struct local_reply reply = harness_send(h, &s, &h->scratch);
    assert_int_equal(reply.status, 422);
    assert_non_null(strstr(harness_at(h, &reply, "/errors/0/detail"), "32 deep"));
    out.len = 0;
    for (int i = 0; i < 100000; i++)
        buf_char(&out, '[');
    s = (struct scenario){"deep",          AS_ADMIN,           "POST", IMPORT, .headers = JSON,
                          .body = out.ptr, .body_len = out.len};
    reply = harness_send(h, &s, &h->scratch);
    assert_int_equal(reply.status, 422);
    out.len = 0;
    while (out.len <= 8 << 20)
        buf_puts(&out, "                                                                ");
    s = (struct scenario){"large",         AS_ADMIN,           "POST", IMPORT, .headers = JSON,
                          .body = out.ptr, .body_len = out.len};
    assert_int_equal(harness_send(h, &s, &h->scratch).status, 413);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(is_bounded), cmocka_unit_test(names_what_is_too_much), {0}};

int main(void)
{
    return harness_run(&(struct suite){
        .name = "sessions_import", .scenarios = {table, faults, sessionize, schedule}, .tests = tests});
}

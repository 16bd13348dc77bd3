/* incoming_schedule.c - an agenda as schedule.xml (frab, pretalx, c3voc), through expat.
 *
 * A document type is refused, and with it every entity that a file could declare; nesting and texts are
 * bounded. `type` is the kind when it is a word of ours. `abstract` and `description` become one abstract.
 */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "features/agenda.h"
#include "features/incoming.h"

enum { DEPTH_MAX = 32, TEXT_MAX = 64 * 1024 };

/* Texts of an event. */
enum part { TITLE, ABSTRACT, DESCRIPTION, DATE, START, DURATION, TRACK, TYPE, ROOM, PERSON, PARTS };

static const char *const parts[PARTS] = {"title",    "abstract", "description", "date", "start",
                                         "duration", "track",    "type",        "room", "person"};

struct reader {
    struct incoming *a;
    struct arena *arena;
    XML_Parser parser;
    int depth;
    bool is_schedule, has_event;
    const char *stopped; /* why reading ended before the file did */
    struct str day, room, guid, id;
    struct str text[PARTS];
    int part;       /* whose text is being read; -1: none */
    int part_depth; /* of its element */
    struct buf now;
    struct str person; /* its guid, or id */
    struct incoming_speaker *people[INCOMING_SPEAKERS_MAX];
    size_t n_people;
    bool too_many;
    int line;
};

static struct str copy(struct reader *r, const char *s)
{
    return s ? str_of(arena_strndup(r->arena, s, strlen(s))) : (struct str){0};
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (!strcmp(*attributes, name))
            return attributes[1];
    return NULL;
}

static void stop(struct reader *r, const char *why)
{
    if (!r->stopped)
        r->stopped = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static void begin_event(struct reader *r, const char **attributes)
{
    memset(r->text, 0, sizeof r->text);
    r->has_event = true;
    r->n_people = 0;
    r->too_many = false;
    r->guid = copy(r, attribute(attributes, "guid"));
    r->id = copy(r, attribute(attributes, "id"));
    r->line = (int)XML_GetCurrentLineNumber(r->parser);
}

static void begin_part(struct reader *r, const char *name, const char **attributes)
{
    int part = 0;
    while (part < PARTS && strcmp(parts[part], name) != 0)
        part++;
    if (part == PARTS)
        return;
    r->part = part;
    r->part_depth = r->depth;
    r->now.len = 0; /* one buffer for all: a file may have a million parts */
    if (part == PERSON) {
        const char *guid = attribute(attributes, "guid");
        r->person = copy(r, guid ? guid : attribute(attributes, "id"));
    }
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct reader *r = arg;
    if (++r->depth > DEPTH_MAX)
        stop(r, "the XML is nested more than 32 deep");
    if (r->depth == 1)
        r->is_schedule = !strcmp(name, "schedule");
    if (r->has_event && r->part < 0)
        begin_part(r, name, attributes);
    else if (!r->has_event && !strcmp(name, "day"))
        r->day = copy(r, attribute(attributes, "date"));
    else if (!r->has_event && !strcmp(name, "room"))
        r->room = copy(r, attribute(attributes, "name"));
    else if (!r->has_event && !strcmp(name, "event"))
        begin_event(r, attributes);
}

static void on_text(void *arg, const char *bytes, int len)
{
    struct reader *r = arg;
    if (r->part < 0)
        return;
    if (r->now.len + (size_t)len > TEXT_MAX)
        stop(r, "a text is longer than 64 KiB");
    else
        buf_add(&r->now, bytes, (size_t)len);
}

static void end_person(struct reader *r, struct str name)
{
    struct incoming_speaker *p;
    struct str origin = {0};
    if (!name.len)
        return;
    if (r->n_people == INCOMING_SPEAKERS_MAX) {
        r->too_many = true;
        return;
    }
    if (r->person.ptr && r->person.len && r->person.len <= 100)
        origin = str_of(arena_printf(r->arena, "schedule:%.*s", (int)r->person.len, r->person.ptr));
    if ((p = incoming_add_speaker(r->a, origin, name)))
        r->people[r->n_people++] = p;
}

static void end_part(struct reader *r)
{
    struct str text = str_trim(buf_view(&r->now));
    text = text.len ? (struct str){arena_strndup(r->arena, text.ptr, text.len), text.len} : STR("");
    if (!text.ptr) {
        stop(r, "memory is out");
        text = STR("");
    }
    if (r->part == PERSON)
        end_person(r, text);
    else
        r->text[r->part] = text;
    r->part = -1;
}

/* --- an event's end: its texts as a session --- */

/* `1:30`, `01:30:00`, `1:02:30:00` (days first) as milliseconds; 0 when it is none. */
static int64_t duration_of(struct str text)
{
    int64_t part[4], total = 0;
    int n = 0;
    if (!text.len)
        return 0;
    while (text.ptr && n < 4) {
        struct str one = str_split(&text, ':');
        if (!one.len || one.len > 3 || !str_int(one, &part[n]) || part[n] < 0)
            return 0;
        n++;
    }
    if (text.ptr || n < 2)
        return 0;
    /* Two parts are hours and minutes, three have seconds, four begin with days. */
    int64_t days = n == 4 ? part[0] : 0, *clock = n == 4 ? part + 1 : part;
    total = (days * 24 + clock[0]) * 3600 + clock[1] * 60 + (n > 2 ? clock[2] : 0);
    return total * 1000;
}

static void read_times(struct reader *r, struct incoming_session *s)
{
    int seconds;
    char text[32];
    if (r->text[DATE].len) {
        incoming_time(r->a, s, "date", r->text[DATE], &s->starts_at);
    } else if (r->day.len == 10 && incoming_clock(r->text[START], &seconds) && seconds < 86400) {
        snprintf(text, sizeof text, "%.10s %02d:%02d:%02d", r->day.ptr, seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
        incoming_time(r->a, s, "start", str_of(text), &s->starts_at);
    } else {
        incoming_fault(r->a, s, "start", "a date, or a day and a start like 09:30, is needed");
    }
    int64_t duration = duration_of(r->text[DURATION]);
    if (!duration)
        incoming_fault(r->a, s, "duration", "must be like 1:30, more than 0:00");
    s->ends_at = s->starts_at + duration;
}

static struct str whole_abstract(struct reader *r)
{
    struct str a = r->text[ABSTRACT], d = r->text[DESCRIPTION];
    if (!a.len || !d.len || str_eq(a, d))
        return a.len ? a : d.len ? d : STR("");
    return str_of(arena_printf(r->arena, "%.*s\n\n%.*s", (int)a.len, a.ptr, (int)d.len, d.ptr));
}

static void read_people(struct reader *r, struct incoming_session *s)
{
    s->speakers = arena_alloc(r->arena, (r->n_people + 1) * sizeof(struct incoming_speaker *));
    if (r->too_many)
        incoming_fault(r->a, s, "persons", "names more than 100 people");
    for (size_t i = 0; i < r->n_people && s->speakers; i++) {
        incoming_name(r->a, s, "persons", r->people[i]->name, &r->people[i]->name);
        if (r->people[i]->name.ptr)
            s->speakers[s->n_speakers++] = r->people[i];
    }
}

static void end_event(struct reader *r)
{
    struct incoming *a = r->a;
    r->has_event = false;
    if (a->im->rows == IMPORT_ROWS) {
        stop(r, "a file may have 20000 events");
        return;
    }
    a->im->rows++;
    struct incoming_session *s = incoming_add(a, r->line);
    if (!s) {
        stop(r, "memory is out");
        return;
    }
    struct str name = r->guid.len ? r->guid : r->id, room = r->room.len ? r->room : r->text[ROOM];
    if (!name.len || name.len > 100)
        incoming_fault(a, s, "guid", "a guid or an id of at most 100 characters is needed");
    else
        s->origin = str_of(arena_printf(r->arena, "schedule:%.*s", (int)name.len, name.ptr));
    if (uuid_is(r->guid))
        s->guid = r->guid;
    incoming_text(a, s, "title", "title", r->text[TITLE], &s->title);
    incoming_text(a, s, "abstract", "abstract", whole_abstract(r), &s->abstract);
    incoming_kind(a, s, r->text[TYPE], true);
    if (!str_is(room, AGENDA_NO_ROOM))
        incoming_name(a, s, "room", room, &s->room);
    incoming_name(a, s, "track", r->text[TRACK], &s->track);
    read_times(r, s);
    read_people(r, s);
}

static void on_end(void *arg, const char *name)
{
    struct reader *r = arg;
    if (r->part >= 0 && r->depth == r->part_depth)
        end_part(r);
    else if (r->has_event && r->part < 0 && !strcmp(name, "event"))
        end_event(r);
    else if (!r->has_event && !strcmp(name, "room"))
        r->room = (struct str){0};
    r->depth--;
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(arg, "a DOCTYPE is not taken: take it out, and the entities with it");
}

static void parse(struct reader *r)
{
    struct import *im = r->a->im;
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    enum XML_Status status = XML_Parse(r->parser, im->file.ptr, (int)im->file.len, XML_TRUE);
    int line = (int)XML_GetCurrentLineNumber(r->parser);
    if (status == XML_STATUS_OK && r->is_schedule)
        return;
    import_fault(im, -1, line > 0 ? line : 1, NULL, "%s%s",
                 status == XML_STATUS_OK ? "the file's first element is not <schedule>"
                 : r->stopped            ? r->stopped
                                         : "this is not well-formed XML: ",
                 status == XML_STATUS_OK || r->stopped ? "" : XML_ErrorString(XML_GetErrorCode(r->parser)));
}

bool incoming_read_schedule(struct incoming *a)
{
    struct arena *arena = a->im->rq->arena;
    struct reader *r = arena_zalloc(arena, sizeof *r);
    if (!r)
        return false;
    *r = (struct reader){.a = a, .arena = arena, .parser = XML_ParserCreate(NULL), .part = -1};
    if (!r->parser)
        return false;
    a->im->rows_are = "events";
    a->gives = INCOMING_ABSTRACT | INCOMING_KIND | INCOMING_ROOM | INCOMING_TRACK | INCOMING_SPEAKERS;
    buf_init(&r->now, arena, 1024);
    parse(r);
    XML_ParserFree(r->parser);
    return true;
}

#include "features/incoming.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "features/rooms.h"
#include "features/sessions.h"
#include "features/speakers.h"

void incoming_init(struct incoming *a, struct import *im, const struct zone *zone)
{
    *a = (struct incoming){.im = im, .zone = zone};
    a->end = &a->first;
}

struct incoming_session *incoming_add(struct incoming *a, int line)
{
    struct incoming_session *s = arena_zalloc(a->im->rq->arena, sizeof *s);
    if (!s)
        return NULL;
    s->number = a->im->rows - 1;
    s->line = line;
    *a->end = s;
    a->end = &s->next;
    return s;
}

struct incoming_speaker *incoming_add_speaker(struct incoming *a, struct str origin, struct str name)
{
    struct incoming_speaker *p = arena_zalloc(a->im->rq->arena, sizeof *p);
    if (!p)
        return NULL;
    *p = (struct incoming_speaker){.next = a->speakers, .origin = origin, .name = name};
    a->speakers = p;
    return p;
}

void incoming_fault(struct incoming *a, struct incoming_session *s, const char *column, const char *detail)
{
    s->faulty = true;
    import_fault(a->im, s->number, s->line, column, "%s", detail);
}

static void check(struct incoming *a, struct incoming_session *s, const struct field *fields,
                  const char *name, const char *column, struct str cell, struct str *out)
{
    struct value value = {0};
    while (strcmp(fields->name, name) != 0)
        fields++;
    *out = (struct str){0};
    if (!cell.len && !(fields->flags & FIELD_REQUIRED))
        return;
    const char *fault = fields_cell(a->im->rq, fields, cell.ptr ? cell : STR(""), &value);
    if (fault)
        incoming_fault(a, s, column, fault);
    else
        *out = value.text;
}

void incoming_text(struct incoming *a, struct incoming_session *s, const char *field, const char *column,
                   struct str cell, struct str *out)
{
    check(a, s, sessions_collection.fields, field, column, cell, out);
}

void incoming_name(struct incoming *a, struct incoming_session *s, const char *column, struct str cell,
                   struct str *out)
{
    *out = (struct str){0};
    if (str_trim(cell).len)
        check(a, s, rooms_collection.fields, "name", column, cell, out);
}

void incoming_kind(struct incoming *a, struct incoming_session *s, struct str cell, bool lenient)
{
    char *word = text_fold(a->im->rq->arena, cell.ptr ? cell : STR(""));
    struct value value;
    const struct field *field = sessions_collection.fields;
    while (strcmp(field->name, "kind") != 0)
        field++;
    if (lenient && (!word || fields_cell(a->im->rq, field, str_of(word), &value)))
        s->kind = STR("other");
    else
        incoming_text(a, s, "kind", "kind", str_of(word), &s->kind);
}

void incoming_check_speaker(struct incoming *a, int index, struct incoming_speaker *p)
{
    const struct field *fields = speakers_collection.fields;
    struct str *values[] = {&p->name, &p->title, &p->bio};
    static const char *const names[] = {"name", "title", "bio"};
    for (int i = 0; i < 3; i++) {
        struct value value = {0};
        const struct field *f = fields;
        while (strcmp(f->name, names[i]) != 0)
            f++;
        const char *fault = values[i]->len || !i ? fields_cell(a->im->rq, f, *values[i], &value) : NULL;
        *values[i] = value.text;
        if (fault)
            import_fault_at(a->im, arena_printf(a->im->rq->arena, "/speakers/%d/%s", index, names[i]), 0,
                            names[i], "%s", fault);
    }
}

/* --- times --- */

static const char time_form[] =
    "must be like 2015-12-01 09:00 (in the event's zone), or RFC 3339 with an offset";

/* A local time as RFC 3339 that says UTC. */
static bool parse_local(struct str cell, int64_t *ms)
{
    char text[32];
    if (cell.len != 16 && cell.len != 19)
        return false;
    snprintf(text, sizeof text, "%.*s%sZ", (int)cell.len, cell.ptr, cell.len == 16 ? ":00" : "");
    if (text[10] == ' ')
        text[10] = 'T';
    return clock_parse(str_of(text), ms);
}

bool incoming_time(struct incoming *a, struct incoming_session *s, const char *column, struct str cell,
                   int64_t *ms)
{
    int64_t local;
    cell = str_trim(cell);
    if (clock_parse(cell, ms))
        return true;
    if (!parse_local(cell, &local)) {
        incoming_fault(a, s, column, cell.len ? time_form : "is needed");
        return false;
    }
    *ms = a->zone ? zone_to_utc(a->zone, local) : local;
    if (a->zone && *ms + zone_offset(a->zone, *ms) * INT64_C(1000) != local) {
        incoming_fault(a, s, column, "does not exist in the event's zone: clocks are put forward then");
        return false;
    }
    return true;
}

static bool take_number(struct str *s, int max, int *n)
{
    size_t i = 0;
    for (*n = 0; i < s->len && i < 2 && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++)
        *n = *n * 10 + (s->ptr[i] - '0');
    s->ptr += i;
    s->len -= i;
    return i && *n <= max;
}

bool incoming_clock(struct str cell, int *seconds)
{
    int part[3] = {0};
    struct str rest = str_trim(cell);
    if (!rest.len)
        return false;
    for (int i = 0; i < 3; i++) {
        if (!take_number(&rest, i ? 59 : 24, &part[i]))
            return false;
        if (i == 2 || !rest.len || *rest.ptr != ':')
            break;
        rest.ptr++;
        rest.len--;
    }
    rest = str_trim(rest);
    bool am = str_ieq(rest, "am") || str_ieq(rest, "a.m."), pm = str_ieq(rest, "pm") || str_ieq(rest, "p.m.");
    if ((rest.len && !am && !pm) || ((am || pm) && (part[0] < 1 || part[0] > 12)) ||
        !memchr(cell.ptr, ':', cell.len))
        return false;
    if (am || pm)
        part[0] = part[0] % 12 + (pm ? 12 : 0);
    *seconds = part[0] * 3600 + part[1] * 60 + part[2];
    return *seconds <= 86400;
}

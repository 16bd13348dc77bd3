/* incoming_csv.c - an agenda as a table: see the columns. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "features/incoming.h"

enum column {
    ID,
    TITLE,
    ABSTRACT,
    KIND,
    STATUS,
    STARTS_AT,
    ENDS_AT,
    DATE,
    START,
    END,
    ROOM,
    TRACK,
    SPEAKERS,
    COLUMNS
};

static const char *const columns[] = {"id",   "title", "abstract", "kind", "status", "starts_at", "ends_at",
                                      "date", "start", "end",      "room", "track",  "speakers",  NULL};

/* From a date and a time of day. */
static void read_day_time(struct incoming *a, struct incoming_session *s, const char *column, struct str date,
                          struct str time, int64_t *ms)
{
    int64_t days;
    int seconds, year, month, day;
    char text[32];
    if (!incoming_clock(time, &seconds)) {
        incoming_fault(a, s, column,
                       time.len ? "must be a time of day, like 9:00, 13:30 or 1:30 PM" : "is needed");
        return;
    }
    if (!clock_parse_date(date, &days))
        return; /* said already */
    clock_civil(days + seconds / 86400, &year, &month, &day);
    seconds %= 86400;
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", year, month, day, seconds / 3600,
             seconds / 60 % 60, seconds % 60);
    incoming_time(a, s, column, str_of(text), ms);
}

static void read_times(struct incoming *a, struct incoming_session *s, const struct str *cells)
{
    int64_t days;
    if (cells[STARTS_AT].len || cells[ENDS_AT].len || !cells[DATE].ptr) {
        incoming_time(a, s, "starts_at", cells[STARTS_AT], &s->starts_at);
        incoming_time(a, s, "ends_at", cells[ENDS_AT], &s->ends_at);
    } else {
        if (!clock_parse_date(cells[DATE], &days))
            incoming_fault(a, s, "date", cells[DATE].len ? "must be a date, YYYY-MM-DD" : "is needed");
        read_day_time(a, s, "start", cells[DATE], cells[START], &s->starts_at);
        read_day_time(a, s, "end", cells[DATE], cells[END], &s->ends_at);
    }
}

static bool read_speakers(struct incoming *a, struct incoming_session *s, struct str rest)
{
    s->speakers = arena_alloc(a->im->rq->arena, INCOMING_SPEAKERS_MAX * sizeof(struct incoming_speaker *));
    if (!s->speakers)
        return false;
    while (rest.len) {
        struct str name;
        incoming_name(a, s, "speakers", str_trim(str_split(&rest, ';')), &name);
        if (!name.ptr)
            continue;
        if (s->n_speakers == INCOMING_SPEAKERS_MAX) {
            incoming_fault(a, s, "speakers", "names more than 100 people");
            break;
        }
        struct incoming_speaker *p = incoming_add_speaker(a, (struct str){0}, name);
        if (!p)
            return false;
        s->speakers[s->n_speakers++] = p;
    }
    return true;
}

/* Without an id a session is known by its title; of several, by which one in the order of the file. */
static void name_untitled(struct incoming *a, struct lookup *titles)
{
    size_t nth = 0;
    lookup_sort(titles);
    for (size_t i = 0; i < titles->n && !titles->failed; i++) {
        struct incoming_session *s = titles->at[i].of;
        nth = i && str_eq(titles->at[i].key, titles->at[i - 1].key) ? nth + 1 : 1;
        s->origin = str_of(arena_printf(a->im->rq->arena, "csv:%.*s#%zu", (int)titles->at[i].key.len,
                                        titles->at[i].key.ptr, nth));
    }
}

static bool read_row(struct incoming *a, struct incoming_session *s, const struct str *cells,
                     struct lookup *titles)
{
    struct arena *arena = a->im->rq->arena;
    incoming_text(a, s, "title", "title", cells[TITLE], &s->title);
    incoming_text(a, s, "abstract", "abstract", cells[ABSTRACT], &s->abstract);
    if (cells[KIND].len)
        incoming_kind(a, s, cells[KIND], false);
    if (cells[STATUS].len)
        incoming_text(a, s, "status", "status", str_of(text_fold(arena, cells[STATUS])), &s->status);
    read_times(a, s, cells);
    incoming_name(a, s, "room", cells[ROOM], &s->room);
    incoming_name(a, s, "track", cells[TRACK], &s->track);
    struct str id = {0}, title = s->title.ptr ? str_of(text_fold(arena, s->title)) : STR("");
    incoming_name(a, s, "id", cells[ID], &id);
    if (id.ptr)
        s->origin = str_of(arena_printf(arena, "csv-id:%.*s", (int)id.len, id.ptr));
    else
        lookup_add(titles, title.ptr ? title : STR(""), s);
    return read_speakers(a, s, cells[SPEAKERS]);
}

bool incoming_read_csv(struct incoming *a)
{
    struct import_table t = {.columns = columns, .needed = "title"};
    struct str cells[IMPORT_COLUMNS];
    struct lookup titles;
    lookup_init(&titles, a->im->rq->arena);
    if (!import_header(a->im, &t))
        return true;
    if (!(t.has[STARTS_AT] && t.has[ENDS_AT]) && !(t.has[DATE] && t.has[START] && t.has[END])) {
        import_fault(a->im, -1, t.csv.line, "starts_at",
                     "the times are missing: name columns starts_at and ends_at, or date, start and end");
        return true;
    }
    a->gives = (t.has[ABSTRACT] ? INCOMING_ABSTRACT : 0) | (t.has[KIND] ? INCOMING_KIND : 0) |
               (t.has[ROOM] ? INCOMING_ROOM : 0) | (t.has[TRACK] ? INCOMING_TRACK : 0) |
               (t.has[SPEAKERS] ? INCOMING_SPEAKERS : 0);
    while (import_row(a->im, &t, cells)) {
        struct incoming_session *s = incoming_add(a, t.csv.line);
        if (!s || !read_row(a, s, cells, &titles))
            return false;
    }
    name_untitled(a, &titles);
    return !titles.failed;
}

/* report_parts.c - the parts of the report, in order, each told to the form: see report.h. */
#include <string.h>

#include "features/report.h"
#include "features/representation.h"

static const char AGENDA[] =
    "SELECT s.title, s.starts_at, s.ends_at, s.status, r.name AS room FROM sessions s LEFT JOIN rooms r"
    " ON r.id = s.room_id WHERE s.event_id = :event AND s.status <> 'draft'"
    " ORDER BY s.starts_at, s.id LIMIT 500";
static const char COUNTIES[] =
    "SELECT DISTINCT coalesce(county, name) AS county FROM teams WHERE event_id = :event ORDER BY county";
/* Not those of one county: the report is about all of them. */
static const char MILESTONES[] = "SELECT happens_on, title, body FROM program_milestones"
                                 " WHERE county_id IS NULL ORDER BY happens_on, id LIMIT 100";

const char *const report_parts_sql[] = {AGENDA, COUNTIES, MILESTONES, NULL};

enum { BARS_MAX = 100 };

static struct str number(struct report *r, size_t n, const char *of)
{
    char *s = arena_printf(r->rq->arena, "%zu%s", n, of);
    if (!s)
        r->out->failed = true;
    return s ? str_of(s) : STR("");
}

static struct str copy(struct report *r, struct str s)
{
    const char *c = s.ptr ? arena_strndup(r->rq->arena, s.ptr, s.len) : "";
    if (!c)
        r->out->failed = true;
    return c ? str_of(c) : STR("");
}

/* `child_welfare` → `Child welfare`. */
static struct str label_of(struct report *r, struct str word)
{
    if (!word.ptr)
        return STR("");
    char *s = arena_strndup(r->rq->arena, word.ptr, word.len);
    if (!s)
        return word;
    for (char *c = s; *c; c++)
        if (*c == '_')
            *c = ' ';
    if (*s >= 'a' && *s <= 'z')
        *s = (char)(*s - 'a' + 'A');
    return str_of(s);
}

/* --- who was there --- */

static void tell_agencies(struct report *r, json_t *list)
{
    struct report_bar *bars = arena_alloc(r->rq->arena, BARS_MAX * sizeof *bars);
    size_t n = 0;
    bool hidden = false;
    for (; bars && n < BARS_MAX && n < json_array_size(list); n++) {
        json_t *row = json_array_get(list, n), *figure = json_object_get(row, "attendees");
        bars[n] =
            (struct report_bar){label_of(r, str_of(json_string_value(json_object_get(row, "agency_type")))),
                                json_is_integer(figure) ? json_integer_value(figure) : -1};
        hidden |= bars[n].n < 0;
    }
    if (!bars || !n)
        return;
    r->form->bars(r->out, "People by kind of agency", bars, n);
    if (hidden)
        r->form->quiet(r->out, STR("A dash stands for a figure that is kept back, because it would point at "
                                   "a few people."));
}

static void tell_counties(struct report *r)
{
    struct buf b;
    size_t n = 0, cap = 0;
    struct str *names = NULL;
    struct query *q = request_sql(r->rq, COUNTIES);
    while (query_row(q)) {
        if (n == cap) {
            struct str *more = arena_alloc(r->rq->arena, (cap = cap ? 2 * cap : 64) * sizeof *more);
            if (!more) {
                r->out->failed = true;
                return;
            }
            if (n)
                memcpy(more, names, n * sizeof *more);
            names = more;
        }
        names[n++] = copy(r, query_get_text(q, 0));
    }
    if (!n)
        return;
    buf_init(&b, r->rq->arena, 512);
    buf_puts(&b, "The county teams: ");
    for (size_t i = 0; i < n; i++)
        report_add_name(&b, names[i], n - i - 1);
    buf_char(&b, '.');
    r->form->words(r->out, report_text(r, &b));
}

static void tell_people(struct report *r)
{
    static const char *const figures[][2] = {{"attendees", "people"},
                                             {"counties", "county teams"},
                                             {"agency_types", "kinds of agencies"},
                                             {"community_organizations", "community organizations"}};
    enum { FIGURES = sizeof figures / sizeof *figures };
    struct report_figure list[FIGURES];
    json_t *json = representation_published(r->rq);
    size_t n = 0;
    for (size_t i = 0; i < FIGURES; i++) {
        json_t *figure = json_object_get(json, figures[i][0]);
        if (json_is_integer(figure)) /* else it is kept back */
            list[n++] = (struct report_figure){json_integer_value(figure), figures[i][1]};
    }
    r->out->failed |= !json;
    r->form->figures(r->out, list, n);
    tell_counties(r);
    tell_agencies(r, json_object_get(json, "by_agency_type"));
}

/* --- the day --- */

static void tell_agenda(struct report *r)
{
    static const char *const heads[] = {"Time", "Session", "Room"};
    struct str day = {0};
    struct query *q = request_sql(r->rq, AGENDA);
    bool open = false;
    while (query_row(q)) {
        int64_t starts = query_get_int(q, 1), ends = query_get_int(q, 2);
        struct str today = report_day(r->rq, starts);
        if (!open || !str_eq(day, today)) {
            if (open)
                r->form->table_end(r->out);
            r->form->table(r->out, (day = today).ptr, heads, 3);
            open = true;
        }
        struct str from = report_time(r->rq, starts), to = report_time(r->rq, ends);
        struct str title = copy(r, query_get_text(q, 0));
        bool cancelled = str_is(query_get_text(q, 3), "cancelled");
        r->form->row(r->out, heads,
                     (struct str[]){
                         str_of(arena_printf(r->rq->arena, "%s–%s", from.ptr, to.ptr)),
                         cancelled ? str_of(arena_printf(r->rq->arena, "%s (cancelled)", title.ptr)) : title,
                         copy(r, query_get_text(q, 4))},
                     3);
    }
    if (open)
        r->form->table_end(r->out);
    else
        r->form->quiet(r->out, STR("No agenda was published."));
}

/* --- who learns from whom --- */

static void tell_learning(struct report *r)
{
    static const char *const heads[] = {"County", "would learn from", "Answers"};
    static const char *const fame[] = {"County", "named by", "in answers"};
    const struct learning *l = &r->learning;
    r->form->words(r->out, STR("Counties that teams named when they were asked whose approach they could "
                               "adopt: an invitation to meet."));
    r->form->table(r->out, "Who would learn from whom", heads, 3);
    for (const struct pair *p = l->pairs; p; p = p->next)
        r->form->row(r->out, heads, (struct str[]){p->from->county, p->to->name, number(r, p->count, "")}, 3);
    r->form->table_end(r->out);
    r->form->table(r->out, "Who is named most", fame, 3);
    for (size_t i = 0; i < l->n_counties; i++)
        r->form->row(
            r->out, fame,
            (struct str[]){l->counties[i]->name,
                           number(r, l->counties[i]->teams, l->counties[i]->teams == 1 ? " team" : " teams"),
                           number(r, l->counties[i]->items, "")},
            3);
    r->form->table_end(r->out);
}

/* --- the program --- */

static void tell_program(struct report *r)
{
    static const char *const heads[] = {"When", "What"};
    struct query *q = request_sql(r->rq, MILESTONES);
    r->form->table(r->out, "Milestones", heads, 2);
    while (query_row(q)) {
        struct str title = copy(r, query_get_text(q, 1)), body = query_get_text(q, 2);
        if (body.len)
            title = str_of(arena_printf(r->rq->arena, "%s. %.*s", title.ptr, (int)body.len, body.ptr));
        r->form->row(r->out, heads, (struct str[]){report_date(r->rq, copy(r, query_get_text(q, 0))), title},
                     2);
    }
    r->form->table_end(r->out);
}

static void tell_colophon(struct report *r)
{
    r->form->words(r->out, STR("Made from what the county teams handed in, word for word. Who wrote what is "
                               "not in it, nor who attended; figures that would point at a few people are "
                               "kept back. Drafts, and what organizers took out, are not in it either."));
}

/* --- all of it --- */

static bool always(struct report *r)
{
    (void)r;
    return true;
}

static bool has_answers(struct report *r)
{
    return r->answers.n_prompts && r->n_in;
}

static bool has_learning(struct report *r)
{
    return r->learning.pairs;
}

static bool has_steps(struct report *r)
{
    return r->n_steps;
}

static bool has_questions(struct report *r)
{
    return r->n_questions;
}

static bool has_program(struct report *r)
{
    return query_row(request_sql(r->rq, MILESTONES));
}

static const struct part {
    const char *title;
    bool (*wanted)(struct report *r);
    void (*tell)(struct report *r);
} parts[] = {
    {"Who was there", always, tell_people},
    {"The agenda", always, tell_agenda},
    {"What the teams wrote", has_answers, report_tell_answers},
    {"Who would learn from whom", has_learning, tell_learning},
    {"Next steps", has_steps, report_tell_steps},
    {"Outstanding questions", has_questions, report_tell_questions},
    {"The program behind it", has_program, tell_program},
    {"About this report", always, tell_colophon},
};

enum { PARTS = sizeof parts / sizeof *parts };

enum err report_tell(struct report *r)
{
    const struct part *told[PARTS];
    const char *titles[PARTS];
    size_t n = 0;
    for (size_t i = 0; i < PARTS; i++) {
        if (!parts[i].wanted(r))
            continue;
        titles[n] = parts[i].title;
        told[n++] = &parts[i];
    }
    r->out = r->form->begin(r->rq, &r->cover, titles, n);
    if (!r->out)
        return fail(r->rq, ERR_UNAVAILABLE, "memory is out");
    for (size_t i = 0; i < n; i++) {
        r->form->section(r->out, i + 1, titles[i]);
        told[i]->tell(r);
    }
    return r->form->end(r->rq, r->out);
}

/* report_answers.c - what the teams wrote, as the report tells it: by question and county, next steps,
 * outstanding questions. See report.h. */
#include <stdlib.h>
#include <string.h>

#include "features/report.h"

void report_add_name(struct buf *b, struct str name, size_t left)
{
    buf_str(b, name);
    buf_puts(b, left > 1 ? ", " : left ? " and " : "");
}

struct str report_text(struct report *r, struct buf *b)
{
    const char *s = buf_cstr(b);
    if (!s)
        r->out->failed = true;
    return s ? str_of(s) : STR("");
}

/* --- what the teams wrote --- */

/* The counties behind an answer but its own, each once. */
static struct str others(struct report *r, const struct answer *a)
{
    struct buf b;
    const char *before = "";
    if (!a->alike)
        return (struct str){0};
    buf_init(&b, r->rq->arena, 128);
    for (const struct answer *x = a->alike; x; x = x->next) {
        bool told = str_eq(x->sheet->county, a->sheet->county);
        for (const struct answer *y = a->alike; y != x && !told; y = y->next)
            told = str_eq(x->sheet->county, y->sheet->county);
        if (told)
            continue;
        buf_puts(&b, before);
        buf_str(&b, x->sheet->county);
        before = ", ";
    }
    return b.len ? buf_view(&b) : (struct str){0};
}

static struct str all_counties(struct report *r, const struct answer *a)
{
    struct str more = others(r, a);
    return more.ptr ? str_of(arena_printf(r->rq->arena, "%.*s, %.*s", (int)a->sheet->county.len,
                                          a->sheet->county.ptr, (int)more.len, more.ptr))
                    : a->sheet->county;
}

/* A group has the star that any of it has. */
static bool is_starred(const struct answer *a)
{
    bool starred = a->starred;
    for (const struct answer *x = a->alike; x && !starred; x = x->next)
        starred = x->starred;
    return starred;
}

static void tell_highlights(struct report *r, size_t prompt)
{
    bool open = false;
    for (size_t s = 0; s < r->answers.n_sheets; s++) {
        const struct cell *cell = answers_cell(&r->answers, prompt, s);
        for (size_t i = 0; i < cell->n; i++) {
            const struct answer *a = &cell->first[i];
            if (a->into || !is_starred(a))
                continue;
            if (!open)
                r->form->list(r->out, true);
            open = true;
            r->form->item(r->out, a->text, all_counties(r, a));
        }
    }
    if (open)
        r->form->list_end(r->out);
}

static void tell_county(struct report *r, int level, const struct sheet *sheet, const struct cell *cell)
{
    bool open = false;
    for (size_t i = 0; i < cell->n; i++) {
        const struct answer *a = &cell->first[i];
        if (a->into || is_starred(a))
            continue;
        if (!open) {
            r->form->heading(r->out, level, sheet->county);
            r->form->list(r->out, false);
        }
        open = true;
        struct str more = others(r, a);
        r->form->item(r->out, a->text,
                      more.ptr ? str_of(arena_printf(r->rq->arena, "also %.*s", (int)more.len, more.ptr))
                               : more);
    }
    if (open)
        r->form->list_end(r->out);
}

static bool asks(const struct report *r, size_t prompt, size_t sheet)
{
    const struct sheet *s = &r->answers.sheets[sheet];
    return s->in && str_eq(s->template, r->answers.prompts[prompt].template);
}

static void tell_blanks(struct report *r, size_t prompt)
{
    struct buf b;
    size_t left = 0;
    for (size_t s = 0; s < r->answers.n_sheets; s++)
        left += asks(r, prompt, s) && !answers_cell(&r->answers, prompt, s)->written;
    if (!left)
        return;
    buf_init(&b, r->rq->arena, 256);
    buf_puts(&b, "Left blank: ");
    for (size_t s = 0; s < r->answers.n_sheets; s++)
        if (asks(r, prompt, s) && !answers_cell(&r->answers, prompt, s)->written)
            report_add_name(&b, r->answers.sheets[s].county, --left);
    buf_char(&b, '.');
    r->form->quiet(r->out, report_text(r, &b));
}

static void tell_prompt(struct report *r, int level, size_t prompt)
{
    const struct prompt *p = &r->answers.prompts[prompt];
    r->form->heading(
        r->out, level,
        str_of(arena_printf(r->rq->arena, "%d. %.*s", (int)p->number, (int)p->text.len, p->text.ptr)));
    tell_highlights(r, prompt);
    for (size_t s = 0; s < r->answers.n_sheets; s++)
        tell_county(r, level + 1, &r->answers.sheets[s], answers_cell(&r->answers, prompt, s));
    tell_blanks(r, prompt);
}

/* Do the questions stand on more than one worksheet? Their numbers begin anew on each. */
static bool have_several_sheets(const struct report *r)
{
    const struct prompt *first = NULL;
    for (size_t i = 0; i < r->answers.n_prompts; i++) {
        const struct prompt *p = &r->answers.prompts[i];
        if (!str_is(p->kind, "question"))
            continue;
        if (first && !str_eq(first->template, p->template))
            return true;
        first = p;
    }
    return false;
}

void report_tell_answers(struct report *r)
{
    struct buf b;
    buf_init(&b, r->rq->arena, 256);
    buf_printf(
        &b,
        "%zu of %zu worksheets were handed in. What follows are the teams' own words, county by county;"
        " what several said stands once, with all of them.",
        r->n_in, r->answers.n_sheets);
    r->form->words(r->out, report_text(r, &b));
    const struct prompt *last = NULL;
    bool several = have_several_sheets(r);
    for (size_t i = 0; i < r->answers.n_prompts; i++) {
        const struct prompt *p = &r->answers.prompts[i];
        if (!str_is(p->kind, "question"))
            continue;
        if (several && !(last && str_eq(last->template, p->template)))
            r->form->sheet(r->out, p->title);
        tell_prompt(r, several ? 2 : 1, i);
        last = p;
    }
}

/* --- closing lists --- */

static int compare(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    return strcmp(x->ptr, y->ptr);
}

/* Owners are free text and may be people: shown only where they are word for word an organization, a team or
 * a county of the event. */
static struct str owner_of(struct report *r, const struct answer *a)
{
    if (!a->owner.ptr || !a->owner.len || !r->n_owners)
        return (struct str){0};
    struct str key = str_of(text_fold(r->rq->arena, a->owner));
    return key.ptr && bsearch(&key, r->owners, r->n_owners, sizeof key, compare) ? a->owner : (struct str){0};
}

void report_tell_steps(struct report *r)
{
    static const char *const heads[] = {"Due", "County", "Next step", "Organization"};
    r->form->table(r->out, "What the teams will do next", heads, 4);
    for (size_t i = 0; i < r->n_steps; i++) {
        const struct answer *a = r->steps[i];
        struct str step =
            a->done ? str_of(arena_printf(r->rq->arena, "%.*s (done)", (int)a->text.len, a->text.ptr))
                    : a->text;
        r->form->row(r->out, heads,
                     (struct str[]){a->due.ptr ? report_date(r->rq, a->due) : STR(""), all_counties(r, a),
                                    step, owner_of(r, a)},
                     4);
    }
    r->form->table_end(r->out);
    r->form->quiet(r->out, STR("Who in a team takes a step on is left out, unless it is an organization."));
}

void report_tell_questions(struct report *r)
{
    r->form->list(r->out, false);
    for (size_t i = 0; i < r->answers.n; i++) {
        const struct answer *a = &r->answers.all[i];
        if (!a->into && str_is(a->prompt->kind, "outstanding_questions"))
            r->form->item(r->out, a->text, all_counties(r, a));
    }
    r->form->list_end(r->out);
}

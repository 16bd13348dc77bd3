#include "features/synthesis.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "features/answers.h"
#include "features/learning.h"

/* What the query asks for; an absent text or NULL asks for all. */
struct filter {
    struct str prompt, team, due, done;
    const char *tag; /* folded */
    bool starred;
};

static enum err read_filter(struct request *rq, struct filter *f)
{
    int64_t day;
    struct str tag = request_query(rq, "tag");
    *f = (struct filter){.prompt = request_query(rq, "prompt"),
                         .team = request_query(rq, "team"),
                         .due = request_query(rq, "due"),
                         .done = request_query(rq, "done"),
                         .starred = request_query_flag(rq, "starred")};
    if (tag.ptr && !(f->tag = text_fold(rq->arena, tag)))
        return ERR_UNAVAILABLE;
    if (f->due.ptr && !clock_parse_date(f->due, &day))
        return fail(rq, ERR_BAD_REQUEST, "due is a date, YYYY-MM-DD: up to and with that day");
    if (f->done.ptr && !str_is(f->done, "true") && !str_is(f->done, "false"))
        return fail(rq, ERR_BAD_REQUEST, "done is true or false");
    return ERR_OK;
}

/* By id or by what people call it. */
static bool wants_prompt(const struct filter *f, const struct prompt *p)
{
    int64_t number;
    return !f->prompt.ptr || str_eq(f->prompt, p->id) || (str_int(f->prompt, &number) && number == p->number);
}

static bool wants_team(const struct filter *f, const struct sheet *s)
{
    return !f->team.ptr || str_eq(f->team, s->team) || str_eq(f->team, s->slug);
}

static bool wants(struct request *rq, const struct filter *f, const struct answer *a)
{
    if (f->starred && !a->starred)
        return false;
    if (f->tag && !answers_tagged(rq, a->tags, f->tag))
        return false;
    if (f->done.ptr && a->done != str_is(f->done, "true"))
        return false;
    /* Dates of the same form are in the order of their letters. */
    return !f->due.ptr || (a->due.ptr && memcmp(a->due.ptr, f->due.ptr, f->due.len) <= 0);
}

/* --- JSON --- */

static void put_text(struct buf *out, const char *key, struct str s)
{
    buf_printf(out, ",\"%s\":", key);
    if (s.ptr)
        buf_json(out, s);
    else
        buf_puts(out, "null");
}

static void put_flag(struct buf *out, const char *key, bool flag)
{
    buf_printf(out, ",\"%s\":%s", key, flag ? "true" : "false");
}

static void put_team(struct buf *out, const struct sheet *s)
{
    buf_puts(out, "\"team_id\":");
    buf_json(out, s->team);
    put_text(out, "name", s->name);
    put_text(out, "county", s->county);
}

static void put_tags(struct buf *out, struct str tags)
{
    buf_puts(out, ",\"tags\":[");
    for (const char *comma = ""; tags.ptr; comma = ",") {
        buf_puts(out, comma);
        buf_json(out, str_split(&tags, '\n'));
    }
    buf_char(out, ']');
}

/* Those who said the same, in their own words. */
static void put_alike(struct buf *out, const struct answer *a)
{
    buf_puts(out, ",\"also_from\":[");
    for (const struct answer *other = a->alike; other; other = other->next) {
        buf_puts(out, other == a->alike ? "{" : ",{");
        put_team(out, other->sheet);
        put_text(out, "item_id", other->id);
        put_text(out, "text", other->text);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void put_members(struct buf *out, const struct answer *a)
{
    buf_puts(out, "\"id\":");
    buf_json(out, a->id);
    put_text(out, "text", a->text);
    put_text(out, "owner", a->owner);
    put_text(out, "due", a->due);
    put_flag(out, "done", a->done);
    put_flag(out, "starred", a->starred);
    put_tags(out, a->tags);
    put_text(out, "merged_into", a->into ? a->into->id : (struct str){0});
    put_alike(out, a);
}

/* --- by prompt, across counties --- */

static size_t put_items(struct request *rq, const struct filter *f, const struct cell *cell, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->n; i++) {
        if (!wants(rq, f, &cell->first[i]))
            continue;
        buf_puts(out, n++ ? ",{" : "{");
        put_members(out, &cell->first[i]);
        buf_char(out, '}');
    }
    return n;
}

/* False, and nothing written, when marks were asked for and nothing here has them. */
static bool put_cell(struct request *rq, const struct filter *f, const struct sheet *s,
                     const struct cell *cell, struct buf *out)
{
    size_t before = out->len;
    buf_char(out, '{');
    put_team(out, s);
    put_text(out, "worksheet_id", s->id);
    put_text(out, "state", s->state);
    buf_puts(out, ",\"version\":");
    buf_int(out, s->version);
    put_flag(out, "draft", s->draft);
    put_flag(out, "not_submitted", !s->in);
    put_flag(out, "blank", s->in && !s->draft && !cell->written);
    buf_puts(out, ",\"items\":[");
    size_t n = put_items(rq, f, cell, out);
    buf_puts(out, "]}");
    if (n || !(f->tag || f->starred))
        return true;
    out->len = before;
    return false;
}

static void put_prompt(struct request *rq, const struct filter *f, const struct answers *a, size_t p,
                       struct buf *out)
{
    const struct prompt *prompt = &a->prompts[p];
    buf_puts(out, "{\"id\":");
    buf_json(out, prompt->id);
    put_text(out, "template_id", prompt->template);
    buf_puts(out, ",\"number\":");
    buf_int(out, prompt->number);
    put_text(out, "kind", prompt->kind);
    put_text(out, "text", prompt->text);
    put_flag(out, "names_county", prompt->names_county);
    buf_puts(out, ",\"teams\":[");
    bool comma = false;
    for (size_t s = 0; s < a->n_sheets; s++) {
        if (!str_eq(a->sheets[s].template, prompt->template) || !wants_team(f, &a->sheets[s]))
            continue;
        if (comma)
            buf_char(out, ',');
        if (put_cell(rq, f, &a->sheets[s], answers_cell(a, p, s), out))
            comma = true;
        else if (comma)
            out->len--; /* the comma */
    }
    buf_puts(out, "]}");
}

static enum err get_synthesis(struct request *rq)
{
    struct filter f;
    struct answers a;
    enum err err = read_filter(rq, &f);
    if (err == ERR_OK)
        err = answers_load(rq, true, &a);
    if (err != ERR_OK)
        return err;
    size_t in = 0;
    struct buf *out = reply_json(rq, 200);
    for (size_t s = 0; s < a.n_sheets; s++)
        in += a.sheets[s].in;
    buf_printf(out, "{\"worksheets\":%zu,\"readable\":%zu,\"prompts\":[", a.n_sheets, in);
    const char *comma = "";
    for (size_t p = 0; p < a.n_prompts; p++) {
        if (!wants_prompt(&f, &a.prompts[p]))
            continue;
        buf_puts(out, comma);
        put_prompt(rq, &f, &a, p, out);
        comma = ",";
    }
    buf_puts(out, "]}");
    return ERR_OK;
}

/* --- closing lists --- */

/* What is due first, then by county: the order that they were loaded in. */
static int by_due(const void *a, const void *b)
{
    const struct answer *const *x = a, *const *y = b;
    struct str left = (*x)->due, right = (*y)->due;
    if (!left.ptr != !right.ptr)
        return left.ptr ? -1 : 1;
    int order = left.ptr ? strcmp(left.ptr, right.ptr) : 0;
    return order ? order : *x < *y ? -1 : *x > *y;
}

static enum err get_list(struct request *rq, const char *kind)
{
    struct filter f;
    struct answers a;
    enum err err = read_filter(rq, &f);
    if (err == ERR_OK)
        err = answers_load(rq, true, &a);
    if (err != ERR_OK)
        return err;
    const struct answer **list = arena_alloc(rq->arena, (a.n + 1) * sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < a.n; i++)
        if (str_is(a.all[i].prompt->kind, kind) && wants_team(&f, a.all[i].sheet) && wants(rq, &f, &a.all[i]))
            list[n++] = &a.all[i];
    if (!list)
        return ERR_UNAVAILABLE;
    qsort(list, n, sizeof *list, by_due);
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"items\":[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i ? ",{" : "{");
        put_members(out, list[i]);
        buf_char(out, ',');
        put_team(out, list[i]->sheet);
        put_text(out, "prompt_id", list[i]->prompt->id);
        put_flag(out, "draft", list[i]->sheet->draft);
        buf_char(out, '}');
    }
    buf_puts(out, "]}");
    return ERR_OK;
}

static enum err get_next_steps(struct request *rq)
{
    return get_list(rq, "next_steps");
}

static enum err get_outstanding(struct request *rq)
{
    return get_list(rq, "outstanding_questions");
}

/* --- who learns from whom --- */

static void put_counties(struct buf *out, const struct learning *l)
{
    buf_puts(out, "{\"counties\":[");
    for (size_t i = 0; i < l->n_counties; i++) {
        const struct county *c = l->counties[i];
        buf_puts(out, i ? ",{\"county\":" : "{\"county\":");
        buf_json(out, c->name);
        put_text(out, "team_id", c->team);
        buf_printf(out, ",\"teams\":%zu,\"items\":%zu}", c->teams, c->items);
    }
}

static enum err get_learning(struct request *rq)
{
    struct answers a;
    struct learning l;
    enum err err = answers_load(rq, true, &a);
    if (err == ERR_OK)
        err = learning_find(rq, &a, &l);
    if (err != ERR_OK)
        return err;
    struct buf *out = reply_json(rq, 200);
    put_counties(out, &l);
    buf_puts(out, "],\"pairs\":[");
    for (const struct pair *p = l.pairs; p; p = p->next) {
        buf_puts(out, p == l.pairs ? "{" : ",{");
        put_team(out, p->from);
        put_text(out, "learns_from", p->to->name);
        put_text(out, "learns_from_team_id", p->to->team);
        buf_printf(out, ",\"count\":%zu,\"items\":[", p->count);
        for (const struct mention *m = p->mentions; m; m = m->next) {
            buf_puts(out, m == p->mentions ? "{\"id\":" : ",{\"id\":");
            buf_json(out, m->answer->id);
            put_text(out, "text", m->answer->text);
            buf_char(out, '}');
        }
        buf_puts(out, "]}");
    }
    buf_puts(out, "]}");
    return ERR_OK;
}

#define S "/v1/events/{event}/synthesis"

static const struct route routes[] = {
    {METHOD_GET, S, "getSynthesis", ACCESS_HOST, TX_READ, get_synthesis, .query = "prompt tag starred team",
     .vary = VARY_NOBODY, .flags = ROUTE_AUDITED},
    {METHOD_GET, S "/learning", "getLearning", ACCESS_HOST, TX_READ, get_learning, .vary = VARY_NOBODY},
    {METHOD_GET, S "/next-steps", "getNextSteps", ACCESS_HOST, TX_READ, get_next_steps,
     .query = "team due done tag starred", .vary = VARY_NOBODY, .flags = ROUTE_AUDITED},
    {METHOD_GET, S "/outstanding-questions", "getOutstandingQuestions", ACCESS_HOST, TX_READ, get_outstanding,
     .query = "team done tag starred", .vary = VARY_NOBODY, .flags = ROUTE_AUDITED},
    {0},
};

const struct feature feature_synthesis = {
    .name = "synthesis", .reads = SYNTHESIS_READS " program", .routes = routes, .sql = answers_sql};

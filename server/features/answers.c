#include "features/answers.h"

#include <stdlib.h>
#include <string.h>

static const char PROMPTS[] =
    "SELECT p.id, p.template_id, p.kind, p.text, p.number, p.names_county, t.title FROM prompts p"
    " JOIN worksheet_templates t ON t.id = p.template_id WHERE t.event_id = :event"
    " ORDER BY t.created_at, t.id, p.number";
static const char SHEETS[] =
    "SELECT w.id, w.template_id, w.team_id, t.slug, t.name, coalesce(t.county, t.name) AS place, w.state,"
    " w.version, w.shared, (SELECT max(v.seq) FROM worksheet_versions v WHERE v.worksheet_id = w.id) AS seq"
    " FROM worksheets w JOIN teams t ON t.id = w.team_id"
    " WHERE w.event_id = :event AND (:team IS NULL OR w.team_id = :team) ORDER BY place, t.name, w.id";

#define ANSWER(key, table)                                                                                   \
    table "." key " AS id, " table ".prompt_id, " table ".text, " table ".owner, " table ".due, " table      \
          ".done,"                                                                                           \
          " " table ".text = '[redacted]' AND EXISTS (SELECT 1 FROM redactions d WHERE d.worksheet_id = "    \
          ":worksheet AND d.item_id = " table "." key ") AS redacted"

static const char NOW[] =
    "SELECT " ANSWER("id", "i") " FROM items i WHERE i.worksheet_id = :worksheet AND i.deleted = 0"
                                " AND (:team IS NULL OR i.team_id = :team)"
                                " ORDER BY i.prompt_id, i.order_key, i.id";
/* The newest revision of each item until then: what it was. */
static const char THEN[] =
    "SELECT " ANSWER("item_id", "r") " FROM item_revisions r JOIN (SELECT max(n.seq) AS seq FROM"
                                     " item_revisions n WHERE n.worksheet_id = :worksheet"
                                     " AND n.verdict = 'accepted' AND n.seq <= :as_of GROUP BY n.item_id) m"
                                     " ON m.seq = r.seq WHERE r.kind <> 'delete'"
                                     " AND (:team IS NULL OR r.team_id = :team)"
                                     " ORDER BY r.prompt_id, r.order_key, r.item_id";
static const char MARKS[] =
    "SELECT item_id, merged_into, starred FROM item_marks WHERE event_id = :event ORDER BY item_id";
static const char TAGS[] = "SELECT item_id, tag FROM item_tags WHERE event_id = :event ORDER BY item_id, tag";

const char *const answers_sql[] = {PROMPTS, SHEETS, NOW, THEN, MARKS, TAGS, NULL};

/* Columns go with the next step; what is kept is a copy. */
static struct str keep(struct request *rq, struct query *q, int column)
{
    struct str s = query_get_text(q, column);
    return s.ptr ? (struct str){arena_strndup(rq->arena, s.ptr, s.len), s.len} : s;
}

/* Room for one more of `size` bytes behind the `n` of *list; NULL when memory is out. */
static void *grow(struct request *rq, void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    size_t more = *cap ? 2 * *cap : 32;
    void *bigger = arena_zalloc(rq->arena, more * size);
    if (bigger && list)
        memcpy(bigger, list, n * size);
    *cap = more;
    return bigger;
}

static enum err load_prompts(struct request *rq, struct answers *a)
{
    size_t cap = 0;
    struct query *q = request_sql(rq, PROMPTS);
    while (query_row(q)) {
        if (!(a->prompts = grow(rq, a->prompts, a->n_prompts, &cap, sizeof *a->prompts)))
            return ERR_UNAVAILABLE;
        a->prompts[a->n_prompts++] = (struct prompt){.id = keep(rq, q, 0),
                                                     .template = keep(rq, q, 1),
                                                     .kind = keep(rq, q, 2),
                                                     .text = keep(rq, q, 3),
                                                     .number = query_get_int(q, 4),
                                                     .names_county = query_get_int(q, 5),
                                                     .title = keep(rq, q, 6)};
    }
    return ERR_OK;
}

/* --- the answers of a worksheet --- */

static struct cell *cell_at(const struct answers *a, size_t prompt, size_t sheet)
{
    return &a->cells[prompt * a->n_sheets + sheet];
}

const struct cell *answers_cell(const struct answers *a, size_t prompt, size_t sheet)
{
    return cell_at(a, prompt, sheet);
}

/* The rows come prompt by prompt: it is nearly always the one of the row before. */
static size_t prompt_of(const struct answers *a, struct str id, size_t guess)
{
    if (guess < a->n_prompts && str_eq(a->prompts[guess].id, id))
        return guess;
    for (guess = 0; guess < a->n_prompts && !str_eq(a->prompts[guess].id, id);)
        guess++;
    return guess;
}

static enum err take_rows(struct request *rq, struct answers *a, size_t sheet, struct query *q)
{
    size_t p = 0;
    while (query_row(q)) {
        p = prompt_of(a, query_get_text(q, 1), p);
        if (p == a->n_prompts)
            continue;
        struct cell *cell = cell_at(a, p, sheet);
        cell->written++;
        if (query_get_int(q, 6))
            continue;
        if (!(a->all = grow(rq, a->all, a->n, &a->cap, sizeof *a->all)))
            return ERR_UNAVAILABLE;
        a->all[a->n++] = (struct answer){.id = keep(rq, q, 0),
                                         .text = keep(rq, q, 2),
                                         .owner = keep(rq, q, 3),
                                         .due = keep(rq, q, 4),
                                         .done = query_get_int(q, 5),
                                         .prompt = &a->prompts[p],
                                         .sheet = &a->sheets[sheet]};
        cell->n++;
    }
    return ERR_OK;
}

/* How much of a worksheet there is to read, and as of when. */
struct reading {
    bool in, draft, now;
    int64_t as_of;
};

static struct reading reading_of(struct query *q, bool drafts)
{
    bool submitted = str_is(query_named_text(q, "state"), "submitted");
    bool shared = drafts && query_named_int(q, "shared");
    return (struct reading){
        .in = submitted || shared || query_named_int(q, "version"),
        .draft = shared && !submitted,
        .now = submitted || shared,
        .as_of = query_named_int(q, "seq"),
    };
}

static enum err load_sheets(struct request *rq, bool drafts, struct answers *a, struct reading **readings)
{
    size_t cap = 0, cap_readings = 0;
    struct query *q = request_sql(rq, SHEETS);
    while (query_row(q)) {
        a->sheets = grow(rq, a->sheets, a->n_sheets, &cap, sizeof *a->sheets);
        *readings = grow(rq, *readings, a->n_sheets, &cap_readings, sizeof **readings);
        if (!a->sheets || !*readings)
            return ERR_UNAVAILABLE;
        struct reading reading = (*readings)[a->n_sheets] = reading_of(q, drafts);
        a->sheets[a->n_sheets++] = (struct sheet){.id = keep(rq, q, 0),
                                                  .template = keep(rq, q, 1),
                                                  .team = keep(rq, q, 2),
                                                  .slug = keep(rq, q, 3),
                                                  .name = keep(rq, q, 4),
                                                  .county = keep(rq, q, 5),
                                                  .state = keep(rq, q, 6),
                                                  .version = query_get_int(q, 7),
                                                  .in = reading.in,
                                                  .draft = reading.draft};
    }
    return ERR_OK;
}

static enum err load_answers(struct request *rq, struct answers *a, const struct reading *readings)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < a->n_sheets && err == ERR_OK; i++) {
        if (!readings[i].in)
            continue;
        struct query *q = request_sql(rq, readings[i].now ? NOW : THEN);
        query_text(q, ":worksheet", a->sheets[i].id);
        if (!readings[i].now)
            query_int(q, ":as_of", readings[i].as_of);
        err = take_rows(rq, a, i, q);
    }
    return err;
}

/* The list has stopped moving: where each cell begins. */
static void place_cells(struct answers *a)
{
    for (size_t i = 0; i < a->n;) {
        struct answer *first = &a->all[i];
        struct cell *cell =
            cell_at(a, (size_t)(first->prompt - a->prompts), (size_t)(first->sheet - a->sheets));
        cell->first = first;
        i += cell->n;
    }
}

/* --- marks --- */

static int by_id(const void *a, const void *b)
{
    const struct answer *const *x = a, *const *y = b;
    return strcmp((*x)->id.ptr, (*y)->id.ptr);
}

static struct answer *find(struct answer **sorted, size_t n, struct str id)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(id.ptr, sorted[mid]->id.ptr);
        if (!order)
            return sorted[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

static void add_tag(struct request *rq, struct answer *answer, struct str tag)
{
    struct str had = answer->tags;
    char *text = had.ptr ? arena_printf(rq->arena, "%.*s\n%.*s", (int)had.len, had.ptr, (int)tag.len, tag.ptr)
                         : arena_strndup(rq->arena, tag.ptr, tag.len);
    answer->tags = str_of(text);
}

/* Each chain of merges ends at the one that stands for all of them. Writing keeps rings out (item_marks.c);
 * the bound holds should there be one. */
static void follow(struct answers *a)
{
    for (size_t i = 0; i < a->n; i++) {
        struct answer *end = a->all[i].into;
        for (size_t steps = 0; end && end->into && steps < a->n; steps++)
            end = end->into;
        a->all[i].into = end == &a->all[i] ? NULL : end;
    }
    for (size_t i = 0; i < a->n; i++) {
        struct answer *answer = &a->all[i], *to = answer->into;
        if (!to)
            continue;
        *(to->last ? to->last : &to->alike) = answer;
        to->last = &answer->next;
    }
}

static enum err load_marks(struct request *rq, struct answers *a)
{
    struct answer **sorted = arena_alloc(rq->arena, (a->n + 1) * sizeof *sorted), *answer, *to;
    if (!sorted)
        return ERR_UNAVAILABLE;
    for (size_t i = 0; i < a->n; i++)
        sorted[i] = &a->all[i];
    qsort(sorted, a->n, sizeof *sorted, by_id);
    struct query *q = request_sql(rq, MARKS);
    while (query_row(q)) {
        if (!(answer = find(sorted, a->n, query_get_text(q, 0))))
            continue;
        answer->starred = query_get_int(q, 2);
        to = query_is_null(q, 1) ? NULL : find(sorted, a->n, query_get_text(q, 1));
        if (to && to->prompt == answer->prompt)
            answer->into = to;
    }
    q = request_sql(rq, TAGS);
    while (query_row(q))
        if ((answer = find(sorted, a->n, query_get_text(q, 0))))
            add_tag(rq, answer, query_get_text(q, 1));
    follow(a);
    return ERR_OK;
}

bool answers_tagged(struct request *rq, struct str tags, const char *folded)
{
    while (tags.ptr) {
        const char *tag = text_fold(rq->arena, str_split(&tags, '\n'));
        if (tag && !strcmp(tag, folded))
            return true;
    }
    return false;
}

enum err answers_load(struct request *rq, bool drafts, struct answers *out)
{
    struct reading *readings = NULL;
    *out = (struct answers){0};
    enum err err = load_prompts(rq, out);
    if (err == ERR_OK)
        err = load_sheets(rq, drafts, out, &readings);
    if (err == ERR_OK) {
        out->cells = arena_zalloc(rq->arena, (out->n_prompts * out->n_sheets + 1) * sizeof *out->cells);
        err = out->cells ? load_answers(rq, out, readings) : ERR_UNAVAILABLE;
    }
    if (err == ERR_OK) {
        place_cells(out);
        err = load_marks(rq, out);
    }
    return err;
}

#include "features/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "features/synthesis.h"

static const char EVENT[] =
    "SELECT name, host, motto, venue, hashtag, starts_at, ends_at FROM events WHERE id = :event";
static const char OWNERS[] = "SELECT name FROM organizations WHERE event_id = :event";

static const char *const sql[] = {EVENT, OWNERS, NULL};

/* --- dates --- */

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

static int64_t local(struct request *rq, int64_t ms)
{
    return ms + (rq->zone ? (int64_t)zone_offset(rq->zone, ms) * 1000 : 0);
}

struct str report_day(struct request *rq, int64_t ms)
{
    int year, month, day;
    clock_civil(local(rq, ms) / 86400000, &year, &month, &day);
    return str_of(arena_printf(rq->arena, "%d %s %d", day, months[month - 1], year));
}

struct str report_time(struct request *rq, int64_t ms)
{
    int64_t minute = local(rq, ms) / 60000 % 1440;
    return str_of(arena_printf(rq->arena, "%02d:%02d", (int)(minute / 60), (int)(minute % 60)));
}

struct str report_date(struct request *rq, struct str s)
{
    struct str rest = s, parts[3] = {{0}};
    int64_t n[3] = {0};
    for (size_t i = 0; i < 3 && rest.ptr; i++) {
        parts[i] = str_split(&rest, '-');
        if (!str_int(parts[i], &n[i]))
            return s;
    }
    if (!parts[1].ptr || n[1] < 1 || n[1] > 12)
        return s;
    return str_of(parts[2].ptr ? arena_printf(rq->arena, "%d %s %d", (int)n[2], months[n[1] - 1], (int)n[0])
                               : arena_printf(rq->arena, "%s %d", months[n[1] - 1], (int)n[0]));
}

/* --- what there is to tell --- */

static struct str column(struct request *rq, struct query *q, const char *name)
{
    struct str s = query_named_text(q, name);
    return s.ptr && s.len ? (struct str){arena_strndup(rq->arena, s.ptr, s.len), s.len} : (struct str){0};
}

static enum err load_cover(struct report *r)
{
    struct request *rq = r->rq;
    struct query *q = request_sql(rq, EVENT);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such event");
    struct str first = report_day(rq, query_named_int(q, "starts_at"));
    struct str last = report_day(rq, query_named_int(q, "ends_at") - 1);
    if (!first.ptr || !last.ptr)
        return ERR_UNAVAILABLE;
    r->cover = (struct report_cover){
        .title = column(rq, q, "name"),
        .host = column(rq, q, "host"),
        .motto = column(rq, q, "motto"),
        .venue = column(rq, q, "venue"),
        .hashtag = column(rq, q, "hashtag"),
        .dates =
            str_eq(first, last) ? first : str_of(arena_printf(rq->arena, "%s – %s", first.ptr, last.ptr)),
    };
    return ERR_OK;
}

static int by_text(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    return strcmp(x->ptr, y->ptr);
}

static bool add_owner(struct report *r, size_t *cap, struct str name)
{
    const char *folded = text_fold(r->rq->arena, name);
    if (r->n_owners == *cap) {
        *cap = *cap ? 2 * *cap : 64;
        struct str *more = arena_alloc(r->rq->arena, *cap * sizeof *more);
        if (more && r->n_owners)
            memcpy(more, r->owners, r->n_owners * sizeof *more);
        r->owners = more;
    }
    if (!folded || !r->owners)
        return false;
    r->owners[r->n_owners++] = str_of(folded);
    return true;
}

static enum err load_owners(struct report *r)
{
    size_t cap = 0;
    bool good = true;
    struct query *q = request_sql(r->rq, OWNERS);
    while (good && query_row(q))
        good = add_owner(r, &cap, query_get_text(q, 0));
    for (size_t i = 0; good && i < r->answers.n_sheets; i++)
        good =
            add_owner(r, &cap, r->answers.sheets[i].name) && add_owner(r, &cap, r->answers.sheets[i].county);
    if (good && r->n_owners)
        qsort(r->owners, r->n_owners, sizeof *r->owners, by_text);
    return good ? ERR_OK : ERR_UNAVAILABLE;
}

/* What is due first; then in the order of the counties, which is that of the answers. */
static int by_due(const void *a, const void *b)
{
    const struct answer *const *x = a, *const *y = b;
    const char *left = (*x)->due.ptr ? (*x)->due.ptr : "~", *right = (*y)->due.ptr ? (*y)->due.ptr : "~";
    int order = strcmp(left, right);
    return order ? order : *x < *y ? -1 : *x > *y;
}

static enum err load_steps(struct report *r)
{
    struct answers *a = &r->answers;
    r->steps = arena_alloc(r->rq->arena, (a->n + 1) * sizeof(struct answer *));
    if (!r->steps)
        return ERR_UNAVAILABLE;
    for (size_t i = 0; i < a->n; i++) {
        if (a->all[i].into)
            continue;
        if (str_is(a->all[i].prompt->kind, "next_steps"))
            r->steps[r->n_steps++] = &a->all[i];
        r->n_questions += str_is(a->all[i].prompt->kind, "outstanding_questions");
    }
    qsort(r->steps, r->n_steps, sizeof(struct answer *), by_due);
    for (size_t i = 0; i < a->n_sheets; i++)
        r->n_in += a->sheets[i].in;
    return ERR_OK;
}

static enum err get_report(struct request *rq)
{
    struct report *r = arena_zalloc(rq->arena, sizeof *r);
    if (!r)
        return ERR_UNAVAILABLE;
    r->rq = rq;
    r->form = rq->route->of;
    enum err err = load_cover(r);
    if (err == ERR_OK)
        err = answers_load(rq, false, &r->answers);
    if (err == ERR_OK)
        err = learning_find(rq, &r->answers, &r->learning);
    if (err == ERR_OK)
        err = load_owners(r);
    if (err == ERR_OK)
        err = load_steps(r);
    if (err != ERR_OK)
        return err;
    rq->reply.content_type = r->form->content_type;
    if (r->form != &report_html)
        reply_header(rq, "Content-Disposition", "%s; filename=\"report.%s\"",
                     r->form == &report_docx ? "attachment" : "inline", r->form->extension);
    return report_tell(r);
}

#define R "/v1/events/{event}/report"

static const struct route routes[] = {
    {METHOD_GET, R ".html", "getReportHtml", ACCESS_HOST, TX_READ, get_report, &report_html,
     .vary = VARY_NOBODY, .flags = ROUTE_AUDITED},
    {METHOD_GET, R ".md", "getReportMarkdown", ACCESS_HOST, TX_READ, get_report, &report_md,
     .vary = VARY_NOBODY, .flags = ROUTE_AUDITED},
    {METHOD_GET, R ".docx", "getReportDocx", ACCESS_HOST, TX_READ, get_report, &report_docx,
     .vary = VARY_NOBODY, .flags = ROUTE_AUDITED},
    {0},
};

const struct feature feature_report = {
    .name = "report",
    .reads = SYNTHESIS_READS " program events sessions rooms attendees organizations representation",
    .routes = routes,
    .sql = sql};

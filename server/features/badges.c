#include "features/badges.h"

#include "features/code_holder.h"
#include "features/page.h"
#include "features/qr.h"
#include "http/house.h"

enum { ON_A_SHEET = 8, BADGES_MAX = 400 };

static const char EVENT[] = "SELECT name FROM events WHERE id = :event";
/* The first columns are a code holder's. */
static const char BADGES[] =
    "SELECT a.id, a.code_generation, a.code_label, NULL, a.display_name, o.name AS organization, t.name AS "
    "team,"
    " a.sort_name FROM attendees a LEFT JOIN organizations o ON o.id = a.organization_id"
    " LEFT JOIN teams t ON t.id = a.team_id WHERE a.event_id = :event"
    " AND (:attendee_id IS NULL OR a.id = :attendee_id)"
    " AND (:in_team IS NULL OR a.team_id = (SELECT x.id FROM teams x WHERE x.event_id = :event"
    " AND (x.slug = :in_team OR x.id = :in_team)))"
    " ORDER BY a.sort_name, a.id LIMIT :limit OFFSET :offset";

static const char *const sql[] = {EVENT, BADGES, NULL};

/* As large as leaves its longest word whole. */
static const char *size_of(struct str name)
{
    size_t longest = 0, length = text_length(name);
    while (name.ptr) {
        size_t n = text_length(str_split(&name, ' '));
        longest = n > longest ? n : longest;
    }
    return longest <= 10 && length <= 20 ? "l" : longest <= 14 && length <= 36 ? "m" : "s";
}

static enum err put_badge(struct request *rq, struct buf *out, struct query *q, struct str event)
{
    char code[CODE_TEXT];
    const char *url = rq->house->config->public_url;
    enum err err = code_holder_print(rq, CODE_ATTENDEE, q, code);
    if (err != ERR_OK)
        return err;
    struct str name = query_named_text(q, "display_name");
    const char *target = *url ? arena_printf(rq->arena, "%s/join#%s", url, code) : code;
    buf_printf(out, "<div class=\"badge\">\n<p class=\"event\">");
    buf_html(out, event);
    buf_printf(out, "</p>\n<h2 class=\"%s\">", size_of(name));
    buf_html(out, name);
    buf_puts(out, "</h2>\n<p class=\"from\">");
    buf_html(out, query_named_text(q, "organization"));
    buf_puts(out, "</p>\n<p class=\"team\">");
    buf_html(out, query_named_text(q, "team"));
    buf_puts(out, "</p>\n");
    if (!target || !qr_svg(out, str_of(target)))
        return fail(rq, ERR_UNAVAILABLE, "the QR code could not be drawn");
    buf_printf(out, "\n<p class=\"code\">%s</p>\n</div>\n", code);
    return ERR_OK;
}

static enum err put_badges(struct request *rq, struct query *q)
{
    struct query *facts = request_sql(rq, EVENT);
    struct str event = query_row(facts) ? query_get_text(facts, 0) : STR("");
    struct buf *out = page_begin(rq, STR("Badges"), "badges.css");
    enum err err = ERR_OK;
    int n = 0;
    for (; err == ERR_OK && query_row(q); n++) {
        if (n % ON_A_SHEET == 0)
            buf_puts(out, n ? "</section>\n<section>\n" : "<section>\n");
        err = put_badge(rq, out, q, event);
    }
    buf_puts(out, n ? "</section>\n" : "<p>There is nobody to make badges for here.</p>\n");
    rq->reply.people = n;
    return err == ERR_OK ? page_end(rq) : err;
}

static enum err get_badges(struct request *rq)
{
    struct str page = request_query(rq, "page"), team = request_query(rq, "team");
    int64_t number = 1;
    if (page.ptr && (!str_int(page, &number) || number < 1 || number > 1000))
        return fail(rq, ERR_BAD_REQUEST, "page is a number from 1 on; each has %d badges", BADGES_MAX);
    if (team.len > 64)
        return fail(rq, ERR_BAD_REQUEST, "team is a team's slug or id");
    struct query *q = request_sql(rq, BADGES);
    query_text(q, ":attendee_id", request_query(rq, "attendee"));
    query_text(q, ":in_team", team);
    query_int(q, ":limit", BADGES_MAX);
    query_int(q, ":offset", (number - 1) * BADGES_MAX);
    return put_badges(rq, q);
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/badges.html", "getBadges", ACCESS_HOST, TX_READ, get_badges,
     .query = "attendee team page", .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {0},
};

const struct feature feature_badges = {.name = "badges", .routes = routes, .sql = sql};

#include "features/table_tents.h"

#include <string.h>

#include "features/code_holder.h"
#include "features/page.h"
#include "features/qr.h"
#include "http/house.h"

static const char EVENT[] = "SELECT name FROM events WHERE id = :event";
/* The first columns are a code holder's. */
static const char TEAMS[] = "SELECT id, code_generation, code_label, slug, name FROM teams"
                            " WHERE event_id = :event ORDER BY name, id";

static const char *const sql[] = {EVENT, TEAMS, NULL};

/* A short name is large; one of 200 characters still leaves room for the rest. */
static const char *size_of(struct str name)
{
    static const struct {
        size_t most;
        const char *size;
    } sizes[] = {{8, "xl"}, {16, "l"}, {30, "m"}, {80, "s"}};
    size_t length = text_length(name);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (length <= sizes[i].most)
            return sizes[i].size;
    return "xs";
}

/* The address as people type it: without the scheme that their browser adds. */
static struct str typed(const char *url)
{
    const char *host = strstr(url, "://");
    return str_of(host ? host + 3 : url);
}

static void put_steps(struct buf *out, const char *url)
{
    buf_puts(out, "<ol>\n<li>");
    if (*url) {
        buf_puts(out, "Scan the square, or open <b>");
        buf_html(out, typed(url));
        buf_puts(out, "/join</b> on your phone.");
    } else {
        buf_puts(out, "Open the address that the hosts show you, and scan the square there.");
    }
    buf_puts(out, "</li>\n<li>Or type the code. Any name will do for yourself: a pseudonym is fine.</li>\n"
                  "<li>Write your team's worksheet together. No names, no initials, no case numbers.</li>\n"
                  "</ol>\n");
}

/* The half that reads upright on one side of the fold. */
static enum err draw_face(struct request *rq, struct buf *out, struct str team, struct str event,
                          const char *code)
{
    const char *url = rq->house->config->public_url;
    const char *target = *url ? arena_printf(rq->arena, "%s/join#%s", url, code) : code;
    buf_printf(out, "<div class=\"face\">\n<h2 class=\"%s\">", size_of(team));
    buf_html(out, team);
    buf_puts(out, "</h2>\n");
    if (!target || !qr_svg(out, str_of(target)))
        return fail(rq, ERR_UNAVAILABLE, "the QR code could not be drawn");
    buf_printf(out, "\n<p class=\"code\">%s</p>\n", code);
    put_steps(out, url);
    buf_puts(out, "<p class=\"event\">");
    buf_html(out, event);
    buf_puts(out, "</p>\n</div>\n");
    return ERR_OK;
}

static enum err put_tent(struct request *rq, struct buf *out, struct query *team, struct str event)
{
    struct buf face;
    char code[CODE_TEXT];
    buf_init(&face, rq->arena, 8192);
    enum err err = code_holder_print(rq, CODE_TEAM, team, code);
    if (err == ERR_OK)
        err = draw_face(rq, &face, query_named_text(team, "name"), event, code);
    if (err != ERR_OK)
        return err;
    buf_puts(out, "<section class=\"tent\">\n");
    buf_str(out, buf_view(&face));
    buf_str(out, buf_view(&face));
    buf_puts(out, "</section>\n");
    return ERR_OK;
}

static enum err get_table_tents(struct request *rq)
{
    struct query *q = request_sql(rq, EVENT);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such event");
    struct str event = query_get_text(q, 0);
    struct buf *out = page_begin(rq, STR("Table tents"), "tent.css");
    struct query *teams = request_sql(rq, TEAMS);
    bool any = false;
    enum err err = ERR_OK;
    while (err == ERR_OK && query_row(teams)) {
        err = put_tent(rq, out, teams, event);
        any = true;
    }
    if (!any)
        buf_puts(out, "<p>This event has no teams yet.</p>\n");
    return err == ERR_OK ? page_end(rq) : err;
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/events/{event}/table-tents.html", "getTableTents", ACCESS_HOST, TX_READ,
     get_table_tents, .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {0},
};

const struct feature feature_table_tents = {.name = "table_tents", .routes = routes, .sql = sql};

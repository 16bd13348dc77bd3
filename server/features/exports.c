#include "features/exports.h"

#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/uuid.h"
#include "features/entries.h"
#include "http/house.h"
#include "http/keys.h"
#include "http/scope.h"

static const char COUNT[] = "SELECT count(*) FROM attendees WHERE event_id = :event";
static const char ATTENDEES[] =
    "SELECT a.id, a.display_name, a.sort_name, o.name, a.agency_type, t.slug, a.role_label, a.email, a.phone"
    " FROM attendees a LEFT JOIN organizations o ON o.id = a.organization_id"
    " LEFT JOIN teams t ON t.id = a.team_id"
    " WHERE a.event_id = :event AND a.id > :after ORDER BY a.id LIMIT :limit";
/* At the event's door. */
#define AT_DOOR(what, direction)                                                                             \
    "(SELECT " what "(c.at) FROM check_ins c WHERE c.event_id = :event AND c.place = ''"                     \
    " AND c.attendee_id = a.id AND c.direction = '" direction "' AND " ENTRY_COUNTS ")"
static const char SIGN_IN[] =
    "SELECT a.id, a.display_name, a.sort_name, o.name, t.slug, a.role_label, a.walk_in,"
    " " AT_DOOR("min", "in") ", " AT_DOOR(
        "max",
        "out") " FROM attendees a"
               " LEFT JOIN organizations o ON o.id = a.organization_id LEFT JOIN teams t ON t.id = a.team_id"
               " WHERE a.event_id = :event AND a.id > :after ORDER BY a.id LIMIT :limit";
static const char SHEET[] =
    "SELECT w.id, w.created_at, w.template_id, t.name, w.version FROM worksheets w"
    " JOIN teams t ON t.id = w.team_id WHERE w.event_id = :event AND (:team IS NULL OR w.team_id = :team)"
    " AND (w.shared = 1 OR w.state = 'submitted') AND (w.created_at, w.id) > (:after_at, :after)"
    " ORDER BY w.created_at, w.id LIMIT :limit";
/* A prompt without an answer is a row with nothing in it. */
static const char ITEMS[] =
    "SELECT p.number, p.text, i.text, i.owner, i.due, i.done FROM prompts p LEFT JOIN items i"
    " ON i.worksheet_id = :worksheet AND i.prompt_id = p.id AND i.deleted = 0"
    " AND (:team IS NULL OR i.team_id = :team) WHERE p.template_id = :template"
    " ORDER BY p.number, i.order_key, i.id";

static const char *const sql[] = {COUNT, ATTENDEES, SIGN_IN, SHEET, ITEMS, NULL};

enum {
    PAGE = 500, /* rows */
    REASON_MIN = 10,
    REASON_MAX = 500, /* characters */
    MINUTES = 5,      /* that a confirmation is good for */
    MAC = 16,
    MAC_TEXT = 23 /* base64url, with the NUL */
};

struct run {
    bool names, more;
    char after[UUID_TEXT]; /* key of the last row */
    int64_t after_at;
    struct arena arena; /* of the page */
    struct buf out;
};

struct export
{
    const char *name;
    const char *head, *names; /* columns, space-separated; with names */
    enum err (*page)(struct request * rq);
};

/* --- pages --- */

static void keep_key(struct run *run, struct str id)
{
    size_t n = id.len < UUID_TEXT ? id.len : UUID_TEXT - 1;
    if (n)
        memcpy(run->after, id.ptr, n);
    run->after[n] = '\0';
}

static enum err attendees_page(struct request *rq)
{
    struct run *run = rq->scratch;
    struct query *q = request_sql(rq, ATTENDEES);
    char after[UUID_TEXT];
    int n = 0;
    memcpy(after, run->after, sizeof after);
    query_text(q, ":after", str_of(after));
    query_int(q, ":limit", PAGE);
    for (; query_row(q); n++) {
        bool first = true;
        for (int column = run->names ? 1 : 3; column <= (run->names ? 8 : 6); column++, first = false)
            csv_put(&run->out, query_get_text(q, column), first);
        csv_end_row(&run->out);
        keep_key(run, query_get_text(q, 0));
    }
    run->more = n == PAGE;
    return ERR_OK;
}

/* `2015-12-01 09:02`, which spreadsheets take for a time; in the event's zone. */
static void put_time(struct request *rq, struct buf *out, struct query *q, int column)
{
    char time[CLOCK_TEXT] = "";
    if (!query_is_null(q, column)) {
        clock_format(time, query_get_int(q, column), rq->zone);
        time[10] = ' ';
        time[16] = '\0';
    }
    csv_put(out, str_of(time), false);
}

static enum err sign_in_page(struct request *rq)
{
    struct run *run = rq->scratch;
    struct query *q = request_sql(rq, SIGN_IN);
    char after[UUID_TEXT];
    int n = 0;
    memcpy(after, run->after, sizeof after);
    query_text(q, ":after", str_of(after));
    query_int(q, ":limit", PAGE);
    for (; query_row(q); n++) {
        bool first = true;
        for (int column = run->names ? 1 : 3; column <= 5; column++, first = false)
            csv_put(&run->out, query_get_text(q, column), first);
        csv_put(&run->out, query_get_int(q, 6) ? STR("yes") : STR("no"), false);
        put_time(rq, &run->out, q, 7);
        put_time(rq, &run->out, q, 8);
        csv_end_row(&run->out);
        keep_key(run, query_get_text(q, 0));
    }
    run->more = n == PAGE;
    return ERR_OK;
}

static void put_item(struct run *run, struct str county, int64_t version, struct query *item)
{
    bool answered = !query_is_null(item, 2);
    csv_put(&run->out, county, true);
    csv_put_int(&run->out, query_get_int(item, 0), false);
    csv_put(&run->out, query_get_text(item, 1), false);
    csv_put(&run->out, query_get_text(item, 2), false);
    if (run->names)
        csv_put(&run->out, query_get_text(item, 3), false);
    csv_put(&run->out, query_get_text(item, 4), false);
    csv_put(&run->out, answered ? query_get_int(item, 5) ? STR("yes") : STR("no") : STR(""), false);
    csv_put_int(&run->out, version, false);
    csv_end_row(&run->out);
}

/* A worksheet a page: as it stands at one moment. */
static enum err worksheets_page(struct request *rq)
{
    struct run *run = rq->scratch;
    struct query *sheet = request_sql(rq, SHEET), *item = request_sql(rq, ITEMS);
    char after[UUID_TEXT];
    memcpy(after, run->after, sizeof after);
    query_text(sheet, ":after", str_of(after));
    query_int(sheet, ":after_at", run->after_at);
    query_int(sheet, ":limit", 1);
    run->more = query_row(sheet);
    if (!run->more)
        return ERR_OK;
    keep_key(run, query_get_text(sheet, 0));
    run->after_at = query_get_int(sheet, 1);
    query_text(item, ":worksheet", query_get_text(sheet, 0));
    query_text(item, ":template", query_get_text(sheet, 2));
    while (query_row(item))
        put_item(run, query_get_text(sheet, 3), query_get_int(sheet, 4), item);
    return ERR_OK;
}

static const struct export attendees = {
    .name = "attendees",
    .head = "organization agency_type team role_label",
    .names = "display_name sort_name organization agency_type team role_label email phone",
    .page = attendees_page,
};

static const struct export sign_in = {
    .name = "sign-in",
    .head = "organization team role_label walk_in first_in last_out",
    .names = "display_name sort_name organization team role_label walk_in first_in last_out",
    .page = sign_in_page,
};

static const struct export worksheets = {
    .name = "worksheets",
    .head = "county number prompt item due done version",
    .names = "county number prompt item owner due done version",
    .page = worksheets_page,
};

/* --- the file --- */

static void put_head(struct run *run, const struct export *export)
{
    struct str rest = str_of(run->names ? export->names : export->head);
    buf_puts(&run->out, CSV_BOM);
    for (bool first = true; rest.len; first = false)
        csv_put(&run->out, str_split(&rest, ' '), first);
    csv_end_row(&run->out);
}

static void stream(struct request *rq, struct sink *sink)
{
    struct run *run = rq->scratch;
    const struct export *export = rq->route->of;
    bool cut = false;
    for (bool first = true; run->more && !cut; first = false) {
        arena_init(&run->arena, NULL, 0);
        buf_init(&run->out, &run->arena, 64 * 1024);
        if (first)
            put_head(run, export);
        cut = request_transact(rq, TX_READ, export->page) != ERR_OK || run->out.failed ||
              (run->out.len && sink->write(sink, buf_view(&run->out)));
        arena_finish(&run->arena);
    }
    rq->reply.cut = cut;
}

/* --- names --- */

static void confirmation(struct request *rq, struct str reason, int64_t minute, char out[MAC_TEXT])
{
    unsigned char mac[KEYS_DERIVED];
    struct buf subject;
    buf_init(&subject, rq->arena, 256 + reason.len);
    buf_puts(&subject, rq->route->operation);
    buf_printf(&subject, " %s %s ", rq->event->id, rq->who.participant);
    buf_str(&subject, reason);
    keys_derive(rq->house->keys, "export-confirmation", buf_view(&subject), minute, mac);
    sodium_bin2base64(out, MAC_TEXT, mac, MAC, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool is_confirmed(struct request *rq, struct str reason)
{
    struct str given = request_query(rq, "confirm");
    char right[MAC_TEXT];
    int64_t minute = rq->now / 60000;
    bool good = false;
    for (int ago = 0; ago <= MINUTES && given.len == MAC_TEXT - 1; ago++) {
        confirmation(rq, reason, minute - ago, right);
        good = sodium_memcmp(given.ptr, right, MAC_TEXT - 1) == 0 || good;
    }
    return good;
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return false;
    return text_is_utf8(s);
}

static enum err check_names(struct request *rq)
{
    struct str reason = request_query(rq, "reason");
    if (!reason.ptr || !is_plain(reason) || text_length(reason) < REASON_MIN ||
        text_length(reason) > REASON_MAX)
        return fail(rq, ERR_BAD_REQUEST,
                    "names need a reason, of %d to %d characters on one line: the audit keeps it", REASON_MIN,
                    REASON_MAX);
    if (!is_confirmed(rq, reason)) {
        char *token = arena_zalloc(rq->arena, MAC_TEXT);
        if (token)
            confirmation(rq, reason, rq->now / 60000, token);
        rq->confirm = token;
        return fail(rq, ERR_CONFIRM,
                    "this file holds names and how to reach people: ask again with `confirm` of this answer "
                    "within %d minutes; the audit keeps who, when and the reason",
                    MINUTES);
    }
    rq->reason = reason;
    return ERR_OK;
}

static enum err count(struct request *rq)
{
    struct query *q = request_sql(rq, COUNT);
    rq->reply.people = query_row(q) ? (int)query_get_int(q, 0) : 0;
    return ERR_OK;
}

static enum err get_export(struct request *rq)
{
    const struct export *export = rq->route->of;
    struct str names = request_query(rq, "names");
    struct run *run = arena_zalloc(rq->arena, sizeof *run);
    if (!run)
        return ERR_UNAVAILABLE;
    run->names = str_is(names, "true");
    run->more = true;
    run->after_at = INT64_MIN;
    if (names.ptr && !run->names && !str_is(names, "false"))
        return fail(rq, ERR_BAD_REQUEST, "names is true or false");
    enum err err = run->names ? check_names(rq) : ERR_OK;
    if (err == ERR_OK && export != &worksheets)
        err = request_transact(rq, TX_READ, count);
    if (err != ERR_OK)
        return err;
    rq->scope = run->names ? STR("with_names") : STR("without_names");
    rq->scratch = run;
    rq->reply.status = 200;
    rq->reply.content_type = "text/csv; charset=utf-8";
    reply_header(rq, "Content-Disposition", "attachment; filename=\"%s-%s.csv\"",
                 atomic_load(&rq->event->facts)->slug, export->name);
    rq->reply.stream = stream;
    rq->reply.ends = true;
    return ERR_OK;
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/attendees.csv", "exportAttendees", ACCESS_HOST, TX_NONE, get_export, &attendees,
     .query = "names reason confirm", .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {METHOD_GET, E "/sign-in.csv", "exportSignIn", ACCESS_HOST, TX_NONE, get_export, &sign_in,
     .query = "names reason confirm", .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {METHOD_GET, E "/worksheets.csv", "exportWorksheets", ACCESS_HOST, TX_NONE, get_export, &worksheets,
     .query = "names reason confirm", .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {0},
};

const struct feature feature_exports = {.name = "exports", .routes = routes, .sql = sql};

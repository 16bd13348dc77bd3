#include "features/certificates.h"

#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/zone.h"
#include "features/attendance.h"
#include "features/certificate_number.h"
#include "features/page.h"
#include "features/qr.h"
#include "http/house.h"
#include "http/keys.h"
#include "http/limiter.h"
#include "http/scope.h"

enum { HOLDER = 33, NAME_MAX_SHOWN = 200 }; /* HOLDER: 32 hex digits and the NUL */

#define LEARNED "s.learning_objectives <> '[]' AND s.status <> 'draft' AND s.status <> 'cancelled'"

static const char ATTENDEE[] =
    "SELECT a.display_name FROM attendees a WHERE a.id = :attendee_id AND a.event_id = :event"
    " AND (:organizer = 1 OR EXISTS (SELECT 1 FROM participants p WHERE p.id = :participant"
    " AND p.attendee_id = a.id))";
static const char EVENT[] = "SELECT e.name, e.kind, e.starts_at, e.host,"
                            " (SELECT max(s.ends_at) FROM sessions s WHERE s.event_id = e.id AND " LEARNED ")"
                            " FROM events e WHERE e.id = :event";
static const char SESSIONS[] = ATTENDANCE(
    LEARNED, "c.attendee_id = :attendee_id") "SELECT s.id, s.title, s.starts_at AS \"starts_at:time\", "
                                             "s.ends_at AS \"ends_at:time\", t.minutes,"
                                             " s.learning_objectives AS \"learning_objectives:json\" FROM "
                                             "attended t JOIN sessions s ON s.id = t.session_id"
                                             " WHERE t.minutes > 0 ORDER BY s.starts_at, s.id";
static const char ISSUED[] = "SELECT number, minutes, holder, issued_at FROM certificates"
                             " WHERE event_id = :event AND attendee_id = :attendee_id";
static const char ISSUE[] =
    "INSERT INTO certificates (number, event_id, attendee_id, minutes, holder, issued_at)"
    " VALUES (:number, :event, :attendee_id, :minutes, :holder, :now)"
    " ON CONFLICT (event_id, attendee_id) DO UPDATE SET minutes = excluded.minutes, holder = excluded.holder";
static const char CHECK[] = "SELECT e.name, e.starts_at, e.zone, c.minutes, c.holder FROM certificates c"
                            " JOIN events e ON e.id = c.event_id WHERE c.number = :number";

static const char *const sql[] = {ATTENDEE, EVENT, SESSIONS, ISSUED, ISSUE, CHECK, NULL};

/* What a certificate says, beside its list of sessions. */
struct facts {
    struct str attendee, name, event, host;
    int64_t date, issued_at, minutes;
    char number[NUMBER_KEPT], printed[NUMBER_TEXT], holder[HOLDER];
    bool is_current; /* as it was issued */
};

static struct str keep(struct request *rq, struct str s)
{
    return s.ptr ? (struct str){arena_strndup(rq->arena, s.ptr, s.len), s.len} : s;
}

/* The name as it is compared: without case, accents and further spaces. */
static void hash_holder(struct request *rq, const char *number, struct str name, char out[HOLDER])
{
    unsigned char mac[KEYS_DERIVED];
    const char *text = arena_printf(rq->arena, "%s %s", number, text_fold(rq->arena, name));
    keys_derive(rq->house->keys, "certificate-holder", str_of(text), 0, mac);
    sodium_bin2hex(out, HOLDER, mac, (HOLDER - 1) / 2);
}

/* --- what there is to certify --- */

static enum err read_event(struct request *rq, struct facts *f)
{
    struct query *q = request_sql(rq, EVENT);
    char time[CLOCK_TEXT];
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such event");
    if (!str_is(query_get_text(q, 1), "training") || query_is_null(q, 4))
        return fail(rq, ERR_CONFLICT,
                    "certificates are for trainings whose sessions have learning objectives");
    if (query_get_int(q, 4) > rq->now) {
        clock_format(time, query_get_int(q, 4), rq->zone);
        return fail(rq, ERR_CONFLICT, "the training is not over: the certificate is there from %s on", time);
    }
    f->event = keep(rq, query_get_text(q, 0));
    f->date = query_get_int(q, 2);
    f->host = keep(rq, query_get_text(q, 3));
    return ERR_OK;
}

static struct query *sessions(struct request *rq, const struct facts *f)
{
    struct query *q = request_sql(rq, SESSIONS);
    query_text(q, ":attendee_id", f->attendee);
    return q;
}

static void read_issued(struct request *rq, struct facts *f)
{
    char holder[HOLDER];
    struct query *q = request_sql(rq, ISSUED);
    query_text(q, ":attendee_id", f->attendee);
    if (!query_row(q)) {
        certificate_number_make(f->number);
        hash_holder(rq, f->number, f->name, f->holder);
        f->issued_at = rq->now;
        return;
    }
    struct str number = query_get_text(q, 0);
    memcpy(f->number, number.ptr, number.len < NUMBER_DIGITS ? number.len : NUMBER_DIGITS);
    hash_holder(rq, f->number, f->name, holder);
    f->is_current = query_get_int(q, 1) == f->minutes && str_is(query_get_text(q, 2), holder);
    memcpy(f->holder, holder, HOLDER);
    f->issued_at = query_get_int(q, 3);
}

static enum err read_facts(struct request *rq, struct facts *f)
{
    *f = (struct facts){.attendee = request_param(rq, "attendee")};
    struct query *q = request_sql(rq, ATTENDEE);
    query_text(q, ":attendee_id", f->attendee);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such attendee");
    f->name = keep(rq, query_get_text(q, 0));
    enum err err = read_event(rq, f);
    if (err != ERR_OK)
        return err;
    for (q = sessions(rq, f); query_row(q);)
        f->minutes += query_named_int(q, "minutes");
    if (!f->minutes)
        return fail(rq, ERR_CONFLICT, "no attendance is on record: ask the desk to check you in");
    read_issued(rq, f);
    certificate_number_print(str_of(f->number), f->printed);
    return ERR_OK;
}

/* --- as a record --- */

static const char *address_of(struct request *rq, const struct facts *f)
{
    return arena_printf(rq->arena, "%s/certificates/%s", rq->house->config->public_url, f->printed);
}

static void put_text(struct buf *out, const char *key, struct str text)
{
    buf_printf(out, ",\"%s\":", key);
    if (text.ptr)
        buf_json(out, text);
    else
        buf_puts(out, "null");
}

static enum err put_record(struct request *rq, const struct facts *f)
{
    char time[CLOCK_TEXT];
    struct query *q = sessions(rq, f);
    struct buf *out = reply_json(rq, 200);
    buf_printf(out, "{\"number\":\"%s\"", f->printed);
    put_text(out, "attendee_id", f->attendee);
    put_text(out, "display_name", f->name);
    put_text(out, "event", f->event);
    put_text(out, "host", f->host);
    clock_format(time, f->date, rq->zone);
    buf_printf(out, ",\"date\":\"%.10s\",\"minutes\":%lld", time, (long long)f->minutes);
    clock_format(time, f->issued_at, rq->zone);
    buf_printf(out, ",\"issued_at\":\"%s\"", time);
    put_text(out, "verify", str_of(address_of(rq, f)));
    buf_puts(out, ",\"sessions\":[");
    for (int n = 0; query_row(q); n++) {
        if (n)
            buf_char(out, ',');
        query_json(q, out, rq->zone);
    }
    buf_puts(out, "]}");
    return ERR_OK;
}

/* --- as a page --- */

enum { SESSIONS_SHOWN = 12, OBJECTIVES_SHOWN = 1400 };

static void put_date(struct buf *out, int64_t ms, const struct zone *zone)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int year, month, day;
    int64_t local = ms + (zone ? INT64_C(1000) * zone_offset(zone, ms) : 0);
    clock_civil(local / 86400000 - (local % 86400000 < 0), &year, &month, &day);
    buf_printf(out, "%s %d, %d", months[month - 1], day, year);
}

/* `5 hours 25 minutes (325 minutes)` */
static void put_minutes(struct buf *out, int64_t minutes)
{
    long long hours = minutes / 60, rest = minutes % 60;
    if (!hours) {
        buf_printf(out, "%lld minute%s", rest, rest == 1 ? "" : "s");
        return;
    }
    buf_printf(out, "%lld hour%s", hours, hours == 1 ? "" : "s");
    if (rest)
        buf_printf(out, " %lld minute%s", rest, rest == 1 ? "" : "s");
    buf_printf(out, " (%lld minutes)", (long long)minutes);
}

static void put_objectives(struct buf *out, struct str json)
{
    json_t *list = json_loadb(json.ptr ? json.ptr : "[]", json.ptr ? json.len : 2, 0, NULL), *text;
    size_t i;
    buf_puts(out, "<ul>");
    json_array_foreach(list, i, text)
    {
        buf_puts(out, "<li>");
        buf_html(out, (struct str){json_string_value(text), json_string_length(text)});
        buf_puts(out, "</li>");
    }
    buf_puts(out, "</ul>");
    json_decref(list);
}

/* All of it must fit on one page: a long day is listed without its objectives, a very long one in part. */
static void put_sessions(struct request *rq, const struct facts *f, struct buf *out)
{
    size_t written = 0;
    int n = 0;
    struct query *q;
    for (q = sessions(rq, f); query_row(q); n++)
        written += query_named_text(q, "learning_objectives").len + 60;
    bool all = written <= OBJECTIVES_SHOWN, few = n <= SESSIONS_SHOWN / 2;
    int left = n > SESSIONS_SHOWN ? SESSIONS_SHOWN - 1 : n;
    buf_printf(out, "<ol class=\"%s\">\n", few ? "few" : "many");
    for (q = sessions(rq, f); left && query_row(q); left--) {
        buf_puts(out, "<li><span class=\"title\">");
        buf_html(out, query_named_text(q, "title"));
        buf_printf(out, "</span> <span class=\"minutes\">%lld min</span>",
                   (long long)query_named_int(q, "minutes"));
        if (all && few)
            put_objectives(out, query_named_text(q, "learning_objectives"));
        buf_puts(out, "</li>\n");
    }
    if (n > SESSIONS_SHOWN)
        buf_printf(out, "<li>and %d more sessions</li>\n", n - SESSIONS_SHOWN + 1);
    buf_puts(out, "</ol>\n");
}

static enum err put_page(struct request *rq, const struct facts *f)
{
    const char *address = address_of(rq, f);
    struct buf *out = page_begin(rq, STR("Certificate of attendance"), "certificate.css");
    buf_printf(out, "<main class=\"sheet\">\n<h1>Certificate of attendance</h1>\n<p class=\"%s\">",
               text_length(f->name) > 40 ? "name long" : "name");
    buf_html(out, f->name);
    buf_puts(out, "</p>\n<p class=\"event\">attended <b>");
    buf_html(out, f->event);
    buf_puts(out, "</b></p>\n<p class=\"when\">");
    put_date(out, f->date, rq->zone);
    buf_puts(out, " · ");
    put_minutes(out, f->minutes);
    buf_puts(out, "</p>\n<section>\n<h2>Sessions and what they taught</h2>\n");
    put_sessions(rq, f, out);
    buf_puts(out, "</section>\n<footer>\n<div>\n<p class=\"host\">");
    buf_html(out, f->host.ptr ? f->host : STR(""));
    buf_printf(out, "</p>\n<p>Number <b class=\"number\">%s</b></p>\n<p>Check it at ", f->printed);
    buf_html(out, str_of(address));
    buf_puts(out, "</p>\n</div>\n");
    if (!address || !qr_svg(out, str_of(address)))
        return fail(rq, ERR_UNAVAILABLE, "the QR code could not be drawn");
    buf_puts(out, "\n</footer>\n</main>\n");
    return page_end(rq);
}

/* --- asking for one --- */

static enum err put(struct request *rq, const struct facts *f)
{
    enum err (*const *as)(struct request *, const struct facts *) = rq->route->of;
    rq->reply.people = 1;
    return (*as)(rq, f);
}

static enum err look(struct request *rq)
{
    struct facts *f = rq->scratch;
    enum err err = read_facts(rq, f);
    return err == ERR_OK && f->is_current ? put(rq, f) : err;
}

static enum err issue(struct request *rq)
{
    struct facts *f = rq->scratch;
    enum err err = read_facts(rq, f);
    if (err != ERR_OK)
        return err;
    struct query *q = request_sql(rq, ISSUE);
    query_text(q, ":number", str_of(f->number));
    query_text(q, ":attendee_id", f->attendee);
    query_int(q, ":minutes", f->minutes);
    query_text(q, ":holder", str_of(f->holder));
    if (query_run(q) == STEP_CONFLICT)
        return fail(rq, ERR_UNAVAILABLE, "the number was taken; try again");
    return put(rq, f);
}

static enum err get_certificate(struct request *rq)
{
    struct facts *f = rq->scratch = arena_zalloc(rq->arena, sizeof *f);
    if (!f)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    enum err err = request_transact(rq, TX_READ, look);
    return err == ERR_OK && !f->is_current ? request_transact(rq, TX_WRITE, issue) : err;
}

/* --- checking one --- */

static enum err put_unknown(struct request *rq)
{
    struct buf *out = page_begin(rq, STR("No such certificate"), "certificate.css");
    rq->reply.status = 404;
    buf_puts(out, "<main class=\"check\">\n<h1>No such certificate</h1>\n"
                  "<p>No certificate has this number. Compare it with the paper: it has thirteen letters and"
                  " digits.</p>\n</main>\n");
    return page_end(rq);
}

static struct str guesses_of(struct request *rq, const char *number)
{
    return str_of(arena_printf(rq->arena, "certificates %s", number));
}

static enum err refuse_guess(struct request *rq, int wait)
{
    rq->retry_after = wait;
    return fail(rq, ERR_RATE_LIMITED, "too many were tried that are wrong; try again in %d seconds", wait);
}

/* A sentence on whether the name is the one; counts those that are not. */
static enum err compare_name(struct request *rq, const char *number, struct str name, struct str expected,
                             const char **verdict)
{
    char holder[HOLDER];
    struct str guesses = guesses_of(rq, number);
    int wait = limiter_wait(rq->house->limiter, guesses);
    if (wait)
        return refuse_guess(rq, wait);
    if (text_length(name) > NAME_MAX_SHOWN)
        return fail(rq, ERR_BAD_REQUEST, "name may have %d characters", NAME_MAX_SHOWN);
    hash_holder(rq, number, name, holder);
    bool good = expected.len == HOLDER - 1 && !sodium_memcmp(expected.ptr, holder, HOLDER - 1);
    if (!good)
        limiter_failed(rq->house->limiter, guesses);
    *verdict = good ? "<p class=\"good\">It was issued to that name.</p>\n"
                    : "<p class=\"bad\">It was not issued to that name. Type it as it is printed.</p>\n";
    return ERR_OK;
}

static enum err put_valid(struct request *rq, struct query *q, const char *number)
{
    char zone[65] = "";
    const char *verdict = "";
    struct str zone_name = query_get_text(q, 2), name = request_query(rq, "name");
    enum err err = name.len ? compare_name(rq, number, name, query_get_text(q, 4), &verdict) : ERR_OK;
    if (err != ERR_OK)
        return err;
    memcpy(zone, zone_name.ptr, zone_name.len < sizeof zone ? zone_name.len : 0);
    struct buf *out = page_begin(rq, STR("A valid certificate"), "certificate.css");
    buf_puts(out, "<main class=\"check\">\n<h1>This certificate is valid</h1>\n<dl>\n<dt>Event</dt><dd>");
    buf_html(out, query_get_text(q, 0));
    buf_puts(out, "</dd>\n<dt>Date</dt><dd>");
    put_date(out, query_get_int(q, 1), scope_zone(rq->house->scope, zone));
    buf_puts(out, "</dd>\n<dt>Attended</dt><dd>");
    put_minutes(out, query_get_int(q, 3));
    buf_puts(out, "</dd>\n</dl>\n");
    buf_puts(out, verdict);
    buf_puts(out,
             "<form method=\"get\">\n<label for=\"name\">Whose is it? The name as it is printed, to be"
             " compared; it is not shown here.</label>\n<input id=\"name\" name=\"name\" maxlength=\"200\""
             " autocomplete=\"off\"> <button>Compare</button>\n</form>\n</main>\n");
    return page_end(rq);
}

static enum err check_certificate(struct request *rq)
{
    char number[NUMBER_KEPT];
    struct str guesses = guesses_of(rq, "");
    if (!certificate_number_read(request_param(rq, "number"), number))
        return put_unknown(rq); /* a slip, no guess */
    int wait = limiter_wait(rq->house->limiter, guesses);
    if (wait)
        return refuse_guess(rq, wait);
    struct query *q = request_sql(rq, CHECK);
    query_text(q, ":number", str_of(number));
    if (query_row(q))
        return put_valid(rq, q, number);
    limiter_failed(rq->house->limiter, guesses);
    return put_unknown(rq);
}

static enum err (*const as_page)(struct request *, const struct facts *) = put_page;
static enum err (*const as_record)(struct request *, const struct facts *) = put_record;

#define C "/v1/events/{event}/certificates/{attendee}"

static const struct route routes[] = {
    {METHOD_GET, C, "getCertificate", ACCESS_ANYONE, TX_NONE, get_certificate, &as_page,
     .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {METHOD_GET, C "/record", "getCertificateRecord", ACCESS_ANYONE, TX_NONE, get_certificate, &as_record,
     .flags = ROUTE_NO_STORE | ROUTE_AUDITED},
    {METHOD_GET, "/certificates/{number}", "checkCertificate", ACCESS_PUBLIC, TX_READ, check_certificate,
     .query = "name", .flags = ROUTE_NO_STORE},
    {0},
};

const struct feature feature_certificates = {.name = "certificates", .routes = routes, .sql = sql};

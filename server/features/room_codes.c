#include "features/room_codes.h"

#include <stdio.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "features/check_ins.h"
#include "features/codes.h"
#include "features/entries.h"
#include "features/qr.h"
#include "http/fields.h"
#include "http/house.h"
#include "http/keys.h"
#include "http/limiter.h"

enum { DIGITS = 6, WINDOW_MS = 60000, AHEAD_MS = 5 * 60 * 1000 };

static const char SESSION[] = "SELECT 1 FROM sessions WHERE id = :id AND event_id = :event"
                              " AND (:organizer = 1 OR status <> 'draft')";
static const char MINE[] = "SELECT a.id FROM participants p JOIN attendees a ON a.id = p.attendee_id"
                           " WHERE p.id = :participant AND a.event_id = :event";
static const char STORED[] = "SELECT c.at, a.display_name FROM check_ins c JOIN attendees a ON a.id = "
                             "c.attendee_id WHERE c.id = :id AND c.event_id = :event";

static const char *const sql[] = {SESSION, MINE, STORED, NULL};

static const struct field fields[] = {
    {"code", FIELD_TEXT, FIELD_REQUIRED, 1, 40},
    {"at", FIELD_TIME, FIELD_NULLABLE},
    {"direction", FIELD_ENUM, 0, .values = "in out", .preset = "in"},
    {0},
};

static void derive(struct request *rq, struct str session, int64_t window, char out[DIGITS + 1])
{
    unsigned char mac[KEYS_DERIVED];
    keys_derive(rq->house->keys, "room-code", session, window, mac);
    code_spell((uint64_t)mac[0] << 24 | (uint64_t)mac[1] << 16 | (uint64_t)mac[2] << 8 | mac[3], DIGITS, out);
}

static enum err find_session(struct request *rq)
{
    return query_row(request_sql_id(rq, SESSION)) ? ERR_OK
                                                  : fail(rq, ERR_NOT_FOUND, "there is no such session");
}

/* --- for the screen --- */

static void put_time(struct request *rq, struct buf *out, const char *key, int64_t ms)
{
    char time[CLOCK_TEXT];
    clock_format(time, ms, rq->zone);
    buf_printf(out, ",\"%s\":\"%s\"", key, time);
}

static enum err put_svg(struct request *rq, struct buf *out, struct str session, const char *code)
{
    struct buf svg;
    const char *url = rq->house->config->public_url;
    const char *text = arena_printf(rq->arena, "%s%s%.*s/%s", url, *url ? "/attend#" : "", (int)session.len,
                                    session.ptr, code);
    buf_init(&svg, rq->arena, 8192);
    if (!text || !qr_svg(&svg, str_of(text)))
        return fail(rq, ERR_UNAVAILABLE, "the QR code could not be drawn");
    buf_puts(out, ",\"svg\":");
    buf_json(out, buf_view(&svg));
    return ERR_OK;
}

static enum err get_room_code(struct request *rq)
{
    char code[DIGITS + 1];
    struct str session = request_param(rq, "id");
    int64_t window = rq->now / WINDOW_MS;
    enum err err = find_session(rq);
    if (err != ERR_OK)
        return err;
    derive(rq, session, window, code);
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"session_id\":");
    buf_json(out, session);
    buf_printf(out, ",\"code\":\"%.3s-%s\"", code, code + 3);
    put_time(rq, out, "valid_until", (window + 1) * WINDOW_MS);
    put_time(rq, out, "accepted_until", (window + 2) * WINDOW_MS);
    err = put_svg(rq, out, session, code);
    buf_char(out, '}');
    return err;
}

/* --- for those in the room --- */

/* The window that shows this code, now or just before; -1 when neither does. */
static int64_t window_of(struct request *rq, struct str typed)
{
    char code[DIGITS + 1], shown[DIGITS + 1];
    if (!code_read_digits(typed, DIGITS, code))
        return -1;
    for (int64_t w = rq->now / WINDOW_MS, last = w - 1; w >= last; w--) {
        derive(rq, request_param(rq, "id"), w, shown);
        if (!sodium_memcmp(code, shown, DIGITS))
            return w;
    }
    return -1;
}

static enum err find_window(struct request *rq, struct str typed, int64_t *window)
{
    struct str guesses = str_of(arena_printf(rq->arena, "room %s", rq->who.device));
    *window = 0;
    if ((rq->retry_after = limiter_wait(rq->house->limiter, guesses)))
        return fail(rq, ERR_RATE_LIMITED, "too many wrong codes were tried; try again in %d seconds",
                    rq->retry_after);
    if ((*window = window_of(rq, typed)) >= 0)
        return ERR_OK;
    limiter_failed(rq->house->limiter, guesses);
    invalid(rq, "/code", "is not the code on the room's screen now: it changes every minute");
    return invalid_result(rq);
}

static enum err check_time(struct request *rq, int64_t at, int64_t window)
{
    if (at < window * WINDOW_MS)
        invalid(rq, "/at", "is before this code was shown");
    if (at > rq->now + AHEAD_MS)
        invalid(rq, "/at", "is in the future");
    return invalid_result(rq);
}

/* Sent again, it is the same entry: its id follows from who, where, which window and which way. */
static bool is_repeat(struct request *rq, struct entry *e, int64_t window, struct entry_answer *a)
{
    char *id = arena_alloc(rq->arena, UUID_TEXT);
    const char *name = arena_printf(rq->arena, "%.*s %lld %.*s", (int)e->session.len, e->session.ptr,
                                    (long long)window, (int)e->direction.len, e->direction.ptr);
    if (!id || !name)
        return false;
    uuid_derive(id, e->attendee, str_of(name));
    e->id = str_of(id);
    struct query *q = request_sql(rq, STORED);
    query_text(q, ":id", e->id);
    if (!query_row(q))
        return false;
    *a = (struct entry_answer){.result = ENTRY_REPEATED,
                               .entry = *e,
                               .since = query_get_int(q, 0),
                               .display_name = query_get_text(q, 1)};
    a->entry.at = a->since;
    return true;
}

static enum err attend(struct request *rq)
{
    struct values v;
    int64_t window;
    struct entry_answer answer = {0};
    enum err err = find_session(rq);
    if (err == ERR_OK)
        err = fields_read(rq, fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    struct query *mine = request_sql(rq, MINE); /* stays on its row, whose id is used below */
    if (!query_row(mine))
        return fail(rq, ERR_CONFLICT,
                    "say first which attendee you are: join with your personal code, or claim it");
    if ((err = find_window(rq, fields_get(&v, "code")->text, &window)) != ERR_OK)
        return err;
    const struct value *at = fields_get(&v, "at");
    struct entry e = {.attendee = query_get_text(mine, 0),
                      .session = request_param(rq, "id"),
                      .direction = fields_get(&v, "direction")->text,
                      .method = "room",
                      .at = at->text.ptr ? at->integer : rq->now};
    if ((err = check_time(rq, e.at, window)) != ERR_OK)
        return err;
    if (!is_repeat(rq, &e, window, &answer)) {
        entry_keep(rq, &e, &answer);
        rq->after_commit = check_ins_count;
    }
    if ((err = invalid_result(rq)) == ERR_OK)
        check_ins_put(rq, &answer, reply_json(rq, 200));
    return err;
}

#define S "/v1/events/{event}/sessions/{id}"

static const struct route routes[] = {
    {METHOD_GET, S "/room-code", "getRoomCode", ACCESS_STAFF | ACCESS_HOST, TX_READ, get_room_code,
     .flags = ROUTE_NO_STORE},
    {METHOD_POST, S "/attend", "attendSession", ACCESS_ATTENDEE | ACCESS_TEAM | ACCESS_STAFF, TX_WRITE,
     attend, .body = BODY_JSON, .flags = ROUTE_NO_STORE},
    {0},
};

const struct feature feature_room_codes = {.name = "room_codes", .routes = routes, .sql = sql};

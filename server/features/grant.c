#include "features/grant.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/uuid.h"
#include "http/house.h"
#include "http/keys.h"
#include "http/scope.h"
#include "http/token.h"

static const char NEW_PARTICIPANT[] =
    "INSERT INTO participants (id, event_id, team_id, organizer_id, attendee_id, role, display_name, "
    "joined_at, updated_at)"
    " VALUES (:id, :event_id, :team_id, :organizer_id, :attendee_id, :role, :display_name, :now, :now)";
static const char NEW_ORGANIZER[] =
    "INSERT INTO organizers (id, email, display_name, password_hash, created_at, updated_at)"
    " VALUES (:id, :email, :display_name, :password_hash, :now, :now)";
static const char NEW_DEVICE[] =
    "INSERT INTO devices (id, participant_id, name, created_at) VALUES (:id, :participant_id, :name, :now)";
static const char GRANT[] =
    "SELECT d.refresh_seq, p.id, p.role, p.display_name, p.event_id, e.slug, e.name, e.zone, p.team_id, "
    "t.slug, t.name"
    " FROM devices d JOIN participants p ON p.id = d.participant_id"
    " LEFT JOIN events e ON e.id = p.event_id LEFT JOIN teams t ON t.id = p.team_id WHERE d.id = :id";
static const char FAMILY[] =
    "SELECT refresh_seq, refresh_seen FROM devices WHERE id = :id AND revoked_at IS NULL";
static const char ROTATE[] = "UPDATE devices SET refresh_seq = refresh_seq + 1 WHERE id = :id";
static const char REVOKE[] = "UPDATE devices SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL";

const char *const grant_sql[] = {NEW_PARTICIPANT, NEW_ORGANIZER, NEW_DEVICE, GRANT,
                                 FAMILY,          ROTATE,        REVOKE,     NULL};

enum { MAC = 32 };

static void mac_of(struct request *rq, struct str device, int64_t number, unsigned char mac[MAC])
{
    keys_derive(rq->house->keys, "refresh-token", device, number, mac);
}

/* `<device>.<number>.<mac>` */
static void put_refresh_token(struct request *rq, struct buf *out, struct str device, int64_t number)
{
    unsigned char mac[MAC];
    mac_of(rq, device, number, mac);
    buf_str(out, device);
    buf_printf(out, ".%lld.", (long long)number);
    buf_base64url(out, mac, sizeof mac);
}

static void put_place(struct buf *out, const char *key, struct str id, struct str slug, struct str name,
                      struct str zone)
{
    buf_printf(out, ",\"%s\":{\"id\":", key);
    buf_json(out, id);
    buf_puts(out, ",\"slug\":");
    buf_json(out, slug);
    buf_puts(out, ",\"name\":");
    buf_json(out, name);
    if (zone.ptr) {
        buf_puts(out, ",\"zone\":");
        buf_json(out, zone);
    }
    buf_char(out, '}');
}

static void copy_id(char to[UUID_TEXT], struct str from)
{
    size_t n = from.len < UUID_TEXT ? from.len : UUID_TEXT - 1;
    if (n)
        memcpy(to, from.ptr, n);
    to[n] = '\0';
}

/* What the reply still needs when the device is durable. */
struct granted {
    struct claims claims;
    struct buf rest; /* of the reply, behind the access token */
};

/* Signing takes longer than the write: so it is done behind it, on the request's own thread. */
static void put_access_token(struct request *rq)
{
    const struct granted *g = rq->scratch;
    struct buf *out = &rq->reply.body;
    if (token_issue(rq->house->keys, &g->claims, out))
        out->failed = true;
    buf_str(out, buf_view(&g->rest));
    out->failed = out->failed || g->rest.failed;
}

static void claim(struct request *rq, struct query *q, struct str device, struct claims *claims)
{
    *claims = (struct claims){
        .role = role_parse(query_get_text(q, 2)), .ver = query_get_int(q, 0), .iat = rq->now / 1000};
    claims->exp = claims->iat + ACCESS_TOKEN_S;
    copy_id(claims->sub, device);
    copy_id(claims->evt, query_get_text(q, 4));
    copy_id(claims->team, query_get_text(q, 8));
    uuid_v7(claims->jti);
}

static enum err reply_tokens(struct request *rq, struct str device, int status)
{
    struct query *q = request_sql(rq, GRANT);
    struct granted *g = rq->scratch = arena_zalloc(rq->arena, sizeof *g);
    query_text(q, ":id", device);
    if (!g)
        return ERR_UNAVAILABLE;
    if (!query_row(q))
        return fail(rq, ERR_INTERNAL, "the device is gone");
    claim(rq, q, device, &g->claims);
    buf_puts(reply_json(rq, status), "{\"access_token\":\"");
    struct buf *out = &g->rest;
    buf_init(out, rq->arena, 512);
    buf_printf(out, "\",\"token_type\":\"Bearer\",\"expires_in\":%d,\"refresh_token\":\"", ACCESS_TOKEN_S);
    put_refresh_token(rq, out, device, query_get_int(q, 0));
    buf_puts(out, "\",\"role\":");
    buf_json(out, query_get_text(q, 2));
    if (query_is_null(q, 4))
        buf_puts(out, ",\"event\":null");
    else
        put_place(out, "event", query_get_text(q, 4), query_get_text(q, 5), query_get_text(q, 6),
                  query_get_text(q, 7));
    if (!query_is_null(q, 8))
        put_place(out, "team", query_get_text(q, 8), query_get_text(q, 9), query_get_text(q, 10),
                  (struct str){0});
    buf_puts(out, ",\"participant\":{\"id\":");
    buf_json(out, query_get_text(q, 1));
    buf_puts(out, ",\"display_name\":");
    buf_json(out, query_get_text(q, 3));
    buf_puts(out, "}}");
    rq->after_commit = put_access_token;
    return ERR_OK;
}

enum err grant_device(struct request *rq, struct str participant, struct str device_name, int status)
{
    char id[UUID_TEXT];
    uuid_v7(id);
    struct query *q = request_sql(rq, NEW_DEVICE);
    query_text(q, ":id", str_of(id));
    query_text(q, ":participant_id", participant);
    query_text(q, ":name", device_name);
    if (query_run(q) == STEP_CONFLICT)
        return fail(rq, ERR_CONFLICT, "this participant is gone: join again");
    return reply_tokens(rq, str_of(id), status);
}

void grant_organizer(struct request *rq, const struct organizer *o)
{
    struct query *q = request_sql(rq, NEW_ORGANIZER);
    query_text(q, ":id", o->id);
    query_text(q, ":email", o->email);
    query_text(q, ":display_name", o->display_name);
    query_text(q, ":password_hash", o->password_hash);
    query_run(q);
}

enum err grant_participant(struct request *rq, const struct participant *p, struct str device_name,
                           int status)
{
    char id[UUID_TEXT];
    uuid_v7(id);
    struct query *q = request_sql(rq, NEW_PARTICIPANT);
    query_text(q, ":id", str_of(id));
    query_text(q, ":event_id", p->event);
    query_text(q, ":team_id", p->team);
    query_text(q, ":organizer_id", p->organizer);
    query_text(q, ":attendee_id", p->attendee);
    query_text(q, ":role", str_of(role_name(p->role)));
    query_text(q, ":display_name", p->display_name);
    if (query_run(q) == STEP_CONFLICT)
        return fail(rq, ERR_CONFLICT, "this cannot be joined any more: ask the organizer for a new code");
    if (!rq->event && p->event.ptr) /* joining: the change counts in the event that is joined */
        rq->event = scope_find(rq->house->scope, p->event);
    return grant_device(rq, str_of(id), device_name, status);
}

/* --- refresh --- */

static bool read_refresh_token(struct request *rq, struct str token, struct str *device, int64_t *number)
{
    unsigned char mac[MAC], expected[MAC];
    size_t len;
    struct str rest = token;
    *device = str_split(&rest, '.');
    struct str digits = str_split(&rest, '.');
    if (!uuid_is(*device) || !str_int(digits, number) || *number < 1 ||
        !text_decode_base64url(rest, mac, MAC, &len) || len != MAC)
        return false;
    mac_of(rq, *device, *number, expected);
    return sodium_memcmp(mac, expected, MAC) == 0;
}

enum err grant_refresh(struct request *rq, struct str token, bool *revoked)
{
    static const char not_good[] = "the refresh token is not good any more: join or log in again";
    struct str device;
    int64_t number;
    *revoked = false;
    if (!read_refresh_token(rq, token, &device, &number))
        return fail(rq, ERR_UNAUTHORIZED, "%s", not_good);
    struct query *q = request_sql(rq, FAMILY);
    query_text(q, ":id", device);
    if (!query_row(q))
        return fail(rq, ERR_UNAUTHORIZED, "%s", not_good);
    int64_t newest = query_get_int(q, 0), seen = query_get_int(q, 1);
    bool current = number == newest, lost = number == newest - 1 && seen < newest;
    if (!current && !lost) {
        q = request_sql(rq, REVOKE);
        query_text(q, ":id", device);
        query_run(q);
        *revoked = true;
        return fail(rq, ERR_UNAUTHORIZED, "%s", not_good);
    }
    if (current) {
        q = request_sql(rq, ROTATE);
        query_text(q, ":id", device);
        query_run(q);
    }
    return reply_tokens(rq, device, 200);
}

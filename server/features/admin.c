#include "features/admin.h"

#include <stdio.h>

#include "base/password.h"
#include "base/uuid.h"
#include "features/collection.h"
#include "features/grant.h"
#include "http/house.h"
#include "http/identity.h"
#include "http/keys.h"
#include "http/scope.h"

static const char NEW_PASSWORD[] = "UPDATE organizers SET password_hash = :password_hash, updated_at = :now "
                                   "WHERE email = :email RETURNING id";
/* Who asks for a new password may have lost the old one to someone. */
static const char END_DEVICES[] =
    "UPDATE devices SET revoked_at = :now WHERE revoked_at IS NULL AND participant_id IN"
    " (SELECT id FROM participants WHERE organizer_id = :organizer_id)";
static const char ASSIGN[] =
    "INSERT INTO organizer_events (organizer_id, event_id) SELECT :organizer_id, id FROM events"
    " WHERE :event_id IS NULL OR id = :event_id ON CONFLICT DO NOTHING";
static const char FIND_TEAM[] =
    "SELECT id FROM teams WHERE event_id = :event_id AND (id = :team_ref OR slug = :team_ref)";

static const char *const sql[] = {NEW_PASSWORD, END_DEVICES, ASSIGN, FIND_TEAM, NULL};

/* --- organizers --- */

static const struct field organizer_fields[] = {
    {"email", FIELD_EMAIL, FIELD_REQUIRED, 1, 254},
    {"display_name", FIELD_TEXT, 0, 1, 80, .preset = "Organizer"},
    {"event", FIELD_TEXT, FIELD_NULLABLE, 1, 64},
    {0},
};

struct account {
    struct values v;
    char id[UUID_TEXT], password[PASSWORD_ONE_TIME], hash[PASSWORD_HASH];
    struct event *event;
};

static bool renew(struct request *rq, struct account *a, struct str email)
{
    struct query *q = request_sql(rq, NEW_PASSWORD);
    query_text(q, ":email", email);
    query_text(q, ":password_hash", str_of(a->hash));
    if (!query_row(q))
        return false;
    struct str id = query_get_text(q, 0);
    snprintf(a->id, sizeof a->id, "%.*s", (int)id.len, id.ptr);
    query_row(q);
    q = request_sql(rq, END_DEVICES);
    query_text(q, ":organizer_id", str_of(a->id));
    query_run(q);
    return true;
}

/* No event named is every event for a new account, and no other than before for one that only gets a
 * password. */
static enum err organizer_save(struct request *rq)
{
    struct account *a = rq->scratch;
    struct str email = fields_get(&a->v, "email")->text;
    bool known = renew(rq, a, email);
    if (!known)
        grant_organizer(rq, &(struct organizer){.id = str_of(a->id),
                                                .email = email,
                                                .display_name = fields_get(&a->v, "display_name")->text,
                                                .password_hash = str_of(a->hash)});
    if (!known || a->event) {
        struct query *q = request_sql(rq, ASSIGN);
        query_text(q, ":organizer_id", str_of(a->id));
        query_text(q, ":event_id", a->event ? str_of(a->event->id) : (struct str){0});
        query_run(q);
    }
    struct buf *out = reply_json(rq, 201);
    buf_printf(out, "{\"id\":\"%s\",\"email\":", a->id);
    buf_json(out, email);
    buf_printf(out, ",\"password\":\"%s\"}", a->password);
    return ERR_OK;
}

static enum err create_organizer(struct request *rq)
{
    struct account *a = rq->scratch = arena_zalloc(rq->arena, sizeof *a);
    if (!a)
        return ERR_UNAVAILABLE;
    enum err err = fields_read(rq, organizer_fields, rq->json, false, &a->v);
    if (err != ERR_OK)
        return err;
    struct str event = fields_get(&a->v, "event")->text;
    if (event.ptr && !(a->event = scope_find(rq->house->scope, event)))
        return fail(rq, ERR_NOT_FOUND, "there is no such event");
    uuid_v7(a->id);
    password_make(a->password);
    if (password_hash(str_of(a->password), a->hash))
        return fail(rq, ERR_UNAVAILABLE, "the password could not be stored; try again");
    err = request_transact(rq, TX_WRITE, organizer_save);
    if (err != ERR_OK)
        return err;
    identity_revoked(rq->house->identity);
    return scope_reload(rq->house->scope, rq->house->db);
}

/* --- tokens for scripts --- */

static const struct field token_fields[] = {
    {"event", FIELD_TEXT, FIELD_REQUIRED, 1, 64},
    {"role", FIELD_ENUM, FIELD_REQUIRED, .values = "attendee member lead staff organizer"},
    {"team", FIELD_TEXT, FIELD_NULLABLE, 1, 64},
    {"display_name", FIELD_TEXT, 0, 1, 80, .preset = "Command line"},
    {0},
};

static enum err create_token(struct request *rq)
{
    struct values v;
    enum err err = fields_read(rq, token_fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    struct event *event = scope_find(rq->house->scope, fields_get(&v, "event")->text);
    if (!event)
        return fail(rq, ERR_NOT_FOUND, "there is no such event");
    struct participant p = {.event = str_of(event->id),
                            .role = role_parse(fields_get(&v, "role")->text),
                            .display_name = fields_get(&v, "display_name")->text};
    struct str team = fields_get(&v, "team")->text;
    bool on_team = p.role == ROLE_MEMBER || p.role == ROLE_LEAD;
    if (on_team != (team.ptr != NULL)) {
        invalid(rq, "/team", on_team ? "is needed for this role" : "does not go with this role");
        return invalid_result(rq);
    }
    if (on_team) {
        struct query *q = request_sql(rq, FIND_TEAM);
        query_text(q, ":event_id", p.event);
        query_text(q, ":team_ref", team);
        if (!query_row(q))
            return fail(rq, ERR_NOT_FOUND, "there is no such team");
        p.team = query_get_text(q, 0);
    }
    rq->event = event;
    return grant_participant(rq, &p, STR("command line"), 201);
}

/* --- keys --- */

static enum err rotate_keys(struct request *rq)
{
    char kid[KEYS_KID], why[KEYS_WHY];
    if (keys_rotate(rq->house->keys, kid, why))
        return fail(rq, ERR_UNAVAILABLE, "no new key could be stored");
    buf_printf(reply_json(rq, 201), "{\"kid\":\"%s\"}", kid);
    return ERR_OK;
}

static const struct route routes[] = {
    {METHOD_POST, "/v1/organizers", "createOrganizer", ACCESS_ADMIN, TX_NONE, create_organizer,
     .body = BODY_JSON, .flags = ROUTE_NO_STORE},
    {METHOD_POST, "/v1/tokens", "createToken", ACCESS_ADMIN, TX_WRITE, create_token, .body = BODY_JSON,
     .flags = ROUTE_NO_STORE},
    {METHOD_POST, "/v1/keys/rotate", "rotateKeys", ACCESS_ADMIN, TX_NONE, rotate_keys,
     .flags = ROUTE_NO_STORE},
    {0},
};

const struct feature feature_admin = {.name = "admin", .routes = routes, .sql = sql};

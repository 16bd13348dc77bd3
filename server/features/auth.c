#include "features/auth.h"

#include <string.h>

#include <sodium.h>

#include "base/password.h"
#include "base/uuid.h"
#include "features/codes.h"
#include "features/grant.h"
#include "http/fields.h"
#include "http/house.h"
#include "http/identity.h"
#include "http/keys.h"
#include "http/limiter.h"

static const char TEAMS_LABELLED[] =
    "SELECT id, event_id, code_generation FROM teams WHERE code_label = :label";
static const char STAFF_EVENTS[] = "SELECT id, id, staff_generation FROM events";
static const char ATTENDEES_LABELLED[] =
    "SELECT id, event_id, code_generation, display_name FROM attendees WHERE code_label = :label";
static const char CLAIMED_BY[] = "SELECT id FROM participants WHERE attendee_id = :attendee_id";
static const char ACCOUNT[] = "SELECT o.id, o.password_hash, o.display_name, p.id FROM organizers o"
                              " LEFT JOIN participants p ON p.organizer_id = o.id WHERE o.email = :email";
static const char ANY_ORGANIZER[] = "SELECT 1 FROM organizers LIMIT 1";
static const char END_DEVICE[] =
    "UPDATE devices SET revoked_at = :now WHERE id = :device AND revoked_at IS NULL";

static const char *const sql[] = {TEAMS_LABELLED, STAFF_EVENTS,  ATTENDEES_LABELLED, CLAIMED_BY,
                                  ACCOUNT,        ANY_ORGANIZER, END_DEVICE,         NULL};

static void forget_tokens(struct request *rq)
{
    identity_revoked(rq->house->identity);
}

/* --- join --- */

static const struct field join_fields[] = {
    {"code", FIELD_TEXT, FIELD_REQUIRED, 1, 40},
    {"display_name", FIELD_TEXT, FIELD_NULLABLE, 1, 80},
    {"device", FIELD_TEXT, FIELD_NULLABLE, 1, DEVICE_NAME_MAX},
    {0},
};

/* A guess: what was typed, and what it was aimed at. Wrong guesses are counted against the events whose codes
 * bear its label, or against all that bear none; while an event's count is full, none of its codes is
 * compared. */
struct guess {
    char folded[CODE_DIGITS + 1];
    char events[4][UUID_TEXT]; /* a label stands in one event, as a rule */
    int n_events;
    int wait; /* seconds, when a count was full */
};

static void aim(struct guess *g, struct str event)
{
    for (int i = 0; i < g->n_events; i++)
        if (str_is(event, g->events[i]))
            return;
    if (g->n_events < 4 && event.len == UUID_TEXT - 1)
        memcpy(g->events[g->n_events++], event.ptr, event.len);
}

/* The row of the thing that this code belongs to, or NULL. */
static struct query *find_code(struct request *rq, const char *of, enum code_kind kind, struct guess *g)
{
    struct query *q = request_sql(rq, of);
    if (query_has(q, ":label"))
        query_text(q, ":label", (struct str){g->folded, CODE_LABEL - 1});
    while (query_row(q)) {
        int wait = limiter_wait(rq->house->limiter, query_get_text(q, 1));
        aim(g, query_get_text(q, 1));
        if (wait > g->wait)
            g->wait = wait;
        if (!wait &&
            code_matches(rq->house->keys, kind, query_get_text(q, 0), query_get_int(q, 2), g->folded))
            return q;
    }
    return NULL;
}

static enum err wrong_code(struct request *rq, struct guess *g)
{
    static const struct str unlabelled = {"join", 4};
    if (!g->n_events)
        g->wait = limiter_wait(rq->house->limiter, unlabelled);
    if ((rq->retry_after = g->wait))
        return fail(rq, ERR_RATE_LIMITED, "too many wrong codes were tried; try again in %d seconds",
                    g->wait);
    if (!g->n_events)
        limiter_failed(rq->house->limiter, unlabelled);
    for (int i = 0; i < g->n_events; i++)
        limiter_failed(rq->house->limiter, str_of(g->events[i]));
    return fail(rq, ERR_UNAUTHORIZED, "this code opens nothing: check it, or ask the organizer");
}

static enum err join_attendee(struct request *rq, struct query *row, const struct values *v)
{
    struct participant p = {
        .event = query_get_text(row, 1), .attendee = query_get_text(row, 0), .role = ROLE_ATTENDEE};
    struct str name = fields_get(v, "display_name")->text, device = fields_get(v, "device")->text;
    struct query *q = request_sql(rq, CLAIMED_BY);
    query_text(q, ":attendee_id", p.attendee);
    if (query_row(q)) /* the same badge on a second phone */
        return grant_device(rq, query_get_text(q, 0), device, 200);
    p.display_name = name.ptr ? name : query_get_text(row, 3);
    return grant_participant(rq, &p, device, 200);
}

static enum err join_as(struct request *rq, struct query *row, enum role role, const struct values *v)
{
    struct participant p = {.event = query_get_text(row, 1),
                            .team = role == ROLE_MEMBER ? query_get_text(row, 0) : (struct str){0},
                            .role = role,
                            .display_name = fields_get(v, "display_name")->text};
    if (!p.display_name.ptr) {
        invalid(rq, "/display_name", "is needed: what the others will call you; a pseudonym is fine");
        return invalid_result(rq);
    }
    return grant_participant(rq, &p, fields_get(v, "device")->text, 200);
}

static enum err join(struct request *rq)
{
    struct values v;
    struct guess g = {0};
    char staff[CODE_LABEL] = CODE_STAFF_LABEL;
    enum err err = fields_read(rq, join_fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    if (!code_read(fields_get(&v, "code")->text, g.folded)) {
        invalid(rq, "/code", "is not a code: four letters, then two groups of five, like ALAM-7K3QM-9F2WD");
        return invalid_result(rq);
    }
    struct query *row = find_code(rq, TEAMS_LABELLED, CODE_TEAM, &g);
    if (row)
        return join_as(rq, row, ROLE_MEMBER, &v);
    code_fold_label(staff);
    row = memcmp(g.folded, staff, CODE_LABEL - 1) ? NULL : find_code(rq, STAFF_EVENTS, CODE_STAFF, &g);
    if (row)
        return join_as(rq, row, ROLE_STAFF, &v);
    row = find_code(rq, ATTENDEES_LABELLED, CODE_ATTENDEE, &g);
    return row ? join_attendee(rq, row, &v) : wrong_code(rq, &g);
}

/* --- organizers --- */

static const struct field login_fields[] = {
    {"email", FIELD_EMAIL, FIELD_REQUIRED, 1, 254},
    {"password", FIELD_PROSE, FIELD_REQUIRED, 1, PASSWORD_MAX},
    {"device", FIELD_TEXT, FIELD_NULLABLE, 1, DEVICE_NAME_MAX},
    {0},
};

struct account {
    struct values v;
    struct str id, hash, display_name, participant;
};

static struct str keep(struct request *rq, struct str s)
{
    return s.ptr ? (struct str){arena_strndup(rq->arena, s.ptr, s.len), s.len} : s;
}

static enum err login_find(struct request *rq)
{
    struct account *a = rq->scratch;
    struct query *q = request_sql(rq, ACCOUNT);
    query_text(q, ":email", fields_get(&a->v, "email")->text);
    if (query_row(q)) {
        a->id = keep(rq, query_get_text(q, 0));
        a->hash = keep(rq, query_get_text(q, 1));
        a->display_name = keep(rq, query_get_text(q, 2));
        a->participant = keep(rq, query_get_text(q, 3));
    }
    return ERR_OK;
}

static enum err login_grant(struct request *rq)
{
    struct account *a = rq->scratch;
    struct participant p = {.organizer = a->id, .role = ROLE_ORGANIZER, .display_name = a->display_name};
    struct str device = fields_get(&a->v, "device")->text;
    return a->participant.ptr ? grant_device(rq, a->participant, device, 200)
                              : grant_participant(rq, &p, device, 200);
}

/* The body's fields into a fresh account, kept in rq->scratch for the transactions. */
static enum err read_account(struct request *rq, const struct field *body)
{
    struct account *a = rq->scratch = arena_zalloc(rq->arena, sizeof *a);
    return a ? fields_read(rq, body, rq->json, false, &a->v) : ERR_UNAVAILABLE;
}

static enum err login(struct request *rq)
{
    enum err err = read_account(rq, login_fields);
    if (err != ERR_OK)
        return err;
    struct account *a = rq->scratch;
    struct str target =
        str_of(arena_printf(rq->arena, "login %.*s", (int)fields_get(&a->v, "email")->text.len,
                            fields_get(&a->v, "email")->text.ptr));
    if ((err = request_transact(rq, TX_READ, login_find)) != ERR_OK)
        return err;
    if ((rq->retry_after = limiter_take(rq->house->limiter, target)))
        return fail(rq, ERR_RATE_LIMITED, "too many wrong passwords; try again in %d seconds",
                    rq->retry_after);
    switch (password_check(fields_get(&a->v, "password")->text, a->hash)) {
    case PASSWORD_RIGHT:
        limiter_forgive(rq->house->limiter, target);
        return request_transact(rq, TX_WRITE, login_grant);
    case PASSWORD_BUSY:
        limiter_forgive(rq->house->limiter, target);
        return fail(rq, ERR_UNAVAILABLE, "many people are logging in; try again");
    case PASSWORD_WRONG:
    default:
        return fail(rq, ERR_UNAUTHORIZED, "the e-mail or the password is wrong");
    }
}

/* --- the first organizer --- */

static const struct field setup_fields[] = {
    {"token", FIELD_TEXT, FIELD_REQUIRED, 1, 100},
    {"email", FIELD_EMAIL, FIELD_REQUIRED, 1, 254},
    {"password", FIELD_PROSE, FIELD_REQUIRED, PASSWORD_MIN, PASSWORD_MAX},
    {"display_name", FIELD_TEXT, FIELD_REQUIRED, 1, 80},
    {0},
};

static bool has_organizer(struct house *house)
{
    struct conn *c = db_read_begin(house->db, NULL);
    bool found = !c || query_row(query_get(c, ANY_ORGANIZER));
    if (c)
        db_read_end(c);
    return found;
}

void auth_setup_token(struct house *house, struct buf *out)
{
    unsigned char mac[KEYS_DERIVED];
    if (has_organizer(house))
        return;
    keys_derive(house->keys, "set-up", str_of(house->epoch), 0, mac);
    buf_base64url(out, mac, 24);
}

static enum err setup_grant(struct request *rq)
{
    struct account *a = rq->scratch;
    if (query_row(request_sql(rq, ANY_ORGANIZER)))
        return fail(rq, ERR_CONFLICT,
                    "set-up is done: there is an organizer; `convened organizer add` makes more");
    char id[UUID_TEXT];
    uuid_v7(id);
    struct organizer organizer = {.id = str_of(id),
                                  .email = fields_get(&a->v, "email")->text,
                                  .display_name = fields_get(&a->v, "display_name")->text,
                                  .password_hash = a->hash};
    grant_organizer(rq, &organizer);
    struct participant p = {
        .organizer = organizer.id, .role = ROLE_ORGANIZER, .display_name = organizer.display_name};
    return grant_participant(rq, &p, (struct str){0}, 200);
}

static enum err set_up(struct request *rq)
{
    char hash[PASSWORD_HASH];
    struct buf expected;
    enum err err = read_account(rq, setup_fields);
    if (err != ERR_OK)
        return err;
    struct account *a = rq->scratch;
    struct str token = fields_get(&a->v, "token")->text;
    buf_init(&expected, rq->arena, 64);
    auth_setup_token(rq->house, &expected);
    if (!expected.len || token.len != expected.len || sodium_memcmp(token.ptr, expected.ptr, token.len))
        return fail(rq, ERR_UNAUTHORIZED,
                    "this set-up link is not good: the server prints it when it starts");
    if (password_hash(fields_get(&a->v, "password")->text, hash))
        return fail(rq, ERR_UNAVAILABLE, "the password could not be stored; try again");
    a->hash = str_of(hash);
    return request_transact(rq, TX_WRITE, setup_grant);
}

/* --- refresh, logout, keys --- */

static const struct field refresh_fields[] = {
    {"refresh_token", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {0},
};

/* A family that ends must stay ended although the answer is an error: so the transaction succeeds and the
 * error is given afterwards. */
static enum err refresh_in_transaction(struct request *rq)
{
    struct account *a = rq->scratch;
    bool revoked;
    enum err err = grant_refresh(rq, fields_get(&a->v, "refresh_token")->text, &revoked);
    if (!revoked)
        return err;
    rq->reply.status = 401;
    return ERR_OK;
}

static enum err refresh(struct request *rq)
{
    enum err err = read_account(rq, refresh_fields);
    if (err == ERR_OK)
        err = request_transact(rq, TX_WRITE, refresh_in_transaction);
    if (err == ERR_OK && rq->reply.status == 401) {
        forget_tokens(rq);
        err = ERR_UNAUTHORIZED;
    }
    return err;
}

static enum err logout(struct request *rq)
{
    if (rq->who.role != ROLE_ADMIN)
        query_run(request_sql(rq, END_DEVICE));
    rq->after_commit = forget_tokens;
    return reply_no_content(rq);
}

static enum err get_jwks(struct request *rq)
{
    struct buf *out = reply_json(rq, 200);
    keys_jwks(rq->house->keys, out);
    return ERR_OK;
}

static const struct route routes[] = {
    {METHOD_POST, "/v1/auth/join", "join", ACCESS_PUBLIC, TX_WRITE, join, .body = BODY_JSON,
     .flags = ROUTE_NO_STORE},
    {METHOD_POST, "/v1/auth/login", "login", ACCESS_PUBLIC, TX_NONE, login, .body = BODY_JSON,
     .flags = ROUTE_NO_STORE},
    {METHOD_POST, "/v1/auth/refresh", "refresh", ACCESS_PUBLIC, TX_NONE, refresh, .body = BODY_JSON,
     .flags = ROUTE_NO_STORE},
    {METHOD_POST, "/v1/auth/logout", "logout", ACCESS_ANYONE, TX_WRITE, logout, .flags = ROUTE_NO_STORE},
    {METHOD_POST, "/v1/auth/setup", "setUp", ACCESS_PUBLIC, TX_NONE, set_up, .body = BODY_JSON,
     .flags = ROUTE_NO_STORE},
    {METHOD_GET, "/.well-known/jwks.json", "getJwks", ACCESS_PUBLIC, TX_NONE, get_jwks, .flags = ROUTE_SHARED,
     .vary = VARY_NOBODY},
    {0},
};

const struct feature feature_auth = {.name = "auth", .routes = routes, .sql = sql};

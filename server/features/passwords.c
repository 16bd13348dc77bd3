#include "features/passwords.h"

#include "base/password.h"
#include "http/fields.h"
#include "http/house.h"
#include "http/identity.h"
#include "http/limiter.h"

static const char OWN[] =
    "SELECT o.id, o.password_hash FROM organizers o JOIN participants p ON p.organizer_id = o.id"
    " WHERE p.id = :participant";
static const char CHANGE[] =
    "UPDATE organizers SET password_hash = :password_hash, updated_at = :now WHERE id = :id";
static const char END_OTHERS[] =
    "UPDATE devices SET revoked_at = :now WHERE revoked_at IS NULL AND id <> :device"
    " AND participant_id IN (SELECT id FROM participants WHERE organizer_id = :id)";

static const char *const sql[] = {OWN, CHANGE, END_OTHERS, NULL};

static const struct field fields[] = {
    {"password", FIELD_PROSE, FIELD_REQUIRED, 1, PASSWORD_MAX},
    {"new_password", FIELD_PROSE, FIELD_REQUIRED, PASSWORD_MIN, PASSWORD_MAX},
    {0},
};

struct change {
    struct values v;
    struct str id, hash;
    char new_hash[PASSWORD_HASH];
};

static enum err find(struct request *rq)
{
    struct change *c = rq->scratch;
    struct query *q = request_sql(rq, OWN);
    if (!query_row(q))
        return fail(rq, ERR_FORBIDDEN, "this token came from the command line and has no password");
    struct str id = query_get_text(q, 0), hash = query_get_text(q, 1);
    c->id = (struct str){arena_strndup(rq->arena, id.ptr, id.len), id.len};
    c->hash = (struct str){arena_strndup(rq->arena, hash.ptr, hash.len), hash.len};
    return ERR_OK;
}

static enum err save(struct request *rq)
{
    struct change *c = rq->scratch;
    struct query *q = request_sql(rq, CHANGE);
    query_text(q, ":id", c->id);
    query_text(q, ":password_hash", str_of(c->new_hash));
    query_run(q);
    q = request_sql(rq, END_OTHERS);
    query_text(q, ":id", c->id);
    query_run(q);
    return reply_no_content(rq);
}

static enum err check_old(struct request *rq, struct change *c)
{
    struct str target = str_of(arena_printf(rq->arena, "password %.*s", (int)c->id.len, c->id.ptr));
    if ((rq->retry_after = limiter_take(rq->house->limiter, target)))
        return fail(rq, ERR_RATE_LIMITED, "too many wrong passwords; try again in %d seconds",
                    rq->retry_after);
    enum password_result result = password_check(fields_get(&c->v, "password")->text, c->hash);
    if (result == PASSWORD_WRONG) {
        invalid(rq, "/password", "is not your password");
        return invalid_result(rq);
    }
    limiter_forgive(rq->house->limiter, target);
    return result == PASSWORD_RIGHT ? ERR_OK
                                    : fail(rq, ERR_UNAVAILABLE, "many people are logging in; try again");
}

static enum err change_password(struct request *rq)
{
    struct change *c = rq->scratch = arena_zalloc(rq->arena, sizeof *c);
    enum err err = c ? fields_read(rq, fields, rq->json, false, &c->v) : ERR_UNAVAILABLE;
    if (err == ERR_OK)
        err = request_transact(rq, TX_READ, find);
    if (err == ERR_OK)
        err = check_old(rq, c);
    if (err == ERR_OK && password_hash(fields_get(&c->v, "new_password")->text, c->new_hash))
        err = fail(rq, ERR_UNAVAILABLE, "the password could not be stored; try again");
    if (err == ERR_OK)
        err = request_transact(rq, TX_WRITE, save);
    if (err == ERR_OK)
        identity_revoked(rq->house->identity);
    return err;
}

static const struct route routes[] = {
    {METHOD_PUT, "/v1/me/password", "changePassword", ACCESS_ORGANIZER, TX_NONE, change_password,
     .body = BODY_JSON, .flags = ROUTE_NO_STORE},
    {0},
};

const struct feature feature_passwords = {.name = "passwords", .routes = routes, .sql = sql};

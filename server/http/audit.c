#include "http/audit.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "http/house.h"
#include "http/keys.h"

enum { HASH = 2 * crypto_hash_sha256_BYTES + 1, SEAL = 2 * KEYS_DERIVED + 1 }; /* as hex, with the NUL */

static const char HEAD[] = "SELECT number, hash, seal FROM audit_head WHERE id = 1";
static const char INSERT[] =
    "INSERT INTO audit (number, event_id, at, participant_id, role, action, scope, reason, hash, seal)"
    " VALUES (:number, :event_id, :at, :by, :role, :action, :scope, :reason, :hash, :seal)";
static const char MOVE[] = "UPDATE audit_head SET number = :number, hash = :hash, seal = :seal WHERE id = 1";
/* With the head on each row, so that both are of one moment while a server writes; one row when there is
 * none. */
static const char ROWS[] =
    "SELECT a.number, a.event_id, a.at, a.participant_id, a.role, a.action, a.scope, a.reason, a.hash, "
    "a.seal,"
    " h.number, h.hash, h.seal FROM audit_head h LEFT JOIN audit a ON a.number > 0 WHERE h.id = 1"
    " ORDER BY a.number";

const char *const audit_sql[] = {HEAD, INSERT, MOVE, NULL};

static const char restored[] = "restored";

/* --- the chain --- */

/* Each part by its length, so that no two rows read alike. */
static void absorb(crypto_hash_sha256_state *state, struct str s)
{
    char length[24];
    int n = s.ptr ? snprintf(length, sizeof length, "%zu:", s.len) : snprintf(length, sizeof length, "-");
    crypto_hash_sha256_update(state, (const unsigned char *)length, (size_t)n);
    if (s.len)
        crypto_hash_sha256_update(state, (const unsigned char *)s.ptr, s.len);
}

static void absorb_int(crypto_hash_sha256_state *state, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)value);
    absorb(state, (struct str){text, (size_t)n});
}

static void hash_row(const char before[HASH], int64_t number, const struct audit_row *row, char out[HASH])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    absorb(&state, str_of(before));
    absorb_int(&state, number);
    absorb(&state, row->event);
    absorb_int(&state, row->at);
    absorb(&state, row->participant);
    absorb(&state, str_of(row->role));
    absorb(&state, row->action);
    absorb(&state, row->scope);
    absorb(&state, row->reason);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(out, HASH, hash, sizeof hash);
}

static void seal_of(const struct keys *keys, const char *purpose, const char hash[HASH], int64_t number,
                    char out[SEAL])
{
    unsigned char seal[KEYS_DERIVED];
    keys_derive(keys, purpose, str_of(hash), number, seal);
    sodium_bin2hex(out, SEAL, seal, sizeof seal);
}

static const char of_row[] = "audit", of_head[] = "audit-head";

static void copy_hash(char to[HASH], struct str from)
{
    snprintf(to, HASH, "%.*s", (int)from.len, from.ptr ? from.ptr : "");
}

/* --- writing --- */

enum err audit_append(struct conn *c, const struct keys *keys, const struct audit_row *row)
{
    char before[HASH], hash[HASH], seal[SEAL], end[SEAL];
    struct query *q = query_get(c, HEAD);
    if (!query_row(q))
        return ERR_INTERNAL;
    int64_t number = query_get_int(q, 0) + 1;
    copy_hash(before, query_get_text(q, 1));
    hash_row(before, number, row, hash);
    seal_of(keys, of_row, hash, number, seal);
    seal_of(keys, of_head, hash, number, end);
    q = query_get(c, INSERT);
    query_int(q, ":number", number);
    query_text(q, ":event_id", row->event);
    query_int(q, ":at", row->at);
    query_text(q, ":by", row->participant);
    query_text(q, ":role", str_of(row->role));
    query_text(q, ":action", row->action);
    query_text(q, ":scope", row->scope);
    query_text(q, ":reason", row->reason);
    query_text(q, ":hash", str_of(hash));
    query_text(q, ":seal", str_of(seal));
    if (query_run(q) == STEP_CONFLICT) {
        log_line(LOG_ERROR, "the audit does not end where its head says: run convened doctor", NULL);
        return ERR_UNAVAILABLE;
    }
    q = query_get(c, MOVE);
    query_int(q, ":number", number);
    query_text(q, ":hash", str_of(hash));
    query_text(q, ":seal", str_of(end));
    query_run(q);
    return conn_error(c);
}

static bool is_wanted(const struct request *rq)
{
    unsigned flags = rq->route->flags;
    bool seen = flags & ROUTE_AUDITED || (flags & ROUTE_PEOPLE && rq->reply.people);
    return seen && rq->who.role >= ROLE_STAFF;
}

static void put_pair(struct buf *out, struct str name, struct str value)
{
    int64_t number;
    if (out->len)
        buf_char(out, ' ');
    buf_str(out, name);
    if (!uuid_is(value) && !str_int(value, &number)) /* other values are what somebody typed */
        return;
    buf_char(out, '=');
    buf_str(out, value);
}

static void put_scope(const struct request *rq, struct buf *out)
{
    for (int i = 0; i < PARAMS_MAX && rq->param_names[i].ptr; i++)
        if (!str_is(rq->param_names[i], "event"))
            put_pair(out, rq->param_names[i], rq->params[i]);
    struct str rest = rq->in->query;
    while (rest.len) {
        struct str value = str_split(&rest, '&'), name = str_split(&value, '=');
        if (!str_is(name, "reason") && !str_is(name, "confirm"))
            put_pair(out, name, value);
    }
    if (rq->reply.people)
        buf_printf(out, "%speople=%d", out->len ? " " : "", rq->reply.people);
    if (rq->scope.len) {
        buf_puts(out, out->len ? " " : "");
        buf_str(out, rq->scope);
    }
}

enum err audit_write(struct request *rq)
{
    struct buf scope;
    if (!is_wanted(rq))
        return ERR_OK;
    buf_init(&scope, rq->arena, 128);
    put_scope(rq, &scope);
    if (scope.failed)
        return ERR_UNAVAILABLE;
    return audit_append(rq->conn, rq->house->keys,
                        &(struct audit_row){.event = rq->event ? rq->frame.event : (struct str){0},
                                            .participant = rq->frame.participant,
                                            .role = role_name(rq->who.role),
                                            .action = str_of(rq->route->operation),
                                            .scope = scope.len ? buf_view(&scope) : STR(""),
                                            .reason = rq->reason,
                                            .at = rq->now});
}

static enum err write_alone(struct conn *c, void *arg)
{
    struct request *rq = arg;
    rq->conn = c;
    enum err err = audit_write(rq);
    rq->conn = NULL;
    return err;
}

enum err audit_answer(struct request *rq)
{
    if (rq->route->tx == TX_WRITE || rq->route->tx == TX_REPEATABLE || !is_wanted(rq))
        return ERR_OK;
    enum err err = db_write_repeatable(rq->house->db, &rq->frame, write_alone, rq);
    if (err == ERR_OK)
        return ERR_OK;
    return fail(rq, err, "this is not shown unless the audit says so, and that could not be written");
}

/* --- after a restore --- */

struct end {
    int64_t number;
    char hash[HASH], seal[SEAL];
};

static void read_end(struct end *end, struct query *q, int column)
{
    end->number = query_get_int(q, column);
    copy_hash(end->hash, query_get_text(q, column + 1));
    copy_hash(end->seal, query_get_text(q, column + 2));
}

static bool is_ours(const struct keys *keys, const struct end *end)
{
    char seal[SEAL];
    seal_of(keys, of_head, end->hash, end->number, seal);
    return !strcmp(end->seal, seal);
}

static enum err mark(struct conn *c, void *arg)
{
    char scope[48];
    struct query *q = query_get(c, HEAD);
    int64_t number = query_row(q) ? query_get_int(q, 0) : 0;
    snprintf(scope, sizeof scope, "sealed_elsewhere=%lld", (long long)number);
    return audit_append(
        c, arg,
        &(struct audit_row){
            .role = "server", .action = str_of(restored), .scope = str_of(scope), .at = clock_now_ms()});
}

int audit_open(struct house *house)
{
    struct conn *c = db_read_begin(house->db, NULL);
    struct query *q = c ? query_get(c, HEAD) : NULL;
    if (!q || !query_row(q)) {
        if (c)
            db_read_end(c);
        return -1;
    }
    struct end end;
    read_end(&end, q, 0);
    db_read_end(c);
    if (!end.number || is_ours(house->keys, &end))
        return 0;
    log_line(LOG_WARN, "the audit is sealed by another key: a restored copy, or tampered with", " rows=%lld",
             (long long)end.number);
    return db_write(house->db, NULL, mark, house->keys) == ERR_OK ? 0 : -1;
}

/* --- checking --- */

struct check {
    const struct keys *keys;
    struct audit_state *state;
    char hash[HASH];     /* of the row before */
    struct end end;      /* as the head says */
    int64_t foreign;     /* rows so far that carry another key's seal, from the first on */
    int64_t first_other; /* the first such row behind one of ours; 0: none */
    char why[160];       /* the first broken link */
};

static void check_seal(struct check *k, int64_t number, const char hash[HASH], struct query *q)
{
    char seal[SEAL], scope[48];
    seal_of(k->keys, of_row, hash, number, seal);
    if (!str_is(query_get_text(q, 9), seal)) {
        if (k->foreign == number - 1)
            k->foreign = number;
        else if (!k->first_other)
            k->first_other = number;
        return;
    }
    /* The server says itself, under its own seal, that those before are another's. */
    snprintf(scope, sizeof scope, "sealed_elsewhere=%lld", (long long)(number - 1));
    if (k->foreign == number - 1 && str_is(query_get_text(q, 5), restored) &&
        str_is(query_get_text(q, 6), scope)) {
        k->state->elsewhere = number - 1;
    }
}

static int check_row(void *arg, struct query *q)
{
    struct check *k = arg;
    char hash[HASH], role[32];
    int64_t number = query_get_int(q, 0), next = k->state->rows + 1;
    struct str said = query_get_text(q, 4);
    read_end(&k->end, q, 10);
    if (query_is_null(q, 0))
        return 0;
    snprintf(role, sizeof role, "%.*s", (int)said.len, said.ptr ? said.ptr : "");
    struct audit_row row = {.event = query_get_text(q, 1),
                            .at = query_get_int(q, 2),
                            .participant = query_get_text(q, 3),
                            .role = role,
                            .action = query_get_text(q, 5),
                            .scope = query_get_text(q, 6),
                            .reason = query_get_text(q, 7)};
    if (number != next) {
        snprintf(k->why, sizeof k->why, "audit: row %lld is missing", (long long)next);
        return 1;
    }
    hash_row(k->hash, number, &row, hash);
    if (!str_is(query_get_text(q, 8), hash)) {
        snprintf(k->why, sizeof k->why, "audit: row %lld is not what was written, or not in its place",
                 (long long)number);
        return 1;
    }
    k->state->rows = number;
    memcpy(k->hash, hash, HASH);
    if (k->keys)
        check_seal(k, number, hash, q);
    return 0;
}

static void check_end(struct check *k)
{
    if (k->end.number != k->state->rows || strcmp(k->end.hash, k->hash))
        snprintf(k->why, sizeof k->why, "audit: it ends with row %lld, and ended with row %lld",
                 (long long)k->state->rows, (long long)k->end.number);
    else if (k->keys && k->foreign < k->end.number && !is_ours(k->keys, &k->end))
        snprintf(k->why, sizeof k->why, "audit: rows behind row %lld are missing", (long long)k->end.number);
}

static void check_seals(struct check *k)
{
    if (*k->why || !k->keys)
        return;
    int64_t first = k->first_other;
    if (!first && k->foreign > k->state->elsewhere)
        first = k->state->elsewhere + 1;
    if (first)
        snprintf(k->why, sizeof k->why,
                 "audit: row %lld was not sealed by this server's key: the rows from there on were written "
                 "anew, or secrets/server.key is another",
                 (long long)first);
}

int audit_verify(const char *path, const struct keys *keys, void (*say)(void *, const char *), void *arg,
                 struct audit_state *state)
{
    char why[DB_WHY];
    struct check k = {.keys = keys, .state = state};
    *state = (struct audit_state){0};
    int rc = db_read_file(path, ROWS, check_row, &k, why);
    if (rc < 0) {
        say(arg, why);
        return -1;
    }
    if (!*k.why)
        check_end(&k);
    check_seals(&k);
    if (*k.why)
        say(arg, k.why);
    return *k.why ? 1 : 0;
}

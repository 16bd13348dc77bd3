#include "http/identity.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "http/house.h"
#include "http/hub.h"
#include "http/scope.h"
#include "http/token.h"

enum { SETS = 1024, WAYS = 4, LOCKS = 64 }; /* 4,096 tokens, about 1.2 MB */

struct entry {
    unsigned char key[crypto_shorthash_siphashx24_BYTES]; /* of the token, under a key of this process */
    int64_t exp;                                          /* s; 0: empty */
    unsigned generation;
    struct principal who;
};

struct identity {
    struct hub *hub;
    atomic_uint generation;
    unsigned char hash_key[crypto_shorthash_siphashx24_KEYBYTES];
    pthread_mutex_t locks[LOCKS];
    struct entry *entries; /* SETS × WAYS */
};

static const char DEVICE[] = "SELECT p.id, p.role, p.event_id, p.team_id, p.organizer_id, d.refresh_seen"
                             " FROM devices d JOIN participants p ON p.id = d.participant_id"
                             " WHERE d.id = :id AND d.revoked_at IS NULL";

/* The first use of an access token shows that the answer of its refresh has arrived: see features/auth.c. */
static const char SEEN[] = "UPDATE devices SET refresh_seen = :ver WHERE id = :id AND refresh_seen < :ver";

const char *const identity_sql[] = {DEVICE, SEEN, NULL};

struct identity *identity_create(struct hub *hub)
{
    struct identity *id = calloc(1, sizeof *id);
    if (!id)
        return NULL;
    id->entries = calloc(SETS * WAYS, sizeof *id->entries);
    if (!id->entries) {
        free(id);
        return NULL;
    }
    randombytes_buf(id->hash_key, sizeof id->hash_key);
    id->hub = hub;
    atomic_init(&id->generation, 1);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&id->locks[i], NULL);
    return id;
}

void identity_destroy(struct identity *id)
{
    if (!id)
        return;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&id->locks[i]);
    free(id->entries);
    free(id);
}

void identity_revoked(struct identity *id)
{
    atomic_fetch_add(&id->generation, 1);
    hub_wake_all(id->hub);
}

/* --- remembered tokens --- */

static struct entry *set_of(struct identity *id, const unsigned char *key, pthread_mutex_t **lock)
{
    unsigned set = (unsigned)(key[0] | key[1] << 8) % SETS;
    *lock = &id->locks[set % LOCKS];
    return &id->entries[set * WAYS];
}

static bool recall(struct identity *id, const unsigned char *key, int64_t now_s, unsigned generation,
                   struct principal *out)
{
    pthread_mutex_t *lock;
    struct entry *set = set_of(id, key, &lock);
    bool found = false;
    pthread_mutex_lock(lock);
    for (int i = 0; i < WAYS && !found; i++) {
        struct entry *e = &set[i];
        found = e->exp > now_s && e->generation == generation && !memcmp(e->key, key, sizeof e->key);
        if (found)
            *out = e->who;
    }
    pthread_mutex_unlock(lock);
    return found;
}

static void remember(struct identity *id, const unsigned char *key, int64_t exp, unsigned generation,
                     const struct principal *who)
{
    pthread_mutex_t *lock;
    struct entry *set = set_of(id, key, &lock), *oldest = set;
    pthread_mutex_lock(lock);
    for (int i = 0; i < WAYS; i++) {
        if (!memcmp(set[i].key, key, sizeof set[i].key)) {
            oldest = &set[i];
            break;
        }
        if (set[i].exp < oldest->exp)
            oldest = &set[i];
    }
    memcpy(oldest->key, key, sizeof oldest->key);
    oldest->exp = exp;
    oldest->generation = generation;
    oldest->who = *who;
    pthread_mutex_unlock(lock);
}

/* --- the database's word --- */

static void take(char to[37], struct str from)
{
    size_t n = from.len < 36 ? from.len : 36;
    if (n)
        memcpy(to, from.ptr, n);
    to[n] = '\0';
}

struct seen {
    const char *device;
    int64_t ver;
};

static enum err mark_seen(struct conn *c, void *arg)
{
    struct seen *seen = arg;
    struct query *q = query_get(c, SEEN);
    query_text(q, ":id", str_of(seen->device));
    query_int(q, ":ver", seen->ver);
    query_run(q);
    return ERR_OK;
}

static enum err load(struct request *rq, const struct claims *claims)
{
    struct principal *who = &rq->who;
    struct conn *c = db_read_begin(rq->house->db, NULL);
    if (!c)
        return fail(rq, ERR_UNAVAILABLE, "the server is busy; try again");
    struct query *q = query_get(c, DEVICE);
    query_text(q, ":id", str_of(claims->sub));
    bool known = query_row(q);
    int64_t seen = known ? query_get_int(q, 5) : 0;
    if (known) {
        take(who->participant, query_get_text(q, 0));
        who->role = role_parse(query_get_text(q, 1));
        take(who->event, query_get_text(q, 2));
        take(who->team, query_get_text(q, 3));
        take(who->organizer, query_get_text(q, 4));
        memcpy(who->device, claims->sub, sizeof who->device);
    }
    enum err err = conn_error(c);
    db_read_end(c);
    if (err != ERR_OK)
        return fail(rq, ERR_UNAVAILABLE, "the server is busy; try again");
    /* Event and team never change under a device; a token that says otherwise is not one of ours. */
    if (!known || strcmp(who->event, claims->evt) || strcmp(who->team, claims->team))
        return ERR_UNAUTHORIZED;
    who->home = *who->event ? scope_find(rq->house->scope, str_of(who->event)) : NULL;
    if (claims->ver > seen) /* a failure here costs nothing but a later refresh */
        db_write(rq->house->db, NULL, mark_seen, &(struct seen){claims->sub, claims->ver});
    return ERR_OK;
}

static enum err refuse(struct request *rq, const char *why)
{
    rq->who = (struct principal){0};
    reply_header(rq, "WWW-Authenticate", "Bearer realm=\"convened\"%s",
                 why ? ", error=\"invalid_token\"" : "");
    return fail(rq, ERR_UNAUTHORIZED, "%s", why ? why : "send `Authorization: Bearer` with an access token");
}

static enum err verify(struct request *rq, struct str token, struct claims *claims)
{
    switch (token_verify(rq->house->keys, token, rq->now / 1000, claims)) {
    case TOKEN_OK:
        break;
    case TOKEN_EXPIRED:
        return refuse(rq, "the access token has expired: refresh it");
    case TOKEN_BAD:
    default:
        return refuse(rq, "the access token is not valid: join or log in again");
    }
    if (claims->role == ROLE_ADMIN) {
        rq->who.role = ROLE_ADMIN;
        return ERR_OK;
    }
    enum err err = load(rq, claims);
    return err == ERR_UNAUTHORIZED ? refuse(rq, "this device's access has ended: join or log in again") : err;
}

enum err identity_check(struct request *rq)
{
    struct identity *id = rq->house->identity;
    struct str header = request_header(rq, "Authorization");
    if (!header.ptr)
        return refuse(rq, NULL);
    if (header.len < 8 || !str_ieq((struct str){header.ptr, 7}, "Bearer "))
        return refuse(rq, "the Authorization header is not `Bearer`");
    struct str token = str_trim((struct str){header.ptr + 7, header.len - 7});
    if (!token.len || token.len > TOKEN_MAX_LEN)
        return refuse(rq, "the access token is not valid: join or log in again");
    unsigned char key[crypto_shorthash_siphashx24_BYTES];
    crypto_shorthash_siphashx24(key, (const unsigned char *)token.ptr, token.len, id->hash_key);
    unsigned generation =
        atomic_load(&id->generation); /* before the look: a later revocation is not missed */
    if (recall(id, key, rq->now / 1000, generation, &rq->who))
        return ERR_OK;
    struct claims claims;
    enum err err = verify(rq, token, &claims);
    if (err == ERR_OK)
        remember(id, key, claims.exp, generation, &rq->who);
    return err;
}

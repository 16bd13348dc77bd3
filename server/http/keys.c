#include "http/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/secrets.h"
#include "http/signing.h"

enum { SECRET = 32, PEM_MAX = 4096 };

_Static_assert((int)KEYS_WHY == (int)SECRETS_WHY, "reasons pass through unchanged");

static const char secret_file[] = "server.key";

struct key_name {
    char file[KEYS_KID + sizeof "jwt-.pem"];
};

/* The first table owns all its keys; each later one owns key[0] and borrows the rest from the one before. */
struct table {
    struct table *older;
    size_t count;
    struct signing_key *key[]; /* newest first, at least one */
};

struct keys {
    struct secrets dir;
    unsigned char secret[SECRET];
    pthread_mutex_t rotating;
    _Atomic(struct table *) table;
};

static struct key_name key_name(const char *kid)
{
    struct key_name name;
    snprintf(name.file, sizeof name.file, "jwt-%s.pem", kid);
    return name;
}

/* ---- signing keys ---- */

static struct signing_key *signing_key_load(const struct keys *keys, const char *kid, char *why)
{
    char pem[PEM_MAX];
    size_t len;
    bool missing;
    struct key_name name = key_name(kid);
    struct signing_key *key = NULL;
    if (secrets_read(&keys->dir, name.file, pem, sizeof pem, &len, &missing, why) == 0) {
        key = signing_key_parse(kid, pem, len);
        if (!key)
            secrets_refuse(&keys->dir, why, name.file,
                           "is not a P-256 private key: restore it from a copy, or remove it");
    }
    sodium_memzero(pem, sizeof pem);
    return key;
}

/* A new key, on the disk before anything is signed with it. */
static struct signing_key *signing_key_create(const struct keys *keys, const char *kid, char *why)
{
    char *pem = pem_create();
    struct signing_key *key = pem ? signing_key_parse(kid, pem, strlen(pem)) : NULL;
    if (!key) {
        secrets_refuse(&keys->dir, why, NULL,
                       "no signing key can be made: memory is out, or OpenSSL lacks P-256");
    } else if (secrets_create(&keys->dir, key_name(kid).file, pem, strlen(pem), why) != 0) {
        signing_key_destroy(key);
        key = NULL;
    }
    pem_free(pem);
    return key;
}

/* ---- the directory ---- */

static int newest_first(const void *a, const void *b)
{
    return strcmp(b, a);
}

/* The kids in the directory, newest first. */
static int list_kids(const struct keys *keys, char kids[KEYS_MAX][KEYS_KID], size_t *count, char *why)
{
    int fd = openat(keys->dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return secrets_refuse(&keys->dir, why, NULL, "cannot be listed: %s", strerror(errno));
    }
    *count = 0;
    errno = 0;
    for (struct dirent *e; !failed && (e = readdir(dir)); errno = 0) {
        struct str name = str_of(e->d_name), kid = {name.ptr + 4, name.len - 8};
        int64_t seconds;
        if (name.len < 8 || !str_starts(name, "jwt-") || strcmp(name.ptr + name.len - 4, ".pem") != 0)
            continue;
        if (!kid_parse(kid, &seconds))
            failed = secrets_refuse(&keys->dir, why, e->d_name, "is no key name of ours: move it elsewhere");
        else if (*count == KEYS_MAX)
            failed = secrets_refuse(&keys->dir, why, NULL, "holds over %d signing keys: remove the oldest",
                                    KEYS_MAX);
        else
            snprintf(kids[(*count)++], KEYS_KID, "%.*s", (int)kid.len, kid.ptr);
    }
    if (!failed && errno) /* a list cut short would pass for a directory without keys */
        failed = secrets_refuse(&keys->dir, why, NULL, "cannot be listed: %s", strerror(errno));
    closedir(dir);
    qsort(kids, *count, KEYS_KID, newest_first);
    return failed;
}

/* server.key; made when the directory is new. Beside signing keys its loss is not repaired in silence, for
 * every code that was ever printed hangs on it. */
static int load_secret(struct keys *keys, bool fresh, char *why)
{
    char bytes[SECRET + 2]; /* one more than is right, and one more that secrets_read() must not reach */
    size_t len;
    bool missing;
    int failed = secrets_read(&keys->dir, secret_file, bytes, sizeof bytes, &len, &missing, why);
    if (failed && missing && fresh) {
        randombytes_buf(bytes, SECRET);
        len = SECRET;
        failed = secrets_create(&keys->dir, secret_file, bytes, SECRET, why);
    } else if (failed && missing) {
        secrets_refuse(&keys->dir, why, secret_file,
                       "is missing: restore it from a copy; without it every code changes");
    } else if (!failed && len != SECRET) {
        failed = secrets_refuse(&keys->dir, why, secret_file,
                                "holds %zu bytes, not %d: restore it from a copy", len, SECRET);
    }
    if (!failed)
        memcpy(keys->secret, bytes, SECRET);
    sodium_memzero(bytes, sizeof bytes);
    return failed;
}

/* ---- tables ---- */

static struct table *table_create(struct table *older, size_t room)
{
    struct table *t = calloc(1, sizeof *t + room * sizeof t->key[0]);
    if (t)
        t->older = older;
    return t;
}

static int load_table(struct keys *keys, char kids[KEYS_MAX][KEYS_KID], size_t count, char *why)
{
    bool fresh = count == 0;
    if (fresh && !kid_make(kids[count++], NULL))
        return secrets_refuse(&keys->dir, why, NULL, "no key can be named: set the clock right");
    struct table *t = table_create(NULL, count);
    if (!t)
        return secrets_refuse(&keys->dir, why, NULL, "memory is out");
    atomic_store(&keys->table, t); /* keys_close() frees what is loaded by then */
    while (t->count < count) {
        const char *kid = kids[t->count];
        struct signing_key *key =
            fresh ? signing_key_create(keys, kid, why) : signing_key_load(keys, kid, why);
        if (!key)
            return -1;
        t->key[t->count++] = key;
    }
    return 0;
}

static int load(struct keys *keys, const char *dir, char *why)
{
    char kids[KEYS_MAX][KEYS_KID];
    size_t count = 0;
    if (secrets_open(&keys->dir, dir, why) != 0 || secrets_lock(&keys->dir, why) != 0)
        return -1;
    int failed = list_kids(keys, kids, &count, why);
    failed = failed || load_secret(keys, count == 0, why) || load_table(keys, kids, count, why) ? -1 : 0;
    secrets_unlock(&keys->dir);
    return failed;
}

struct keys *keys_open(const char *dir, char why[KEYS_WHY])
{
    struct keys *keys = sodium_init() < 0 ? NULL : calloc(1, sizeof *keys);
    if (!keys) {
        snprintf(why, KEYS_WHY, "libsodium does not start, or memory is out");
        return NULL;
    }
    keys->dir.fd = -1;
    pthread_mutex_init(&keys->rotating, NULL);
    if (load(keys, dir, why) == 0)
        return keys;
    keys_close(keys);
    return NULL;
}

void keys_close(struct keys *keys)
{
    if (!keys)
        return;
    for (struct table *t = atomic_load(&keys->table), *older; t; t = older) {
        older = t->older;
        for (size_t i = 0; i < (older ? 1 : t->count); i++)
            signing_key_destroy(t->key[i]);
        free(t);
    }
    secrets_close(&keys->dir);
    pthread_mutex_destroy(&keys->rotating);
    sodium_memzero(keys, sizeof *keys);
    free(keys);
}

/* ---- rotation ---- */

static int64_t kid_seconds(const char *kid)
{
    int64_t seconds = 0;
    kid_parse(str_of(kid), &seconds);
    return seconds;
}

/* How many keys of `t` still verify beside a new one named `kid`: a key is done KEYS_KEEP_S after the *next*
 * key took its place, whatever its own age, since it signed until then. */
static size_t kept(const struct table *t, const char *kid)
{
    int64_t now = kid_seconds(kid);
    size_t count = 1;
    while (count < t->count && now - kid_seconds(t->key[count - 1]->kid) <= KEYS_KEEP_S)
        count++;
    return count;
}

/* The caller holds keys->rotating and the lock of the directory. */
static int rotate(struct keys *keys, char *kid, char *why)
{
    struct table *old = atomic_load(&keys->table);
    if (!kid_make(kid, old->key[0]->kid))
        return secrets_refuse(&keys->dir, why, key_name(old->key[0]->kid).file,
                              "no later key can be named: set the clock right");
    size_t keep = kept(old, kid);
    if (keep == KEYS_MAX)
        return secrets_refuse(&keys->dir, why, NULL,
                              "%d keys are in use already: wait a day, or remove some and restart", KEYS_MAX);
    struct table *t = table_create(old, keep + 1);
    if (!t)
        return secrets_refuse(&keys->dir, why, NULL, "memory is out");
    t->key[0] = signing_key_create(keys, kid, why);
    if (!t->key[0]) {
        free(t);
        return -1;
    }
    memcpy(t->key + 1, old->key, keep * sizeof old->key[0]);
    t->count = keep + 1;
    atomic_store(&keys->table, t);
    /* A file that stays is loaded and pruned again after a restart; nothing that it signed is still valid. */
    for (size_t i = keep; i < old->count; i++)
        unlinkat(keys->dir.fd, key_name(old->key[i]->kid).file, 0);
    return 0;
}

int keys_rotate(struct keys *keys, char kid[KEYS_KID], char why[KEYS_WHY])
{
    pthread_mutex_lock(&keys->rotating);
    int failed = secrets_lock(&keys->dir, why);
    if (!failed) {
        failed = rotate(keys, kid, why);
        secrets_unlock(&keys->dir);
    }
    pthread_mutex_unlock(&keys->rotating);
    return failed;
}

/* ---- readers ---- */

const struct signing_key *keys_newest(struct keys *keys)
{
    return atomic_load(&keys->table)->key[0];
}

const struct signing_key *keys_by_header(struct keys *keys, struct str header)
{
    const struct table *t = atomic_load(&keys->table);
    for (size_t i = 0; i < t->count; i++)
        if (t->key[i]->header_len == header.len && memcmp(t->key[i]->header, header.ptr, header.len) == 0)
            return t->key[i];
    return NULL;
}

void keys_jwks(struct keys *keys, struct buf *out)
{
    const struct table *t = atomic_load(&keys->table);
    buf_puts(out, "{\"keys\":[");
    for (size_t i = 0; i < t->count; i++) {
        buf_puts(out, i ? ",{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""
                        : "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"");
        buf_base64url(out, t->key[i]->x, sizeof t->key[i]->x);
        buf_puts(out, "\",\"y\":\"");
        buf_base64url(out, t->key[i]->y, sizeof t->key[i]->y);
        buf_printf(out, "\",\"kid\":\"%s\",\"use\":\"sig\",\"alg\":\"ES256\"}", t->key[i]->kid);
    }
    buf_puts(out, "]}");
}

static void hash_number(crypto_auth_hmacsha256_state *state, uint64_t n)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(n >> (56 - 8 * i));
    crypto_auth_hmacsha256_update(state, bytes, sizeof bytes);
}

void keys_derive(const struct keys *keys, const char *purpose, struct str subject, int64_t generation,
                 unsigned char out[KEYS_DERIVED])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, keys->secret, sizeof keys->secret);
    hash_number(&state, strlen(purpose));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)purpose, strlen(purpose));
    hash_number(&state, subject.len);
    if (subject.len)
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)subject.ptr, subject.len);
    hash_number(&state, (uint64_t)generation);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

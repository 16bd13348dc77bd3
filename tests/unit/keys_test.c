/* Key directory: what is refused and why, rotation beside readers, the public key set, derived secrets. */
#include "http/keys.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h wants the three above */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "http/secrets.h"
#include "http/signing.h"
#include "http/token.h"
#include "temp_dir.h"

struct fixture {
    struct temp_dir t;
    struct arena arena;
    char why[KEYS_WHY];
    char kid[KEYS_KID];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    arena_init(&f->arena, NULL, 0);
    return temp_make(&f->t);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    temp_remove(&f->t);
    arena_finish(&f->arena);
    free(f);
    return 0;
}

/* Opening must fail, in one line that holds both texts. */
static void assert_refused(struct fixture *f, const char *file, const char *mend)
{
    f->why[0] = '\0';
    struct keys *keys = keys_open(f->t.path, f->why);
    if (keys)
        keys_close(keys);
    assert_null(keys);
    if (!strstr(f->why, file) || !strstr(f->why, mend) || strchr(f->why, '\n'))
        fail_msg("wanted %s and %s in: %s", file, mend, f->why);
}

static struct keys *open_good(struct fixture *f)
{
    struct keys *keys = keys_open(f->t.path, f->why);
    if (!keys)
        fail_msg("%s", f->why);
    return keys;
}

static int count_files(struct fixture *f, const char *suffix)
{
    int count = 0;
    DIR *dir = opendir(f->t.path);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name), end = strlen(suffix);
        count += len > end && strcmp(e->d_name + len - end, suffix) == 0;
    }
    closedir(dir);
    return count;
}

static mode_t mode_of(struct fixture *f, const char *name)
{
    struct stat st;
    assert_int_equal(stat(temp_path(&f->t, name), &st), 0);
    return st.st_mode & 0777;
}

static const char *pem_name(char out[64], const char *kid)
{
    snprintf(out, 64, "jwt-%s.pem", kid);
    return out;
}

/* ---- making and reading ---- */

static void makes_private_files(void **state)
{
    struct fixture *f = *state;
    char name[64];
    rmdir(f->t.path);
    struct keys *keys = open_good(f);
    assert_int_equal(mode_of(f, ""), 0700);
    assert_int_equal(mode_of(f, "server.key"), 0600);
    assert_int_equal(mode_of(f, pem_name(name, keys_newest(keys)->kid)), 0600);
    assert_int_equal(count_files(f, ".new"), 0);
    keys_close(keys);
}

static void same_after_reopen(void **state)
{
    struct fixture *f = *state;
    unsigned char before[KEYS_DERIVED], after[KEYS_DERIVED];
    char header[KEYS_HEADER];
    struct keys *keys = open_good(f);
    snprintf(header, sizeof header, "%s", keys_newest(keys)->header);
    keys_derive(keys, "team-code", STR("x"), 1, before);
    keys_close(keys);
    keys = open_good(f);
    keys_derive(keys, "team-code", STR("x"), 1, after);
    assert_memory_equal(before, after, sizeof before);
    assert_string_equal(header, keys_newest(keys)->header);
    assert_int_equal(count_files(f, ".pem"), 1);
    keys_close(keys);
}

static void close_takes_null(void **state)
{
    (void)state;
    keys_close(NULL);
    pem_free(NULL);
    signing_key_destroy(NULL);
}

static void crash_leftover_is_replaced(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(temp_write(&f->t, ".new", "half", 4, 0600), 0);
    keys_close(open_good(f));
    assert_int_equal(access(temp_path(&f->t, ".new"), F_OK), -1);
}

/* ---- refusals ---- */

static void weak_modes_refused(void **state)
{
    struct fixture *f = *state;
    char name[64];
    struct keys *keys = open_good(f);
    pem_name(name, keys_newest(keys)->kid);
    keys_close(keys);
    const char *files[] = {"server.key", name};
    const mode_t weak[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666};
    for (size_t i = 0; i < 2; i++) {
        for (size_t m = 0; m < sizeof weak / sizeof weak[0]; m++) {
            chmod(temp_path(&f->t, files[i]), weak[m]);
            assert_refused(f, files[i], "chmod 600");
        }
        chmod(temp_path(&f->t, files[i]), 0400); /* stronger is fine */
        keys_close(open_good(f));
    }
    chmod(f->t.path, 0750);
    assert_refused(f, f->t.path, "chmod 700");
}

static void other_owner_refused(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0)
        skip();
    keys_close(open_good(f));
    assert_int_equal(chown(temp_path(&f->t, "server.key"), 12345, (gid_t)-1), 0);
    assert_refused(f, "server.key", "belongs to user 12345");
    assert_int_equal(chown(f->t.path, 12345, (gid_t)-1), 0);
    assert_refused(f, f->t.path, "run as its owner");
}

static void server_key_must_be_32_bytes(void **state)
{
    struct fixture *f = *state;
    char bytes[64] = {0};
    keys_close(open_good(f));
    const size_t lengths[] = {0, 1, 31, 33, 34, 64};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(temp_write(&f->t, "server.key", bytes, lengths[i], 0600), 0);
        assert_refused(f, "server.key", "restore it");
    }
    unlink(temp_path(&f->t, "server.key"));
    assert_refused(f, "server.key", "is missing");
}

static void only_plain_files(void **state)
{
    struct fixture *f = *state;
    char secret[32] = {0}, target[sizeof f->t.entry];
    keys_close(open_good(f));
    unlink(temp_path(&f->t, "server.key"));
    assert_int_equal(temp_write(&f->t, "elsewhere", secret, 32, 0600), 0);
    snprintf(target, sizeof target, "%s", f->t.entry);
    assert_int_equal(symlink(target, temp_path(&f->t, "server.key")), 0);
    assert_refused(f, "server.key", "cannot be opened");
    unlink(f->t.entry);
    assert_int_equal(mkfifo(f->t.entry, 0600), 0); /* must not wait for a writer */
    assert_refused(f, "server.key", "not a plain file");
    unlink(f->t.entry);
    assert_int_equal(mkdir(f->t.entry, 0700), 0);
    assert_refused(f, "server.key", "not a plain file");
}

static char *pem_of_curve(const char *curve, char *out, size_t cap, size_t *len)
{
    EVP_PKEY *pkey = EVP_EC_gen(curve);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
    *len = (size_t)BIO_read(bio, out, (int)cap);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return out;
}

static void damaged_pem_refused(void **state)
{
    struct fixture *f = *state;
    char name[64], pem[5000];
    size_t len;
    struct keys *keys = open_good(f);
    snprintf(pem, sizeof pem, "%s", keys_newest(keys)->private_pem);
    const size_t whole = strlen(pem);
    char public_pem[512];
    snprintf(public_pem, sizeof public_pem, "%s", keys_newest(keys)->public_pem);
    pem_name(name, keys_newest(keys)->kid);
    keys_close(keys);

    for (size_t cut = 0; cut < whole - 1; cut += 13) {
        temp_write(&f->t, name, pem, cut, 0600);
        assert_refused(f, name, "is not a P-256 private key");
    }
    temp_write(&f->t, name, public_pem, strlen(public_pem), 0600);
    assert_refused(f, name, "is not a P-256 private key");
    const char *curves[] = {"P-384", "secp256k1"};
    for (size_t i = 0; i < 2; i++) {
        pem_of_curve(curves[i], pem, sizeof pem, &len);
        temp_write(&f->t, name, pem, len, 0600);
        assert_refused(f, name, "is not a P-256 private key");
    }
    memset(pem, '-', sizeof pem);
    temp_write(&f->t, name, pem, sizeof pem, 0600);
    assert_refused(f, name, "is too long");
    const char locked[] =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    temp_write(&f->t, name, locked, strlen(locked), 0600);
    assert_refused(f, name, "is not a P-256 private key");
}

static void encrypted_pem_asks_nobody(void **state)
{
    struct fixture *f = *state;
    char name[64], pem[4000];
    struct keys *keys = open_good(f);
    pem_name(name, keys_newest(keys)->kid);
    keys_close(keys);
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, pkey, EVP_aes_128_cbc(), (const unsigned char *)"pass", 4, NULL, NULL);
    int len = BIO_read(bio, pem, sizeof pem);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    assert_true(len > 0);
    temp_write(&f->t, name, pem, (size_t)len, 0600);
    assert_refused(f, name, "is not a P-256 private key");
}

static void foreign_names(void **state)
{
    struct fixture *f = *state;
    const char *refused[] = {"jwt-.pem",
                             "jwt-x.pem",
                             "jwt-20151301000000-abcdef.pem", /* no 13th month */
                             "jwt-20150230000000-abcdef.pem",
                             "jwt-20151201000000_abcdef.pem",
                             "jwt-20151201000000-ABCDEF.pem",
                             "jwt-20151201000000-abcdef0.pem",
                             "jwt-2015120100000a-abcdef.pem",
                             "jwt-20151201000000-abcdeg.pem"};
    const char *ignored[] = {"jwt-20151201000000-abcdef.pem~", "notes.txt", "jwt", ".pem"};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        temp_write(&f->t, ignored[i], "x", 1, 0644);
    keys_close(open_good(f));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        temp_write(&f->t, refused[i], "x", 1, 0600);
        assert_refused(f, refused[i], "is no key name of ours");
        unlink(f->t.entry);
    }
}

static void impossible_places(void **state)
{
    struct fixture *f = *state;
    char why[KEYS_WHY], long_path[600];
    assert_null(keys_open(temp_path(&f->t, "no/such/parent"), why));
    assert_non_null(strstr(why, "cannot be made"));
    temp_write(&f->t, "file", "x", 1, 0600);
    assert_null(keys_open(temp_path(&f->t, "file"), why));
    assert_non_null(strstr(why, "cannot be opened"));
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    assert_null(keys_open(long_path, why)); /* the mend still fits */
    assert_non_null(strstr(why, "cannot be made: "));
    assert_non_null(strstr(why, "...aaa"));
}

/* A disk without room: RLIMIT_FSIZE makes write() fail in a child of its own. */
static int open_without_room(const char *dir, rlim_t room)
{
    pid_t pid = fork();
    if (pid == 0) {
        char why[KEYS_WHY] = "";
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){room, room});
        struct keys *keys = keys_open(dir, why);
        int code = !keys && strstr(why, "cannot be written") ? 0 : 1;
        keys_close(keys);
        _exit(code);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static void full_disk_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_without_room(f->t.path, 8), 0);
    assert_int_equal(access(temp_path(&f->t, "server.key"), F_OK), -1);
    assert_int_equal(access(temp_path(&f->t, ".new"), F_OK), -1);
    assert_int_equal(open_without_room(f->t.path, 64), 0); /* server.key fits, the PEM does not */
    assert_int_equal(count_files(f, ".pem"), 0);
    keys_close(open_good(f));
}

/* ---- rotation ---- */

static void rotation_keeps_what_was_replaced_lately(void **state)
{
    struct fixture *f = *state;
    char first[KEYS_KID], name[64];
    struct keys *keys = open_good(f);
    snprintf(first, sizeof first, "%s", keys_newest(keys)->kid);
    struct str header = str_of(keys_newest(keys)->header);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_string_equal(keys_newest(keys)->kid, f->kid);
    assert_true(strcmp(f->kid, first) > 0);
    assert_int_equal(mode_of(f, pem_name(name, f->kid)), 0600);
    assert_non_null(keys_by_header(keys, header));
    assert_null(keys_by_header(keys, STR("eyJhbGciOiJub25lIn0")));
    keys_close(keys);
    keys = open_good(f);
    assert_string_equal(keys_newest(keys)->kid, f->kid);
    assert_int_equal(count_files(f, ".pem"), 2);
    keys_close(keys);
}

static void add_key(struct fixture *f, const char *kid)
{
    char name[64];
    char *pem = pem_create();
    assert_non_null(pem);
    temp_write(&f->t, pem_name(name, kid), pem, strlen(pem), 0600);
    pem_free(pem);
}

/* Of keys from 2013, 2014 and 2015, the last signed until now: it stays, the others were replaced long ago.
 */
static void rotation_prunes_by_time_of_replacement(void **state)
{
    struct fixture *f = *state;
    char name[64];
    unsigned char secret[32] = {1};
    temp_write(&f->t, "server.key", secret, 32, 0600);
    add_key(f, "20130101000000-00000a");
    add_key(f, "20140101000000-00000b");
    add_key(f, "20150101000000-00000c");
    struct keys *keys = open_good(f);
    struct str signed_lately = str_of(keys_newest(keys)->header);
    assert_string_equal(keys_newest(keys)->kid, "20150101000000-00000c");
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_non_null(keys_by_header(keys, signed_lately));
    assert_int_equal(count_files(f, ".pem"), 2);
    assert_int_equal(access(temp_path(&f->t, pem_name(name, "20150101000000-00000c")), F_OK), 0);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0); /* replaced seconds ago: still there */
    assert_non_null(keys_by_header(keys, signed_lately));
    keys_close(keys);
}

static void clock_that_went_back(void **state)
{
    struct fixture *f = *state;
    unsigned char secret[32] = {1};
    temp_write(&f->t, "server.key", secret, 32, 0600);
    add_key(f, "20991231235959-ffffff");
    struct keys *keys = open_good(f);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_memory_equal(f->kid, "21000101000000-", 15);
    assert_string_equal(keys_newest(keys)->kid, f->kid);
    keys_close(keys);
    add_key(f, "99991231235959-ffffff");
    keys = open_good(f);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), -1);
    assert_non_null(strstr(f->why, "set the clock right"));
    keys_close(keys);
}

static void failed_rotation_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct keys *keys = open_good(f);
    char before[KEYS_KID];
    snprintf(before, sizeof before, "%s", keys_newest(keys)->kid);
    temp_remove(&f->t);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), -1);
    assert_non_null(strstr(f->why, "cannot be written"));
    assert_string_equal(keys_newest(keys)->kid, before);
    keys_close(keys);
}

static void too_many_keys(void **state)
{
    struct fixture *f = *state;
    struct keys *keys = open_good(f);
    for (int i = 1; i < KEYS_MAX; i++)
        assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    assert_int_equal(keys_rotate(keys, f->kid, f->why), -1);
    assert_non_null(strstr(f->why, "wait a day"));
    keys_close(keys);
    add_key(f, "20130101000000-00000a");
    assert_refused(f, f->t.path, "remove the oldest");
}

struct race {
    struct keys *keys;
    atomic_bool stop;
    atomic_int refused, seen;
};

static void *read_for_ever(void *arg)
{
    struct race *race = arg;
    while (!atomic_load(&race->stop)) {
        const struct signing_key *key = keys_newest(race->keys);
        if (keys_by_header(race->keys, str_of(key->header)) != key)
            atomic_fetch_add(&race->refused, 1);
        atomic_fetch_add(&race->seen, 1);
    }
    return NULL;
}

static void readers_beside_rotations(void **state)
{
    struct fixture *f = *state;
    struct race race = {.keys = open_good(f)};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, read_for_ever, &race);
    for (int i = 0; i < 30; i++)
        assert_int_equal(keys_rotate(race.keys, f->kid, f->why), 0);
    atomic_store(&race.stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(race.refused, 0);
    assert_true(race.seen > 0);
    keys_close(race.keys);
}

/* ---- what others read ---- */

static void assert_coordinate(const json_t *key, const char *name, const unsigned char want[32])
{
    unsigned char bytes[64];
    size_t len = 0;
    struct str text = str_of(json_string_value(json_object_get(key, name)));
    assert_int_equal(text.len, 43);
    assert_true(text_decode_base64url(text, bytes, sizeof bytes, &len));
    assert_int_equal(len, 32);
    assert_memory_equal(bytes, want, 32);
}

static void jwks_is_public_and_whole(void **state)
{
    struct fixture *f = *state;
    struct buf out;
    struct keys *keys = open_good(f);
    for (int i = 0; i < 20;
         i++) /* enough that a coordinate with a leading zero would be likely to show in time */
        assert_int_equal(keys_rotate(keys, f->kid, f->why), 0);
    buf_init(&out, &f->arena, 0);
    keys_jwks(keys, &out);
    json_t *set = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL),
           *list = json_object_get(set, "keys");
    assert_int_equal(json_array_size(list), 21);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *key = json_array_get(list, i);
        assert_int_equal(json_object_size(key), 7); /* and so no "d" */
        assert_string_equal(json_string_value(json_object_get(key, "kty")), "EC");
        assert_string_equal(json_string_value(json_object_get(key, "crv")), "P-256");
        assert_string_equal(json_string_value(json_object_get(key, "use")), "sig");
        assert_string_equal(json_string_value(json_object_get(key, "alg")), "ES256");
    }
    const json_t *first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "kid")), f->kid);
    assert_coordinate(first, "x", keys_newest(keys)->x);
    assert_coordinate(first, "y", keys_newest(keys)->y);
    json_decref(set);
    keys_close(keys);
}

static void derived_secrets_differ(void **state)
{
    struct fixture *f = *state;
    unsigned char got[8][KEYS_DERIVED];
    struct keys *keys = open_good(f);
    keys_derive(keys, "ab", STR("c"), 1, got[0]);
    keys_derive(keys, "a", STR("bc"), 1, got[1]); /* same bytes, other border */
    keys_derive(keys, "ab", STR("c"), 2, got[2]);
    keys_derive(keys, "ab", STR("c"), -1, got[3]);
    keys_derive(keys, "ab", STR("c"), (int64_t)1 << 32 | 1, got[4]);
    keys_derive(keys, "abc", STR(""), 1, got[5]);
    keys_derive(keys, "", STR("abc"), 1, got[6]);
    keys_derive(keys, "ab", STR("c\0"), 1, got[7]);
    for (int i = 0; i < 8; i++)
        for (int j = i + 1; j < 8; j++)
            assert_memory_not_equal(got[i], got[j], KEYS_DERIVED);
    keys_close(keys);
}

/* Codes are printed on paper: their derivation may never change. Computed with Python's hmac module. */
static void derivation_is_fixed(void **state)
{
    struct fixture *f = *state;
    unsigned char secret[32], got[KEYS_DERIVED];
    static const unsigned char want[KEYS_DERIVED] = {
        0x8e, 0xa7, 0xb9, 0xe7, 0xb1, 0xb4, 0x89, 0x6f, 0x82, 0x0b, 0xc3, 0xc5, 0xa4, 0xec, 0x1c, 0xec,
        0x70, 0x2d, 0xee, 0x07, 0x80, 0x3c, 0x09, 0xd4, 0xba, 0xe8, 0x16, 0x41, 0xd1, 0x7a, 0x6d, 0xdb};
    for (int i = 0; i < 32; i++)
        secret[i] = (unsigned char)i;
    temp_write(&f->t, "server.key", secret, 32, 0600);
    struct keys *keys = open_good(f);
    keys_derive(keys, "team-code", STR("los-angeles"), 258, got);
    assert_memory_equal(got, want, sizeof want);
    keys_close(keys);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(makes_private_files),
        TEST(same_after_reopen),
        TEST(close_takes_null),
        TEST(crash_leftover_is_replaced),
        TEST(weak_modes_refused),
        TEST(other_owner_refused),
        TEST(server_key_must_be_32_bytes),
        TEST(only_plain_files),
        TEST(damaged_pem_refused),
        TEST(encrypted_pem_asks_nobody),
        TEST(foreign_names),
        TEST(impossible_places),
        TEST(full_disk_leaves_nothing),
        TEST(rotation_keeps_what_was_replaced_lately),
        TEST(rotation_prunes_by_time_of_replacement),
        TEST(clock_that_went_back),
        TEST(failed_rotation_changes_nothing),
        TEST(too_many_keys),
        TEST(readers_beside_rotations),
        TEST(jwks_is_public_and_whole),
        TEST(derived_secrets_differ),
        TEST(derivation_is_fixed),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}

/* Key directory: weak, damaged, missing and foreign files are refused, each with its reason; a full disk. */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "keys_fixture.h"

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

/* With each number of free descriptors: a reason, or a directory that is whole. Never fresh keys over old
 * ones. */
static void descriptors_exhausted(void **state)
{
    struct fixture *f = *state;
    struct rlimit was;
    char kid[KEYS_KID];
    struct keys *keys = open_good(f);
    snprintf(kid, sizeof kid, "%s", keys_newest(keys)->kid);
    keys_close(keys);
    int lowest = dup(0), refused = 0;
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    for (int extra = 0; extra < 6; extra++) {
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)(lowest + extra), was.rlim_max});
        keys = keys_open(f->t.path, f->why);
        setrlimit(RLIMIT_NOFILE, &was);
        refused += !keys;
        assert_true(keys || strstr(f->why, "cannot be opened") || strstr(f->why, "cannot be listed"));
        if (keys)
            assert_string_equal(keys_newest(keys)->kid, kid);
        keys_close(keys);
    }
    assert_in_range(refused, 2, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(weak_modes_refused),    TEST(other_owner_refused), TEST(server_key_must_be_32_bytes),
        TEST(only_plain_files),      TEST(damaged_pem_refused), TEST(encrypted_pem_asks_nobody),
        TEST(foreign_names),         TEST(impossible_places),   TEST(full_disk_leaves_nothing),
        TEST(descriptors_exhausted),
    };
    return cmocka_run_group_tests_name("key refusals", tests, NULL, NULL);
}

/* Sealed files: what was sealed comes back to the right key, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/seal.h"

static int file_of(const void *bytes, size_t len)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    int fd = dup(fileno(f));
    fclose(f);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static size_t bytes_of(int fd, unsigned char *to, size_t size)
{
    ssize_t n = pread(fd, to, size, 0);
    assert_true(n >= 0 && (size_t)n < size);
    return (size_t)n;
}

static size_t seal(const struct seal_pair *pair, const unsigned char *bytes, size_t len, unsigned char *to,
                   size_t size)
{
    int in = file_of(bytes, len), out = file_of("", 0);
    assert_int_equal(seal_file(in, out, pair->public), 0);
    size_t n = bytes_of(out, to, size);
    close(in);
    close(out);
    return n;
}

/* The length of what opened, -1 when nothing did. */
static long unseal(const struct seal_pair *pair, const unsigned char *sealed, size_t n, unsigned char *to,
                   size_t size)
{
    int in = file_of(sealed, n), out = file_of("", 0);
    long len = seal_open(in, out, pair) ? -1 : (long)bytes_of(out, to, size);
    close(in);
    close(out);
    return len;
}

enum { ROOM = 300 * 1024 };

static unsigned char plain[ROOM], sealed[ROOM], opened[ROOM];

static void what_was_sealed_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 200000};
    struct seal_pair pair;
    (void)state;
    seal_pair_make(&pair);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        randombytes_buf(plain, sizes[i]);
        size_t n = seal(&pair, plain, sizes[i], sealed, ROOM);
        assert_int_equal(unseal(&pair, sealed, n, opened, ROOM), sizes[i]);
        assert_memory_equal(opened, plain, sizes[i]);
        assert_true(sizes[i] < 16 || !memmem(sealed, n, plain, 16));
    }
}

static void another_key_opens_nothing(void **state)
{
    struct seal_pair pair, other, mixed;
    (void)state;
    seal_pair_make(&pair);
    seal_pair_make(&other);
    size_t n = seal(&pair, (const unsigned char *)"words", 5, sealed, ROOM);
    assert_int_equal(unseal(&other, sealed, n, opened, ROOM), -1);
    memcpy(mixed.public, pair.public, SEAL_KEY);
    memcpy(mixed.secret, other.secret, SEAL_KEY);
    assert_int_equal(unseal(&mixed, sealed, n, opened, ROOM), -1);
    seal_pair_of(pair.secret, &mixed);
    assert_int_equal(unseal(&mixed, sealed, n, opened, ROOM), 5);
}

static void no_byte_may_change(void **state)
{
    struct seal_pair pair;
    (void)state;
    seal_pair_make(&pair);
    size_t n = seal(&pair, (const unsigned char *)"words", 5, sealed, ROOM);
    for (size_t i = 0; i < n; i++) {
        sealed[i] ^= 1;
        assert_int_equal(unseal(&pair, sealed, n, opened, ROOM), -1);
        sealed[i] ^= 1;
        assert_int_equal(unseal(&pair, sealed, i, opened, ROOM), -1);
    }
    sealed[n] = 0;
    assert_int_equal(unseal(&pair, sealed, n + 1, opened, ROOM), -1);
}

static void no_piece_may_go_or_move(void **state)
{
    enum { HEAD = 8 + 80 + 24, ONE = 65536 + 17 };
    static unsigned char moved[ROOM];
    struct seal_pair pair;
    (void)state;
    seal_pair_make(&pair);
    randombytes_buf(plain, 140000);
    size_t n = seal(&pair, plain, 140000, sealed, ROOM);
    assert_int_equal(unseal(&pair, sealed, HEAD + ONE, opened, ROOM), -1);
    assert_int_equal(unseal(&pair, sealed, HEAD + 2 * ONE, opened, ROOM), -1);
    memcpy(moved, sealed, n);
    memcpy(moved + HEAD, sealed + HEAD + ONE, ONE);
    memcpy(moved + HEAD + ONE, sealed + HEAD, ONE);
    assert_int_equal(unseal(&pair, moved, n, opened, ROOM), -1);
    memmove(sealed + HEAD, sealed + HEAD + ONE, n - HEAD - ONE);
    assert_int_equal(unseal(&pair, sealed, n - ONE, opened, ROOM), -1);
}

static void a_key_is_64_hex_digits(void **state)
{
    unsigned char key[SEAL_KEY];
    char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0";
    (void)state;
    assert_true(seal_key_read((struct str){hex, 64}, key));
    assert_int_equal(key[1], 0x11);
    assert_false(seal_key_read((struct str){hex, 65}, key));
    assert_false(seal_key_read((struct str){hex, 63}, key));
    hex[5] = 'g';
    assert_false(seal_key_read((struct str){hex, 64}, key));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_comes_back), cmocka_unit_test(another_key_opens_nothing),
        cmocka_unit_test(no_byte_may_change), cmocka_unit_test(no_piece_may_go_or_move),
        cmocka_unit_test(a_key_is_64_hex_digits)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

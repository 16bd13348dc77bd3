#include "base/seal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

enum {
    PIECE = 64 * 1024,
    STREAM_KEY = crypto_secretstream_xchacha20poly1305_KEYBYTES,
    HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    MORE = crypto_secretstream_xchacha20poly1305_ABYTES, /* a piece grows by */
    SEALED_KEY = STREAM_KEY + crypto_box_SEALBYTES
};

_Static_assert((int)SEAL_KEY == (int)crypto_box_PUBLICKEYBYTES, "a key's size");

static const char MAGIC[8] = {'C', 'N', 'V', 'D', 'B', 'O', 'X', '1'};

void seal_pair_make(struct seal_pair *pair)
{
    crypto_box_keypair(pair->public, pair->secret);
}

void seal_pair_of(const unsigned char secret[SEAL_KEY], struct seal_pair *pair)
{
    memcpy(pair->secret, secret, SEAL_KEY);
    crypto_scalarmult_base(pair->public, secret);
}

bool seal_key_read(struct str hex, unsigned char key[SEAL_KEY])
{
    size_t len;
    return hex.len == 2 * SEAL_KEY && !sodium_hex2bin(key, SEAL_KEY, hex.ptr, hex.len, NULL, &len, NULL) &&
           len == SEAL_KEY;
}

/* As many bytes as there are, up to `size`; -1 on a fault. */
static long read_full(int fd, unsigned char *to, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, to + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (!n)
            break;
        have += (size_t)n;
    }
    return (long)have;
}

static int write_full(int fd, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    while (len) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static int seal_pieces(int in, int out, crypto_secretstream_xchacha20poly1305_state *state)
{
    unsigned char piece[PIECE], sealed[PIECE + MORE];
    long n;
    do {
        n = read_full(in, piece, PIECE);
        if (n < 0)
            return -1;
        unsigned char tag = n < PIECE ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0;
        crypto_secretstream_xchacha20poly1305_push(state, sealed, NULL, piece, (unsigned long long)n, NULL, 0,
                                                   tag);
        if (write_full(out, sealed, (size_t)n + MORE))
            return -1;
    } while (n == PIECE);
    sodium_memzero(piece, sizeof piece);
    return 0;
}

int seal_file(int in, int out, const unsigned char public[SEAL_KEY])
{
    unsigned char key[STREAM_KEY], sealed[SEALED_KEY], header[HEADER];
    crypto_secretstream_xchacha20poly1305_state state;
    if (sodium_init() < 0)
        return -1;
    crypto_secretstream_xchacha20poly1305_keygen(key);
    crypto_secretstream_xchacha20poly1305_init_push(&state, header, key);
    int rc = crypto_box_seal(sealed, key, sizeof key, public);
    sodium_memzero(key, sizeof key);
    if (!rc)
        rc = write_full(out, MAGIC, sizeof MAGIC) || write_full(out, sealed, sizeof sealed) ||
             write_full(out, header, sizeof header) || seal_pieces(in, out, &state);
    sodium_memzero(&state, sizeof state);
    return rc ? -1 : 0;
}

static int open_pieces(int in, int out, crypto_secretstream_xchacha20poly1305_state *state)
{
    unsigned char piece[PIECE], sealed[PIECE + MORE];
    unsigned char tag = 0;
    while (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
        unsigned long long len = 0;
        long n = read_full(in, sealed, sizeof sealed);
        if (n < MORE || crypto_secretstream_xchacha20poly1305_pull(state, piece, &len, &tag, sealed,
                                                                   (unsigned long long)n, NULL, 0))
            return -1;
        if (write_full(out, piece, (size_t)len))
            return -1;
    }
    sodium_memzero(piece, sizeof piece);
    return read_full(in, sealed, 1) ? -1 : 0; /* nothing stands behind the last */
}

int seal_open(int in, int out, const struct seal_pair *pair)
{
    unsigned char magic[sizeof MAGIC], sealed[SEALED_KEY], header[HEADER], key[STREAM_KEY];
    crypto_secretstream_xchacha20poly1305_state state;
    if (sodium_init() < 0 || read_full(in, magic, sizeof magic) != sizeof magic ||
        memcmp(magic, MAGIC, sizeof MAGIC) != 0 || read_full(in, sealed, sizeof sealed) != sizeof sealed ||
        read_full(in, header, sizeof header) != sizeof header ||
        crypto_box_seal_open(key, sealed, sizeof sealed, pair->public, pair->secret))
        return -1;
    int rc = crypto_secretstream_xchacha20poly1305_init_pull(&state, header, key);
    sodium_memzero(key, sizeof key);
    if (!rc)
        rc = open_pieces(in, out, &state);
    sodium_memzero(&state, sizeof state);
    return rc ? -1 : 0;
}

#include "base/uuid.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"

static void write_text(char out[UUID_TEXT], unsigned char b[16], int version)
{
    static const char hex[] = "0123456789abcdef";
    b[6] = (unsigned char)((b[6] & 0x0F) | version << 4);
    b[8] = (b[8] & 0x3F) | 0x80;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[b[i] >> 4];
        *out++ = hex[b[i] & 15];
    }
    *out = '\0';
}

void uuid_v7(char out[UUID_TEXT])
{
    unsigned char b[16];
    uint64_t ms = (uint64_t)clock_now_ms();
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(ms >> (40 - 8 * i));
    randombytes_buf(b + 6, 10);
    write_text(out, b, 7);
}

static void hash_part(crypto_generichash_state *state, struct str part)
{
    /* The length goes first, or ("ab", "c") and ("a", "bc") would be one id. */
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)part.len >> (8 * i));
    crypto_generichash_update(state, length, sizeof length);
    crypto_generichash_update(state, (const unsigned char *)part.ptr, part.len);
}

void uuid_derive(char out[UUID_TEXT], struct str space, struct str name)
{
    unsigned char b[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof b);
    hash_part(&state, space);
    hash_part(&state, name);
    crypto_generichash_final(&state, b, sizeof b);
    write_text(out, b, 8);
}

bool uuid_is(struct str s)
{
    if (s.len != UUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return false;
        } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

#include "features/codes.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "http/keys.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford: no I, L, O, U */

static const char *const purposes[] = {
    [CODE_TEAM] = "team-code", [CODE_STAFF] = "staff-code", [CODE_ATTENDEE] = "attendee-code"};

/* The digit that a typed character stands for; 0 when none. U is read as V, its look-alike that labels may
 * hold. */
static char fold(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        return '0';
    if (c == 'I' || c == 'L')
        return '1';
    if (c == 'U')
        return 'V';
    return c && strchr(digits, c) ? c : 0;
}

bool code_read_digits(struct str typed, int wanted, char *out)
{
    int n = 0;
    for (size_t i = 0; i < typed.len; i++) {
        if (typed.ptr[i] == ' ' || typed.ptr[i] == '-')
            continue;
        char c = fold(typed.ptr[i]);
        if (!c || n == wanted)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n == wanted;
}

bool code_read(struct str typed, char out[CODE_DIGITS + 1])
{
    return code_read_digits(typed, CODE_DIGITS, out);
}

void code_spell(uint64_t bits, int n, char *out)
{
    for (int i = 0; i < n; i++, bits >>= 5)
        out[i] = digits[bits & 31];
    out[n] = '\0';
}

int code_value(char digit)
{
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

void code_label(struct str slug, char out[CODE_LABEL])
{
    int n = 0;
    for (size_t i = 0; i < slug.len && n < CODE_LABEL - 1; i++) {
        char c = slug.ptr[i];
        if ((c >= 'a' && c <= 'z'))
            out[n++] = (char)(c - 'a' + 'A');
        else if (c >= '0' && c <= '9')
            out[n++] = c;
    }
    while (n < CODE_LABEL - 1)
        out[n++] = 'X';
    out[n] = '\0';
}

void code_fold_label(char label[CODE_LABEL])
{
    for (int i = 0; label[i]; i++)
        label[i] = fold(label[i]);
}

void code_random_label(char out[CODE_LABEL])
{
    for (int i = 0; i < CODE_LABEL - 1; i++)
        out[i] = digits[randombytes_uniform(32)];
    out[CODE_LABEL - 1] = '\0';
}

static void derive(const struct keys *keys, enum code_kind kind, struct str id, int64_t generation,
                   char out[11])
{
    unsigned char mac[KEYS_DERIVED];
    keys_derive(keys, purposes[kind], id, generation, mac);
    uint64_t bits = 0;
    for (int i = 0; i < 7; i++)
        bits = bits << 8 | mac[i];
    code_spell(bits, 10, out);
}

void code_write(const struct keys *keys, enum code_kind kind, const char *label, struct str id,
                int64_t generation, char out[CODE_TEXT])
{
    char rest[11];
    derive(keys, kind, id, generation, rest);
    snprintf(out, CODE_TEXT, "%.4s-%.5s-%.5s", label, rest, rest + 5);
}

bool code_matches(const struct keys *keys, enum code_kind kind, struct str id, int64_t generation,
                  const char folded[CODE_DIGITS + 1])
{
    char rest[11];
    derive(keys, kind, id, generation, rest);
    return sodium_memcmp(rest, folded + CODE_LABEL - 1, 10) == 0;
}

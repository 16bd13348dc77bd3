#include "features/certificate_number.h"

#include <stdint.h>
#include <stdio.h>

#include <sodium.h>

#include "features/codes.h"

enum { MODULUS = 37 };

static int check_of(const char *kept)
{
    int rest = 0;
    for (int i = 0; i < NUMBER_DIGITS - 1; i++)
        rest = (rest * 32 + code_value(kept[i])) % MODULUS;
    return rest;
}

void certificate_number_make(char out[NUMBER_KEPT])
{
    int check;
    do {
        uint64_t bits;
        randombytes_buf(&bits, sizeof bits);
        code_spell(bits, NUMBER_DIGITS - 1, out);
        check = check_of(out);
    } while (check >= 32);
    code_spell((uint64_t)check, 1, out + NUMBER_DIGITS - 1);
}

void certificate_number_print(struct str kept, char out[NUMBER_TEXT])
{
    char digits[NUMBER_KEPT] = "";
    if (kept.len == NUMBER_DIGITS)
        snprintf(digits, sizeof digits, "%.*s", NUMBER_DIGITS, kept.ptr);
    snprintf(out, NUMBER_TEXT, "%.4s-%.4s-%.4s-%.1s", digits, digits + 4, digits + 8, digits + 12);
}

bool certificate_number_read(struct str typed, char out[NUMBER_KEPT])
{
    return code_read_digits(typed, NUMBER_DIGITS, out) && check_of(out) == code_value(out[NUMBER_DIGITS - 1]);
}

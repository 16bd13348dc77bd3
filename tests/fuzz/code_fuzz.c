/* Join codes, and those on the screen of a room, as people type them. */
#include "fuzz.h"

#include "features/codes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folded[CODE_DIGITS + 1], again[CODE_DIGITS + 1], label[CODE_LABEL];
    struct str typed = {(const char *)data, size};
    if (code_read(typed, folded)) {
        HOLD(strlen(folded) == CODE_DIGITS);
        HOLD(strspn(folded, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == CODE_DIGITS);
        HOLD(code_read(str_of(folded), again) && !strcmp(folded, again)); /* folding is done once */
    }
    for (int n = 1; n <= CODE_DIGITS; n++) /* a room's has six */
        if (code_read_digits(typed, n, folded)) {
            HOLD(strlen(folded) == (size_t)n && size >= (size_t)n);
            for (int i = 0; i < n; i++)
                HOLD(code_value(folded[i]) >= 0);
        }
    code_label(typed, label);
    HOLD(strlen(label) == CODE_LABEL - 1);
    code_fold_label(label);
    HOLD(strspn(label, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == CODE_LABEL - 1);
    return 0;
}

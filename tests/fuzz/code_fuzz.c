/* Join codes as people type them. */
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
    code_label(typed, label);
    HOLD(strlen(label) == CODE_LABEL - 1);
    code_fold_label(label);
    HOLD(strspn(label, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == CODE_LABEL - 1);
    return 0;
}

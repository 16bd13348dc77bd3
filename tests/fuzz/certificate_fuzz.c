/* Numbers of certificates as people type them, and as they are scanned. */
#include "fuzz.h"

#include "features/certificate_number.h"
#include "features/codes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char kept[NUMBER_KEPT], again[NUMBER_KEPT], printed[NUMBER_TEXT], slip[NUMBER_KEPT];
    struct str typed = {(const char *)data, size};
    if (!certificate_number_read(typed, kept))
        return 0;
    HOLD(strlen(kept) == NUMBER_DIGITS);
    HOLD(strspn(kept, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == NUMBER_DIGITS);
    certificate_number_print(str_of(kept), printed);
    HOLD(strlen(printed) == NUMBER_TEXT - 1);
    HOLD(certificate_number_read(str_of(printed), again) && !strcmp(kept, again));
    for (int i = 0; i < NUMBER_DIGITS; i++) { /* a digit that is one more is no certificate's */
        memcpy(slip, kept, sizeof slip);
        code_spell((uint64_t)(code_value(kept[i]) + 1) % 32, 1, again);
        slip[i] = *again;
        HOLD(!certificate_number_read(str_of(slip), again));
    }
    return 0;
}

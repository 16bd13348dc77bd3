/* Headers of downloads: SIZE-BYTE, Range, a line break, If-Range or a list of tags. */
#include "fuzz.h"

#include "http/conditional.h"
#include "http/range.h"

#define TAG "\"q3vJk0ZrT1mXy7d_9LwBfA\""

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t at = -1, len = -1;
    if (!size)
        return 0;
    struct str rest = {(const char *)data + 1, size - 1}, range = str_split(&rest, '\n');
    int64_t n = data[0] < 250 ? data[0] : INT64_MAX >> (data[0] - 250);
    switch (range_read(range, n, &at, &len)) {
    case RANGE_PART:
        HOLD(at >= 0 && len > 0 && at <= n - len);
        HOLD(range.len > 6);
        break;
    case RANGE_WHOLE:
    case RANGE_OUTSIDE:
        HOLD(at == 0 && len == n);
    }
    if (range_if(rest, TAG))
        HOLD(!rest.ptr || conditional_lists(rest, TAG));
    return 0;
}

/* Times as requests and files bear them: RFC 3339, dates, and clocks of a table. */
#include "fuzz.h"

#include "base/clock.h"
#include "features/incoming.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = -1, again = -1, days = -1;
    int seconds = -1, year, month, day;
    char text[CLOCK_TEXT];
    struct str s = {(const char *)data, size};
    if (clock_parse(s, &ms)) {
        HOLD(size >= 20);
        int n = clock_format(text, ms, NULL);
        HOLD(n > 0 && n < CLOCK_TEXT && (size_t)n == strlen(text));
        HOLD(clock_parse(str_of(text), &again) && again == ms);
    }
    if (clock_parse_date(s, &days)) {
        clock_civil(days, &year, &month, &day);
        HOLD(clock_days(year, month, day) == days && month >= 1 && month <= 12 && day >= 1 && day <= 31);
        snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        HOLD(size == 10 && !memcmp(text, data, 10));
    }
    if (incoming_clock(s, &seconds))
        HOLD(seconds >= 0 && seconds <= 86400);
    return 0;
}

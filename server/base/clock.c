#include "base/clock.h"

#include <time.h>

#include "base/zone.h"

enum { DAY_SECONDS = 86400 };
static const int64_t LATEST_MS = 253402300799999;   /* 9999-12-31T23:59:59.999Z */
static const int64_t EARLIEST_MS = -62135596800000; /* 0001-01-01T00:00:00Z */

int64_t clock_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct timespec clock_monotonic_in(int64_t ms)
{
    int64_t us = clock_monotonic_us() + ms * 1000;
    return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

/* Years begin in March here, so that the leap day is the last of its year; an era is 400 years. */
void clock_civil(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned doe =
        (unsigned)(days - era * 146097); /* 32 bits from here on: this runs hundreds of times a reply */
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(era * 400 + yoe) + (*month <= 2);
}

int64_t clock_days(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

/* `count` digits at p as a number; -1 when one of them is no digit. */
static int digits(const char *p, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        n = n * 10 + (p[i] - '0');
    }
    return n;
}

bool clock_parse_date(struct str s, int64_t *days)
{
    if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-')
        return false;
    int year = digits(s.ptr, 4), month = digits(s.ptr + 5, 2), day = digits(s.ptr + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    static const char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > lengths[month - 1] + (leap && month == 2))
        return false;
    *days = clock_days(year, month, day);
    return true;
}

/* Takes `.5` off the front of *s when it is there; only the first three digits count. */
static bool take_fraction(struct str *s, int *ms)
{
    *ms = 0;
    if (!s->len || *s->ptr != '.')
        return true;
    size_t i = 1;
    for (int unit = 100; i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++, unit /= 10)
        *ms += (s->ptr[i] - '0') * unit;
    s->ptr += i;
    s->len -= i;
    return i > 1;
}

/* `Z` or `-08:00`, and nothing after it, to seconds east of UTC. */
static bool parse_offset(struct str s, int *seconds)
{
    if (s.len == 1 && (*s.ptr == 'Z' || *s.ptr == 'z')) {
        *seconds = 0;
        return true;
    }
    if (s.len != 6 || (*s.ptr != '+' && *s.ptr != '-') || s.ptr[3] != ':')
        return false;
    int hour = digits(s.ptr + 1, 2), minute = digits(s.ptr + 4, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *seconds = (hour * 60 + minute) * (*s.ptr == '-' ? -60 : 60);
    return true;
}

bool clock_parse(struct str s, int64_t *ms)
{
    int64_t days;
    if (s.len < 20 || (s.ptr[10] != 'T' && s.ptr[10] != 't') || s.ptr[13] != ':' || s.ptr[16] != ':' ||
        !clock_parse_date((struct str){s.ptr, 10}, &days))
        return false;
    int hour = digits(s.ptr + 11, 2), minute = digits(s.ptr + 14, 2), second = digits(s.ptr + 17, 2);
    /* No leap second: a database in POSIX time has no place for one. */
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    int fraction, offset;
    struct str rest = {s.ptr + 19, s.len - 19};
    if (!take_fraction(&rest, &fraction) || !parse_offset(rest, &offset))
        return false;
    int64_t at = (days * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset) * 1000 + fraction;
    if (at < 0 || at > LATEST_MS)
        return false;
    *ms = at;
    return true;
}

static char *put2(char *p, int n)
{
    p[0] = (char)('0' + n / 10);
    p[1] = (char)('0' + n % 10);
    return p + 2;
}

static char *put_offset(char *p, int minutes)
{
    *p++ = minutes < 0 ? '-' : '+';
    minutes = minutes < 0 ? -minutes : minutes;
    p = put2(p, minutes / 60);
    *p++ = ':';
    return put2(p, minutes % 60);
}

int clock_format(char out[CLOCK_TEXT], int64_t ms, const struct zone *zone)
{
    /* RFC 3339 has no seconds in offsets: local mean times of old are cut to the minute, the instant stays.
     */
    int minutes = zone ? zone_offset(zone, ms) / 60 : 0;
    int64_t local = ms < EARLIEST_MS ? EARLIEST_MS : ms > LATEST_MS ? LATEST_MS : ms;
    local += (int64_t)minutes * 60000;
    local = local < EARLIEST_MS ? EARLIEST_MS : local > LATEST_MS ? LATEST_MS : local;
    int64_t days = local / 86400000 - (local % 86400000 < 0);
    int rest = (int)(local - days * 86400000), year, month, day;
    clock_civil(days, &year, &month, &day);
    char *p = put2(put2(out, year / 100), year % 100);
    *p++ = '-';
    p = put2(p, month);
    *p++ = '-';
    p = put2(p, day);
    *p++ = 'T';
    p = put2(p, rest / 3600000);
    *p++ = ':';
    p = put2(p, rest / 60000 % 60);
    *p++ = ':';
    p = put2(p, rest / 1000 % 60);
    if (rest % 1000) {
        *p++ = '.';
        *p++ = (char)('0' + rest % 1000 / 100);
        p = put2(p, rest % 100);
    }
    if (zone)
        p = put_offset(p, minutes);
    else
        *p++ = 'Z';
    *p = '\0';
    return (int)(p - out);
}

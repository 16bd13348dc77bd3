/* zone.c - a TZif file becomes a sorted table of (instant, offset); its POSIX TZ footer rules all that
 * follows.
 *
 *   header v1 │ data v1 (32-bit, skipped) │ header v2+ │ data: times, type indices, types … │
 * \nPST8PDT,M3.2.0,M11.1.0\n
 *
 * The file is read as if an enemy had written it: every count is held against the bytes that are there.
 */
#include "base/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { NAME_MAX_LEN = 64, FILE_MAX = 256 * 1024, HEADER = 44, TYPE = 6, DAY = 86400 };

struct transition {
    int64_t at; /* seconds UTC */
    int offset; /* from then on */
};

/* A change of clocks each year: `Mm.w.d`, `Jn` or `n`, and the wall-clock second of that day. */
struct rule {
    char kind; /* 'M', 'J' or '0' */
    int month, week, day;
    int time;
};

struct footer {
    bool present;
    bool has_dst;
    int std, dst; /* seconds east of UTC */
    struct rule start, end;
};

struct zone {
    char name[NAME_MAX_LEN + 1];
    int first_offset; /* before the first transition */
    struct footer footer;
    size_t count;
    struct transition transitions[];
};

/* What is left of the file or of the footer. */
struct reader {
    const unsigned char *p;
    size_t left;
};

static const unsigned char *take(struct reader *r, size_t n)
{
    if (n > r->left)
        return NULL;
    const unsigned char *p = r->p;
    r->p += n;
    r->left -= n;
    return p;
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool take_char(struct reader *r, char c)
{
    if (!r->left || *r->p != (unsigned char)c)
        return false;
    take(r, 1);
    return true;
}

/* A decimal number from low to high. */
static bool take_number(struct reader *r, int low, int high, int *n)
{
    size_t digits = 0;
    *n = 0;
    for (; r->left && isdigit(*r->p) && digits < 4; digits++)
        *n = *n * 10 + (*take(r, 1) - '0');
    return digits > 0 && *n >= low && *n <= high;
}

/* `[+-]h[:m[:s]]` to seconds. */
static bool take_time(struct reader *r, int max_hour, int *seconds)
{
    int sign = take_char(r, '-') ? -1 : 1, hour, minute = 0, second = 0;
    if (sign > 0)
        take_char(r, '+');
    if (!take_number(r, 0, max_hour, &hour))
        return false;
    if (take_char(r, ':')) {
        if (!take_number(r, 0, 59, &minute) || (take_char(r, ':') && !take_number(r, 0, 59, &second)))
            return false;
    }
    *seconds = sign * (hour * 3600 + minute * 60 + second);
    return true;
}

/* `PST` or `<-03>`: three characters or more. */
static bool take_abbreviation(struct reader *r)
{
    bool quoted = take_char(r, '<');
    size_t n = 0;
    while (r->left && (isalpha(*r->p) || (quoted && (isdigit(*r->p) || *r->p == '+' || *r->p == '-')))) {
        take(r, 1);
        n++;
    }
    return n >= 3 && (!quoted || take_char(r, '>'));
}

static bool take_rule(struct reader *r, struct rule *rule)
{
    *rule = (struct rule){.kind = '0', .time = 2 * 3600};
    if (!take_char(r, ','))
        return false;
    if (take_char(r, 'M')) {
        rule->kind = 'M';
        if (!take_number(r, 1, 12, &rule->month) || !take_char(r, '.') ||
            !take_number(r, 1, 5, &rule->week) || !take_char(r, '.') || !take_number(r, 0, 6, &rule->day))
            return false;
    } else if (take_char(r, 'J')) {
        rule->kind = 'J';
        if (!take_number(r, 1, 365, &rule->day))
            return false;
    } else if (!take_number(r, 0, 365, &rule->day)) {
        return false;
    }
    return !take_char(r, '/') || take_time(r, 167, &rule->time);
}

/* The POSIX TZ string between the two newlines that end the file. Empty: no rule is known. */
static bool parse_footer(struct reader *r, struct footer *f)
{
    *f = (struct footer){0};
    if (!take_char(r, '\n'))
        return false;
    if (take_char(r, '\n'))
        return true;
    int west;
    if (!take_abbreviation(r) || !take_time(r, 24, &west))
        return false;
    f->std = -west;
    f->present = true;
    if (take_char(r, '\n'))
        return abs(f->std) < DAY;
    if (!take_abbreviation(r))
        return false;
    f->has_dst = true;
    f->dst = f->std + 3600;
    if (r->left && *r->p != ',') {
        if (!take_time(r, 24, &west))
            return false;
        f->dst = -west;
    }
    bool sane = abs(f->std) < DAY && abs(f->dst) < DAY;
    return sane && take_rule(r, &f->start) && take_rule(r, &f->end) && take_char(r, '\n');
}

struct counts {
    char version;
    size_t isut, isstd, leap, time, type, chars;
};

static bool take_header(struct reader *r, struct counts *c)
{
    const unsigned char *p = take(r, HEADER);
    if (!p || memcmp(p, "TZif", 4) != 0)
        return false;
    *c = (struct counts){(char)p[4],   be32(p + 20), be32(p + 24), be32(p + 28),
                         be32(p + 32), be32(p + 36), be32(p + 40)};
    /* No count can be above the bytes that are left; so the sums below cannot overflow. */
    return c->isut <= r->left && c->isstd <= r->left && c->leap <= r->left && c->time <= r->left &&
           c->type <= r->left && c->chars <= r->left;
}

static bool read_offset(const unsigned char *types, size_t count, size_t index, int *offset)
{
    if (index >= count)
        return false;
    int64_t seconds = (int32_t)be32(types + index * TYPE);
    if (seconds <= -DAY || seconds >= DAY)
        return false;
    *offset = (int)seconds;
    return true;
}

/* The 64-bit block and the footer into a new zone; NULL when they contradict themselves. */
static struct zone *read_block(struct reader *r, const struct counts *c)
{
    /* Leap seconds (`right/` zones) are not POSIX time, which is all that the database holds. */
    if (c->leap || !c->type)
        return NULL;
    const unsigned char *times = take(r, c->time * 8);
    const unsigned char *indices = take(r, c->time);
    const unsigned char *types = take(r, c->type * TYPE);
    if (!times || !indices || !types || !take(r, c->chars + c->isstd + c->isut))
        return NULL;
    struct zone *z = calloc(1, sizeof *z + c->time * sizeof *z->transitions);
    if (!z)
        return NULL;
    z->count = c->time;
    bool good = read_offset(types, c->type, 0, &z->first_offset);
    for (size_t i = 0; good && i < z->count; i++) {
        struct transition *t = &z->transitions[i];
        t->at = (int64_t)((uint64_t)be32(times + i * 8) << 32 | be32(times + i * 8 + 4));
        good = read_offset(types, c->type, indices[i], &t->offset) && (i == 0 || t->at > t[-1].at);
    }
    if (!good || !parse_footer(r, &z->footer)) {
        free(z);
        return NULL;
    }
    return z;
}

static struct zone *parse(struct reader r)
{
    struct counts c;
    if (!take_header(&r, &c) || c.version < '2' ||
        !take(&r, c.time * 5 + c.type * TYPE + c.chars + c.leap * 8 + c.isstd + c.isut))
        return NULL;
    return take_header(&r, &c) && c.version >= '2' ? read_block(&r, &c) : NULL;
}

/* `.` is no letter of a name, so that no name leads out of the folder. */
static bool name_is_good(const char *name)
{
    size_t len = strnlen(name, NAME_MAX_LEN + 1);
    if (!len || len > NAME_MAX_LEN || *name == '/')
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == len;
}

static int open_file(const char *name)
{
    const char *folder = getenv("TZDIR");
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
    if (n < 0 || (size_t)n >= sizeof path)
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool read_all(int fd, unsigned char *bytes, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

struct zone *zone_create(const char *name)
{
    if (!name || !name_is_good(name))
        return NULL;
    struct zone *z = NULL;
    unsigned char *bytes = NULL;
    struct stat st;
    int fd = open_file(name);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX)
        goto out;
    size_t size = (size_t)st.st_size;
    bytes = malloc(size);
    if (bytes && read_all(fd, bytes, size))
        z = parse((struct reader){bytes, size});
    if (z)
        memcpy(z->name, name, strlen(name));
out:
    free(bytes);
    close(fd);
    return z;
}

void zone_destroy(struct zone *zone)
{
    free(zone);
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

/* Day number on which the rule falls in `year`. */
static int64_t rule_day(const struct rule *r, int year)
{
    int64_t first = clock_days(year, 1, 1);
    if (r->kind == '0')
        return first + r->day;
    if (r->kind == 'J') {
        /* 29 February is never counted. */
        bool leap = clock_days(year, 3, 1) - first == 60;
        return first + r->day - 1 + (leap && r->day >= 60);
    }
    first = clock_days(year, r->month, 1);
    int64_t next = r->month == 12 ? clock_days(year + 1, 1, 1) : clock_days(year, r->month + 1, 1);
    int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = first + (r->day - weekday + 7) % 7 + (r->week - 1) * 7;
    return day < next ? day : day - 7; /* week 5 is the last one */
}

static int footer_offset(const struct footer *f, int64_t second)
{
    if (!f->has_dst)
        return f->std;
    int64_t local = second + f->std;
    int year, month, day;
    clock_civil(local / DAY - (local % DAY < 0), &year, &month, &day);
    int64_t start = rule_day(&f->start, year) * DAY + f->start.time - f->std;
    int64_t end = rule_day(&f->end, year) * DAY + f->end.time - f->dst;
    /* South of the equator the year begins and ends in daylight-saving time. */
    bool dst = start < end ? second >= start && second < end : second >= start || second < end;
    return dst ? f->dst : f->std;
}

static int offset_at(const struct zone *z, int64_t second)
{
    if (!z->count || second >= z->transitions[z->count - 1].at) {
        if (z->footer.present)
            return footer_offset(&z->footer, second);
        return z->count ? z->transitions[z->count - 1].offset : z->first_offset;
    }
    if (second < z->transitions[0].at)
        return z->first_offset;
    /* low is at or before `second`, high is after. */
    size_t low = 0, high = z->count - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (z->transitions[middle].at <= second)
            low = middle;
        else
            high = middle;
    }
    return z->transitions[low].offset;
}

int zone_offset(const struct zone *zone, int64_t ms)
{
    return offset_at(zone, ms / 1000 - (ms % 1000 < 0));
}

/* The clocks change at `at`, after `second`, and before what was found so far. */
static bool is_next(const struct zone *z, int64_t second, int64_t at, int64_t found)
{
    return at > second && at < found && offset_at(z, at) != offset_at(z, at - 1);
}

/* Among the changes that the footer makes in the years about `second`. */
static int64_t footer_next(const struct zone *z, int64_t second)
{
    const struct footer *f = &z->footer;
    int64_t found = INT64_MAX, local = second + f->std;
    int year, month, day;
    if (!f->present || !f->has_dst)
        return found;
    clock_civil(local / DAY - (local % DAY < 0), &year, &month, &day);
    for (int y = year - 1; y <= year + 2; y++) {
        int64_t start = rule_day(&f->start, y) * DAY + f->start.time - f->std;
        int64_t end = rule_day(&f->end, y) * DAY + f->end.time - f->dst;
        if (is_next(z, second, start, found))
            found = start;
        if (is_next(z, second, end, found))
            found = end;
    }
    return found;
}

int64_t zone_next(const struct zone *zone, int64_t ms)
{
    int64_t second = ms / 1000 - (ms % 1000 < 0), found = INT64_MAX;
    int64_t last = zone->count ? zone->transitions[zone->count - 1].at : INT64_MIN;
    for (size_t i = 0; i < zone->count && found == INT64_MAX; i++)
        if (zone->transitions[i].at > second && is_next(zone, second, zone->transitions[i].at, found))
            found = zone->transitions[i].at;
    if (found == INT64_MAX)
        found = footer_next(zone, second > last ? second : last);
    return found > INT64_MAX / 1000 ? INT64_MAX : found * 1000;
}

int64_t zone_to_utc(const struct zone *zone, int64_t local_ms)
{
    /* A day each way is more than any offset, and two changes are further apart than two days. */
    const int64_t day = (int64_t)DAY * 1000;
    if (local_ms < INT64_MIN + day || local_ms > INT64_MAX - day)
        return local_ms;
    int before = zone_offset(zone, local_ms - day), after = zone_offset(zone, local_ms + day);
    int64_t early = local_ms - (int64_t)before * 1000, late = local_ms - (int64_t)after * 1000;
    /* Read with the offset before the change, a time that occurs twice is the first. */
    if (zone_offset(zone, early) == before || zone_offset(zone, late) != after)
        return early;
    return late;
}

#include "base/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { URL_LENGTH = 200 };

#define AT(field) offsetof(struct config, field)

/* clang-format off */
const struct option_row config_options[] = {
    {"--data", "DIR", "CONVENED_DATA", "./data", "*", "data directory", AT(data), 0, 0},
    {"--listen", "ADDR:PORT", "CONVENED_LISTEN", "127.0.0.1:8080", "serve demo healthcheck", "address to serve on; port 0 takes a free one", AT(listen), 0, 0},
    {"--metrics-listen", "ADDR:PORT", "CONVENED_METRICS_LISTEN", "", "serve demo", "address of /metrics; by default the next port on loopback; `off`", AT(metrics_listen), 0, 0},
    {"--connections", "N", "CONVENED_CONNECTIONS", "1024", "serve demo", "most connections at once", AT(connections), 4, 10000},
    {"--readers", "N", "CONVENED_READERS", "4", "serve demo", "database read connections", AT(readers), 1, 64},
    {"--cache-mb", "MB", "CONVENED_CACHE_MB", "16", "serve demo", "memory for remembered replies; 0: none", AT(cache_mb), 0, 4096},
    {"--upload-mb", "MB", "CONVENED_UPLOAD_MB", "25", "serve demo", "largest file of a resource", AT(upload_mb), 1, 1024},
    {"--quota-mb", "MB", "CONVENED_QUOTA_MB", "1024", "serve demo", "room for the files of all resources", AT(quota_mb), 1, 1048576},
    {"--log", "LEVEL", "CONVENED_LOG", "info", "serve demo", "debug, info, warn, error or off", AT(log), 0, 0},
    {"--cors", "ORIGINS", "CONVENED_CORS", "", "serve demo", "origins, space-separated, that may call from a browser; none by default", AT(cors), 0, 0},
    {"--proxy", "ADDR", "CONVENED_PROXY", "", "serve demo", "address of the proxy whose X-Forwarded-For is believed", AT(proxy), 0, 0},
    {"--public-url", "URL", "CONVENED_PUBLIC_URL", "", "serve demo", "address that people open, for codes and links on paper", AT(public_url), 0, 0},
    {"--seed", "DIR", "CONVENED_SEED", "seed-data", "demo", "seed data to load into a fresh data directory", AT(seed), 0, 0},
    {"--what", "KIND", NULL, "", "export", "attendees, sign-in, worksheets, calendar, schedule, schedule-json, report, report-markdown or report-docx", AT(what), 0, 0},
    {"--now", "WHAT", NULL, "", "purge", "directory (people) or responses (worksheets)", AT(now), 0, 0},
    {"--seal-to", "PUBLIC", NULL, "", "backup", "public key (convened keys seal-pair): only its secret key opens the backup", AT(seal_to), 0, 0},
    {"--key", "FILE", NULL, "", "restore", "file with the secret key of a sealed backup", AT(key), 0, 0},
    {"--names", NULL, NULL, "", "export", "with names, and how to reach people", AT(names), 0, 0},
    {"--reason", "TEXT", NULL, "", "export", "what the names are for; the audit keeps it", AT(reason), 0, 0},
    {"--confirm", "TEXT", NULL, "", "export", "what the first call with names answered", AT(confirm), 0, 0},
    {"--event", "SLUG", NULL, "", "code token organizer export purge", "event, by slug or id", AT(event), 0, 0},
    {"--team", "SLUG", NULL, "", "code token", "team, by slug or id", AT(team), 0, 0},
    {"--role", "ROLE", NULL, "", "token", "attendee, member, lead, staff or organizer", AT(role), 0, 0},
    {"--attendee", "ID", NULL, "", "code", "attendee, by id: the personal code", AT(attendee), 0, 0},
    {"--staff", NULL, NULL, "", "code", "the staff code", AT(staff), 0, 0},
    {"--name", "NAME", NULL, "", "organizer", "display name", AT(name), 0, 0},
    {"--help", NULL, NULL, "", "*", "print this and stop", AT(help), 0, 0},
    {0},
};
/* clang-format on */

bool config_takes(const struct option_row *row, const char *command)
{
    struct str rest = str_of(row->commands);
    while (rest.len) {
        struct str word = str_split(&rest, ' ');
        if (str_is(word, "*") || str_is(word, command))
            return true;
    }
    return false;
}

/* One IPv4 address and one port: the listener would also take lists, and a letter for its own TLS, which this
 * server must not begin. Where an option has no preset, none and `off` will do. */
static bool is_address(const struct option_row *row, const char *value)
{
    struct in_addr ip;
    struct str port = str_of(value), addr = str_split(&port, ':');
    char text[INET_ADDRSTRLEN] = "";
    int64_t n;
    if (!*row->preset && (!*value || !strcmp(value, "off")))
        return true;
    if (addr.len < sizeof text)
        memcpy(text, addr.ptr, addr.len);
    return inet_pton(AF_INET, text, &ip) == 1 && str_int(port, &n) && n >= 0 && n <= 65535;
}

/* It is printed and put in front of paths and fragments: no query, no fragment, no slash at its end. */
static bool is_url(const char *value)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]";
    size_t len = strlen(value), scheme = !strncmp(value, "https://", 8)  ? 8
                                         : !strncmp(value, "http://", 7) ? 7
                                                                         : 0;
    return !len || (scheme && len > scheme && len <= URL_LENGTH && strspn(value, unreserved) == len &&
                    value[scheme] != '/' && value[len - 1] != '/');
}

static int set(struct config *c, const struct option_row *row, const char *value, char why[256])
{
    char *field = (char *)c + row->offset;
    if (!row->value) {
        *(bool *)field = *value != '\0';
        return 0;
    }
    if (!strcmp(row->value, "ADDR:PORT") && !is_address(row, value)) {
        snprintf(why, 256, "%s takes %s, like 127.0.0.1:8080, not \"%.40s\"", row->flag, row->value, value);
        return -1;
    }
    if (!strcmp(row->value, "URL") && !is_url(value)) {
        snprintf(why, 256,
                 "%s takes an address like https://convened.example.org, without a slash at its end, not "
                 "\"%.80s\"",
                 row->flag, value);
        return -1;
    }
    if (!row->max) {
        *(const char **)field = value;
        return 0;
    }
    int64_t n;
    if (!str_int(str_of(value), &n) || n < row->min || n > row->max) {
        snprintf(why, 256, "%s takes a number from %d to %d, not \"%.40s\"", row->flag, row->min, row->max,
                 value);
        return -1;
    }
    *(int *)field = (int)n;
    return 0;
}

void config_defaults(struct config *c)
{
    char why[256];
    memset(c, 0, sizeof *c);
    for (const struct option_row *row = config_options; row->flag; row++)
        set(c, row, row->preset, why);
}

static const struct option_row *find(const char *flag, size_t len, const char *command)
{
    for (const struct option_row *row = config_options; row->flag; row++)
        if (strlen(row->flag) == len && !memcmp(row->flag, flag, len) && config_takes(row, command))
            return row;
    return NULL;
}

static int parse_word(struct config *c, const char *command, char **argv, int argc, int *i, char why[256])
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    if (word[0] != '-' || word[1] != '-') {
        if (c->n_args == (int)(sizeof c->args / sizeof *c->args)) {
            snprintf(why, 256, "too many words: \"%.40s\"", word);
            return -1;
        }
        c->args[c->n_args++] = word;
        return 0;
    }
    const struct option_row *row = find(word, equals ? (size_t)(equals - word) : strlen(word), command);
    if (!row) {
        snprintf(why, 256, "%s does not take \"%.40s\" (see convened %s --help)", command, word, command);
        return -1;
    }
    if (!row->value)
        return set(c, row, "1", why);
    if (equals)
        return set(c, row, equals + 1, why);
    if (*i + 1 >= argc) {
        snprintf(why, 256, "%s needs a value: %s", row->flag, row->value);
        return -1;
    }
    return set(c, row, argv[++*i], why);
}

int config_parse(struct config *c, const char *command, int argc, char **argv, char why[256])
{
    config_defaults(c);
    for (const struct option_row *row = config_options; row->flag; row++) {
        const char *value = row->env ? getenv(row->env) : NULL;
        if (value && config_takes(row, command) && set(c, row, value, why))
            return -1;
    }
    for (int i = 0; i < argc; i++)
        if (parse_word(c, command, argv, argc, &i, why))
            return -1;
    return 0;
}

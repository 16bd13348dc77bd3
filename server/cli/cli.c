#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const struct command commands[] = {
    {"serve", "", "serve the API on the data directory", cli_serve},
    {"demo", "", "load seed data into a fresh directory, show how to get in, then serve", cli_demo},
    {"seed", "SEED-DATA", "load seed data without serving", cli_seed},
    {"event", "list", "list the events", cli_event},
    {"organizer", "add EMAIL", "make an organizer, or give one a new one-time password", cli_organizer},
    {"code", "", "print the join code of a team, the staff, or an attendee, with its QR", cli_code},
    {"token", "", "print an access token for scripts, good for 15 minutes", cli_token},
    {"keys", "rotate", "make a new signing key, or (seal-pair) print a pair for sealed backups", cli_keys},
    {"routes", "", "print every route: method, path, operation, access", cli_routes},
    {"backup", "DIRECTORY", "copy the data to a new directory while serving goes on", cli_backup},
    {"restore", "DIRECTORY", "make a new data directory from a backup; nothing is overwritten", cli_restore},
    {"export", "[FILE]", "write the roster, the worksheets, the agenda or the report to a file", cli_export},
    {"purge", "", "delete an event's people, or what they wrote, before its time; nothing brings it back", cli_purge},
    {"doctor", "", "check the data directory and say what is wrong", cli_doctor},
    {"healthcheck", "", "ask the running server whether it is ready", cli_healthcheck},
    {"version", "", "print the version", cli_version},
    {0},
};
/* clang-format on */

static int say(FILE *to, int code, const char *fmt, va_list ap)
{
    fputs("convened: ", to);
    vfprintf(to, fmt, ap);
    fputc('\n', to);
    return code;
}

int cli_fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int code = say(stderr, CLI_FAILED, fmt, ap);
    va_end(ap);
    return code;
}

int cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int code = say(stderr, CLI_USAGE, fmt, ap);
    va_end(ap);
    return code;
}

static void help_all(FILE *to)
{
    fputs("convened: a convening's agenda, worksheets and roster over HTTP\n\n", to);
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, "  convened %-11s %-12s %s\n", c->name, c->words, c->help);
    fputs("\nEach takes --help. Exit codes: 0 fine, 1 failed, 2 usage.\n", to);
}

static void help_one(const struct command *c)
{
    printf("convened %s%s%s\n  %s\n\n", c->name, *c->words ? " " : "", c->words, c->help);
    for (const struct option_row *row = config_options; row->flag; row++)
        if (config_takes(row, c->name)) {
            char flag[64];
            snprintf(flag, sizeof flag, "%s %s", row->flag, row->value ? row->value : "");
            printf("  %-26s %s", flag, row->help);
            if (*row->preset)
                printf(" (default %s)", row->preset);
            if (row->env)
                printf(" [%s]", row->env);
            putchar('\n');
        }
}

int cli_run(int argc, char **argv)
{
    char why[256];
    struct config config;
    if (argc < 2) {
        help_all(stderr);
        return CLI_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
        help_all(stdout);
        return CLI_OK;
    }
    const char *name = !strcmp(argv[1], "--version") ? "version" : argv[1];
    for (const struct command *c = commands; c->name; c++) {
        if (strcmp(c->name, name))
            continue;
        if (config_parse(&config, c->name, argc - 2, argv + 2, why))
            return cli_usage("%s", why);
        if (config.help) {
            help_one(c);
            return CLI_OK;
        }
        if (!*c->words && config.n_args)
            return cli_usage("%s takes options alone, not \"%.40s\" (see convened %s --help)", c->name,
                             config.args[0], c->name);
        return c->run(&config);
    }
    return cli_usage("there is no command \"%.40s\" (see convened --help)", name);
}

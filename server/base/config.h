/* config.h - every option: one table gives flag, environment variable, --help line and default.
 *
 * Order: flag, then environment, then default. README's table is held equal to this one by a test.
 * Threads: read-only once parsed. Tests: tests/unit/config_test.c
 */
#ifndef CONVENED_BASE_CONFIG_H
#define CONVENED_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct config {
    const char *data;           /* data directory */
    const char *listen;         /* ADDR:PORT */
    const char *metrics_listen; /* ADDR:PORT; "" means the listen port + 1 on loopback; "off" */
    int connections;            /* most connections at once = worker threads */
    int readers;                /* database read connections */
    int cache_mb;               /* remembered replies */
    int upload_mb;              /* most bytes of one uploaded file */
    int quota_mb;               /* most bytes of all uploaded files */
    const char *log;            /* debug, info, warn, error, off */
    const char *cors;           /* space-separated origins; empty: CORS off */
    const char *proxy;          /* address whose X-Forwarded-For is believed */
    const char *public_url;     /* address that people open, without a slash at its end; "" when unknown */
    const char *seed;           /* seed-data directory */
    const char *event, *team, *role, *attendee, *name; /* of single commands */
    const char *what, *reason, *confirm, *now, *seal_to, *key;
    bool staff, names, help;
    const char *args[4]; /* words that are not options */
    int n_args;
};

struct option_row {
    const char *flag;     /* "--data" */
    const char *value;    /* "DIR"; NULL: a switch */
    const char *env;      /* NULL: flag only */
    const char *preset;   /* default, as text */
    const char *commands; /* space-separated subcommands that take it; "*": all */
    const char *help;
    size_t offset;
    int min, max; /* of numbers; 0, 0: text */
};

extern const struct option_row config_options[]; /* ends with a row whose flag is NULL */

/* Fills *config for `command` from argv[0..argc) (the words after the subcommand) and the environment. -1
 * with a one-line reason. Texts point into argv or the environment. */
int config_parse(struct config *config, const char *command, int argc, char **argv, char why[256]);

/* Defaults alone, for tests. */
void config_defaults(struct config *config);
bool config_takes(const struct option_row *row, const char *command);

#endif

/* cli.h - the subcommands: one file each, one row each.
 *
 * A command gets its parsed options and returns the exit code: CLI_OK, CLI_FAILED (said why on stderr) or
 * CLI_USAGE. Threads: one, until a command starts more. Tests: tests/smoke/
 */
#ifndef CONVENED_CLI_CLI_H
#define CONVENED_CLI_CLI_H

#include <jansson.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/text.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct command {
    const char *name;
    const char *words; /* what follows the name, for --help */
    const char *help;
    int (*run)(const struct config *config);
};

extern const struct command commands[]; /* ends with a row whose name is NULL */

int cli_run(int argc, char **argv);

/* One line on stderr, `convened: …`; returns CLI_FAILED. */
int cli_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* returns CLI_USAGE */

/* --- the data directory has one user at a time --- */

/* Takes the directory for this process: a descriptor to keep, -1 when another process has it, -2 on failure
 * (said). */
int cli_lock(const char *data, bool create);
/* The address of the server that has the directory, NULL when it wrote none. */
const char *cli_server(const char *data, struct arena *arena);
int cli_publish(const char *data, const char *address); /* what cli_server() reads; 0 or -1 */

struct sink;

/* A GET likewise: the body of a 200 goes to `to`, whole or with -1 (said); any other is in the arena. */
int cli_fetch(const struct config *config, const char *target, struct sink *to, struct arena *arena,
              struct str *out);
/* One API request as the admin: to the server that has the data directory, else in this process. The status,
 * or -1 (said). *reply is the JSON body, owned by the caller (json_decref), or NULL. */
int cli_call(const struct config *config, const char *method, const char *target, json_t *body,
             json_t **reply);
/* As cli_call; anything but a 2xx is said on stderr and gives NULL. */
json_t *cli_must(const struct config *config, const char *method, const char *target, json_t *body);

int cli_backup(const struct config *config);
int cli_code(const struct config *config);
int cli_demo(const struct config *config);
int cli_doctor(const struct config *config);
int cli_event(const struct config *config);
int cli_export(const struct config *config);
int cli_healthcheck(const struct config *config);
int cli_keys(const struct config *config);
int cli_organizer(const struct config *config);
int cli_purge(const struct config *config);
int cli_restore(const struct config *config);
int cli_routes(const struct config *config);
int cli_seed(const struct config *config);
int cli_serve(const struct config *config);
int cli_token(const struct config *config);
int cli_version(const struct config *config);

#endif

/* restore.c - `convened restore DIRECTORY`: a new data directory from a backup.
 *
 * The epoch changes, so that every client pulls afresh and pushes what the backup lacks. Secrets are not in a
 * backup: put the old `secrets` folder there before starting to keep codes and tokens good, or start without
 * and hand out new ones.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/files.h"
#include "db/db.h"

int cli_restore(const struct config *config)
{
    char from[4096], to[4096], why[DB_WHY];
    if (config->n_args != 1)
        return cli_usage("restore takes the directory of a backup");
    const char *source = config->args[0];
    snprintf(from, sizeof from, "%s/convened.db", source);
    if (access(from, R_OK))
        return cli_fail("%s: not a backup", source);
    snprintf(to, sizeof to, "%s/convened.db", config->data);
    if (!access(to, F_OK))
        return cli_fail("%s: holds a database; nothing is overwritten", config->data);
    int lock = cli_lock(config->data, true);
    if (lock < 0)
        return lock == -1 ? cli_fail("%s: another process has this data directory", config->data)
                          : CLI_FAILED;
    int code = CLI_FAILED;
    if (db_copy(from, to, why) || db_new_epoch(to, why)) {
        cli_fail("%s", why);
        goto out;
    }
    snprintf(from, sizeof from, "%s/files", source);
    snprintf(to, sizeof to, "%s/files", config->data);
    if (files_make_dir(to) || files_copy_all(from, to) || files_sync_dir(config->data))
        goto out;
    printf("restored %s into %s\n", source, config->data);
    code = CLI_OK;
out:
    close(lock);
    return code;
}

/* backup.c - `convened backup DIRECTORY`: one moment of the database, then the files that it may name.
 *
 * Files have random names and never change, so copying them after the database misses none that it names; one
 * that was deleted meanwhile is named by no row that matters. Secrets are not part of a backup.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/files.h"
#include "db/db.h"

int cli_backup(const struct config *config)
{
    char from[4096], to[4096], why[DB_WHY];
    if (config->n_args != 1)
        return cli_usage("backup takes the directory to make");
    const char *target = config->args[0];
    snprintf(from, sizeof from, "%s/convened.db", config->data);
    if (access(from, R_OK))
        return cli_fail("%s: there is no database", from);
    if (files_make_dir(target))
        return CLI_FAILED;
    snprintf(to, sizeof to, "%s/convened.db", target);
    if (db_copy(from, to, why))
        return cli_fail("%s", why);
    snprintf(from, sizeof from, "%s/files", config->data);
    snprintf(to, sizeof to, "%s/files", target);
    if (files_make_dir(to) || files_copy_all(from, to) || files_sync_dir(target))
        return CLI_FAILED;
    printf("backup of %s in %s\n", config->data, target);
    return CLI_OK;
}

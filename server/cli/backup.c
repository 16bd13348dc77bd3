/* backup.c - `convened backup DIRECTORY`: one moment of the database, then the files that it may name.
 *
 * Files have random names and never change, so copying them after the database misses none that it names; one
 * that was deleted meanwhile is named by no row that matters. Secrets are not part of a backup. With
 * --seal-to each file is sealed to a public key (base/seal.h): who finds the backup reads none of it, the
 * server that made it included. The plain copy of the database lies in the data directory meanwhile
 * (db/plain_copy.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/seal.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "db/db.h"
#include "db/plain_copy.h"

/* The database through a plain copy beside the one in use, which is gone when this returns. */
static int back_up_sealed(const struct config *config, const char *from, const char *to,
                          const struct files_how *how)
{
    char plain[PLAIN_COPY_PATH], why[DB_WHY];
    int held = plain_copy_begin(config->data, plain);
    if (held < 0)
        return cli_fail("%s: %s", plain, strerror(errno));
    int rc = db_copy(from, plain, why) ? cli_fail("%s", why) : files_copy(plain, to, how);
    plain_copy_end(held, plain);
    return rc;
}

/* Its length without slashes at the end. */
static size_t trimmed(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

/* All of it into a folder that is not there yet. */
static int back_up(const struct config *config, const char *target, const struct files_how *how)
{
    char from[4096], to[4096 + 64], why[DB_WHY];
    snprintf(from, sizeof from, "%s/convened.db", config->data);
    if (files_make_dir(target))
        return CLI_FAILED;
    snprintf(to, sizeof to, "%s/convened.db%s", target, how ? FILES_SEALED : "");
    if (how && back_up_sealed(config, from, to, how))
        return CLI_FAILED;
    if (!how && db_copy(from, to, why))
        return cli_fail("%s", why);
    snprintf(from, sizeof from, "%s/files", config->data);
    snprintf(to, sizeof to, "%s/files", target);
    return files_make_dir(to) || files_copy_all(from, to, how) || files_sync_dir(target) ? CLI_FAILED
                                                                                         : CLI_OK;
}

int cli_backup(const struct config *config)
{
    char path[4096];
    unsigned char key[SEAL_KEY];
    struct stat st;
    const struct files_how sealed = {.seal_to = key}, *how = *config->seal_to ? &sealed : NULL;
    if (config->n_args != 1)
        return cli_usage("backup takes the directory to make");
    if (how && !seal_key_read(str_of(config->seal_to), key))
        return cli_usage("--seal-to takes the public key that convened keys seal-pair prints: 64 hex digits");
    const char *target = config->args[0];
    snprintf(path, sizeof path, "%s/convened.db", config->data);
    if (access(path, R_OK))
        return cli_fail("%s: there is no database", path);
    if (!lstat(target, &st))
        return cli_fail("%s: exists; nothing is overwritten", target);
    /* What is cut off is never taken for a backup. */
    snprintf(path, sizeof path, "%.*s.part", (int)trimmed(target), target);
    if (back_up(config, path, how))
        return CLI_FAILED;
    if (files_move(path, target))
        return cli_fail("%s: %s", target, strerror(errno));
    printf("%sbackup of %s in %s\n", how ? "sealed " : "", config->data, target);
    return CLI_OK;
}

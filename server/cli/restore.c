/* restore.c - `convened restore DIRECTORY`: a new data directory from a backup.
 *
 * The epoch changes, so that every client pulls afresh and pushes what the backup lacks. Secrets are not in a
 * backup: put the old `secrets` folder there before starting to keep codes and tokens good, or start without
 * and hand out new ones.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/seal.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "db/db.h"

/* The secret key in a file: 64 hex digits, alone or behind `secret `, as keys seal-pair prints them. */
static int read_pair(const char *path, struct seal_pair *pair)
{
    char text[400] = "";
    unsigned char secret[SEAL_KEY];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    const char *at = n ? strstr(text, "secret ") : NULL;
    at = at ? at + 7 : text;
    bool good = seal_key_read((struct str){at, strspn(at, "0123456789abcdefABCDEF")}, secret);
    sodium_memzero(text, sizeof text);
    if (good)
        seal_pair_of(secret, pair);
    sodium_memzero(secret, sizeof secret);
    return good ? 0 : cli_fail("%s: holds no secret key", path);
}

/* The database of a backup to `to`; a sealed one by way of a plain file beside it. */
static int take_database(const char *source, const char *to, const struct files_how *how)
{
    char from[4096], why[DB_WHY], plain[4096 + 32];
    snprintf(from, sizeof from, "%s/convened.db%s", source, how ? FILES_SEALED : "");
    snprintf(plain, sizeof plain, "%s.opened", to);
    unlink(plain); /* both of a restore that was cut off */
    unlink(to);
    if (how && files_copy(from, plain, how))
        return -1;
    int rc = db_copy(how ? plain : from, to, why) || db_new_epoch(to, why);
    if (how)
        unlink(plain);
    return rc ? cli_fail("%s: damaged, or not whole: %s", source, why) : 0;
}

/* All of it; the database gets its name last, so that nobody starts on a part. */
static int take_all(const struct config *config, const char *source, const struct files_how *how)
{
    char from[4096], to[4096], part[4096 + 16];
    snprintf(to, sizeof to, "%s/convened.db", config->data);
    snprintf(part, sizeof part, "%s.part", to);
    int rc = take_database(source, part, how);
    if (!rc) {
        char files[4096];
        snprintf(from, sizeof from, "%s/files", source);
        snprintf(files, sizeof files, "%s/files", config->data);
        rc = files_make_dir(files) || files_copy_all(from, files, how);
    }
    if (!rc && files_move(part, to))
        rc = cli_fail("%s: cannot be made", to);
    if (rc)
        unlink(part);
    return rc ? CLI_FAILED : CLI_OK;
}

/* Is it a backup, and of the kind that the options say? 0 when it is. */
static int check_source(const struct config *config, const char *source)
{
    char plain[4096], sealed[4096];
    snprintf(plain, sizeof plain, "%s/convened.db", source);
    snprintf(sealed, sizeof sealed, "%s/convened.db" FILES_SEALED, source);
    if (!access(*config->key ? sealed : plain, R_OK))
        return 0;
    return access(sealed, R_OK) ? cli_fail("%s: not a %sbackup", source, *config->key ? "sealed " : "")
                                : cli_fail("%s: is sealed: --key names the file with its secret key", source);
}

int cli_restore(const struct config *config)
{
    char to[4096];
    struct seal_pair pair;
    const struct files_how opened = {.open_with = &pair}, *how = *config->key ? &opened : NULL;
    if (config->n_args != 1)
        return cli_usage("restore takes the directory of a backup");
    const char *source = config->args[0];
    snprintf(to, sizeof to, "%s/convened.db", config->data);
    if (check_source(config, source) || (how && read_pair(config->key, &pair)))
        return CLI_FAILED;
    if (!access(to, F_OK))
        return cli_fail("%s: holds a database; nothing is overwritten", config->data);
    int lock = cli_lock(config->data, true);
    if (lock < 0)
        return lock == -1 ? cli_fail("%s: another process has this data directory", config->data)
                          : CLI_FAILED;
    int code = take_all(config, source, how);
    if (code == CLI_OK)
        printf("restored %s into %s\n", source, config->data);
    sodium_memzero(&pair, sizeof pair);
    close(lock);
    return code;
}

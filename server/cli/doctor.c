/* doctor.c - `convened doctor`: looks at a data directory, changes nothing, says what is wrong and how to
 * mend it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/cli.h"
#include "db/db.h"
#include "db/plain_copy.h"
#include "http/audit.h"
#include "http/keys.h"

struct findings {
    int bad;
    bool has_keys; /* they are there, and this user's alone */
};

static void find(void *arg, const char *text)
{
    ((struct findings *)arg)->bad++;
    printf("BAD  %s\n", text);
}

static void check_database(const char *data, struct findings *f)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/convened.db", data);
    if (access(path, R_OK)) {
        find(f, "convened.db: not there, or not to be read by this user");
        return;
    }
    int problems = db_check(path, find, f);
    if (!problems)
        puts("ok   convened.db: integrity and references");
}

/* Secrets are for one user alone. */
static void check_secrets(const char *data, struct findings *f)
{
    char path[4096], line[4400];
    struct stat st;
    struct dirent *entry;
    snprintf(path, sizeof path, "%s/secrets", data);
    DIR *dir = opendir(path);
    int before = f->bad;
    if (!dir) {
        find(f, errno == ENOENT ? "secrets: not there yet (made at the first start)"
                                : "secrets: not to be read by this user");
        return;
    }
    bool server_key = false, signing_key = false;
    while ((entry = readdir(dir))) {
        server_key = server_key || !strcmp(entry->d_name, "server.key");
        signing_key = signing_key || !strncmp(entry->d_name, "jwt-", 4);
        snprintf(path, sizeof path, "%s/secrets/%s", data, strcmp(entry->d_name, ".") ? entry->d_name : "");
        if (!strcmp(entry->d_name, "..") || stat(path, &st) || !(st.st_mode & 077))
            continue;
        snprintf(line, sizeof line, "%s: others may read it; chmod go= it, and rotate the keys", path);
        find(f, line);
    }
    closedir(dir);
    f->has_keys = server_key && signing_key && f->bad == before;
    if (f->bad == before)
        puts("ok   secrets: for this user alone");
}

/* The chain needs the database alone; only the key tells whether all of it was written anew. */
static void check_audit(const char *data, struct findings *f)
{
    char path[4096], why[KEYS_WHY];
    struct audit_state state;
    snprintf(path, sizeof path, "%s/secrets", data);
    struct keys *keys = f->has_keys ? keys_open(path, why) : NULL;
    snprintf(path, sizeof path, "%s/convened.db", data);
    if (access(path, R_OK) || audit_verify(path, keys, find, f, &state)) {
        keys_close(keys);
        return;
    }
    printf("ok   audit: %lld rows, each chained to the one before\n", (long long)state.rows);
    if (!keys)
        puts("note audit: without the server's key it cannot be told whether all of it was written anew");
    else if (state.elsewhere)
        printf("note audit: up to row %lld it is sealed by another key, as after a restore without secrets\n",
               (long long)state.elsewhere);
    keys_close(keys);
}

/* What a purge removed may stand in them. */
static void find_left(const char *data, const char *name, void *arg)
{
    char line[4400];
    snprintf(
        line, sizeof line,
        "%s/%s: a plain copy of the database, left by a sealed backup that was cut off; remove it, or start "
        "the server, which does",
        data, name);
    find(arg, line);
}

static void check_disk(const char *data, struct findings *f)
{
    struct statvfs fs;
    if (statvfs(data, &fs)) {
        find(f, "the data directory's disk cannot be asked for its room");
        return;
    }
    unsigned long long mb = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
    if (mb < 512)
        find(f, "less than 512 MB are free on the data directory's disk");
    else
        printf("ok   disk: %llu MB free\n", mb);
}

int cli_doctor(const struct config *config)
{
    struct findings f = {0};
    if (access(config->data, X_OK))
        return cli_fail("%s: not there, or not to be entered by this user", config->data);
    check_database(config->data, &f);
    check_secrets(config->data, &f);
    check_audit(config->data, &f);
    if (!plain_copy_left(config->data, find_left, &f))
        puts("ok   sealed backups: none was cut off");
    check_disk(config->data, &f);
    int lock = cli_lock(config->data, false);
    puts(lock == -1 ? "ok   a server has this data directory" : "ok   no server has this data directory");
    if (lock >= 0)
        close(lock);
    return f.bad ? cli_fail("%d to mend", f.bad) : CLI_OK;
}

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

struct findings {
    int bad;
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
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/secrets/%s", data, strcmp(entry->d_name, ".") ? entry->d_name : "");
        if (!strcmp(entry->d_name, "..") || stat(path, &st) || !(st.st_mode & 077))
            continue;
        snprintf(line, sizeof line, "%s: others may read it; chmod go= it, and rotate the keys", path);
        find(f, line);
    }
    closedir(dir);
    if (f->bad == before)
        puts("ok   secrets: for this user alone");
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
    check_disk(config->data, &f);
    int lock = cli_lock(config->data, false);
    puts(lock == -1 ? "ok   a server has this data directory" : "ok   no server has this data directory");
    if (lock >= 0)
        close(lock);
    return f.bad ? cli_fail("%d to mend", f.bad) : CLI_OK;
}

#include "cli/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/seal.h"
#include "cli/cli.h"

int files_make_dir(const char *path)
{
    if (!mkdir(path, 0700))
        return 0;
    cli_fail(errno == EEXIST ? "%s: exists; nothing is overwritten" : "%s: cannot be made", path);
    return -1;
}

int files_sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Makes the name in its folder durable. */
static int sync_parent(const char *path)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    return files_sync_dir(slash ? folder : ".");
}

int files_move(const char *from, const char *to)
{
    struct stat st;
    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return sync_parent(to);
    /* Some file systems cannot promise that. */
    return errno == EINVAL && lstat(to, &st) && !rename(from, to) ? sync_parent(to) : -1;
}

static int copy_bytes(int in, int out)
{
    char chunk[65536];
    ssize_t n;
    while ((n = read(in, chunk, sizeof chunk)) > 0)
        for (ssize_t done = 0, w; done < n; done += w)
            if ((w = write(out, chunk + done, (size_t)(n - done))) <= 0)
                return -1;
    return n < 0 ? -1 : fsync(out);
}

static int convert(int in, int out, const struct files_how *how)
{
    if (!how)
        return copy_bytes(in, out);
    errno = EBADMSG;
    return (how->seal_to ? seal_file(in, out, how->seal_to) : seal_open(in, out, how->open_with)) ||
                   fsync(out)
               ? -1
               : 0;
}

int files_copy(const char *from, const char *to, const struct files_how *how)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = -1;
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out >= 0)
        rc = convert(in, out, how);
    if (out >= 0 && close(out))
        rc = -1;
    if (rc && out >= 0)
        unlink(to);
    if (rc)
        cli_fail("%s: %s", out < 0 && in >= 0 ? to : from, strerror(errno));
    if (in >= 0)
        close(in);
    return rc;
}

/* The name of its copy; NULL: it is none of those that are opened. */
static const char *name_of(const char *name, const struct files_how *how, char out[300])
{
    size_t len = strlen(name), end = sizeof FILES_SEALED - 1;
    if (how && how->open_with && (len <= end || strcmp(name + len - end, FILES_SEALED)))
        return NULL;
    snprintf(out, 300, "%.*s%s", (int)(how && how->open_with ? len - end : len), name,
             how && how->seal_to ? FILES_SEALED : "");
    return out;
}

int files_copy_all(const char *from, const char *to, const struct files_how *how)
{
    DIR *dir = opendir(from);
    struct dirent *entry;
    int rc = 0;
    if (!dir)
        return errno == ENOENT ? 0 : cli_fail("%s: %s", from, strerror(errno)) * -1;
    while (!rc && (entry = readdir(dir))) {
        char source[4096], target[4096 + 300], renamed[300];
        struct stat st;
        const char *name = name_of(entry->d_name, how, renamed);
        if (!name)
            continue;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, name);
        /* Half-received uploads are nobody's. */
        if (!strncmp(entry->d_name, "upload-", 7) || lstat(source, &st) || !S_ISREG(st.st_mode))
            continue;
        rc = files_copy(source, target, how);
    }
    closedir(dir);
    return rc ? rc : files_sync_dir(to);
}

#include "cli/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int copy_one(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = -1;
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out >= 0)
        rc = copy_bytes(in, out);
    if (out >= 0 && close(out))
        rc = -1;
    if (rc)
        cli_fail("%s: %s", out < 0 && in >= 0 ? to : from, strerror(errno));
    if (in >= 0)
        close(in);
    return rc;
}

int files_copy_all(const char *from, const char *to)
{
    DIR *dir = opendir(from);
    struct dirent *entry;
    int rc = 0;
    if (!dir)
        return errno == ENOENT ? 0 : cli_fail("%s: %s", from, strerror(errno)) * -1;
    while (!rc && (entry = readdir(dir))) {
        char source[4096], target[4096];
        struct stat st;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        /* Half-received uploads are nobody's. */
        if (!strncmp(entry->d_name, "upload-", 7) || lstat(source, &st) || !S_ISREG(st.st_mode))
            continue;
        rc = copy_one(source, target);
    }
    closedir(dir);
    return rc ? rc : files_sync_dir(to);
}

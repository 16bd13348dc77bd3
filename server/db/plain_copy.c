#include "db/plain_copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "sealing-"
#define SUFFIX ".db"
#define JOURNAL "-journal"
enum { NAME = 64 };

int plain_copy_begin(const char *data, char path[PLAIN_COPY_PATH])
{
    struct stat st = {0};
    int fd = -1;
    plain_copy_sweep(data);
    snprintf(path, PLAIN_COPY_PATH, "%s/" PREFIX "%ld" SUFFIX, data, (long)getpid());
    /* Between its making and its lock it may be taken for one that was left. */
    do {
        if (fd >= 0)
            close(fd);
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (fd >= 0 && (flock(fd, LOCK_EX) || fstat(fd, &st) || !st.st_nlink));
    return fd;
}

void plain_copy_end(int held, const char *path)
{
    unlink(path);
    close(held);
}

/* The copy that a name belongs to, in `base`: it is one, or its journal. */
static bool is_ours(const char *name, char base[NAME])
{
    if (strlen(name) >= NAME || strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    const char *number = name + sizeof PREFIX - 1, *end = number + strspn(number, "0123456789");
    if (end == number || strncmp(end, SUFFIX, sizeof SUFFIX - 1) != 0)
        return false;
    end += sizeof SUFFIX - 1;
    snprintf(base, NAME, "%.*s", (int)(end - name), name);
    return !*end || !strcmp(end, JOURNAL);
}

static bool is_held(int folder, const char *base)
{
    int fd = openat(folder, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB);
    if (fd >= 0)
        close(fd);
    return held;
}

int plain_copy_left(const char *data, void (*found)(const char *data, const char *name, void *arg), void *arg)
{
    DIR *folder = opendir(data);
    int n = 0;
    for (struct dirent *e; folder && (e = readdir(folder));) {
        char base[NAME];
        struct stat st;
        if (!is_ours(e->d_name, base) || fstatat(dirfd(folder), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(st.st_mode) || is_held(dirfd(folder), base))
            continue;
        found(data, e->d_name, arg);
        n++;
    }
    if (folder)
        closedir(folder);
    return n;
}

static void remove_one(const char *data, const char *name, void *arg)
{
    char path[PLAIN_COPY_PATH + NAME];
    (void)arg;
    snprintf(path, sizeof path, "%s/%s", data, name);
    unlink(path);
}

int plain_copy_sweep(const char *data)
{
    return plain_copy_left(data, remove_one, NULL);
}

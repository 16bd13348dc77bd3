#include "http/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIR_SHOWN = 100 };

static const char new_file[] = ".new";

int secrets_refuse(const struct secrets *s, char *why, const char *file, const char *fmt, ...)
{
    int len = snprintf(why, SECRETS_WHY, "%s%s%.64s: ", s->shown, file ? "/" : "", file ? file : "");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why + len, SECRETS_WHY - (size_t)len, fmt, ap);
    va_end(ap);
    return -1;
}

/* `file` NULL: the directory itself. */
static int check_private(const struct secrets *s, const struct stat *st, const char *file, char *why)
{
    if (st->st_uid != geteuid())
        return secrets_refuse(s, why, file, "belongs to user %u, not %u: run as its owner, or chown it",
                              (unsigned)st->st_uid, (unsigned)geteuid());
    if (st->st_mode & 077)
        return secrets_refuse(s, why, file, "mode %03o lets others in: chmod %s it",
                              (unsigned)st->st_mode & 0777, file ? "600" : "700");
    return 0;
}

/* The entry of a new directory outlives a power cut only when its parent is synced. */
static bool sync_parent(int fd)
{
    int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = parent >= 0 && fsync(parent) == 0;
    if (parent >= 0)
        close(parent);
    return done;
}

int secrets_open(struct secrets *s, const char *dir, char *why)
{
    struct stat st;
    size_t len = strlen(dir), skip = len > DIR_SHOWN ? len - DIR_SHOWN : 0;
    snprintf(s->shown, sizeof s->shown, "%s%.*s", skip ? "..." : "", DIR_SHOWN, dir + skip);
    s->fd = -1;
    bool made = mkdir(dir, 0700) == 0;
    if (!made && errno != EEXIST)
        return secrets_refuse(s, why, NULL, "cannot be made: %s", strerror(errno));
    s->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &st) != 0 || (made && !sync_parent(s->fd)))
        return secrets_refuse(s, why, NULL, "cannot be opened: %s", strerror(errno));
    return check_private(s, &st, NULL, why);
}

void secrets_close(struct secrets *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

int secrets_lock(const struct secrets *s, char *why)
{
    return flock(s->fd, LOCK_EX) == 0 ? 0
                                      : secrets_refuse(s, why, NULL, "cannot be locked: %s", strerror(errno));
}

void secrets_unlock(const struct secrets *s)
{
    flock(s->fd, LOCK_UN);
}

int secrets_read(const struct secrets *s, const char *file, char *bytes, size_t cap, size_t *len,
                 bool *missing, char *why)
{
    struct stat st;
    int failed = 0, fd = openat(s->fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *missing = fd < 0 && errno == ENOENT;
    if (fd < 0)
        return secrets_refuse(s, why, file, "cannot be opened: %s", strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        failed = secrets_refuse(s, why, file, "is not a plain file: put the real one there");
    else
        failed = check_private(s, &st, file, why);
    ssize_t got = 1;
    for (*len = 0; !failed && got > 0 && *len<cap; *len += got> 0 ? (size_t)got : 0)
        got = read(fd, bytes + *len, cap - *len);
    if (got < 0)
        failed = secrets_refuse(s, why, file, "cannot be read: %s", strerror(errno));
    else if (*len == cap)
        failed = secrets_refuse(s, why, file, "is too long: restore it from a copy");
    close(fd);
    return failed;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return fsync(fd) == 0;
}

int secrets_create(const struct secrets *s, const char *file, const char *bytes, size_t len, char *why)
{
    unlinkat(s->fd, new_file, 0); /* what a crash left */
    int fd = openat(s->fd, new_file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool done = fd >= 0 && write_all(fd, bytes, len);
    done = (fd < 0 || close(fd) == 0) && done;
    if (done && renameat(s->fd, new_file, s->fd, file) == 0 && fsync(s->fd) == 0)
        return 0;
    secrets_refuse(s, why, file, "cannot be written: %s", strerror(errno));
    unlinkat(s->fd, new_file, 0);
    unlinkat(s->fd, file, 0);
    return -1;
}

/* temp_dir.h - a directory for one test, removed with all that is in it. For tests that write files.
 *
 * Threads: none. Paths are static per directory: copy what must outlast the next call of temp_path().
 */
#ifndef CONVENED_TESTS_TEMP_DIR_H
#define CONVENED_TESTS_TEMP_DIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_dir {
    char path[64];
    char entry[256];
};

static inline int temp_make(struct temp_dir *t)
{
    snprintf(t->path, sizeof t->path, "/tmp/convened-test-XXXXXX");
    return mkdtemp(t->path) ? 0 : -1;
}

static inline int temp_remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void temp_remove(struct temp_dir *t)
{
    nftw(t->path, temp_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *temp_path(struct temp_dir *t, const char *name)
{
    snprintf(t->entry, sizeof t->entry, "%s/%s", t->path, name);
    return t->entry;
}

static inline int temp_write(struct temp_dir *t, const char *name, const void *bytes, size_t len, mode_t mode)
{
    FILE *f = fopen(temp_path(t, name), "wb");
    int failed = !f || fwrite(bytes, 1, len, f) != len;
    if (f)
        failed = fclose(f) || failed;
    return failed || chmod(t->entry, mode) ? -1 : 0;
}

#endif

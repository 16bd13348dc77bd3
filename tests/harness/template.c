/* template.c - the seed is loaded once, not once a program: a directory that programs copy.
 *
 * It is made anew when this program or a seed file is younger, under a lock, because programs may run side by
 * side.
 */
#include "harness/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/seed.h"

#define TEMPLATE "build/test/seeded"
#define STAMP TEMPLATE "/people" /* written last */

static bool is_younger(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec >= b->tv_nsec);
}

static bool is_stale(void)
{
    char seed[] = "seed-data";
    struct stat stamp, program;
    if (stat(STAMP, &stamp) || stat("/proc/self/exe", &program) ||
        is_younger(&program.st_mtim, &stamp.st_mtim))
        return true;
    bool stale = false;
    FTS *tree = fts_open((char *const[]){seed, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        harness_stop("seed-data is not here: run tests in the project's directory");
    for (FTSENT *entry; (entry = fts_read(tree)) && !stale;)
        stale = entry->fts_info == FTS_F && is_younger(&entry->fts_statp->st_mtim, &stamp.st_mtim);
    fts_close(tree);
    return stale;
}

void template_remove(const char *path)
{
    char root[256];
    snprintf(root, sizeof root, "%s", path);
    FTS *tree = fts_open((char *const[]){root, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        return;
    for (FTSENT *entry; (entry = fts_read(tree));)
        if (entry->fts_info != FTS_D)
            remove(entry->fts_accpath);
    fts_close(tree);
}

static void make(void)
{
    char why[256] = "";
    template_remove(TEMPLATE);
    if (mkdir(TEMPLATE, 0700))
        harness_stop(TEMPLATE ": %s", strerror(errno));
    struct harness *h = harness_create(TEMPLATE);
    if (seed_load(h->house, "seed-data", why))
        harness_stop("the seed does not load: %s", why);
    people_make(h, STAMP);
    harness_destroy(h);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    ssize_t n = in < 0 || out < 0 ? -1 : 1;
    while (n > 0 && (n = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)n) != n)
            n = -1;
    if (n < 0 || close(in) || close(out))
        harness_stop("%s does not copy: %s", from, strerror(errno));
}

static void copy_tree(const char *to)
{
    char root[] = TEMPLATE, path[512];
    FTS *tree = fts_open((char *const[]){root, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        harness_stop(TEMPLATE " does not open");
    for (FTSENT *entry; (entry = fts_read(tree));) {
        snprintf(path, sizeof path, "%s%s", to, entry->fts_path + strlen(TEMPLATE));
        if (entry->fts_info == FTS_D && entry->fts_level > 0 && mkdir(path, 0700))
            harness_stop("%s: %s", path, strerror(errno));
        if (entry->fts_info == FTS_F)
            copy_file(entry->fts_path, path, entry->fts_statp->st_mode & 0700);
    }
    fts_close(tree);
}

void template_copy(const char *to)
{
    mkdir("build", 0755);
    mkdir("build/test", 0755);
    int lock = open("build/test/seeded.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock < 0 || flock(lock, LOCK_EX))
        harness_stop("build/test/seeded.lock: %s", strerror(errno));
    if (is_stale())
        make();
    copy_tree(to);
    close(lock);
}

#include "features/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "base/log.h"
#include "http/house.h"

enum { CHUNK = 64 * 1024, PATH_SIZE = 4096, SWEEP_AGE_S = 3600 };

static const char NAMED[] = "SELECT 1 FROM resources WHERE file_path = :file_path";

const char *const files_sql[] = {NAMED, NULL};

/* Only names that we make: a row from elsewhere leads to no other folder. */
static bool is_name(struct str name)
{
    bool good = name.len == FILES_NAME - 1;
    for (size_t i = 0; i < name.len && good; i++)
        good = name.ptr[i] && strchr("0123456789abcdef", name.ptr[i]);
    return good;
}

static bool path_of(const struct house *house, struct str name, char path[PATH_SIZE])
{
    int n = snprintf(path, PATH_SIZE, "%s/files/%.*s", house->config->data, (int)name.len,
                     name.ptr ? name.ptr : "");
    return n > 0 && n < PATH_SIZE;
}

static void complain(const char *what, const char *name, int code)
{
    log_line(LOG_ERROR, what, " file=%s code=%d", name, code);
}

bool files_hash(int fd, int64_t size, char out[FILES_HASH])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    unsigned char *chunk = malloc(CHUNK);
    int64_t at = 0;
    crypto_hash_sha256_init(&state);
    while (chunk && at < size) {
        ssize_t n = pread(fd, chunk, size - at < CHUNK ? (size_t)(size - at) : CHUNK, at);
        if (n <= 0)
            break;
        crypto_hash_sha256_update(&state, chunk, (size_t)n);
        at += n;
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(out, FILES_HASH, hash, sizeof hash);
    bool good = chunk && at == size;
    free(chunk);
    return good;
}

/* Makes a rename durable. */
static int sync_folder(const struct house *house)
{
    char path[PATH_SIZE];
    int fd = path_of(house, STR(""), path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

enum err files_keep(struct request *rq, char name[FILES_NAME])
{
    unsigned char random[(FILES_NAME - 1) / 2];
    char path[PATH_SIZE];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(name, FILES_NAME, random, sizeof random);
    if (path_of(rq->house, str_of(name), path) && !rename(rq->upload, path)) {
        if (!sync_folder(rq->house))
            return ERR_OK;
        int code = errno;
        unlink(path);
        errno = code;
    }
    complain("an upload could not be kept", name, errno);
    return fail(rq, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_UNAVAILABLE,
                "the file could not be stored; try again");
}

int files_open(struct request *rq, struct str name)
{
    char path[PATH_SIZE];
    errno = ENOENT;
    return is_name(name) && path_of(rq->house, name, path) ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
                                                           : -1;
}

void files_remove(struct request *rq, struct str name)
{
    char path[PATH_SIZE];
    if (is_name(name) && path_of(rq->house, name, path) && unlink(path) && errno != ENOENT)
        complain("a file could not be removed", path, errno);
}

/* --- at the start --- */

static bool is_named(struct conn *c, const char *name)
{
    struct query *q = query_get(c, NAMED);
    query_text(q, ":file_path", str_of(name));
    return query_step(q) != STEP_DONE; /* when in doubt, it stays */
}

static bool is_stale(int folder, const char *name)
{
    struct stat st;
    bool upload = !strncmp(name, "upload-", 7);
    return (upload || is_name(str_of(name))) && !fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) &&
           S_ISREG(st.st_mode) && (upload || st.st_mtime < time(NULL) - SWEEP_AGE_S);
}

void files_sweep(struct house *house)
{
    char path[PATH_SIZE];
    DIR *folder = path_of(house, STR(""), path) ? opendir(path) : NULL;
    struct conn *c = folder ? db_read_begin(house->db, NULL) : NULL;
    int removed = 0;
    for (struct dirent *e; c && (e = readdir(folder));)
        if (is_stale(dirfd(folder), e->d_name) && !is_named(c, e->d_name))
            removed += !unlinkat(dirfd(folder), e->d_name, 0);
    if (c)
        db_read_end(c);
    if (folder)
        closedir(folder);
    if (removed)
        log_line(LOG_INFO, "removed files that nothing names", " count=%d", removed);
}

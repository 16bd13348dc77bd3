#include "db/wal_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { HELD_MAX = 124 * 1024 }; /* SQLite writes less than 128 KiB at a time */

static const char NAME[] = "convened-wal";

struct wal_file {
    sqlite3_file base; /* first: as SQLite sees it */
    sqlite3_file *real;
    char *held; /* `len` bytes that belong at `at` */
    int len;
    sqlite3_int64 at;
};

static struct wal_file *of(sqlite3_file *f)
{
    return (struct wal_file *)f;
}

static int flush(struct wal_file *f)
{
    int rc = f->len ? f->real->pMethods->xWrite(f->real, f->held, f->len, f->at) : SQLITE_OK;
    f->len = 0;
    return rc;
}

static int wal_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct wal_file *f = of(file);
    if (at != f->at + f->len || n > HELD_MAX - f->len) {
        int rc = flush(f);
        if (rc != SQLITE_OK)
            return rc;
        f->at = at;
    }
    if (n > HELD_MAX)
        return f->real->pMethods->xWrite(f->real, bytes, n, at);
    memcpy(f->held + f->len, bytes, (size_t)n);
    f->len += n;
    return SQLITE_OK;
}

static int wal_close(sqlite3_file *file)
{
    struct wal_file *f = of(file);
    int flushed = flush(f), closed = f->real->pMethods->xClose(f->real);
    free(f->held);
    return flushed != SQLITE_OK ? flushed : closed;
}

static int wal_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
    int rc = flush(of(file));
    return rc != SQLITE_OK ? rc : of(file)->real->pMethods->xRead(of(file)->real, to, n, at);
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = flush(of(file));
    return rc != SQLITE_OK ? rc : of(file)->real->pMethods->xTruncate(of(file)->real, size);
}

static int wal_sync(sqlite3_file *file, int flags)
{
    int rc = flush(of(file));
    return rc != SQLITE_OK ? rc : of(file)->real->pMethods->xSync(of(file)->real, flags);
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *size)
{
    int rc = flush(of(file));
    return rc != SQLITE_OK ? rc : of(file)->real->pMethods->xFileSize(of(file)->real, size);
}

static int wal_lock(sqlite3_file *file, int level)
{
    return of(file)->real->pMethods->xLock(of(file)->real, level);
}

static int wal_unlock(sqlite3_file *file, int level)
{
    return of(file)->real->pMethods->xUnlock(of(file)->real, level);
}

static int wal_reserved(sqlite3_file *file, int *held)
{
    return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, held);
}

static int wal_control(sqlite3_file *file, int op, void *arg)
{
    return of(file)->real->pMethods->xFileControl(of(file)->real, op, arg);
}

static int wal_sector(sqlite3_file *file)
{
    return of(file)->real->pMethods->xSectorSize(of(file)->real);
}

static int wal_device(sqlite3_file *file)
{
    return of(file)->real->pMethods->xDeviceCharacteristics(of(file)->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* shared memory and mapping belong to the database's file */
    .xClose = wal_close,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_size,
    .xLock = wal_lock,
    .xUnlock = wal_unlock,
    .xCheckReservedLock = wal_reserved,
    .xFileControl = wal_control,
    .xSectorSize = wal_sector,
    .xDeviceCharacteristics = wal_device,
};

static int wal_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *got)
{
    sqlite3_vfs *real = vfs->pAppData;
    struct wal_file *f = of(file);
    if (!(flags & SQLITE_OPEN_WAL))
        return real->xOpen(real, name, file, flags, got);
    *f = (struct wal_file){.real = (sqlite3_file *)(f + 1), .held = malloc(HELD_MAX)};
    int rc = f->held ? real->xOpen(real, name, f->real, flags, got) : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        f->base.pMethods = &methods;
    else
        free(f->held);
    return rc;
}

static sqlite3_vfs shim;

static void enlist(void)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (!real)
        return;
    shim = *real;
    shim.zName = NAME;
    shim.szOsFile = (int)sizeof(struct wal_file) + real->szOsFile;
    shim.pAppData = real;
    shim.xOpen = wal_open;
    if (sqlite3_vfs_register(&shim, 0) != SQLITE_OK)
        shim.zName = NULL;
}

const char *wal_file_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, enlist);
    return shim.zName;
}

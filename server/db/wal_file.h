/* wal_file.h - the write-ahead log leaves in few writes.
 *
 *   SQLite: header, page, header, page, … ──► held (124 KiB) ──► a pwrite, then the sync of the commit
 *
 * SQLite writes each frame of its log with two system calls, hundreds for a shared commit. This is its unix
 * VFS with one difference: what is appended to the log waits in memory until it is read, synced, or no longer
 * contiguous. That changes nothing that others can see: no reader looks at frames before their commit has
 * been synced (synchronous=FULL), and what is lost in a crash before the sync was not committed.
 *
 * For the writer's connection alone. Threads: as the connection. Tests: tests/unit/db_test.c, db_file_test.c
 */
#ifndef CONVENED_DB_WAL_FILE_H
#define CONVENED_DB_WAL_FILE_H

/* The name of the VFS, registered at the first call; NULL (SQLite's own) when that fails. */
const char *wal_file_vfs(void);

#endif

/* files.h - whole files and folders, for backup, restore and doctor. Threads: one. */
#ifndef CONVENED_CLI_FILES_H
#define CONVENED_CLI_FILES_H

/* Makes a directory that does not exist yet. 0, or -1 (said on stderr). */
int files_make_dir(const char *path);
/* Copies the plain files of one folder into another, each synced. -1 (said) on the first failure. */
int files_copy_all(const char *from, const char *to);
/* Syncs the directory itself: its names are durable afterwards. */
int files_sync_dir(const char *path);

#endif

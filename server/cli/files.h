/* files.h - whole files and folders, for backup, restore and doctor. Threads: one. */
#ifndef CONVENED_CLI_FILES_H
#define CONVENED_CLI_FILES_H

/* Makes a directory that does not exist yet. 0, or -1 (said on stderr). */
int files_make_dir(const char *path);
#define FILES_SEALED ".sealed" /* what the name of a sealed file ends with */

struct seal_pair;

/* How files are copied: as they are (NULL), sealed to a public key, or opened with a pair. */
struct files_how {
    const unsigned char *seal_to;
    const struct seal_pair *open_with;
};

/* Copies a file, synced, to one that is not there yet. 0, or -1 (said). */
int files_copy(const char *from, const char *to, const struct files_how *how);
/* Copies the plain files of one folder into another; names gain or lose FILES_SEALED. -1 (said) on the first
 * failure. */
int files_copy_all(const char *from, const char *to, const struct files_how *how);
/* Gives a file or folder its place, where nothing stands yet, durably. 0, or -1 with errno. */
int files_move(const char *from, const char *to);
/* Syncs the directory itself: its names are durable afterwards. */
int files_sync_dir(const char *path);

#endif

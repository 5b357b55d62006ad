/*
 * A file that appears whole or not at all.
 *
 * It is written where nobody sees it: without a name where the file system can do that, else under
 * a random one in the same directory. Only when all of it is on the disk does it get its name, in
 * one step: readers see what was there before, or all of the new file. A process that is killed
 * meanwhile, or a disk that is full, leaves what was there before. What a killed process leaves
 * under a random name the next writer in that directory removes (temporary_file.h).
 *
 * What may be replaced is a regular file of the user's own. Symbolic links in the last place are
 * not followed; those in the directory's path are.
 */
#ifndef CTXREPORT_NEW_FILE_H
#define CTXREPORT_NEW_FILE_H

#include "base/error.h"
#include "inspect/source.h"

#include <sys/stat.h>

struct new_file {
    int descriptor; /* open for reading and writing, mode 0600; -1: none */
    int directory;
    const char *path; /* as the user named it; not owned */
    char *name;       /* in the directory */
    char *temporary;  /* in the directory; NULL while it has no name */
};

/* A new_file that holds nothing; new_file_abandon() is fine with it. */
#define NEW_FILE_NONE ((struct new_file){.descriptor = -1, .directory = -1})

/*
 * Opens the directory of `path` and splits off the name in it (owned by the caller). -1 and a
 * sentence on failure.
 */
int new_file_directory(const char *path, char **name, struct error *error);

/* May this be replaced: is it a regular file that belongs to the user, and no mount? */
bool new_file_may_replace(const char *path, int directory, const char *name,
                          const struct stat *status, struct error *error);

/* Begins the file; refuses what may not be replaced. `path` has to outlive it. */
bool new_file_make(struct new_file *file, const char *path, struct error *error);

/* Gives it mode and group of the file that it replaces. */
void new_file_resemble(const struct new_file *file, const struct stat *status);

/*
 * Puts it on the disk and in its place; a file that is there is replaced, unless it is to be new.
 * The descriptor stays open. False and a sentence on failure: then nothing has changed.
 */
bool new_file_publish(struct new_file *file, bool must_be_new, struct error *error);

/* Closes it; if it was not published nothing is left of it. */
void new_file_abandon(struct new_file *file);

#endif

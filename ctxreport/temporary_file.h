/*
 * A file that is being written and is not in its place yet.
 *
 * It has no name where the file system can do that (O_TMPFILE), else a random one in the directory
 * that it will be published in. A writer that is killed while it has one leaves it behind, so the
 * next writer in that directory removes what is certainly nobody's: who writes a file holds a lock
 * on it (flock(2)) from before anybody could find it, or does without the name.
 *
 *   writer                                   sweeper
 *   makes the file, exclusively              opens what has such a name and is the user's own
 *   locks it, or takes another name          locks it, or leaves it alone
 *   is it still there? else another name     is it still the file of that name?
 *   ...                                      unlinks it
 *   renames it, and unlocks it
 *
 * Between its first two steps a writer can lose the file to a sweeper, and sees that in its second
 * or third; after them no sweeper gets the lock. The kernel drops the lock with the process. Where
 * a file system has no locks nothing is swept.
 */
#ifndef CTXREPORT_TEMPORARY_FILE_H
#define CTXREPORT_TEMPORARY_FILE_H

#include <stdbool.h>

/* A locked file, mode 0600. Its name is to be freed, NULL while it has none. -1 and errno. */
int temporary_file_make(int directory, char **name);

/* Gives one without a name such a name. */
bool temporary_file_name(int directory, int descriptor, char **name);

/* Makes it the file of this name, which must not be there. */
bool temporary_file_link(int directory, int descriptor, const char *temporary, const char *name);

/* When it is no longer temporary. */
void temporary_file_unlock(int descriptor);

/* Removes those of writers that are gone. What cannot be listed or locked stays. */
void temporary_file_sweep(int directory);

#endif

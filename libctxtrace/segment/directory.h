/*
 * Where segments are, and which ones exist.
 *
 * Segments are in CTXTRACE_DIR if that is set, else in /dev/shm/ctxtrace-UID, and are called
 * PID-STARTTIME-NUMBER.ctxt: the process, field 22 of its /proc/PID/stat, and a number, 0 for the
 * first one of a process. If somebody else has taken that name, they are in /run/user/UID/ctxtrace.
 * What others have put into such a directory is not shown: a user sees only segments of his own,
 * root those of all users, each with its owner.
 */
#ifndef CTXTRACE_SEGMENT_DIRECTORY_H
#define CTXTRACE_SEGMENT_DIRECTORY_H

#include "base/error.h"
#include "segment/liveness.h"

struct segment_entry {
    char path[4096];
    int pid;          /* as the program numbers itself */
    bool pid_is_ours; /* and as we do: it is of our PID namespace */
    unsigned uid;     /* whose file it is */
    dev_t device;
    ino_t inode;
    enum segment_life life;
    char executable[SEGMENT_PATH_SIZE]; /* as the program wrote it: escape before showing */
    char command[SEGMENT_PATH_SIZE];
    int64_t started_realtime_ns; /* since 1970 */
    uint64_t bytes;              /* of storage, not of the sparse file */
    uint64_t contexts;           /* that it shows now */
    bool is_over;                /* it ended in order and has nothing to report: to be removed */
};

/* The directory of the user `uid`; CTXTRACE_DIR goes first. */
void segment_directory_path(char *path, size_t size, unsigned uid);

/* Is it a directory, no link, that belongs to that user and that nobody else may write to? */
bool segment_directory_is_of(const char *path, unsigned uid);

/*
 * The segments in the calling user's directory, newest first, in an array for the caller to free;
 * *count of them. Files that are no segments are passed over. NULL and *count 0 when there is none;
 * *error then has a sentence if the directory could not be read (empty if there simply is none).
 */
struct segment_entry *segment_directory_list(size_t *count, struct error *error);

/* The same for any directory. */
struct segment_entry *segment_directory_list_in(const char *path, size_t *count,
                                                struct error *error);

/*
 * Finds the segment of a live process: in the caller's directory, then wherever the process's own
 * map of memory says that it is, as we see files or as it does (a container's /dev/shm is reached
 * through /proc/PID/root, a deleted file through /proc/PID/fd), then in the directory of the
 * process's user. `pid` is our number for it; in its own PID namespace it may have another, which
 * is the one in its segment. False if there is none. The newest, if it has made several.
 */
bool segment_directory_find(int pid, char *path, size_t size);

#endif

/*
 * Where segments are, and which there are.
 *
 * Segments are in CTXTRACE_DIR if that is set, else in /dev/shm/ctxtrace-UID, and are called
 * PID-STARTTIME-NUMBER.ctxt: the process, field 22 of its /proc/PID/stat, and a number, 0 for the
 * first one of a process.
 */
#ifndef CTXTRACE_SEGMENT_DIRECTORY_H
#define CTXTRACE_SEGMENT_DIRECTORY_H

#include "segment/liveness.h"

struct segment_entry {
    char path[4096];
    int pid;
    enum segment_life life;
    char executable[SEGMENT_PATH_SIZE]; /* as the program wrote it: escape before showing */
    char command[SEGMENT_PATH_SIZE];
    int64_t started_realtime_ns; /* since 1970 */
    uint64_t bytes;              /* of storage, not of the sparse file */
    uint64_t contexts;           /* that it shows now */
};

/* The directory of the user `uid`; CTXTRACE_DIR goes first. */
void segment_directory_path(char *path, size_t size, unsigned uid);

/*
 * The segments in the calling user's directory, newest first, in an array for the caller to free;
 * *count of them. Files that are no segments are passed over. NULL and *count 0 when there is none;
 * *problem then has a sentence if the directory could not be read (empty if there simply is none).
 */
struct segment_entry *segment_directory_list(size_t *count, struct segment_problem *problem);

/* The same of any directory. */
struct segment_entry *segment_directory_list_in(const char *path, size_t *count,
                                                struct segment_problem *problem);

/*
 * Finds the segment of a live process: in the caller's directory, then wherever the process's own
 * map of memory says that it is, then in the directory of the process's user. False if there is
 * none. The newest, if it has made several.
 */
bool segment_directory_find(int pid, char *path, size_t size);

#endif

/* Is the program that writes a segment still there? */
#ifndef CTXTRACE_SEGMENT_LIVENESS_H
#define CTXTRACE_SEGMENT_LIVENESS_H

#include "segment/file.h"

enum segment_life {
    LIFE_ALIVE,  /* mapped by the process that it names */
    LIFE_DEAD,   /* its process is gone, whatever became of it */
    LIFE_EXITED, /* its process is gone, by a regular exit */
};

/*
 * Looks for the file's inode in the process's map of memory; a process of the same PID that was
 * started at another time, or another boot, is another process. Where the map cannot be read (it is
 * another user's), PID and time of start decide.
 */
enum segment_life segment_life(const struct segment_file *file);

/* Field 22 of /proc/PID/stat, 0 when there is no such process. */
uint64_t segment_start_time(int pid);

#endif

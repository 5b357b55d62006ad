/* Is the program that writes a segment still there? */
#ifndef CTXTRACE_SEGMENT_LIVENESS_H
#define CTXTRACE_SEGMENT_LIVENESS_H

#include "segment/file.h"

enum segment_life {
    LIFE_ALIVE,  /* mapped by the process that it names */
    LIFE_DEAD,   /* its process is gone, whatever became of it */
    LIFE_EXITED, /* its process is gone, by a regular exit */
    LIFE_EXECED, /* its process goes on as another program */
};

/*
 * Is its program alive? The lock on the file decides where the file has one ("Liveness" in
 * segment/format.h): not held, it is gone. Held, it may be by a copy that was forked unseen: then,
 * in the same PID namespace, a process of that PID with another time of start, or of another boot,
 * is another process. Without a lock (version 1, or a file system without such locks), and
 * where the time of start was not noted, the process's map of memory is searched for the file. In
 * doubt it counts as alive: a program that is taken for dead is read without the checks that a live
 * one needs.
 */
enum segment_life segment_life(const struct segment_file *file);

/*
 * The process that it names, if that PID means the same to us; 0 if it is of another PID namespace.
 */
int segment_pid_here(const struct segment_file *file);

/* Has the process, by its PID here, mapped the file? False also if that cannot be read. */
bool segment_is_mapped_by(const struct segment_file *file, int pid);

/*
 * Fields of /proc/PID/stat, whatever the process calls itself: its name, which comes before them,
 * may have parentheses, blanks and ends of lines in it. 0 when there is no such process.
 */
uint64_t segment_start_time(int pid); /* field 22 */
char segment_process_state(int pid);  /* field 3, a letter */
int segment_process_parent(int pid);  /* field 4 */

#endif

/*
 * Where segments are: a directory of the user's own.
 *
 * It is CTXTRACE_DIR, or /dev/shm/ctxtrace-UID, which is made if it is missing. It must be a
 * directory, not a link, belong to the effective user, and be writable by nobody else. Files are
 * made with O_EXCL, O_NOFOLLOW and mode 0600 and named PID-STARTTIME-NUMBER.ctxt.
 */
#ifndef CTXTRACE_RECORD_SEGMENT_DIRECTORY_H
#define CTXTRACE_RECORD_SEGMENT_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new, empty segment file; stores its path. -1 and errno when there can be none. */
int segment_directory_create_file(char *path, size_t path_size);

/*
 * Does this process have a segment of its own mapped already? Then there is another recorder in it: a
 * copy of this library that was linked statically, say. Uses no memory but the stack.
 */
bool segment_directory_is_in_use(void);

/* Field 22 of /proc/PID/stat: when the process was started; 0 when there is no such process. */
uint64_t segment_process_start_time(int pid);

#endif

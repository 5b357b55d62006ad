/*
 * Where segments are: a directory of the user's own.
 *
 * It is CTXTRACE_DIR, or /dev/shm/ctxtrace-UID, which is made if it is missing. It must be a
 * directory, not a link, belong to the effective user, and be writable by nobody else. Files are
 * made with O_EXCL, O_NOFOLLOW and mode 0600 and named PID-STARTTIME-NUMBER.ctxt.
 */
#ifndef CTXTRACE_RECORD_SEGMENT_DIRECTORY_H
#define CTXTRACE_RECORD_SEGMENT_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

/* A new, empty segment file; stores its path. -1 and errno when there can be none. */
int segment_directory_create_file(char *path, size_t path_size);

/* Field 22 of /proc/PID/stat: when the process was started; 0 when there is no such process. */
uint64_t segment_process_start_time(int pid);

#endif

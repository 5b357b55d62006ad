/*
 * Where segments are: a directory of the user's own.
 *
 * It is CTXTRACE_DIR, or /dev/shm/ctxtrace-UID, which is made if it is missing. It must be a
 * directory, not a link, belong to the effective user, and be writable by nobody else. Anybody can
 * take that name in /dev/shm; where somebody has, it is /run/user/UID/ctxtrace, in which only the
 * user can make anything. Files have mode 0600 and are named PID-STARTTIME-NUMBER.ctxt.
 *
 * A file gets its name when it is a whole segment: it is made without one (O_TMPFILE), and a
 * process that is killed before it is linked into the directory leaves nothing. Where that cannot
 * be, for the file system does not know such files or there is no way to link one, it is made under
 * its name (O_EXCL, O_NOFOLLOW), and is a segment as soon as its header says so.
 *
 * Segments of dead programs are removed when there are too many (CTXTRACE_DEAD). Dead is what no
 * process of this PID namespace has written and whose lock nobody holds ("Liveness" in
 * segment/format.h): containers may share a directory, and do not see each other's processes.
 */
#ifndef CTXTRACE_RECORD_SEGMENT_DIRECTORY_H
#define CTXTRACE_RECORD_SEGMENT_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A new, empty segment file. It has a name if it cannot be otherwise, or if `is_named` says so
 * beforehand; `path` is its path, and before it has a name that of the directory. -1 and errno when
 * there can be none.
 */
int segment_directory_create_file(bool *is_named, char *path, size_t path_size);

/*
 * Gives such a file its name. Returns a descriptor that was opened by it: the kernel shows the file
 * under its name only where it was, in /proc/PID/maps say. -1 and errno; `path` is then unchanged.
 */
int segment_directory_name_file(int fd, char *path, size_t path_size);

/*
 * Says on standard error, in one line, that somebody has taken the name of the user's directory, if
 * so; and where the segment is then, NULL: that nothing is recorded.
 */
void segment_directory_say_if_taken(const char *path);

/*
 * Does this process have a segment of its own mapped already? Then there is another recorder in it:
 * a copy of this library that was linked statically, say. Uses no memory but the stack.
 */
bool segment_directory_is_in_use(void);

/* Removes the segments of this very process that it has left by exec, if they tell of nothing. */
void segment_directory_remove_execed(void);

/* Field 22 of /proc/PID/stat: when the process was started; 0 when there is no such process. */
uint64_t segment_process_start_time(int pid);

#endif

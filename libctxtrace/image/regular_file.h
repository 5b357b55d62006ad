/*
 * The one way to open a file whose name comes from a target, or that a target can change.
 *
 * A core, a process's map or a recording may name anything: a FIFO, which blocks whoever opens it;
 * a device, which may do something when it is only opened; a directory. So it is looked at before
 * it is opened, through a descriptor that is good for nothing else (O_PATH), and then that very
 * file is opened, whatever has its name by then.
 *
 * What is open is to be read (pread(2), libelf's ELF_C_READ) and never mapped: a mapping of a file
 * that somebody cuts short kills the reader with SIGBUS; a read of it just ends early.
 */
#ifndef CTXTRACE_IMAGE_REGULAR_FILE_H
#define CTXTRACE_IMAGE_REGULAR_FILE_H

#include <libelf.h>
#include <stdint.h>
#include <sys/stat.h>

/* A larger ELF file is not read: its tables go into memory. */
#define REGULAR_FILE_MAX_ELF (INT64_C(4) << 30)

/*
 * Opens a regular file for reading, links followed. Returns a descriptor (close-on-exec); -1 with
 * errno when that fails, EINVAL when it is something else. `status` may be NULL.
 */
int regular_file_open(const char *path, struct stat *status);

/* The words for such an errno, to stand behind a colon. */
const char *regular_file_error(int number);

/* libelf's view of an open file, read and not mapped. NULL: it is none, or too large. */
Elf *regular_file_elf(int descriptor);

#endif

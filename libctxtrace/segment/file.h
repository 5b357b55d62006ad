/*
 * Opening a segment and reading pieces of it.
 *
 * A segment is written by a program that may be hostile, and while it is being read. So nothing is
 * mapped: another process can cut the file short at any moment, and touching a mapping behind its
 * new end would kill the reader with SIGBUS, where pread() just says that there is nothing. The
 * header is checked once, against the file's real size; every later read stays inside an area.
 */
#ifndef CTXTRACE_SEGMENT_FILE_H
#define CTXTRACE_SEGMENT_FILE_H

#include "base/error.h"
#include "segment/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where an area lies; `used` is what the header said when it was read last. */
struct area_range {
    uint64_t offset, item_size, capacity, used;
};

struct segment_file {
    int descriptor;
    dev_t device;
    ino_t inode;
    int pid_here; /* its process, as we number it; 0: not known. The reader sets it. */
    bool quiet;   /* its program is gone: nobody writes any more */
    /*
     * The file tells a bound that is not recorded from none, and how many waits a select has:
     * not so in version 1, where 0 may be either.
     */
    bool says_bounds;
    struct area_range areas[AREA_COUNT];
    /* What was read of the header, in today's terms; texts in it are NUL-terminated. */
    struct segment_header header;
};

/* The file's first 8 bytes are those of a segment. */
bool segment_has_magic(const void *head, size_t size);

/* On failure returns false and a sentence, and there is nothing to close. */
bool segment_file_open(struct segment_file *file, const char *path, struct error *error);
void segment_file_close(struct segment_file *file);

/*
 * Reads the words of the header that change (counts, losses, used). The rest stays as it was when
 * the file was opened. False when the file has been cut short.
 */
bool segment_file_refresh(struct segment_file *file);

/* How many of a kind were lost, whatever the reason. */
uint64_t segment_lost(const struct segment_header *header, enum loss kind);

/* Reads as much as there is of `size` bytes at `offset`; what is missing is zeros. */
size_t segment_file_read(const struct segment_file *file, uint64_t offset, void *out, size_t size);

#endif

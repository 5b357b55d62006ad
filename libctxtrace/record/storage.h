/*
 * The segment as a file: made safely, mapped whole, and claimed from the file system piece by
 * piece.
 *
 * A store to a page of a sparse file for which the file system has no block left is a SIGBUS. So
 * the blocks are claimed with fallocate before anything in them is touched; when that fails, the
 * area is full as far as the recorder is concerned, and asked for again later. The file gets its
 * full size at once, brought into RLIMIT_FSIZE and into a small part of what RLIMIT_AS leaves
 * beforehand, so that nothing later can raise SIGXFSZ, and the addresses stay the program's. What
 * is not claimed cannot be read, so that no tool that searches the process's memory (memcheck for
 * pointers, say) makes the file system provide it.
 */
#ifndef CTXTRACE_RECORD_STORAGE_H
#define CTXTRACE_RECORD_STORAGE_H

#include "base/lock.h"
#include "segment/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct storage {
    int fd; /* may have been closed by the program, and become another file */
    const char *path;
    dev_t device;
    ino_t inode;
    unsigned char *base;
    struct segment_header *header; /* = base */
    size_t size;
    struct lock claim_lock;
    segment_word *items[AREA_COUNT];      /* the first one of each area, */
    uint32_t item_words[AREA_COUNT];      /* and how large they are: as the header has it */
    _Atomic uint64_t claimed[AREA_COUNT]; /* items for which there are blocks */
    bool sealed;                          /* under the lock: nothing is claimed any more */
    int64_t refused_ns[AREA_COUNT];       /* when the file system last said no; 0: it has not */
};

struct storage_options {
    uint64_t contexts, tasks, ring_events;
    int32_t forked_from;
    uint64_t unrecorded_contexts, unrecorded_tasks;
    int64_t started_ns; /* when recording began, if that was before; or 0 */
};

/*
 * Makes, maps and initialises it; stores its path, which has to stay where it is. 0 or an error
 * number.
 */
int storage_open(struct storage *storage, const struct storage_options *options, char *path,
                 size_t path_size);
void storage_close(struct storage *storage);

/* Makes sure that the first `items` items of the area can be written to. */
bool storage_claim(struct storage *storage, enum segment_area_kind area, uint64_t items);

/* Claims some room ahead in all areas; from then on, until the opposite is said, nothing. */
void storage_seal(struct storage *storage, bool sealed);

#endif

/*
 * The segment as a file: made safely, mapped whole, and claimed from the file system piece by
 * piece.
 *
 * A store to a page of a sparse file for which the file system has no block left is a SIGBUS. So
 * the blocks are claimed with fallocate before anything in them is touched; when that fails, the
 * area is full as far as the recorder is concerned, and asked for again later. The file gets its
 * full size at once, brought into RLIMIT_FSIZE and RLIMIT_AS beforehand, so that nothing later can
 * raise SIGXFSZ.
 */
#ifndef CTXTRACE_RECORD_SEGMENT_FILE_H
#define CTXTRACE_RECORD_SEGMENT_FILE_H

#include "segment/format.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct segment_file {
    int fd;
    unsigned char *base;
    struct segment_header *header; /* = base */
    size_t size;
    pthread_mutex_t claim_mutex;
    _Atomic uint64_t claimed[AREA_COUNT]; /* items for which there are blocks */
    int64_t refused_ns[AREA_COUNT];       /* when the file system last said no; 0: it has not */
};

struct segment_file_options {
    uint64_t contexts, tasks, ring_events;
    int32_t forked_from;
    uint64_t unrecorded_contexts, unrecorded_tasks;
};

/* Makes, maps and initialises it; stores its path. 0 or an error number. */
int segment_file_open(struct segment_file *file, const struct segment_file_options *options,
                      char *path, size_t path_size);
void segment_file_close(struct segment_file *file);

/* Makes sure that the first `items` items of the area can be written to. */
bool segment_file_claim(struct segment_file *file, enum segment_area_kind area, uint64_t items);

#endif

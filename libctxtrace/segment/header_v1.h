/*
 * The header of version 1 of the format, as the first release wrote it, and its translation into
 * today's.
 *
 * Version 1 differs in this: the header was 4096 bytes and laid out otherwise; losses had no
 * reasons; slots of tasks and objects were 12 words and of waits 12 words, the first 12 of today's;
 * nothing was said of a bound that is not recorded (0 stood for both), of how many waits a select
 * has, of the kind of a lock, of the lock on the file, or of when the process ended. What is
 * missing reads as 0, which today's format takes for "not known" everywhere but in WAIT_BOUNDED_BY
 * and in the number of a group's waits: readers ask segment_file.says_bounds.
 */
#ifndef CTXTRACE_SEGMENT_HEADER_V1_H
#define CTXTRACE_SEGMENT_HEADER_V1_H

#include "segment/format.h"

enum { SEGMENT_V1 = 1, SEGMENT_V1_HEADER_SIZE = 4096, SEGMENT_V1_LOSSES = 9, SEGMENT_V1_AREAS = 8 };

struct segment_header_v1 {
    uint64_t magic;
    uint32_t version;
    uint32_t byte_order;
    uint64_t header_size;
    uint64_t file_size;
    int32_t pid;
    int32_t forked_from;
    uint64_t process_start_time;
    int64_t started_ns;
    int64_t realtime_offset_ns;
    uint64_t ring_events;
    uint64_t unrecorded_contexts;
    uint64_t unrecorded_tasks;
    uint64_t exited;
    uint64_t stopped_ns;
    uint64_t contexts_created, contexts_ended;
    uint64_t losses[SEGMENT_V1_LOSSES];
    struct segment_area areas[SEGMENT_V1_AREAS];
    char boot_id[40];
    char executable[SEGMENT_PATH_SIZE];
    char command[SEGMENT_PATH_SIZE];
};

/* Makes a header of today from one of version 1; `version` stays 1. */
void segment_header_from_v1(struct segment_header *header, const struct segment_header_v1 *old);

#endif

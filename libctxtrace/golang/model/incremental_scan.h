/*
 * The contexts that a session which looks repeatedly knows about.
 *
 * Reading a large heap for each look would cost the program's machine too much. So each look reads
 * the known contexts again, searches stacks and global data, and continues through the heap for as
 * long as a budget of processor time lasts. A *pass* is once through the heap. A context that two
 * passes in a row did not find is forgotten: its memory may have been reused.
 */
#ifndef CTXTRACE_GOLANG_MODEL_INCREMENTAL_SCAN_H
#define CTXTRACE_GOLANG_MODEL_INCREMENTAL_SCAN_H

#include "golang/model/contexts.h"

/* Start from a zeroed structure. */
struct incremental_scan {
    struct contexts known; /* their list only */
    uint32_t pass;         /* number of the pass that is under way */
    uint64_t next;         /* where in the heap it goes on; 0: at the beginning */
    int64_t began_ns;      /* when it began */
    int64_t complete_ns;   /* when the last complete one began; 0: there was none */
};

/* Before a look: begins a pass if none is under way. */
void incremental_scan_begin(struct incremental_scan *scan, int64_t now_ns);
/* After a look that got as far as `next`. */
void incremental_scan_end(struct incremental_scan *scan, const struct contexts *contexts,
                          uint64_t next);
void incremental_scan_free(struct incremental_scan *scan);

#endif

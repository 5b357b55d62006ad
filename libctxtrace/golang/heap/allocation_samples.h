/*
 * Which objects were sampled by the program's own memory profiler.
 *
 * For each object that it samples, the runtime adds a special (a record in a linked list of the
 * object's span) that points to a bucket, which holds the stack of the allocation
 * (allocation_stacks.h). Nothing else in memory says where an object was created. The program
 * decides how many objects are sampled (runtime.MemProfileRate): one per 512 kB of allocations by
 * default, all at a rate of 1, none in a program that never reads the profile.
 *
 * A running program changes these lists while they are walked. A special that was freed is reused,
 * perhaps for another span, and does not say which span it belongs to: a walk that reaches one
 * continues among the objects of that other span. So the lists of a running program are walked
 * twice, each time starting at the span's own record: allocation_samples_read() and then
 * allocation_samples_confirm(), which keeps the samples of those spans whose records and specials
 * were the same both times (a double collect). An object that was looked at in between is the one
 * that was sampled.
 */
#ifndef CTXTRACE_GOLANG_HEAP_ALLOCATION_SAMPLES_H
#define CTXTRACE_GOLANG_HEAP_ALLOCATION_SAMPLES_H

#include "golang/heap/heap.h"

struct allocation_sample {
    uint64_t object; /* its number, counted over all spans (see struct span) */
    uint64_t special, next;
    uint64_t bucket; /* its address, unchecked; 0: the special is not a sample */
};

struct allocation_samples {
    struct allocation_sample *items; /* by object and special */
    size_t count, capacity;
    const struct span **spans; /* which they are of, ascending */
    size_t span_count;
    bool failed; /* memory ran out */
};

/*
 * Reads the samples of all spans that contain any of these addresses. `moves`: the program is
 * running and `program` reads its live memory, which begins a new reading. false when memory ran
 * out. Free `samples` in any case.
 */
bool allocation_samples_read(const struct go_program *program, const struct heap *heap, bool moves,
                             const uint64_t *addresses, size_t count,
                             struct allocation_samples *samples);
/* For a running program; begins a new reading. false when memory ran out. */
bool allocation_samples_confirm(const struct go_program *program,
                                struct allocation_samples *samples);
void allocation_samples_free(struct allocation_samples *samples);

/* The bucket of the object that contains this address; 0 if it was not sampled. Logarithmic. */
uint64_t allocation_sample_of(const struct allocation_samples *samples, const struct heap *heap,
                              uint64_t address);

#endif

/*
 * The memory of a foreign program, live or dead, as local bytes.
 *
 * Reading gives a plain pointer into our own memory. What was read once does not change under the
 * reader's hands, and no address in a hostile or inconsistent program makes us read outside of the
 * program's regions (regions.h).
 *
 * A `struct memory` says how a program's memory is read. There are, of one program,
 *
 *     live      memory_new()          what is missing is read from the program when it is asked for
 *     sealed    memory_seal()         what was read until then, and never anything else: of what
 *                                     the program may write, nothing more is read from it
 *     within    memory_within()       live, for an operation that has a deadline
 *     pass      memory_pass_begin()   live, with what one pass has at hand (memory_pass.h)
 *     over      memory_over_begin()   sealed, and what is missing there read live (memory_over.h)
 *
 * so that readers need not know which kind they were given. The live one and sealed ones do not
 * share writable memory: neither sees what the other reads later. The last three are views, valid
 * as long as what they were made of.
 *
 * Threads: a memory and what was made of it belong to one thread, unless a function says otherwise.
 */
#ifndef CTXTRACE_IMAGE_MEMORY_H
#define CTXTRACE_IMAGE_MEMORY_H

#include "image/memory_source.h"

struct regions;
struct packed_ranges;

#define MEMORY_TRAIL       256
#define MEMORY_TRAIL_BYTES 65536

/* What was read of what may be written. */
struct memory_trail {
    struct memory_range ranges[MEMORY_TRAIL];
    const void *bytes_read[MEMORY_TRAIL];
    size_t count, bytes;
    bool beneath; /* some of it was not in the memory itself */
    bool cut;     /* it was more than that */
};

/* Its members are for the files that read; others use the functions. */
struct memory {
    struct memory_source *source;
    struct regions *regions;
    struct packed_ranges *at_hand;    /* what of missing pages there is all the same; or NULL */
    struct memory_deadline *deadline; /* or NULL */
    bool sealed;
    struct memory *beneath;     /* where what is missing is looked for; or NULL */
    struct memory_trail *trail; /* where what is read is noted; or NULL */
};

/* A live memory. The backend's state stays the caller's. NULL when memory ran out. */
struct memory *memory_new(const struct memory_backend *backend, void *state);
void memory_free(struct memory *memory); /* one of memory_new(); NULL is fine */

/*
 * Describing the regions: begin, add in ascending order, end. What was read stays if its region is
 * described again, unchanged and not writable. Neighbours become one region. Returns false when
 * memory ran out; the memory then has no regions.
 */
void memory_begin_regions(struct memory *memory);
void memory_add_region(struct memory *memory, uint64_t start, uint64_t end, bool writable);
bool memory_end_regions(struct memory *memory);

/*
 * The mappings that the program may write to, by number, in ascending order; those that it may not
 * are empty. false behind the last.
 */
bool memory_writable(const struct memory *memory, size_t number, struct memory_range *range);

/*
 * Begins a new reading: writable memory that was read before is read again when it is asked for.
 * Our own pages stay mapped.
 */
void memory_begin_reading(struct memory *memory);

/* The same memory, read within the deadline. */
struct memory memory_within(const struct memory *memory, struct memory_deadline *deadline);

/*
 * Makes a sealed memory of what was read in the present reading, and of these ranges, which it
 * takes over. `memory` begins a new reading. NULL when memory ran out; then nothing has changed.
 */
struct memory *memory_seal(struct memory *memory, struct packed_ranges *packed);

/*
 * Frees a sealed memory. What cannot have changed, and our own pages, go back to the memory that it
 * was made of, which begins a new reading; and the room of the ranges to `packed`, which is empty.
 */
void memory_unseal(struct memory *sealed, struct memory *memory, struct packed_ranges *packed);

/*
 * The bytes at `address`, or NULL if any of them is in no region or cannot be read. Valid until the
 * regions are described again or another reading begins; of a sealed memory as long as that is
 * there. Aligned as `address` is, up to 16 bytes.
 */
const void *memory_at(struct memory *memory, uint64_t address, size_t size);

/* Is all of this in the regions? Reads nothing, so it may still turn out to be unreadable. */
bool memory_covers(struct memory *memory, uint64_t address, uint64_t size);

/* Copies; false and zeroes if not all of it can be read. */
bool memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size);

/* One word or less, 0 if it cannot be read. */
uint64_t memory_word(struct memory *memory, uint64_t address);
uint32_t memory_u32(struct memory *memory, uint64_t address);
uint16_t memory_u16(struct memory *memory, uint64_t address);
uint8_t memory_u8(struct memory *memory, uint64_t address);

/* Bytes fetched from the program so far, for estimates. */
uint64_t memory_fetched(const struct memory *memory);

#endif

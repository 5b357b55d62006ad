/*
 * The memory of a foreign program, live or dead, as local bytes.
 *
 * A memory is a set of regions. Each has a *shadow*: address space of our own of the same size, in
 * which pages appear when they are first asked for. Reading therefore gives a plain pointer into
 * our own memory, what was read once does not change under the reader's hands, and no address that
 * a hostile or torn program offers can make us read outside a region.
 *
 * Where the bytes come from is a backend: a live process, or a core file with its executable.
 *
 * Threads: one memory belongs to one thread, but for what says otherwise.
 */
#ifndef CTXTRACE_IMAGE_MEMORY_H
#define CTXTRACE_IMAGE_MEMORY_H

#include "image/memory_source.h"

struct regions;
struct packed_ranges;

/* A memory, and how it is read just now. Others than the files beside use the functions. */
struct memory {
    struct memory_source *source;
    struct regions *regions;
    struct packed_ranges *at_hand, *kept; /* of a pass, and for longer */
    struct memory_deadline *deadline;
    bool sealed; /* frozen */
};

/* The backend's state stays the caller's. NULL when memory ran out. */
struct memory *memory_new(const struct memory_backend *backend, void *state);
void memory_free(struct memory *memory); /* NULL is fine */

/*
 * Describing the regions: begin, add in ascending order, end. What was read of a region that is
 * there again, unchanged and not writable, stays. Neighbours become one region.
 * Returns false when memory ran out; the memory then has no regions.
 */
void memory_begin_regions(struct memory *memory);
void memory_add_region(struct memory *memory, uint64_t start, uint64_t end, bool writable);
bool memory_end_regions(struct memory *memory);

/*
 * The bytes at `address`, or NULL if any of them is in no region or cannot be read. Valid until the
 * regions are described again or memory_forget(). Aligned as `address` is, up to 16 bytes.
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

/*
 * Has these ranges at hand until the next call, in a buffer that is used again and again: for one
 * pass over much memory, which need not stay. What is kept already, and a frozen memory, are left
 * as they are. The ranges are whole pages, ascending and apart, as ranges_join() makes them.
 * Pointers that memory_at() gives into them are valid until the next call; 0 ranges end it.
 */
void memory_window(struct memory *memory, const struct memory_range *ranges, size_t count);

/*
 * Reads these ranges now and keeps them, packed, as long as what was read is valid otherwise: for
 * many that are much smaller than the pages they lie on. They are ascending and apart, and take the
 * place of those of the call before; 0 ranges give the memory back. Returns how many bytes could
 * not be read.
 */
uint64_t memory_keep(struct memory *memory, const struct memory_range *ranges, size_t count);

/*
 * The same in two parts, of which the second, that reads, may be done by another thread while this
 * one prefetches. Nothing of these ranges may be asked for before it has come back.
 */
void memory_plan_to_keep(struct memory *memory, const struct memory_range *ranges, size_t count);
uint64_t memory_keep_planned(struct memory *memory);

/*
 * The mappings that the program may write to, by number, in ascending order; those that it may not
 * are empty. false behind the last.
 */
bool memory_writable(const struct memory *memory, size_t number, struct memory_range *range);

/*
 * Behind this time (monotonic, 0: none) nothing more is read, as if it were unreadable. Returns
 * whether anything was not read for the deadline that was set before.
 */
bool memory_set_deadline(struct memory *memory, int64_t deadline_ns);

/* Forgets what was read of writable regions. The local pages stay, warm. */
void memory_forget(struct memory *memory);

/*
 * While frozen, nothing of a writable region is read from the program any more: what is there is a
 * picture of one moment, and what is not there reads as unreadable.
 */
void memory_freeze(struct memory *memory, bool frozen);

/* Bytes fetched since the memory was made, for estimates. */
uint64_t memory_fetched(const struct memory *memory);

#endif

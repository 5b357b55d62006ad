#include "image/memory.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/sorted.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE           UINT64_C(4096)
/* Pages fetched around one that is missing: tables lie close together, what pointers lead to less.
 */
#define CONSTANT_AHEAD UINT64_C(16)
#define WRITABLE_AHEAD UINT64_C(2)
#define TOO_LARGE      (UINT64_C(1) << 40)  /* shadow maps of sanitizers: nothing of interest */
#define BATCH          256                  /* ranges per call of the backend */
#define MAX_FETCH      (UINT64_C(16) << 20) /* bytes per call: a deadline is looked at in between */

struct region {
    uint64_t start, end;
    unsigned char *shadow; /* NULL: cannot be read */
    uint64_t *present;     /* one bit per page */
    uint64_t *constant;    /* one bit per page: the program cannot write to it */
};

/* A mapping as it was described; parts of a region until its bitmaps are made. */
struct part {
    uint64_t start, end;
    bool writable;
};

/* Ranges that lie packed in a buffer, see memory_window() and memory_keep(). */
struct window {
    struct memory_range *ranges;
    unsigned char **local;
    size_t count, capacity;
    size_t last;      /* the range that the last reading hit */
    uint64_t missing; /* bytes that could not be had */
    unsigned char *bytes;
    uint64_t size;
};

struct memory {
    const struct memory_backend *backend;
    void *state;
    struct region *regions, *old_regions;
    size_t count, old_count;
    struct part *parts;
    size_t part_count, part_capacity;
    size_t last; /* the region that the last reading hit */
    struct window window, kept;
    bool failed, frozen;
    _Atomic bool late;
    int64_t deadline_ns; /* 0: none */
    _Atomic uint64_t fetched;
};

struct memory *memory_new(const struct memory_backend *backend, void *state)
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->backend = backend;
    memory->state = state;
    return memory;
}

static uint64_t pages_of(const struct region *region)
{
    return (region->end - region->start + PAGE - 1) / PAGE;
}

static void region_release(struct region *region)
{
    if (region->shadow)
        munmap(region->shadow, pages_of(region) * PAGE);
    free(region->present);
    free(region->constant);
}

static void release_all(struct region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        region_release(&regions[i]);
    free(regions);
}

static void window_release(struct window *window)
{
    if (window->bytes)
        munmap(window->bytes, window->size);
    free(window->ranges);
    free(window->local);
    *window = (struct window){0};
}

void memory_free(struct memory *memory)
{
    if (!memory)
        return;
    release_all(memory->regions, memory->count);
    release_all(memory->old_regions, memory->old_count);
    window_release(&memory->window);
    window_release(&memory->kept);
    free(memory->parts);
    free(memory);
}

void memory_begin_regions(struct memory *memory)
{
    release_all(memory->old_regions, memory->old_count);
    memory->old_regions = memory->regions;
    memory->old_count = memory->count;
    memory->regions = NULL;
    memory->count = memory->part_count = memory->last = 0;
    memory->window.count = memory->kept.count = 0;
    memory->failed = false;
}

void memory_add_region(struct memory *memory, uint64_t start, uint64_t end, bool writable)
{
    start &= ~(PAGE - 1);
    if (memory->part_count && start < memory->parts[memory->part_count - 1].end)
        start = memory->parts[memory->part_count - 1].end;
    if (start >= end || memory->failed)
        return;
    if (!ARRAY_ROOM(memory->parts, memory->part_capacity, memory->part_count + 1)) {
        memory->failed = true;
        return;
    }
    memory->parts[memory->part_count++] = (struct part){start, end, writable};
}

/*
 * Address space for copies; NULL when there is none. A fork leaves it out: it can be large, a child
 * has no use for it, and each page would have to be copied when it is next written here.
 */
static unsigned char *map_local(uint64_t size, int flags)
{
    void *bytes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    madvise(bytes, size, MADV_DONTFORK);
    return bytes;
}

/* Makes the bitmaps and address space for a region. false when memory ran out. */
static bool make_shadow(struct region *region)
{
    uint64_t pages = pages_of(region);
    if (pages * PAGE > TOO_LARGE)
        return true;
    region->present = calloc((pages + 63) / 64, 8);
    region->constant = calloc((pages + 63) / 64, 8);
    if (!region->present || !region->constant)
        return false;
    region->shadow = map_local(pages * PAGE, MAP_NORESERVE);
    return true;
}

static void mark_constant(struct region *region, const struct part *part)
{
    uint64_t first = (part->start - region->start) / PAGE;
    uint64_t last = (part->end - region->start) / PAGE; /* a page cut in two may be written */
    for (uint64_t page = first; !part->writable && page < last; page++)
        region->constant[page / 64] |= UINT64_C(1) << (page % 64);
}

/* Takes over the pages of the same region as it was before, but for those that may be written. */
static void take_over(struct memory *memory, struct region *region)
{
    for (size_t i = 0; i < memory->old_count; i++) {
        struct region *old = &memory->old_regions[i];
        size_t words = (pages_of(region) + 63) / 64;
        if (old->start != region->start || old->end != region->end || !old->shadow ||
            !region->shadow || memcmp(old->constant, region->constant, words * 8) != 0)
            continue;
        unsigned char *fresh = region->shadow;
        region->shadow = old->shadow;
        old->shadow = fresh;
        for (size_t word = 0; word < words; word++)
            region->present[word] = old->present[word] & region->constant[word];
        return;
    }
}

/* Joins the parts from `first` on that touch each other. Returns the number behind the last. */
static size_t make_region(struct memory *memory, size_t first)
{
    struct region *region = &memory->regions[memory->count];
    size_t behind = first + 1;
    while (behind < memory->part_count && memory->parts[behind].start % PAGE == 0 &&
           memory->parts[behind].start == memory->parts[behind - 1].end)
        behind++;
    *region =
        (struct region){.start = memory->parts[first].start, .end = memory->parts[behind - 1].end};
    memory->count++;
    if (!make_shadow(region)) {
        memory->failed = true;
        return memory->part_count;
    }
    if (region->shadow)
        for (size_t i = first; i < behind; i++)
            mark_constant(region, &memory->parts[i]);
    take_over(memory, region);
    return behind;
}

bool memory_end_regions(struct memory *memory)
{
    memory->regions = calloc(memory->part_count + 1, sizeof *memory->regions);
    memory->failed |= !memory->regions;
    for (size_t i = 0; i < memory->part_count && !memory->failed;)
        i = make_region(memory, i);
    release_all(memory->old_regions, memory->old_count);
    memory->old_regions = NULL;
    memory->old_count = 0;
    if (!memory->failed)
        return true;
    release_all(memory->regions, memory->count);
    memory->regions = NULL;
    memory->count = 0;
    return false;
}

static struct region *region_of(struct memory *memory, uint64_t address)
{
    if (memory->last < memory->count) {
        struct region *region = &memory->regions[memory->last];
        if (address >= region->start && address < region->end)
            return region;
    }
    size_t place = SORTED_FIRST(i, 0, memory->count, memory->regions[i].end > address);
    if (place == memory->count || memory->regions[place].start > address)
        return NULL;
    memory->last = place;
    return &memory->regions[place];
}

static bool is_present(const struct region *region, uint64_t page)
{
    return region->present[page / 64] >> (page % 64) & 1;
}

static void set_present(struct region *region, uint64_t first, uint64_t count)
{
    for (uint64_t page = first; page < first + count; page++)
        region->present[page / 64] |= UINT64_C(1) << (page % 64);
}

/* A run of missing pages that is waiting to be fetched together with others. */
struct batch {
    uint64_t bytes;
    struct memory_range ranges[BATCH];
    void *local[BATCH];
    struct region *region[BATCH];
    size_t count;
    uint64_t unread;
    const struct window *kept; /* stays as it is on the pages that come; NULL: nothing is kept */
};

/* Is the deadline over? */
static bool is_late(struct memory *memory)
{
    bool late = memory->deadline_ns && now_ns() > memory->deadline_ns;
    memory->late |= late;
    return late;
}

/* The first from `low` to behind `high` (exclusive) that ends behind this address, or `high`. */
static size_t window_search(const struct window *window, size_t low, size_t high, uint64_t address)
{
    return SORTED_FIRST(i, low, high, window->ranges[i].end > address);
}

/* What is kept by the byte is part of a picture; a page that came later must not replace it. */
static void put_kept_over(const struct window *kept, const struct memory_range *range,
                          unsigned char *local)
{
    for (size_t i = window_search(kept, 0, kept->count, range->start);
         i < kept->count && kept->ranges[i].start < range->end; i++) {
        const struct memory_range *own = &kept->ranges[i];
        uint64_t start = own->start > range->start ? own->start : range->start;
        uint64_t end = own->end < range->end ? own->end : range->end;
        memcpy(local + (start - range->start), kept->local[i] + (start - own->start), end - start);
    }
}

static void batch_run(struct memory *memory, struct batch *batch)
{
    size_t read[BATCH] = {0};
    if (!batch->count)
        return;
    if (!is_late(memory))
        memory->backend->fetch(memory->state, batch->ranges, batch->local, read, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        struct region *region = batch->region[i];
        const struct memory_range *range = &batch->ranges[i];
        uint64_t wanted = range->end - range->start;
        uint64_t whole = read[i] == wanted ? (wanted + PAGE - 1) / PAGE : read[i] / PAGE;
        set_present(region, (range->start - region->start) / PAGE, whole);
        if (batch->kept)
            put_kept_over(batch->kept, range, batch->local[i]);
        memory->fetched += read[i];
        batch->unread += wanted - read[i];
    }
    batch->count = 0;
    batch->bytes = 0;
}

static void batch_add(struct memory *memory, struct batch *batch, struct region *region,
                      uint64_t first, uint64_t count)
{
    while (count) {
        uint64_t some = count < MAX_FETCH / PAGE ? count : MAX_FETCH / PAGE;
        uint64_t start = region->start + first * PAGE, end = start + some * PAGE;
        if (batch->count == BATCH || batch->bytes >= MAX_FETCH)
            batch_run(memory, batch);
        batch->bytes += some * PAGE;
        batch->ranges[batch->count] =
            (struct memory_range){start, end < region->end ? end : region->end};
        batch->local[batch->count] = region->shadow + first * PAGE;
        batch->region[batch->count++] = region;
        first += some;
        count -= some;
    }
}

static bool is_missing(const struct memory *memory, const struct region *region, uint64_t page)
{
    bool constant = region->constant[page / 64] >> (page % 64) & 1;
    return !is_present(region, page) && (constant || !memory->frozen);
}

/* Adds the pages from first to behind last (exclusive) that are missing and may be fetched. */
static void batch_missing(struct memory *memory, struct batch *batch, struct region *region,
                          uint64_t first, uint64_t last)
{
    while (first < last) {
        while (first < last && !is_missing(memory, region, first))
            first++;
        uint64_t end = first;
        while (end < last && is_missing(memory, region, end))
            end++;
        if (end > first)
            batch_add(memory, batch, region, first, end - first);
        first = end;
    }
}

static bool all_present(const struct region *region, uint64_t first, uint64_t last)
{
    for (; first <= last; first++)
        if (!is_present(region, first))
            return false;
    return true;
}

static bool fetch_pages(struct memory *memory, struct region *region, uint64_t first, uint64_t last)
{
    struct batch batch = {.kept = &memory->kept};
    bool constant = region->constant[first / 64] >> (first % 64) & 1;
    uint64_t ahead = constant ? CONSTANT_AHEAD : WRITABLE_AHEAD;
    uint64_t ahead_first = first / ahead * ahead;
    uint64_t ahead_last = (last / ahead + 1) * ahead;
    if (ahead_last > pages_of(region))
        ahead_last = pages_of(region);
    batch_missing(memory, &batch, region, ahead_first, ahead_last);
    batch_run(memory, &batch);
    if (all_present(region, first, last))
        return true;
    /* Something ahead of what is wanted may be unreadable: try again with just that. */
    batch_missing(memory, &batch, region, first, last + 1);
    batch_run(memory, &batch);
    return all_present(region, first, last);
}

/* The bytes if the window has all of them, or NULL. */
static const void *in_window(struct window *window, uint64_t address, size_t size)
{
    size_t low = 0, high = window->count;
    if (window->last < window->count && address >= window->ranges[window->last].start) {
        low = window->last; /* a pass goes upwards */
        if (address < window->ranges[low].end)
            high = low + 1;
    }
    low = window_search(window, low, high, address);
    if (low == window->count || address < window->ranges[low].start ||
        size > window->ranges[low].end - address)
        return NULL;
    window->last = low;
    return window->local[low] + (address - window->ranges[low].start);
}

const void *memory_at(struct memory *memory, uint64_t address, size_t size)
{
    struct region *region = region_of(memory, address);
    if (!region || !region->shadow || !size || size > region->end - address)
        return NULL;
    uint64_t first = (address - region->start) / PAGE;
    uint64_t last = (address - region->start + size - 1) / PAGE;
    if (all_present(region, first, last))
        return region->shadow + (address - region->start);
    const void *at_hand = in_window(&memory->kept, address, size);
    if (!at_hand)
        at_hand = in_window(&memory->window, address, size);
    if (at_hand)
        return at_hand;
    if (!fetch_pages(memory, region, first, last))
        return NULL;
    return region->shadow + (address - region->start);
}

bool memory_covers(struct memory *memory, uint64_t address, uint64_t size)
{
    const struct region *region = region_of(memory, address);
    return region && region->shadow && size <= region->end - address;
}

bool memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size)
{
    const void *bytes = memory_at(memory, address, size);
    if (!bytes) {
        memset(buffer, 0, size);
        return false;
    }
    memcpy(buffer, bytes, size);
    return true;
}

uint64_t memory_word(struct memory *memory, uint64_t address)
{
    uint64_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

uint32_t memory_u32(struct memory *memory, uint64_t address)
{
    uint32_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

uint16_t memory_u16(struct memory *memory, uint64_t address)
{
    uint16_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

uint8_t memory_u8(struct memory *memory, uint64_t address)
{
    uint8_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

typedef void each_piece(struct memory *memory, struct region *region, uint64_t first, uint64_t last,
                        void *state);

/* Calls back for the part of each range that lies in a region, in pages; returns bytes outside. */
static uint64_t for_each_piece(struct memory *memory, const struct memory_range *ranges,
                               size_t count, each_piece *each, void *state)
{
    uint64_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t address = ranges[i].start;
        while (address < ranges[i].end) {
            struct region *region = region_of(memory, address);
            if (!region || !region->shadow) {
                outside += ranges[i].end - address;
                break;
            }
            uint64_t end = ranges[i].end < region->end ? ranges[i].end : region->end;
            each(memory, region, (address - region->start) / PAGE,
                 (end - region->start + PAGE - 1) / PAGE, state);
            address = end;
        }
    }
    return outside;
}

static void prefetch_piece(struct memory *memory, struct region *region, uint64_t first,
                           uint64_t last, void *state)
{
    batch_missing(memory, state, region, first, last);
}

uint64_t memory_prefetch(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    struct batch batch = {.count = 0};
    uint64_t outside = for_each_piece(memory, ranges, count, prefetch_piece, &batch);
    batch_run(memory, &batch);
    return outside + batch.unread;
}

#define PRESENCE_AT_ONCE 512

/* Makes these pages zero, as far as they are missing. */
static void fill_with_zeros(struct memory *memory, struct region *region, uint64_t first,
                            uint64_t last)
{
    while (first < last) {
        while (first < last && !is_missing(memory, region, first))
            first++;
        uint64_t end = first;
        while (end < last && is_missing(memory, region, end))
            end++;
        if (end > first)
            madvise(region->shadow + first * PAGE, (end - first) * PAGE, MADV_DONTNEED);
        set_present(region, first, end - first);
        first = end;
    }
}

static void prefetch_present_piece(struct memory *memory, struct region *region, uint64_t first,
                                   uint64_t last, void *state)
{
    bool there[PRESENCE_AT_ONCE];
    for (uint64_t some; first < last; first += some) {
        some = last - first < PRESENCE_AT_ONCE ? last - first : PRESENCE_AT_ONCE;
        memset(there, true, sizeof there);
        if (memory->backend->presence)
            memory->backend->presence(memory->state, region->start + first * PAGE, some, there);
        for (uint64_t at = 0, end; at < some; at = end) {
            for (end = at + 1; end < some && there[end] == there[at]; end++)
                ;
            if (there[at])
                batch_missing(memory, state, region, first + at, first + end);
            else
                fill_with_zeros(memory, region, first + at, first + end);
        }
    }
}

uint64_t memory_prefetch_present(struct memory *memory, const struct memory_range *ranges,
                                 size_t count)
{
    struct batch batch = {.count = 0};
    uint64_t outside = for_each_piece(memory, ranges, count, prefetch_present_piece, &batch);
    batch_run(memory, &batch);
    return outside + batch.unread;
}

/* Room for that many ranges and bytes. false when memory ran out. */
static bool window_reserve(struct window *window, size_t count, uint64_t size)
{
    if (count > window->capacity) {
        window_release(window);
        window->ranges = malloc(count * sizeof *window->ranges);
        window->local = malloc(count * sizeof *window->local);
        window->capacity = window->ranges && window->local ? count : 0;
    }
    if (size > window->size) {
        if (window->bytes)
            munmap(window->bytes, window->size);
        window->bytes = map_local(size, 0);
        window->size = window->bytes ? size : 0;
    }
    return count <= window->capacity && size <= window->size;
}

/* Does the range lie in one region? */
static bool is_readable(struct memory *memory, const struct memory_range *range)
{
    const struct region *region = region_of(memory, range->start);
    return region && region->shadow && range->end <= region->end && range->end > range->start;
}

/* Is this range to be read? */
static bool is_for_window(struct memory *memory, const struct memory_range *range)
{
    if (!is_readable(memory, range))
        return false;
    const struct region *region = region_of(memory, range->start);
    return !all_present(region, (range->start - region->start) / PAGE,
                        (range->end - 1 - region->start) / PAGE);
}

#define ALIGNMENT UINT64_C(16) /* of addresses, which their copies share */

static uint64_t room_for(const struct memory_range *range)
{
    uint64_t before = range->start % ALIGNMENT;
    return (before + (range->end - range->start) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/* Where each range goes. */
static void window_lay_out(struct memory *memory, struct window *window,
                           const struct memory_range *ranges, size_t count)
{
    unsigned char *next = window->bytes;
    for (size_t i = 0; i < count; i++) {
        if (!is_readable(memory, &ranges[i]))
            window->missing += ranges[i].end - ranges[i].start;
        if (!is_for_window(memory, &ranges[i]))
            continue;
        window->ranges[window->count] = ranges[i];
        window->local[window->count++] = next + ranges[i].start % ALIGNMENT;
        next += room_for(&ranges[i]);
    }
}

/* How many of the ranges from the first on are read together: the deadline is seen in between. */
static size_t ranges_of_a_call(const struct memory_range *ranges, size_t count)
{
    uint64_t bytes = 0;
    size_t some = 0;
    for (; some < count && some < BATCH && bytes < MAX_FETCH; some++)
        bytes += ranges[some].end - ranges[some].start;
    return some;
}

static void window_fetch(struct memory *memory, struct window *window)
{
    size_t kept = 0, some;
    for (size_t done = 0; done < window->count; done += some) {
        size_t read[BATCH] = {0};
        some = ranges_of_a_call(&window->ranges[done], window->count - done);
        if (!is_late(memory))
            memory->backend->fetch(memory->state, &window->ranges[done],
                                   (void *const *)&window->local[done], read, some);
        for (size_t i = done; i < done + some; i++) {
            memory->fetched += read[i - done];
            window->missing += window->ranges[i].end - window->ranges[i].start - read[i - done];
            window->local[kept] = window->local[i];
            window->ranges[kept] = window->ranges[i];
            window->ranges[kept].end = window->ranges[i].start + read[i - done];
            kept += read[i - done] != 0;
        }
    }
    window->count = kept;
}

static void window_plan(struct memory *memory, struct window *window,
                        const struct memory_range *ranges, size_t count)
{
    uint64_t size = 0;
    window->count = window->last = 0;
    for (size_t i = 0; i < count; i++)
        size += room_for(&ranges[i]);
    window->missing = size; /* but for what follows */
    if (!count || memory->frozen || !window_reserve(window, count, size))
        return;
    window->missing = 0;
    window_lay_out(memory, window, ranges, count);
}

void memory_window(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    window_plan(memory, &memory->window, ranges, count);
    window_fetch(memory, &memory->window);
}

void memory_plan_to_keep(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    window_plan(memory, &memory->kept, ranges, count);
    if (!count)
        window_release(&memory->kept);
}

uint64_t memory_keep_planned(struct memory *memory)
{
    window_fetch(memory, &memory->kept);
    return memory->kept.missing;
}

uint64_t memory_keep(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    memory_plan_to_keep(memory, ranges, count);
    return memory_keep_planned(memory);
}

void memory_read_anew(const struct memory *memory, const struct memory_range *ranges,
                      void *const *local, size_t *read, size_t count)
{
    memory->backend->fetch(memory->state, ranges, local, read, count);
}

bool memory_writable(const struct memory *memory, size_t number, struct memory_range *range)
{
    if (number >= memory->part_count)
        return false;
    const struct part *part = &memory->parts[number];
    *range = (struct memory_range){part->start, part->writable ? part->end : part->start};
    return true;
}

/* Reads runs of pages that are there; what cannot be read ends a run. */
static void read_pages(const struct memory *memory, const struct memory_range *range,
                       const bool *there, unsigned char *local)
{
    uint64_t first_page = range->start / PAGE;
    for (uint64_t at = range->start; at < range->end;) {
        bool wanted = there[at / PAGE - first_page];
        uint64_t end = at;
        while (end < range->end && there[end / PAGE - first_page] == wanted)
            end = (end / PAGE + 1) * PAGE;
        struct memory_range run = {at, end < range->end ? end : range->end};
        void *to = local + (at - range->start);
        size_t got = 0;
        if (wanted)
            memory->backend->fetch(memory->state, &run, &to, &got, 1);
        /* Behind a page that cannot be read there may be others that can. */
        at = wanted && got < run.end - at ? ((at + got) / PAGE + 1) * PAGE : run.end;
    }
}

void memory_read_present(const struct memory *memory, const struct memory_range *range, void *local)
{
    size_t pages = (range->end - 1) / PAGE - range->start / PAGE + 1;
    bool *there = malloc(pages * sizeof *there);
    memset(local, 0, range->end - range->start);
    if (!there)
        return;
    memset(there, true, pages);
    if (memory->backend->presence)
        memory->backend->presence(memory->state, range->start / PAGE * PAGE, pages, there);
    read_pages(memory, range, there, local);
    free(there);
}

void memory_reread(struct memory *memory, const uint64_t *addresses, size_t size,
                   void *const *local, bool *good, size_t count)
{
    for (size_t done = 0; done < count; done += BATCH) {
        size_t some = count - done < BATCH ? count - done : BATCH, read[BATCH] = {0};
        struct memory_range ranges[BATCH];
        for (size_t i = 0; i < some; i++)
            ranges[i] = (struct memory_range){addresses[done + i], addresses[done + i] + size};
        memory->backend->fetch(memory->state, ranges, local + done, read, some);
        for (size_t i = 0; i < some; i++)
            good[done + i] = read[i] == size;
    }
}

static void warm_piece(struct memory *memory, struct region *region, uint64_t first, uint64_t last,
                       void *state)
{
    (void)memory;
    (void)state;
    madvise(region->shadow + first * PAGE, (last - first) * PAGE, MADV_POPULATE_WRITE);
}

void memory_warm(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    for_each_piece(memory, ranges, count, warm_piece, NULL);
}

static void drop_piece(struct memory *memory, struct region *region, uint64_t first, uint64_t last,
                       void *state)
{
    (void)memory;
    (void)state;
    for (uint64_t page = first; page < last; page++)
        region->present[page / 64] &= ~(UINT64_C(1) << (page % 64));
    madvise(region->shadow + first * PAGE, (last - first) * PAGE, MADV_DONTNEED);
}

void memory_drop(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    for_each_piece(memory, ranges, count, drop_piece, NULL);
}

bool memory_set_deadline(struct memory *memory, int64_t deadline_ns)
{
    bool late = memory->late;
    memory->late = false;
    memory->deadline_ns = deadline_ns;
    return late;
}

void memory_forget(struct memory *memory)
{
    memory->kept.count = 0;
    for (size_t i = 0; i < memory->count; i++) {
        struct region *region = &memory->regions[i];
        for (size_t word = 0; region->shadow && word < (pages_of(region) + 63) / 64; word++)
            region->present[word] &= region->constant[word];
    }
}

void memory_freeze(struct memory *memory, bool frozen)
{
    memory->frozen = frozen;
}

uint64_t memory_fetched(const struct memory *memory)
{
    return memory->fetched;
}

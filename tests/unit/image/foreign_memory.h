/*
 * A foreign program for the tests of reading one: some pages, of which one cannot be read, and a
 * backend that counts what is fetched of them.
 */
#ifndef CTXTRACE_TESTS_FOREIGN_MEMORY_H
#define CTXTRACE_TESTS_FOREIGN_MEMORY_H

#include "image/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAGE  4096
#define BASE  UINT64_C(0x10000)
#define PAGES 64
#define HOLE  40 /* this page cannot be read */

static unsigned char program[PAGES * PAGE];
static _Atomic unsigned fetches;
static _Atomic uint64_t bytes;

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    (void)state;
    fetches++;
    for (size_t i = 0; i < count; i++) {
        uint64_t start = ranges[i].start - BASE, end = ranges[i].end - BASE;
        const uint64_t hole = (uint64_t)HOLE * PAGE;
        if (start < hole + PAGE && end > hole)
            end = start < hole ? hole : start;
        memcpy(local[i], program + start, end - start);
        read[i] = end - start;
        bytes += end - start;
    }
}

static const struct memory_backend backend = {.fetch = fetch};

/* Pages 0 to 15 are constant, 16 to 63 can be written; they touch. */
static inline void describe(struct memory *memory)
{
    memory_begin_regions(memory);
    memory_add_region(memory, BASE, BASE + 16 * PAGE, false);
    memory_add_region(memory, BASE + 16 * PAGE, BASE + PAGES * PAGE, true);
    assert_true(memory_end_regions(memory));
}

static inline void fill_program(void)
{
    for (size_t i = 0; i < sizeof program; i++)
        program[i] = (unsigned char)(i * 7 + i / PAGE);
    fetches = 0;
    bytes = 0;
}

/* For a test whose state is a live memory. */
static inline int start(void **state)
{
    fill_program();
    struct memory *memory = memory_new(&backend, NULL);
    assert_non_null(memory);
    describe(memory);
    *state = memory;
    return 0;
}

static inline int stop(void **state)
{
    memory_free(*state);
    return 0;
}

/* Pages from first to behind last. */
static inline struct memory_range pages(uint64_t first, uint64_t behind)
{
    return (struct memory_range){BASE + first * PAGE, BASE + behind * PAGE};
}

#endif

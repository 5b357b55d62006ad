/*
 * A Go program that was made by hand: its memory is one region of our own, in which a test writes
 * what the runtime would have written. For what reads structures, without a `go` to make them.
 *
 * The region lies across the end of an arena. It keeps what was put in between two resets, and
 * reads as zeroes everywhere else.
 */
#ifndef CTXTRACE_TESTS_UNIT_GOLANG_MADE_PROGRAM_H
#define CTXTRACE_TESTS_UNIT_GOLANG_MADE_PROGRAM_H

#include "golang/binary/program.h"
#include "golang/binary/types.h"
#include "golang/heap/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MADE_ARENA_END UINT64_C(0xc004000000)
#define MADE_SIZE      UINT64_C(0x40000)
#define MADE_START     (MADE_ARENA_END - MADE_SIZE / 2)

static unsigned char made_bytes[MADE_SIZE];
static struct module made_module;
static struct go_program made;

static inline void made_fetch(void *state, const struct memory_range *ranges, void *const *local,
                              size_t *read, size_t count)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        read[i] = ranges[i].end - ranges[i].start;
        memcpy(local[i], made_bytes + (ranges[i].start - MADE_START), read[i]);
    }
}

static inline int made_begin(void **state)
{
    static const struct memory_backend backend = {.fetch = made_fetch};
    (void)state;
    memset(made_bytes, 0, sizeof made_bytes);
    made = (struct go_program){.modules = &made_module, .module_count = 1};
    made_module = (struct module){.types = MADE_START, .etypes = MADE_START + MADE_SIZE};
    for (size_t i = 0; i < LAYOUT_FIELD_COUNT; i++)
        made.layout.at[i] = LAYOUT_ABSENT;
    made.memory = memory_new(&backend, NULL);
    assert_non_null(made.memory);
    memory_begin_regions(made.memory);
    memory_add_region(made.memory, MADE_START, MADE_START + MADE_SIZE, true);
    assert_true(memory_end_regions(made.memory));
    return 0;
}

static inline int made_end(void **state)
{
    (void)state;
    memory_free(made.memory);
    return 0;
}

static inline void made_put(uint64_t address, const void *bytes, size_t size)
{
    assert_true(address >= MADE_START && address + size <= MADE_START + MADE_SIZE);
    memcpy(made_bytes + (address - MADE_START), bytes, size);
    memory_begin_reading(made.memory);
}

static inline void made_word(uint64_t address, uint64_t word)
{
    made_put(address, &word, 8);
}

static inline void made_byte(uint64_t address, uint8_t byte)
{
    made_put(address, &byte, 1);
}

/* A type as the linker writes it; `mask` is the address of its pointer bits. */
static inline void made_type(uint64_t address, uint8_t kind, uint64_t size, uint64_t pointer_bytes,
                             uint64_t mask)
{
    made_word(address, size);
    made_word(address + 8, pointer_bytes);
    made_byte(address + 23, kind);
    made_word(address + 32, mask);
}

/* A name: flags, length, text. */
static inline void made_name(uint64_t address, uint8_t flags, const char *text)
{
    made_byte(address, flags);
    made_byte(address + 1, (uint8_t)strlen(text));
    made_put(address + 2, text, strlen(text));
}

#endif

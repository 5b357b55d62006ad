/*
 * The memory of a Go program that does not exist: a test writes the structures that it needs, with
 * the layout of any release, and may change them between two readings.
 */
#ifndef CTXTRACE_TESTS_MADE_UP_MEMORY_H
#define CTXTRACE_TESTS_MADE_UP_MEMORY_H

#include "golang/binary/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MADE_UP      UINT64_C(0x700000000000) /* where it begins */
#define MADE_UP_SIZE UINT64_C(65536)
#define MADE_UP_PAGE UINT64_C(4096)

struct made_up {
    unsigned char bytes[MADE_UP_SIZE];
    struct image image;
    struct go_program program;
    char version[8];
    /* Called before the first page is read for the second time; may be NULL. */
    void (*meanwhile)(struct made_up *made_up);
    unsigned first_page_read;
};

static void made_up_fetch(void *state, const struct memory_range *ranges, void *const *local,
                          size_t *read, size_t count)
{
    struct made_up *made_up = state;
    for (size_t i = 0; i < count; i++) {
        uint64_t from = ranges[i].start - MADE_UP;
        if (from < MADE_UP_PAGE && ++made_up->first_page_read == 2 && made_up->meanwhile)
            made_up->meanwhile(made_up);
        read[i] = ranges[i].end - ranges[i].start;
        memcpy(local[i], made_up->bytes + from, read[i]);
    }
}

/* A program of Go 1.minor. */
static inline void made_up_begin(struct made_up *made_up, int minor)
{
    static const struct memory_backend backend = {.fetch = made_up_fetch};
    struct error error;
    memset(made_up, 0, sizeof *made_up);
    made_up->program.image = &made_up->image;
    made_up->program.version = made_up->version;
    assert_true(layout_find(&made_up->program.layout, minor, "go1", -1, &error));
    made_up->program.memory = memory_new(&backend, made_up);
    assert_non_null(made_up->program.memory);
    memory_begin_regions(made_up->program.memory);
    memory_add_region(made_up->program.memory, MADE_UP, MADE_UP + MADE_UP_SIZE, true);
    assert_true(memory_end_regions(made_up->program.memory));
}

static inline void made_up_end(struct made_up *made_up)
{
    memory_free(made_up->program.memory);
}

static inline void made_up_put(struct made_up *made_up, uint64_t address, uint64_t value,
                               size_t size)
{
    assert_in_range(address, MADE_UP, MADE_UP + MADE_UP_SIZE - size);
    memcpy(made_up->bytes + (address - MADE_UP), &value, size);
}

/* A field of `size` bytes of the structure at this address. */
static inline void made_up_field(struct made_up *made_up, uint64_t address, enum layout_field field,
                                 uint64_t value, size_t size)
{
    int32_t offset = made_up->program.layout.at[field];
    assert_true(offset >= 0);
    made_up_put(made_up, address + (uint64_t)offset, value, size);
}

#endif

/*
 * Which code is the library's own, and left out of stacks where it is innermost.
 *
 * In a shared library it is the library's whole module. In a program that libctxtrace.a is linked
 * into it is what lies between __start_ctxtrace_text and __stop_ctxtrace_text, symbols that the
 * linker makes when the archive's code is in a section of that name; otherwise nothing is left out.
 */
#ifndef CTXTRACE_RECORD_CAPTURE_OWN_H
#define CTXTRACE_RECORD_CAPTURE_OWN_H

#include "record/capture.h"
#include "record/capture_rules.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CAPTURE_OWN_MODULES 4

/*
 * Treats the code of the module that `address` lies in as the library's own: its leading frames are
 * left out, too. For the preload. At most CAPTURE_OWN_MODULES; false if there is no room or no such
 * module. Not thread-safe: before the first capture.
 */
bool capture_add_own_module(const void *address);

struct own_range {
    _Atomic uint64_t begin, end;
};

/*
 * The first one is the library's. Written before the count that covers them; by several threads, if
 * they find out the same at the same time.
 */
extern struct own_range own_ranges[CAPTURE_OWN_MODULES + 1] CAPTURE_HIDDEN;
extern _Atomic uint32_t own_range_count CAPTURE_HIDDEN;

/* Whether a return address is into code of the library's own. */
static inline bool is_own(uint64_t pc)
{
    uint32_t count = atomic_load_explicit(&own_range_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) {
        if (pc > atomic_load_explicit(&own_ranges[i].begin, memory_order_relaxed) &&
            pc <= atomic_load_explicit(&own_ranges[i].end, memory_order_relaxed))
            return true;
    }
    return false;
}

/*
 * Finds out the library's own range, at the first call; false if that could not be done now
 * (modules_refresh's 0). Takes the loader's lock.
 */
bool own_find(void);

#endif

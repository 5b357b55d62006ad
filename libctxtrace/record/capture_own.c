#include "record/capture_own.h"

#include "record/modules.h"

extern const char __start_ctxtrace_text __attribute__((weak, visibility("hidden")));
extern const char __stop_ctxtrace_text __attribute__((weak, visibility("hidden")));

struct own_range own_ranges[CAPTURE_OWN_MODULES + 1];
_Atomic uint32_t own_range_count;

enum { UNKNOWN, BEING_FOUND, KNOWN };
static _Atomic int own_state;

static bool add_range(uint64_t begin, uint64_t end)
{
    uint32_t count = atomic_load_explicit(&own_range_count, memory_order_relaxed);
    if (count == sizeof own_ranges / sizeof own_ranges[0])
        return false;
    own_ranges[count] = (struct own_range){.begin = begin, .end = end};
    atomic_store_explicit(&own_range_count, count + 1, memory_order_release);
    return true;
}

/* The main program is the first module that the loader lists. */
static bool is_main_program(const struct module *module)
{
    return module->number == 1;
}

bool own_find(void)
{
    int state = atomic_load_explicit(&own_state, memory_order_acquire);
    if (state == KNOWN)
        return true;
    struct module module;
    if (!modules_find((uint64_t)(uintptr_t)&own_find, &module) || !module.number)
        return false;
    state = UNKNOWN;
    if (!atomic_compare_exchange_strong(&own_state, &state, BEING_FOUND))
        return state == KNOWN;
    if (!is_main_program(&module))
        add_range(module.begin, module.end);
    else if (&__start_ctxtrace_text)
        add_range((uint64_t)(uintptr_t)&__start_ctxtrace_text,
                  (uint64_t)(uintptr_t)&__stop_ctxtrace_text);
    atomic_store_explicit(&own_state, KNOWN, memory_order_release);
    return true;
}

bool capture_add_own_module(const void *address)
{
    struct module module;
    if (!own_find() || !modules_find((uint64_t)(uintptr_t)address, &module) || !module.number ||
        is_main_program(&module))
        return false;
    return add_range(module.begin, module.end);
}

#include "record/capture_own.h"

#include "base/invariant.h"
#include "record/modules.h"

extern const char __start_ctxtrace_text __attribute__((weak, visibility("hidden")));
extern const char __stop_ctxtrace_text __attribute__((weak, visibility("hidden")));

struct own_range own_ranges[CAPTURE_OWN_MODULES + 1];
_Atomic uint32_t own_range_count;

static void set_range(uint32_t index, uint64_t begin, uint64_t end)
{
    invariant(index <= CAPTURE_OWN_MODULES && begin < end);
    atomic_store_explicit(&own_ranges[index].begin, begin, memory_order_relaxed);
    atomic_store_explicit(&own_ranges[index].end, end, memory_order_relaxed);
}

/* The main program is the first module that the loader lists. */
static bool is_main_program(const struct module *module)
{
    return module->number == 1;
}

bool own_find(void)
{
    if (atomic_load_explicit(&own_range_count, memory_order_acquire))
        return true;
    struct module module;
    if (!modules_find((uint64_t)(uintptr_t)&own_find, &module) || !module.number)
        return false;
    if (!is_main_program(&module))
        set_range(0, module.begin, module.end);
    else if (&__start_ctxtrace_text)
        set_range(0, (uint64_t)(uintptr_t)&__start_ctxtrace_text,
                  (uint64_t)(uintptr_t)&__stop_ctxtrace_text);
    uint32_t none = 0;
    atomic_compare_exchange_strong(&own_range_count, &none, 1);
    return true;
}

bool capture_add_own_module(const void *address)
{
    struct module module;
    if (!own_find() || !modules_find((uint64_t)(uintptr_t)address, &module) || !module.number ||
        is_main_program(&module))
        return false;
    uint32_t count = atomic_load(&own_range_count);
    if (count == sizeof own_ranges / sizeof own_ranges[0])
        return false;
    set_range(count, module.begin, module.end);
    atomic_store(&own_range_count, count + 1);
    return true;
}

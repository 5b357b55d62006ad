/*
 * What the capture tests compare with: libunwind, called in the same frame. By unw_backtrace; or,
 * where TRUTH_BY_STEPS is defined, by the slow unw_step with its caches flushed, because
 * unw_backtrace does not notice when another library is loaded where one was (and crashes under
 * ThreadSanitizer when its thread ends).
 */
#ifndef CTXTRACE_TESTS_STACK_TRUTH_H
#define CTXTRACE_TESTS_STACK_TRUTH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNW_LOCAL_ONLY
#include "record/capture.h"

#include <libunwind.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TRUTH_MAX_FRAMES 256
#define TRUTH_MAX_STACKS 400000

/*
 * Stands for the recorder: keeps every stack that it is given; the reference is index + 1. Memory
 * is only reserved, as malloc is not for signal handlers.
 */
struct interned_stack {
    uint64_t generation;
    uint32_t count;
    bool truncated;
    uint64_t addresses[CAPTURE_MAX_FRAMES];
};

static struct interned_stack *interned;
static _Atomic uint32_t interned_count;

static void forget_interned(void)
{
    size_t size = TRUTH_MAX_STACKS * sizeof *interned;
    if (interned)
        munmap(interned, size);
    interned = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    assert_ptr_not_equal(interned, MAP_FAILED);
    atomic_store(&interned_count, 0);
    capture_forget_references();
}

static uint32_t intern(const struct captured_stack *stack, uint64_t generation)
{
    uint32_t index = atomic_fetch_add(&interned_count, 1);
    if (index >= TRUTH_MAX_STACKS)
        abort();
    struct interned_stack *kept = &interned[index];
    kept->generation = generation;
    kept->count = stack->count;
    kept->truncated = stack->truncated;
    memcpy(kept->addresses, stack->addresses, stack->count * sizeof kept->addresses[0]);
    return index + 1;
}

static const struct interned_stack *interned_at(uint32_t reference)
{
    assert_true(reference >= 1 && reference <= atomic_load(&interned_count));
    return &interned[reference - 1];
}

/* The innermost address is one in the function that captures, and differs from call to call. */
static void assert_same_stack(const uint64_t *addresses, uint32_t count, bool truncated,
                              void *const *truth, int truth_count)
{
    uint32_t expected = (uint32_t)truth_count;
    if (expected > CAPTURE_MAX_FRAMES)
        expected = CAPTURE_MAX_FRAMES;
    assert_int_equal(count, expected);
    assert_int_equal(truncated, truth_count > CAPTURE_MAX_FRAMES);
    for (uint32_t i = 1; i < count; i++)
        assert_int_equal(addresses[i], (uint64_t)(uintptr_t)truth[i]);
}

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define TRUTH_BY_STEPS
#endif
#elif defined(__SANITIZE_THREAD__)
#define TRUTH_BY_STEPS
#endif

/* libunwind initialises itself without regard to other threads that do. */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libunwind.so\n";
}

#ifdef TRUTH_BY_STEPS
static int step_through(void **addresses, int max, unw_context_t *context)
{
    unw_cursor_t cursor;
    unw_word_t address;
    int count = 0;
    unw_flush_cache(unw_local_addr_space, 0, 0);
    assert_int_equal(unw_init_local(&cursor, context), 0);
    do {
        assert_int_equal(unw_get_reg(&cursor, UNW_REG_IP, &address), 0);
        addresses[count++] = (void *)address;
    } while (count < max && unw_step(&cursor) > 0);
    return count;
}
#endif

/* Numbers that compilers cannot know, so that what is called in a loop is called from one place. */
static volatile int twice = 2, thrice __attribute__((unused)) = 3;

/*
 * Captures its own stack by all ways and compares. Returns the reference of the second of two calls
 * from one place, which should be that of the first.
 */
__attribute__((noinline, unused)) static uint32_t assert_stack_is_true(const void *site)
{
    void *truth[TRUTH_MAX_FRAMES];
    struct captured_stack walked;
    uint32_t references[2];
    capture_stack(&walked, CAPTURE_MAX_FRAMES);
#ifdef TRUTH_BY_STEPS
    unw_context_t context;
    unw_getcontext(&context);
    int truth_count = step_through(truth, TRUTH_MAX_FRAMES, &context);
#else
    int truth_count = unw_backtrace(truth, TRUTH_MAX_FRAMES);
#endif
    assert_same_stack(walked.addresses, walked.count, walked.truncated, truth, truth_count);
    int calls = twice;
    for (int i = 0; i < calls; i++)
        references[i] = capture_stack_reference(site, intern);
    for (int i = 0; i < 2; i++) {
        const struct interned_stack *stack = interned_at(references[i]);
        assert_same_stack(stack->addresses, stack->count, stack->truncated, truth, truth_count);
        assert_in_range(stack->addresses[0], (uintptr_t)&assert_stack_is_true,
                        (uintptr_t)&assert_stack_is_true + 4096);
    }
    return references[1];
}

#endif

#include "record/capture.h"

#define UNW_LOCAL_ONLY
#include "base/invariant.h"
#include "record/capture_layout.h"
#include "record/capture_own.h"
#include "record/capture_rules.h"
#include "record/capture_walk.h"
#include "record/modules.h"
#include "record/processor.h"

#include <errno.h>
#include <libunwind.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Set while this thread captures, but for recognising a layout, which may be interrupted and nested
 * at will. Keeps a signal handler out of the loader's and libunwind's locks that the thread may
 * hold.
 */
static _Thread_local bool capturing __attribute__((tls_model("initial-exec")));

static bool begin_capture(void)
{
    if (capturing)
        return false;
    capturing = true;
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

static void end_capture(void)
{
    invariant(capturing);
    atomic_signal_fence(memory_order_seq_cst);
    capturing = false;
}

/* Between unw_backtrace's caller and the caller of the door. */
#define INNER_FRAMES 4

/* ---- memory ---- */

/*
 * What a capture needs for a moment. Not on the stack: that may be the smallest that there is, and
 * the program's own. There are a few, which are enough unless more threads than that are stopped
 * within a capture; and a forked child begins with all of them free.
 */
struct scratch {
    struct walk walk;
    struct captured_stack stack;
    void *found[INNER_FRAMES + WALK_FRAMES + 1];
    unw_context_t context;
    unw_cursor_t cursor;
};

enum { SCRATCHES = 16 };

static struct scratch scratches[SCRATCHES];
static _Atomic bool is_taken[SCRATCHES];

static struct scratch *take_scratch(void)
{
    for (int i = 0; i < SCRATCHES; i++)
        if (!atomic_load_explicit(&is_taken[i], memory_order_relaxed) &&
            !atomic_exchange_explicit(&is_taken[i], true, memory_order_acquire))
            return &scratches[i];
    struct scratch *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return made == MAP_FAILED ? NULL : made;
}

static void give_scratch_back(struct scratch *scratch)
{
    if (scratch >= scratches && scratch < scratches + SCRATCHES)
        atomic_store_explicit(&is_taken[scratch - scratches], false, memory_order_release);
    else
        munmap(scratch, sizeof *scratch);
}

/* ---- by libunwind ---- */

static _Atomic bool capture_is_sealed;

void capture_seal(bool sealed)
{
    atomic_store(&capture_is_sealed, sealed);
}

/* libunwind gives the address at which a signal interrupted a function as it is. */
static void point_behind_interrupted(struct captured_stack *stack)
{
    for (uint32_t i = 0; i + 1 < stack->count; i++) {
        uint64_t pc = stack->addresses[i];
        struct module_identity module;
        packed_rule rule = rules_get(pc);
        if (!rule && modules_identify(pc - 1, &module))
            rule = rules_learn(pc, &module);
        if (rule_kind(rule) == UNWIND_SIGNAL)
            stack->addresses[++i]++;
    }
}

/* There in a program that runs under ThreadSanitizer. */
extern void __tsan_init(void) __attribute__((weak));

/*
 * unw_backtrace keeps what it learnt about an address in a cache of its own in every thread. It
 * does not notice when another library is loaded there; and it frees that cache at the thread's end
 * by a destructor that ThreadSanitizer crashes in.
 */
static bool may_use_backtrace(void)
{
    return !modules_unloaded() && !&__tsan_init;
}

/* What unw_backtrace does, slower by far, with a cache that can be flushed. */
__attribute__((noinline)) static int step_through(struct scratch *scratch, int max)
{
    unw_cursor_t *cursor = &scratch->cursor;
    unw_word_t address;
    int count = 0;
    unw_flush_cache(unw_local_addr_space, 0, 0);
    if (unw_getcontext(&scratch->context) != 0 || unw_init_local(cursor, &scratch->context) != 0)
        return 0;
    while (count < max && unw_get_reg(cursor, UNW_REG_IP, &address) == 0) {
        scratch->found[count++] = (void *)(uintptr_t)address;
        if (unw_step(cursor) <= 0)
            break;
    }
    return count;
}

/*
 * Returns a module generation in which the modules on the stack are loaded, 0 if that cannot be
 * known now; then there is no stack.
 */
__attribute__((noinline)) static uint64_t capture_by_libunwind(struct scratch *scratch,
                                                               struct captured_stack *stack,
                                                               uint64_t first_pc,
                                                               uint32_t max_frames)
{
    invariant(max_frames <= CAPTURE_MAX_FRAMES);
    /* libunwind asks the kernel what it may read. */
    uint64_t generation = atomic_load(&capture_is_sealed) ? 0 : modules_refresh();
    if (!generation)
        return 0;
    rules_follow(generation);
    void **found = scratch->found;
    const int max = sizeof scratch->found / sizeof scratch->found[0];
    int count = may_use_backtrace() ? unw_backtrace(found, max) : step_through(scratch, max);
    int first = 0;
    while (first < count && (uint64_t)(uintptr_t)found[first] != first_pc)
        first++;
    while (first < count && is_own((uint64_t)(uintptr_t)found[first]))
        first++;
    uint32_t usable = (uint32_t)(count - first);
    stack->truncated = usable > max_frames;
    stack->count = stack->truncated ? max_frames : usable;
    for (uint32_t i = 0; i < stack->count; i++)
        stack->addresses[i] = (uint64_t)(uintptr_t)found[(uint32_t)first + i];
    point_behind_interrupted(stack);
    return generation;
}

/* ---- the doors ---- */

static void copy_walk(struct captured_stack *stack, const struct walk *walk)
{
    invariant(walk->own <= walk->count && walk->count - walk->own <= CAPTURE_MAX_FRAMES);
    stack->truncated = walk->truncated;
    stack->count = walk->count - walk->own;
    for (uint32_t i = 0; i < stack->count; i++)
        stack->addresses[i] = walk->frames[walk->own + i].pc;
}

__attribute__((noinline)) void capture_stack(struct captured_stack *stack, unsigned max_frames)
{
    struct frame_state caller = CALLER_STATE();
    stack->count = 0;
    stack->truncated = false;
    if (!begin_capture())
        return;
    int saved_errno = errno;
    if (max_frames > SEGMENT_MAX_FRAMES)
        max_frames = SEGMENT_MAX_FRAMES;
    struct scratch *scratch = own_find() ? take_scratch() : NULL;
    if (scratch) {
        if (walk_stack(&scratch->walk, &caller, max_frames))
            copy_walk(stack, &scratch->walk);
        else
            capture_by_libunwind(scratch, stack, caller.pc, max_frames);
        give_scratch_back(scratch);
    }
    errno = saved_errno;
    end_capture();
}

static uint32_t intern_unwalkable(struct scratch *scratch, const struct frame_state *caller,
                                  capture_intern *intern)
{
    struct captured_stack *stack = &scratch->stack;
    stack->count = 0;
    uint64_t generation = capture_by_libunwind(scratch, stack, caller->pc, SEGMENT_MAX_FRAMES);
    return stack->count ? intern(stack, generation) : 0;
}

static uint32_t intern_walked(struct scratch *scratch, const struct frame_state *caller,
                              struct layout_place place, capture_intern *intern)
{
    struct captured_stack *stack = &scratch->stack;
    copy_walk(stack, &scratch->walk);
    if (!stack->count)
        return 0;
    uint32_t epoch = atomic_load_explicit(&layouts_epoch, memory_order_acquire);
    uint32_t reference = intern(stack, modules_generation());
    if (reference)
        layouts_remember(place, caller, &scratch->walk, reference, epoch);
    return reference;
}

/* The stack was not recognised, so it is walked, interned, and remembered at `place`. */
__attribute__((noinline)) static uint32_t capture_unrecognised(uint64_t pc, uint64_t sp,
                                                               uint64_t bp,
                                                               struct layout_place place,
                                                               capture_intern *intern)
{
    struct frame_state caller = {.pc = pc, .sp = sp, .bp = bp};
    if (!begin_capture())
        return 0;
    int saved_errno = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable); /* libunwind has system calls */
    uint32_t reference = 0;
    struct scratch *scratch = own_find() ? take_scratch() : NULL;
    if (scratch) {
        if (walk_stack(&scratch->walk, &caller, SEGMENT_MAX_FRAMES))
            reference = intern_walked(scratch, &caller, place, intern);
        else
            reference = intern_unwalkable(scratch, &caller, intern);
        give_scratch_back(scratch);
    }
    pthread_setcancelstate(cancelable, NULL);
    errno = saved_errno;
    end_capture();
    return reference;
}

__attribute__((noinline)) CAPTURE_READS_STACK uint32_t
capture_stack_reference(const void *site, capture_intern *intern)
{
    struct frame_state caller = CALLER_STATE();
    struct layout_place place;
    uint32_t reference = 0;
    if (CAPTURE_WALKS)
        reference = layouts_find(caller, (uint64_t)(uintptr_t)site, &place);
    else
        place = (struct layout_place){0, 0};
    if (!reference)
        reference = capture_unrecognised(caller.pc, caller.sp, caller.bp, place, intern);
    return reference;
}

void capture_begin_in_child(void)
{
    for (int i = 0; i < SCRATCHES; i++)
        atomic_store(&is_taken[i], false);
}

void capture_forget_references(void)
{
    atomic_fetch_add_explicit(&layouts_epoch, 1, memory_order_acq_rel);
}

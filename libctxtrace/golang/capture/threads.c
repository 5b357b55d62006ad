/*
 * Which m a thread is follows from its thread-local g: near the thread pointer lies a pointer to a
 * g whose m has this thread's id. Where exactly depends on how the program was linked.
 */
#include "golang/capture/threads.h"

#include "golang/binary/field.h"

#include <stdlib.h>
#include <string.h>

#define THREAD_LOCALS UINT64_C(1024) /* bytes below the thread pointer that are searched */
#define UNKNOWN_STACK (UINT64_C(256) << 10)
#define SMALL_STACK   (UINT64_C(16) << 10)

static uint64_t m_of(const struct go_program *program, const struct image_thread *thread)
{
    if (!thread->fs_base)
        return thread->record;
    for (uint64_t below = 8; below <= THREAD_LOCALS; below += 8) {
        uint64_t g = memory_word(program->memory, thread->fs_base - below);
        if (!g || g % 8 || !memory_at(program->memory, g, 64))
            continue;
        uint64_t m = field_word(program, g, G_M);
        if (m && field_word(program, m, M_PROCID) == (uint64_t)thread->own_tid)
            return m;
    }
    return 0;
}

void thread_add_locals(const struct image_thread *thread, struct ranges *ranges)
{
    if (thread->fs_base > THREAD_LOCALS)
        ranges_add(ranges, thread->fs_base - THREAD_LOCALS, THREAD_LOCALS);
}

static void find_record(struct image *image, const size_t *asleep, size_t count,
                        const struct goroutine *goroutine)
{
    for (size_t i = 0; i < count; i++) {
        struct image_thread *thread = &image->threads[asleep[i]];
        if ((uint32_t)thread->own_tid == goroutine->tid)
            thread->record = goroutine->m;
    }
}

/* Few threads are asleep, and of many goroutines few have an m. */
void threads_find_asleep(struct image *image, const struct goroutines *goroutines)
{
    size_t *asleep = malloc((image->thread_count + 1) * sizeof *asleep), count = 0;
    for (size_t i = 0; asleep && i < image->thread_count; i++)
        if (image->threads[i].asleep)
            asleep[count++] = i;
    for (size_t i = 0; count && i < goroutines->count; i++)
        if (goroutines->items[i].m)
            find_record(image, asleep, count, &goroutines->items[i]);
    free(asleep);
}

static struct memory_range stack_of(const struct go_program *program, uint64_t g)
{
    return (struct memory_range){field_word(program, g, G_STACK_LO),
                                 field_word(program, g, G_STACK_HI)};
}

size_t thread_whole_stacks(const struct go_program *program, const struct image_thread *thread,
                           struct memory_range stacks[THREAD_STACKS])
{
    uint64_t m = m_of(program, thread);
    if (!m)
        return 0;
    stacks[0] = stack_of(program, field_word(program, m, M_G0));
    stacks[1] = stack_of(program, field_word(program, m, M_GSIGNAL));
    return THREAD_STACKS;
}

static bool holds(const struct memory_range *range, uint64_t sp)
{
    return sp >= range->start && sp < range->end;
}

/* Usually it is on the stack of its current goroutine; looking at all of them takes a while. */
static bool is_on_goroutine(const struct go_program *program, const struct goroutines *goroutines,
                            uint64_t m, uint64_t sp)
{
    uint64_t current = m ? field_word(program, m, M_CURG) : 0;
    uint32_t status = current ? field_u32(program, current, G_STATUS) & 0xfff : GO_IDLE;
    struct memory_range stack = stack_of(program, current);
    if ((status == GO_RUNNING || status == GO_SYSCALL) && holds(&stack, sp))
        return true;
    for (size_t i = 0; i < goroutines->count; i++)
        if (sp >= goroutines->items[i].low && sp < goroutines->items[i].high)
            return true;
    return false;
}

size_t thread_stacks(const struct go_program *program, const struct goroutines *goroutines,
                     const struct image_thread *thread, struct memory_range stacks[THREAD_STACKS])
{
    uint64_t m = m_of(program, thread);
    struct memory_range scheduler =
        m ? stack_of(program, field_word(program, m, M_G0)) : (struct memory_range){0, 0};
    struct memory_range signal =
        m ? stack_of(program, field_word(program, m, M_GSIGNAL)) : (struct memory_range){0, 0};
    if (holds(&scheduler, thread->sp)) {
        stacks[0] = (struct memory_range){thread->sp, scheduler.end};
        return 1;
    }
    if (holds(&signal, thread->sp)) { /* the handler interrupted one of the others */
        stacks[0] = (struct memory_range){thread->sp, signal.end};
        stacks[1] = scheduler;
        return scheduler.end - scheduler.start <= UNKNOWN_STACK ? 2 : 1;
    }
    if (is_on_goroutine(program, goroutines, m, thread->sp))
        return 0;
    bool small = m && scheduler.end - scheduler.start <= SMALL_STACK;
    stacks[0] =
        (struct memory_range){thread->sp, thread->sp + (small ? SMALL_STACK : UNKNOWN_STACK)};
    return 1;
}

static bool is_in(const struct go_stack *stack, const char *function)
{
    for (size_t i = 0; i < stack->count; i++)
        if (strcmp(stack->frames[i].info->function.name, function) == 0)
            return true;
    return false;
}

#define POLLER_FRAMES UINT64_C(16384) /* bytes, of the system call and what is between */

bool thread_is_poller(const void *program, const struct sleeper *sleeper)
{
    const struct pc_info *here = pc_info(program, sleeper->pc);
    struct go_stack *stack = here && here->known ? malloc(sizeof *stack) : NULL;
    if (!stack)
        return false;
    const struct unwind_start registers = {sleeper->sp, sleeper->pc, false, sleeper->sp,
                                           sleeper->sp + POLLER_FRAMES};
    unwind(program, &registers, stack);
    bool polls = is_in(stack, "runtime.netpoll");
    free(stack);
    return polls;
}

bool thread_is_idle(const struct go_program *program, const struct image_thread *thread,
                    struct go_stack *stack)
{
    uint64_t m = m_of(program, thread);
    uint64_t g0 = m ? field_word(program, m, M_G0) : 0;
    struct memory_range scheduler = stack_of(program, g0);
    uint64_t goroutine = m ? field_word(program, m, M_CURG) : 0;
    uint32_t status = goroutine ? field_u32(program, goroutine, G_STATUS) & 0xfff : GO_IDLE;
    if (status == GO_SYSCALL)
        return true;
    if (!g0 || goroutine || !holds(&scheduler, thread->sp))
        return false;
    const struct unwind_start registers = {thread->sp, thread->pc, false, scheduler.start,
                                           scheduler.end};
    unwind(program, &registers, stack);
    static const char *const parked[] = {"runtime.mPark", "runtime.stopm", "runtime.stoplockedm",
                                         "runtime.templateThread", "runtime.sysmon"};
    for (size_t i = 0; i < sizeof parked / sizeof parked[0]; i++)
        if (is_in(stack, parked[i]))
            return true;
    bool in_search = is_in(stack, "runtime.findRunnable") || is_in(stack, "runtime.findrunnable");
    return in_search && is_in(stack, "runtime.netpoll");
}

bool thread_runs_go(const struct go_program *program, const struct image_thread *thread,
                    struct go_stack *stack)
{
    const struct pc_info *here = pc_info(program, thread->pc);
    bool is_gos = m_of(program, thread) || (here && here->known);
    return is_gos && !thread_is_idle(program, thread, stack);
}

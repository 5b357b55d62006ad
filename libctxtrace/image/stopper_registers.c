#include "image/stopper_registers.h"

#include "image/blocking_call.h"
#include "image/processor.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static bool takes_eintr(const struct sleeper *now, const struct sleeper *before)
{
    return before->takes_eintr && before->pc == now->pc && before->sp == now->sp &&
           before->number == now->number;
}

#define ERESTARTNOHAND 514 /* kernel internal: restart unless a signal handler runs */

/*
 * Would the call return EINTR to a program that does not expect it? Also where the thread stopped
 * for a signal: the kernel does not drop signals that are ignored while a thread is traced, and a
 * call that begins again unless a handler runs is right for both kinds.
 */
static bool needs_restart(const struct user_regs_struct *registers, const struct sleeper *now,
                          const struct sleeper *before)
{
    const struct blocking_call *call = blocking_call_find(now->number);
    return processor_call_result(registers) == -EINTR && call && blocking_call_restarts(call) &&
           !takes_eintr(now, before);
}

/* What is known of the restart is written down first: the stopper may be killed in between. */
static void restart(struct stopper_thread *thread, const struct user_regs_struct *registers,
                    int directory)
{
    struct sleeper now = {.tid = thread->tid,
                          .number = processor_call(registers),
                          .sp = thread->seen.sp,
                          .pc = thread->seen.pc};
    processor_call_arguments(registers, now.arguments);
    if (!needs_restart(registers, &now, &thread->before))
        return;
    thread->restart = call_restart_of(&now, &thread->before, directory);
    processor_set_call_result(thread->tid, registers, -ERESTARTNOHAND);
}

#define LARGEST_STATE 4096

/* The convention of system calls leaves nothing in them: one that is in the kernel has none. */
static void take_vectors(int tid, const struct user_regs_struct *registers,
                         struct image_thread *seen)
{
    unsigned char area[LARGEST_STATE];
    struct iovec state = {.iov_base = area, .iov_len = sizeof area};
    if (processor_call(registers) >= 0)
        return;
    if (ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)processor_vector_note(), &state) == 0)
        processor_vectors(area, state.iov_len, seen->vectors);
}

bool stopper_registers_take(struct stopper_thread *thread, int directory)
{
    struct user_regs_struct registers;
    struct image_thread *seen = &thread->seen;
    seen->tid = seen->own_tid = thread->tid;
    if (!processor_registers(thread->tid, &registers))
        return false;
    processor_see(&registers, seen);
    restart(thread, &registers, directory);
    take_vectors(thread->tid, &registers, seen);
    return true;
}

#include "image/stopper_registers.h"

#include "image/blocking_call.h"
#include "image/vector_registers.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static bool takes_eintr(const struct user_regs_struct *registers, const struct sleeper *known)
{
    return known && known->takes_eintr && known->pc == registers->rip &&
           known->sp == registers->rsp && known->number == (long)registers->orig_rax;
}

/*
 * Would the call return EINTR to who does not expect it? Also where the thread stopped for a
 * signal: the kernel does not drop signals that are ignored while a thread is traced, and a call
 * that begins again unless a handler runs is right for both kinds.
 */
static bool needs_restart(const struct user_regs_struct *registers, const struct sleeper *known)
{
    return (int64_t)registers->rax == -EINTR && blocking_call_find((long)registers->orig_rax) &&
           !takes_eintr(registers, known);
}

#define ERESTARTNOHAND 514 /* kernel internal: restart unless a signal handler runs */

#define LARGEST_STATE 4096

/* The convention of system calls leaves nothing in them: one that is in the kernel has none. */
static void take_vectors(int tid, const struct user_regs_struct *registers,
                         struct image_thread *seen)
{
    unsigned char area[LARGEST_STATE];
    struct iovec state = {.iov_base = area, .iov_len = sizeof area};
    if ((int64_t)registers->orig_rax >= 0)
        return;
    if (ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)NT_X86_XSTATE, &state) == 0)
        vector_registers_read(area, state.iov_len, seen->vectors);
}

bool stopper_registers_take(struct stopper_thread *thread, const struct sleeper *known)
{
    struct user_regs_struct registers;
    struct image_thread *seen = &thread->seen;
    seen->tid = seen->own_tid = thread->tid;
    if (ptrace(PTRACE_GETREGS, thread->tid, NULL, &registers) != 0)
        return false;
    if (needs_restart(&registers, known)) {
        struct user_regs_struct changed = registers;
        changed.rax = (unsigned long long)-ERESTARTNOHAND;
        ptrace(PTRACE_SETREGS, thread->tid, NULL, &changed);
    }
    seen->pc = registers.rip;
    seen->sp = registers.rsp;
    seen->fs_base = registers.fs_base;
    const uint64_t general[IMAGE_REGISTERS] = {
        registers.rax, registers.rbx, registers.rcx, registers.rdx, registers.rsi, registers.rdi,
        registers.rbp, registers.r8,  registers.r9,  registers.r10, registers.r11, registers.r12,
        registers.r13, registers.r14, registers.r15, registers.rsp};
    memcpy(seen->registers, general, sizeof general);
    take_vectors(thread->tid, &registers, seen);
    return true;
}

#include "image/processor.h"
#include "image/sleeper.h"

#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>

const char processor_name[] = "x86-64";
const char processor_go_name[] = "amd64";
const unsigned processor_machine = EM_X86_64;

/* ---- the general registers ---- */

void processor_see(const struct user_regs_struct *registers, struct image_thread *seen)
{
    const uint64_t general[IMAGE_REGISTERS] = {
        registers->rax, registers->rbx, registers->rcx, registers->rdx,
        registers->rsi, registers->rdi, registers->rbp, registers->r8,
        registers->r9,  registers->r10, registers->r11, registers->r12,
        registers->r13, registers->r14, registers->r15, registers->rsp};
    seen->pc = registers->rip;
    seen->sp = registers->rsp;
    seen->fs_base = registers->fs_base;
    memcpy(seen->registers, general, sizeof general);
}

void processor_see_call(const uint64_t arguments[6], uint64_t sp, struct image_thread *seen)
{
    const uint64_t general[IMAGE_REGISTERS] = {
        [3] = arguments[2], /* rdx */
        [4] = arguments[1], /* rsi */
        [5] = arguments[0], /* rdi */
        [7] = arguments[4], /* r8 */
        [8] = arguments[5], /* r9 */
        [9] = arguments[3], /* r10 */
        [15] = sp,          /* rsp */
    };
    memcpy(seen->registers, general, sizeof general);
}

/* ---- the system call that a thread is in ---- */

bool processor_registers(int tid, struct user_regs_struct *registers)
{
    return ptrace(PTRACE_GETREGS, tid, NULL, registers) == 0;
}

long processor_call(const struct user_regs_struct *registers)
{
    return (long)registers->orig_rax;
}

void processor_call_arguments(const struct user_regs_struct *registers, uint64_t arguments[6])
{
    const uint64_t all[6] = {registers->rdi, registers->rsi, registers->rdx,
                             registers->r10, registers->r8,  registers->r9};
    memcpy(arguments, all, sizeof all);
}

int64_t processor_call_result(const struct user_regs_struct *registers)
{
    return (int64_t)registers->rax;
}

void processor_set_call_result(int tid, const struct user_regs_struct *registers, int64_t result)
{
    struct user_regs_struct changed = *registers;
    changed.rax = (unsigned long long)result;
    ptrace(PTRACE_SETREGS, tid, NULL, &changed);
}

/* ---- the vector registers ---- */

/*
 * ptrace and cores give the processor's state in the standard form of the XSAVE area. It begins
 * with the 512 bytes of the FXSAVE area, which cores have by itself, too:
 *
 *     160 .. 415   sixteen registers of 16 bytes (XMM)
 *     576 .. 831   their upper halves (YMM)
 *
 * Wider ones (ZMM) are not read: Go's runtime and compiler copy nothing through them.
 */
#define LOWER_HALVES 160
#define UPPER_HALVES 576
#define HALVES_SIZE  256

void processor_vectors(const void *area, size_t size, uint64_t words[IMAGE_VECTOR_WORDS])
{
    _Static_assert(IMAGE_VECTOR_WORDS * 8 == 2 * HALVES_SIZE, "two halves of each register");
    const unsigned char *bytes = area;
    memset(words, 0, IMAGE_VECTOR_WORDS * 8);
    if (size >= LOWER_HALVES + HALVES_SIZE)
        memcpy(words, bytes + LOWER_HALVES, HALVES_SIZE);
    if (size >= UPPER_HALVES + HALVES_SIZE)
        memcpy(words + HALVES_SIZE / 8, bytes + UPPER_HALVES, HALVES_SIZE);
}

bool processor_is_vector_note(unsigned type)
{
    return type == NT_FPREGSET ||
           type == NT_X86_XSTATE; /* the second one has more, and comes last */
}

unsigned processor_vector_note(void)
{
    return NT_X86_XSTATE;
}

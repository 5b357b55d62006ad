/*
 * The blob, by offset:
 *
 *     0     code, at most 128 bytes
 *     128   `struct ucontext` of the kernel, as it lies in a signal frame behind the return address
 *     432   a signal mask with all signals
 *     440   for how long the child sleeps, a struct timespec
 *     504   the mark (visit.c)
 *
 * On entry the registers are set for the first system call, which blocks signals, and hold what the
 * rest of the code needs:
 *
 *     r12             the number of the errand's system call
 *     r13 r14 r15 rbx its arguments
 *     rbp             the address of the struct ucontext: what rsp is to be for rt_sigreturn
 */
#include "base/clock.h"
#include "base/invariant.h"
#include "inject/processor.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define CODE_SIZE  128
#define CONTEXT_AT 128
#define MASK_AT    432
#define SLEEP_AT   440

#define SYSCALL_SIZE 2

/* Kernel internal results of an interrupted call: begin it again, in four ways. */
#define ERESTARTSYS           512
#define ERESTARTNOINTR        513
#define ERESTARTNOHAND        514
#define ERESTART_RESTARTBLOCK 516 /* with what is left of its time-out */

/* ---- the code ---- */

extern const unsigned char inject_fork_code[], inject_fork_name[], inject_fork_end[];
extern const unsigned char inject_reap_code[], inject_reap_end[];

/* clang-format off */
#define SYSTEM_CALLS             /* rt_sigprocmask, then the errand's */ \
    "syscall\n"                                                          \
    "mov %r12, %rax\n"                                                   \
    "mov %r13, %rdi\n"                                                   \
    "mov %r14, %rsi\n"                                                   \
    "mov %r15, %rdx\n"                                                   \
    "mov %rbx, %r10\n"                                                   \
    "xor %r8d, %r8d\n"                                                   \
    "syscall\n"
#define RETURN                   /* rt_sigreturn */                      \
    "mov %rbp, %rsp\n"                                                   \
    "mov $15, %eax\n"                                                    \
    "syscall\n"                                                          \
    "ud2\n"

__asm__(".pushsection .rodata\n"
        ".globl inject_fork_code, inject_fork_name, inject_fork_end\n"
        "inject_fork_code:\n" SYSTEM_CALLS
        "test %rax, %rax\n"
        "jz 1f\n" RETURN
        "1: mov $15, %edi\n"     /* the child: prctl(PR_SET_NAME, inject_fork_name) */
        "lea inject_fork_name(%rip), %rsi\n"
        "mov $157, %eax\n"
        "syscall\n"
        "lea 8+304(%rbp), %rdi\n" /* nanosleep(SLEEP_AT, NULL) */
        "xor %esi, %esi\n"
        "mov $35, %eax\n"
        "syscall\n"
        "xor %edi, %edi\n"        /* exit_group(0) */
        "mov $231, %eax\n"
        "syscall\n"
        "ud2\n"
        "inject_fork_name: .asciz \"" INJECT_CHILD_NAME "\"\n"
        "inject_fork_end:\n"
        ".globl inject_reap_code, inject_reap_end\n"
        "inject_reap_code:\n" SYSTEM_CALLS RETURN
        "inject_reap_end:\n"
        ".popsection\n");
/* clang-format on */

static size_t code_of(const struct errand *errand, const unsigned char **code)
{
    bool forks = errand->kind == ERRAND_FORK;
    *code = forks ? inject_fork_code : inject_reap_code;
    size_t size = (size_t)((forks ? inject_fork_end : inject_reap_end) - *code);
    invariant(size <= CODE_SIZE);
    return size;
}

/* ---- the frame ---- */

/* The kernel's struct ucontext, with its struct sigcontext_64 (asm/sigcontext.h, asm/ucontext.h).
 */
struct frame {
    uint64_t flags, link;
    uint64_t stack, stack_flags, stack_size;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    uint64_t eflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, trap, old_mask, cr2;
    uint64_t fpstate; /* 0: the initial state */
    uint64_t reserved[8];
    uint64_t mask;
};
_Static_assert(sizeof(struct frame) == MASK_AT - CONTEXT_AT, "what lies behind it has its place");

#define HAS_SS        UINT64_C(2) /* UC_SIGCONTEXT_SS */
#define STRICT_SS     UINT64_C(4) /* UC_STRICT_RESTORE_SS */
#define INVALID_STACK UINT64_C(3) /* no mode: the thread's alternate stack stays what it is */

static struct frame frame_of(const struct user_regs_struct *registers, uint64_t mask)
{
    return (struct frame){
        .flags = HAS_SS | STRICT_SS,
        .stack_flags = INVALID_STACK,
        .r8 = registers->r8,
        .r9 = registers->r9,
        .r10 = registers->r10,
        .r11 = registers->r11,
        .r12 = registers->r12,
        .r13 = registers->r13,
        .r14 = registers->r14,
        .r15 = registers->r15,
        .rdi = registers->rdi,
        .rsi = registers->rsi,
        .rbp = registers->rbp,
        .rbx = registers->rbx,
        .rdx = registers->rdx,
        .rax = registers->rax,
        .rcx = registers->rcx,
        .rsp = registers->rsp,
        .rip = registers->rip,
        .eflags = registers->eflags,
        .cs = (uint16_t)registers->cs,
        .ss = (uint16_t)registers->ss,
        .mask = mask,
    };
}

/* The code is the same wherever it lies. */
void inject_blob(const struct errand *errand, const struct user_regs_struct *rewound, uint64_t mask,
                 unsigned char blob[INJECT_SIZE])
{
    const unsigned char *code;
    size_t size = code_of(errand, &code);
    const struct frame frame = frame_of(rewound, mask);
    const uint64_t all = ~UINT64_C(0);
    const struct timespec sleep = timespec_of(errand->child_limit_ns);
    memset(blob, 0, INJECT_SIZE);
    memcpy(blob, code, size);
    memcpy(blob + CONTEXT_AT, &frame, sizeof frame);
    memcpy(blob + MASK_AT, &all, sizeof all);
    memcpy(blob + SLEEP_AT, &sleep, sizeof sleep);
}

/* ---- going there ---- */

static long number_of(const struct errand *errand)
{
    return errand->kind == ERRAND_FORK ? SYS_clone : SYS_wait4;
}

/* Its arguments; those behind the fourth are 0. */
static void arguments_of(const struct errand *errand, uint64_t arguments[4])
{
    const uint64_t clone[] = {CLONE_FILES, 0, 0, 0};
    const uint64_t wait[] = {(uint64_t)(int64_t)errand->child, 0, __WALL | WNOHANG, 0};
    memcpy(arguments, errand->kind == ERRAND_FORK ? clone : wait, sizeof clone);
}

void inject_enter(const struct errand *errand, uint64_t start,
                  const struct user_regs_struct *rewound, struct user_regs_struct *entering)
{
    uint64_t arguments[4];
    arguments_of(errand, arguments);
    *entering = *rewound;
    entering->orig_rax = (unsigned long long)-1; /* nothing is begun again for the kernel */
    entering->rip = start;
    entering->rax = SYS_rt_sigprocmask;
    entering->rdi = SIG_SETMASK;
    entering->rsi = start + MASK_AT;
    entering->rdx = 0;
    entering->r10 = sizeof(uint64_t);
    entering->r12 = (unsigned long long)number_of(errand);
    entering->r13 = arguments[0];
    entering->r14 = arguments[1];
    entering->r15 = arguments[2];
    entering->rbx = arguments[3];
    entering->rbp = start + CONTEXT_AT;
}

void inject_enter_blocked(struct user_regs_struct *entering)
{
    entering->rip += SYSCALL_SIZE; /* behind the first */
}

/* Where the code has its system calls: the address behind each, as the kernel sees it. */
static void set_addresses(const struct errand *errand, uint64_t start, struct filter_call calls[],
                          size_t count)
{
    const unsigned char *code;
    size_t size = code_of(errand, &code), found = 0;
    for (size_t at = 0; at + 1 < size && found < count; at++)
        if (code[at] == 0x0f && code[at + 1] == 0x05)
            calls[found++].pc = start + at + 2;
    invariant(found == count);
}

size_t inject_calls(const struct errand *errand, uint64_t start,
                    struct filter_call calls[INJECT_CALLS])
{
    size_t count = errand->kind == ERRAND_FORK ? 6 : 3;
    const struct filter_call all[] = {
        {.number = SYS_rt_sigprocmask, .arguments = {SIG_SETMASK, start + MASK_AT, 0, 8}},
        {.number = number_of(errand)},
        {.number = SYS_rt_sigreturn},
        {.number = SYS_prctl,
         .arguments = {PR_SET_NAME, start + (uint64_t)(inject_fork_name - inject_fork_code)}},
        {.number = SYS_nanosleep, .arguments = {start + SLEEP_AT, 0}},
        {.number = SYS_exit_group},
    };
    memcpy(calls, all, count * sizeof *calls);
    arguments_of(errand, calls[1].arguments);
    for (size_t i = 0; i < count; i++)
        calls[i].machine = AUDIT_ARCH_X86_64;
    set_addresses(errand, start, calls, count);
    return count;
}

enum inject_progress inject_progress(const struct errand *errand, uint64_t start,
                                     const struct user_regs_struct *rewound,
                                     const struct user_regs_struct *registers, int64_t *result)
{
    if (registers->rip - start >= INJECT_SIZE)
        return registers->rip == rewound->rip ? INJECT_BACK : INJECT_UNDER_WAY;
    if ((long)registers->orig_rax != number_of(errand) || (int64_t)registers->rax == -ENOSYS)
        return INJECT_UNDER_WAY; /* before the call the kernel has put that there */
    *result = (int64_t)registers->rax;
    return INJECT_DONE;
}

bool inject_is_named(const struct user_regs_struct *registers)
{
    return registers->orig_rax == SYS_prctl && (int64_t)registers->rax != -ENOSYS;
}

/* ---- threads ---- */

bool inject_registers(int tid, struct user_regs_struct *registers)
{
    return ptrace(PTRACE_GETREGS, tid, NULL, registers) == 0;
}

bool inject_set_registers(int tid, const struct user_regs_struct *registers)
{
    return ptrace(PTRACE_SETREGS, tid, NULL, registers) == 0;
}

#define SEGMENT_OF_64_BITS 0x33
#define LONGEST_SLEEP_NS   (20 * NS_PER_MS) /* that may be slept over; the runtime's are <= 10 ms */

static bool peek(int tid, uint64_t address, long *word)
{
    errno = 0;
    *word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)address, NULL);
    return errno == 0;
}

static bool sleeps_shortly(int tid, const struct user_regs_struct *registers)
{
    long seconds, nanoseconds;
    return registers->orig_rax == SYS_nanosleep && peek(tid, registers->rdi, &seconds) &&
           peek(tid, registers->rdi + 8, &nanoseconds) && seconds == 0 &&
           nanoseconds <= LONGEST_SLEEP_NS;
}

static bool begins_again(int tid, const struct user_regs_struct *registers)
{
    switch (-(int64_t)registers->rax) {
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
        return true;
    case ERESTART_RESTARTBLOCK:
        return sleeps_shortly(tid, registers);
    default:
        return false;
    }
}

bool inject_rewind(int tid, const struct user_regs_struct *registers, bool takes_eintr,
                   struct user_regs_struct *rewound)
{
    long instruction;
    bool waits = registers->orig_rax == SYS_futex || registers->orig_rax == SYS_nanosleep;
    bool again = waits && begins_again(tid, registers);
    bool interrupted =
        waits && !again && takes_eintr && (int64_t)registers->rax == -ERESTART_RESTARTBLOCK;
    if ((!again && !interrupted) || registers->cs != SEGMENT_OF_64_BITS ||
        !peek(tid, registers->rip - SYSCALL_SIZE, &instruction) || (instruction & 0xffff) != 0x050f)
        return false;
    *rewound = *registers;
    rewound->rip -= again ? SYSCALL_SIZE : 0;
    rewound->rax = again ? registers->orig_rax : (unsigned long long)-EINTR;
    rewound->orig_rax = (unsigned long long)-1;
    return true;
}

/*
 * The standard form of the XSAVE area: the x87 control word, MXCSR, which components the kernel
 * keeps for programs (in what the processor leaves to software); the rights of protection keys are
 * where the processor says.
 */
#define LARGEST_STATE  16384
#define X87_AT         0
#define MXCSR_AT       24
#define KEPT_AT        464
#define MXCSR_CONTROL  0xffc0 /* without the exceptions that have been, which nobody asks Go for */
#define RESET_X87      0x37f
#define RESET_MXCSR    0x1f80
#define RESET_RIGHTS   0x55555554 /* none but the first key's */
#define RIGHTS         9          /* the component's number */
#define COMPONENT_LEAF 13

static bool has_reset_rights(const unsigned char *area, size_t size)
{
    unsigned length, at, ignored;
    uint64_t kept;
    uint32_t rights;
    memcpy(&kept, area + KEPT_AT, sizeof kept);
    if (!(kept >> RIGHTS & 1))
        return true;
    if (!__get_cpuid_count(COMPONENT_LEAF, RIGHTS, &length, &at, &ignored, &ignored) ||
        at + sizeof rights > size)
        return false;
    memcpy(&rights, area + at, sizeof rights);
    return rights == RESET_RIGHTS;
}

bool inject_is_reset(int tid)
{
    _Alignas(8) unsigned char area[LARGEST_STATE];
    struct iovec state = {.iov_base = area, .iov_len = sizeof area};
    uint16_t x87;
    uint32_t mxcsr;
    if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &state) != 0 || state.iov_len < 512)
        return false;
    memcpy(&x87, area + X87_AT, sizeof x87);
    memcpy(&mxcsr, area + MXCSR_AT, sizeof mxcsr);
    return x87 == RESET_X87 && (mxcsr & MXCSR_CONTROL) == RESET_MXCSR &&
           has_reset_rights(area, state.iov_len);
}

bool inject_has_shadow_stack(const char *status)
{
    const char *line = strstr(status, "\nx86_Thread_features:");
    if (!line)
        return false;
    const char *end = strchr(line + 1, '\n');
    const char *found = strstr(line, "shstk");
    return found && (!end || found < end);
}

/*
 * A process that forbids itself system calls would be killed for ours. So it is noted when it is
 * about to, by prctl() or by a system call through syscall(), and recording is sealed before: see
 * ctxt_trace_seal(). What is made by an instruction of the program's own is not seen.
 *
 * Most who call syscall() want something else, and some of that cannot be done from a function in
 * between (vfork, clone with a stack): so the wrapper looks at two registers and jumps on.
 *
 * prctl() is also how a thread names itself.
 */
#include "preload/executions.h"
#include "preload/preload.h"
#include "preload/recording.h"
#include "preload/sealed.h"
#include "preload/threads.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct wrapped wrapped_prctl = {.name = "prctl"};

typedef int prctl_function(int, unsigned long, unsigned long, unsigned long, unsigned long);

static bool seal(void)
{
    if (preload_is_sealed())
        return false;
    struct quiet quiet;
    quiet_begin(&quiet);
    preload_start();
    if (preload_records())
        threads_register_main(); /* which asks for numbers */
    executions_seal();
    ctxt_trace_seal();
    preload_set_sealed(true);
    quiet_end(&quiet);
    return true;
}

static void unseal(void)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    preload_set_sealed(false);
    ctxt_trace_unseal();
    quiet_end(&quiet);
}

/*
 * The calling thread has a new name; the kernel is asked for it, for what the program gave need not
 * end within the length that counts. Not of the main thread: the program's name is no thread's.
 */
static void note_name(prctl_function *next)
{
    char name[16];
    struct quiet quiet;
    quiet_begin(&quiet);
    ctxt_task_id_t task = ctxt_trace_is_on() ? threads_find(pthread_self()) : 0;
    if (task && next(PR_GET_NAME, (unsigned long)name, 0, 0, 0) == 0)
        ctxt_task_named(task, name);
    quiet_end(&quiet);
}

PRELOAD_WRAPPER int prctl(int option, ...)
{
    prctl_function *next = (prctl_function *)next_of(&wrapped_prctl);
    va_list rest;
    va_start(rest, option);
    unsigned long arguments[4];
    for (int i = 0; i < 4; i++)
        arguments[i] = va_arg(rest, unsigned long);
    va_end(rest);
    bool was_open = option == PR_SET_SECCOMP && seal();
    int result = next(option, arguments[0], arguments[1], arguments[2], arguments[3]);
    if (result != 0 && was_open)
        unseal();
    if (result == 0 && option == PR_SET_NAME && !preload_is_sealed())
        note_name(next);
    return result;
}

#if defined(__x86_64__)

struct wrapped wrapped_syscall = {.name = "syscall"};

typedef long syscall_function(long, long, long, long, long, long, long);

/* Called by the assembly below. */
long preload_forbidding_call(long number, long a, long b, long c, long d, long e, long f);
long preload_failed_call(int error);

long preload_forbidding_call(long number, long a, long b, long c, long d, long e, long f)
{
    syscall_function *next = (syscall_function *)next_of(&wrapped_syscall);
    bool forbids = number == SYS_seccomp
                       ? a == SECCOMP_SET_MODE_STRICT || a == SECCOMP_SET_MODE_FILTER
                       : a == PR_SET_SECCOMP;
    bool was_open = forbids && seal();
    long result = next(number, a, b, c, d, e, f);
    if (result < 0 && was_open)
        unseal();
    return result;
}

/* Before the constructor has looked it up, the call is made right here, as libc does. */
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        "syscall:\n"
        ".cfi_startproc\n"
        "    endbr64\n"
        "    cmpl $317, %edi\n" /* SYS_seccomp */
        "    je preload_forbidding_call\n"
        "    cmpl $157, %edi\n" /* SYS_prctl */
        "    je preload_forbidding_call\n"
        "    movq wrapped_syscall+24(%rip), %rax\n"
        "    testq %rax, %rax\n"
        "    je 1f\n"
        "    jmp *%rax\n"
        "1:  movq %rdi, %rax\n"
        "    movq %rsi, %rdi\n"
        "    movq %rdx, %rsi\n"
        "    movq %rcx, %rdx\n"
        "    movq %r8, %r10\n"
        "    movq %r9, %r8\n"
        "    movq 8(%rsp), %r9\n"
        "    syscall\n"
        "    cmpq $-4095, %rax\n"
        "    jae 2f\n"
        "    ret\n"
        "2:  negq %rax\n"
        "    movq %rax, %rdi\n"
        "    jmp preload_failed_call\n"
        ".cfi_endproc\n"
        ".size syscall, .-syscall\n");

_Static_assert(SYS_seccomp == 317 && SYS_prctl == 157 && offsetof(struct wrapped, next) == 24,
               "a number in the assembly is another one");

long preload_failed_call(int error)
{
    errno = error;
    return -1;
}

#endif

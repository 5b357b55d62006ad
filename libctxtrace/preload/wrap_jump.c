/*
 * longjmp() and its kin, setcontext() and swapcontext(): a thread that jumps while it is in waits
 * is in a signal handler that interrupted them, and will hardly come back. The records of its waits
 * end: better a wait that is not shown than one that is over. They cost a jump outside of waits
 * next to nothing.
 *
 * Where the jump leads to is for libc to know; if it stays within the handler the wait goes on, and
 * is not seen any more.
 */
#include "preload/open_waits.h"

#include <setjmp.h>
#include <ucontext.h>

struct wrapped wrapped_longjmp = {.name = "longjmp"};
struct wrapped wrapped_underscore_longjmp = {.name = "_longjmp"};
struct wrapped wrapped_siglongjmp = {.name = "siglongjmp"};
struct wrapped wrapped_longjmp_chk = {.name = "__longjmp_chk"};
struct wrapped wrapped_setcontext = {.name = "setcontext"};
struct wrapped wrapped_swapcontext = {.name = "swapcontext"};

typedef void (*jump_function)(struct __jmp_buf_tag *, int) __attribute__((noreturn));

static void leave_waits(void)
{
    if (__builtin_expect(!open_waits_any(), 1))
        return;
    struct quiet quiet;
    quiet_begin(&quiet);
    open_waits_end_all();
    quiet_end(&quiet);
}

PRELOAD_WRAPPER void longjmp(jmp_buf environment, int value)
{
    leave_waits();
    ((jump_function)next_of(&wrapped_longjmp))(environment, value);
}

PRELOAD_WRAPPER void _longjmp(jmp_buf environment, int value)
{
    leave_waits();
    ((jump_function)next_of(&wrapped_underscore_longjmp))(environment, value);
}

PRELOAD_WRAPPER void siglongjmp(sigjmp_buf environment, int value)
{
    leave_waits();
    ((jump_function)next_of(&wrapped_siglongjmp))(environment, value);
}

typedef int setcontext_function(const ucontext_t *);
typedef int swapcontext_function(ucontext_t *, const ucontext_t *);

PRELOAD_WRAPPER int setcontext(const ucontext_t *to)
{
    leave_waits();
    return ((setcontext_function *)next_of(&wrapped_setcontext))(to);
}

PRELOAD_WRAPPER int swapcontext(ucontext_t *from, const ucontext_t *to)
{
    leave_waits();
    return ((swapcontext_function *)next_of(&wrapped_swapcontext))(from, to);
}

/* What they are called in programs that are compiled with _FORTIFY_SOURCE. */
void __longjmp_chk(jmp_buf environment, int value) __attribute__((noreturn));
PRELOAD_WRAPPER void __longjmp_chk(jmp_buf environment, int value)
{
    leave_waits();
    ((jump_function)next_of(&wrapped_longjmp_chk))(environment, value);
}

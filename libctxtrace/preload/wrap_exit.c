/*
 * Ends that pass by the exit handlers, where recording would learn of them: a forked child's, as a
 * rule.
 */
#include "preload/preload.h"

#include <stdlib.h>
#include <unistd.h>

struct wrapped wrapped_underscore_exit = {.name = "_exit"};
struct wrapped wrapped_exit_at_once = {.name = "_Exit"};
struct wrapped wrapped_quick_exit = {.name = "quick_exit"};

typedef void (*exit_function)(int) __attribute__((noreturn));

PRELOAD_WRAPPER void _exit(int status)
{
    ctxt_trace_exits();
    ((exit_function)next_of(&wrapped_underscore_exit))(status);
}

PRELOAD_WRAPPER void _Exit(int status)
{
    ctxt_trace_exits();
    ((exit_function)next_of(&wrapped_exit_at_once))(status);
}

PRELOAD_WRAPPER void quick_exit(int status)
{
    ctxt_trace_exits();
    ((exit_function)next_of(&wrapped_quick_exit))(status);
}

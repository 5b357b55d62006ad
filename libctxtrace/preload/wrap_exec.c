/*
 * The family of exec: what a process becomes is noted, see preload/executions.h, and gets an
 * environment that it can start with, see preload/next_program.h. libc's own functions call each
 * other inside, past any wrapper, so each has one.
 *
 * execl() and its kin take their arguments one by one; they are gathered on the stack, as libc
 * does.
 */
#include "preload/executions.h"
#include "preload/next_program.h"
#include "preload/preload.h"

#include <alloca.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

struct wrapped wrapped_execve = {.name = "execve"};
struct wrapped wrapped_execv = {.name = "execv"};
struct wrapped wrapped_execvp = {.name = "execvp"};
struct wrapped wrapped_execvpe = {.name = "execvpe"};
struct wrapped wrapped_fexecve = {.name = "fexecve"};
struct wrapped wrapped_execveat = {.name = "execveat"};

typedef int exec_function(const char *, char *const *, char *const *);
typedef int exec_inheriting_function(const char *, char *const *);
typedef int exec_descriptor_function(int, char *const *, char *const *);
typedef int exec_at_function(int, const char *, char *const *, char *const *, int);

static void begin(const char *path, bool search, char *const *environment)
{
    executions_begin(path, search, environment);
    ctxt_trace_becomes();
}

static void begin_at(int descriptor, const char *path, char *const *environment)
{
    executions_begin_at(descriptor, path, environment);
    ctxt_trace_becomes();
}

/* The exec has come back; errno says why. */
static void failed(void)
{
    executions_failed();
    ctxt_trace_goes_on();
}

/* Takes memory of the calling function's. */
#define ENVIRONMENT_FOR(path, search, environment)                                                 \
    ({                                                                                             \
        char *const *environment_ = (environment);                                                 \
        struct stripped_environment stripped_;                                                     \
        if (next_program_rejects_preload(path, search) &&                                          \
            stripped_environment_measure(&stripped_, environment_)) {                              \
            stripped_.variables = alloca(stripped_.entries * sizeof *stripped_.variables);         \
            stripped_.text = alloca(stripped_.text_size);                                          \
            stripped_environment_fill(&stripped_, environment_);                                   \
            environment_ = stripped_.variables;                                                    \
        }                                                                                          \
        environment_;                                                                              \
    })

static int become(struct wrapped *wrapped, const char *path, bool search, char *const *arguments,
                  char *const *environment)
{
    exec_function *next = (exec_function *)next_of(wrapped);
    begin(path, search, environment);
    int result = next(path, arguments, ENVIRONMENT_FOR(path, search, environment));
    failed();
    return result;
}

/* The functions that inherit an environment have counterparts that are given one. */
static int become_inheriting(struct wrapped *wrapped, struct wrapped *given, const char *path,
                             bool search, char *const *arguments)
{
    exec_inheriting_function *next = (exec_inheriting_function *)next_of(wrapped);
    if (next_program_rejects_preload(path, search))
        return become(given, path, search, arguments, environ);
    begin(path, search, environ);
    int result = next(path, arguments);
    failed();
    return result;
}

PRELOAD_WRAPPER int execve(const char *path, char *const arguments[], char *const environment[])
{
    return become(&wrapped_execve, path, false, arguments, environment);
}

PRELOAD_WRAPPER int execv(const char *path, char *const arguments[])
{
    return become_inheriting(&wrapped_execv, &wrapped_execve, path, false, arguments);
}

PRELOAD_WRAPPER int execvp(const char *name, char *const arguments[])
{
    return become_inheriting(&wrapped_execvp, &wrapped_execvpe, name, true, arguments);
}

PRELOAD_WRAPPER int execvpe(const char *name, char *const arguments[], char *const environment[])
{
    return become(&wrapped_execvpe, name, true, arguments, environment);
}

PRELOAD_WRAPPER int fexecve(int descriptor, char *const arguments[], char *const environment[])
{
    exec_descriptor_function *next = (exec_descriptor_function *)next_of(&wrapped_fexecve);
    begin_at(descriptor, "", environment);
    int result = next(descriptor, arguments, environment);
    failed();
    return result;
}

PRELOAD_WRAPPER int execveat(int directory, const char *path, char *const arguments[],
                             char *const environment[], int flags)
{
    exec_at_function *next = (exec_at_function *)next_of(&wrapped_execveat);
    bool is_plain = path[0] == '/' || directory == AT_FDCWD;
    if (is_plain)
        begin(path, false, environment);
    else
        begin_at(directory, path, environment);
    int result = next(directory, path, arguments,
                      is_plain ? ENVIRONMENT_FOR(path, false, environment) : environment, flags);
    failed();
    return result;
}

/* ---- arguments one by one ---- */

static size_t count_arguments(va_list rest)
{
    size_t count = 1;
    while (va_arg(rest, const char *))
        count++;
    return count;
}

/* Also takes the NULL that ends them. */
static void gather(char **arguments, const char *first, size_t count, va_list rest)
{
    arguments[0] = (char *)(uintptr_t)first;
    for (size_t i = 1; i <= count; i++)
        arguments[i] = va_arg(rest, char *);
}

PRELOAD_WRAPPER int execl(const char *path, const char *first, ...)
{
    va_list rest;
    va_start(rest, first);
    size_t count = count_arguments(rest);
    va_end(rest);
    char **arguments = alloca((count + 1) * sizeof *arguments);
    va_start(rest, first);
    gather(arguments, first, count, rest);
    va_end(rest);
    return become_inheriting(&wrapped_execv, &wrapped_execve, path, false, arguments);
}

PRELOAD_WRAPPER int execlp(const char *name, const char *first, ...)
{
    va_list rest;
    va_start(rest, first);
    size_t count = count_arguments(rest);
    va_end(rest);
    char **arguments = alloca((count + 1) * sizeof *arguments);
    va_start(rest, first);
    gather(arguments, first, count, rest);
    va_end(rest);
    return become_inheriting(&wrapped_execvp, &wrapped_execvpe, name, true, arguments);
}

PRELOAD_WRAPPER int execle(const char *path, const char *first, ...)
{
    va_list rest;
    va_start(rest, first);
    size_t count = count_arguments(rest);
    va_end(rest);
    char **arguments = alloca((count + 1) * sizeof *arguments);
    va_start(rest, first);
    gather(arguments, first, count, rest);
    char *const *environment = va_arg(rest, char *const *);
    va_end(rest);
    return become(&wrapped_execve, path, false, arguments, environment);
}

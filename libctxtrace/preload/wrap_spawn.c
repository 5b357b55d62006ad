/*
 * Starting a program as another process: posix_spawn() and what starts a shell. libc does the exec
 * itself, past any wrapper, so which program it was is noted here; see preload/executions.h.
 */
#include "preload/executions.h"
#include "preload/preload.h"

#include <paths.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

struct wrapped wrapped_posix_spawn = {
    .name = "posix_spawn", .version = "GLIBC_2.15", .oldest = "GLIBC_2.2.5"};
struct wrapped wrapped_posix_spawnp = {
    .name = "posix_spawnp", .version = "GLIBC_2.15", .oldest = "GLIBC_2.2.5"};
struct wrapped wrapped_system = {.name = "system"};
struct wrapped wrapped_popen = {.name = "popen"};

typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
                           const posix_spawnattr_t *, char *const *, char *const *);
typedef int system_function(const char *);
typedef FILE *popen_function(const char *, const char *);

static int spawn(struct wrapped *wrapped, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const *arguments, char *const *environment)
{
    spawn_function *next = (spawn_function *)next_of(wrapped);
    pid_t started;
    int result = next(&started, path, actions, attributes, arguments, environment);
    if (result != 0)
        return result;
    if (pid)
        *pid = started;
    executions_spawned(started, path);
    return 0;
}

PRELOAD_WRAPPER int posix_spawn(pid_t *restrict pid, const char *restrict path,
                                const posix_spawn_file_actions_t *restrict actions,
                                const posix_spawnattr_t *restrict attributes,
                                char *const arguments[restrict], char *const environment[restrict])
{
    return spawn(&wrapped_posix_spawn, pid, path, actions, attributes, arguments, environment);
}

PRELOAD_WRAPPER int posix_spawnp(pid_t *restrict pid, const char *restrict name,
                                 const posix_spawn_file_actions_t *restrict actions,
                                 const posix_spawnattr_t *restrict attributes,
                                 char *const arguments[restrict], char *const environment[restrict])
{
    return spawn(&wrapped_posix_spawnp, pid, name, actions, attributes, arguments, environment);
}

/* NULL only asks whether there is a shell. */
PRELOAD_WRAPPER int system(const char *command)
{
    system_function *next = (system_function *)next_of(&wrapped_system);
    if (command)
        executions_spawned(0, _PATH_BSHELL);
    return next(command);
}

PRELOAD_WRAPPER FILE *popen(const char *command, const char *mode)
{
    popen_function *next = (popen_function *)next_of(&wrapped_popen);
    FILE *stream = next(command, mode);
    if (stream)
        executions_spawned(0, _PATH_BSHELL);
    return stream;
}

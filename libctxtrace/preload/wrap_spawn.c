/*
 * Starting a program as another process: posix_spawn() and what starts a shell. libc does the exec
 * itself, past any wrapper, so which program it was is noted here; see preload/executions.h.
 */
#include "preload/executions.h"
#include "preload/next_program.h"
#include "preload/preload.h"

#include <alloca.h>
#include <paths.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if HAS_OLD_VERSIONS
#define SPAWN_VERSION "GLIBC_2.15"
#define SPAWN_OLDEST  OLD_VERSION
#else
#define SPAWN_VERSION NULL
#define SPAWN_OLDEST  NULL
#endif

#define SPAWN(name_, asked_)                                                                       \
    {                                                                                              \
        .name = name_, .version = SPAWN_VERSION, .oldest = SPAWN_OLDEST, .asked = asked_           \
    }

struct wrapped wrapped_posix_spawn = SPAWN("posix_spawn", NEWEST);
struct wrapped wrapped_posix_spawnp = SPAWN("posix_spawnp", NEWEST);
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
    struct stripped_environment stripped;
    pid_t started;
    char *const *given = environment;
    bool search = strcmp(wrapped->name, "posix_spawnp") == 0;
    if (next_program_rejects_preload(path, search) &&
        stripped_environment_measure(&stripped, environment)) {
        stripped.variables = alloca(stripped.entries * sizeof *stripped.variables);
        stripped.text = alloca(stripped.text_size);
        stripped_environment_fill(&stripped, environment);
        environment = stripped.variables;
    }
    int result = next(&started, path, actions, attributes, arguments, environment);
    if (result != 0)
        return result;
    if (pid)
        *pid = started;
    executions_spawned(started, path, search, given);
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

#if HAS_OLD_VERSIONS

/* The old ones give what is not executable to a shell. */

struct wrapped wrapped_old_posix_spawn = SPAWN("posix_spawn", OLDEST);
struct wrapped wrapped_old_posix_spawnp = SPAWN("posix_spawnp", OLDEST);
struct wrapped wrapped_any_posix_spawn = SPAWN("posix_spawn", UNVERSIONED);
struct wrapped wrapped_any_posix_spawnp = SPAWN("posix_spawnp", UNVERSIONED);

PRELOAD_WRAPPER spawn_function old_posix_spawn, old_posix_spawnp, any_posix_spawn, any_posix_spawnp;
WRAPS_OLD(old_posix_spawn, posix_spawn);
WRAPS_OLD(old_posix_spawnp, posix_spawnp);
WRAPS_UNVERSIONED(any_posix_spawn, posix_spawn);
WRAPS_UNVERSIONED(any_posix_spawnp, posix_spawnp);

int old_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                    const posix_spawnattr_t *attributes, char *const arguments[],
                    char *const environment[])
{
    return spawn(&wrapped_old_posix_spawn, pid, path, actions, attributes, arguments, environment);
}

int old_posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const arguments[],
                     char *const environment[])
{
    return spawn(&wrapped_old_posix_spawnp, pid, name, actions, attributes, arguments, environment);
}

int any_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                    const posix_spawnattr_t *attributes, char *const arguments[],
                    char *const environment[])
{
    return spawn(&wrapped_any_posix_spawn, pid, path, actions, attributes, arguments, environment);
}

int any_posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const arguments[],
                     char *const environment[])
{
    return spawn(&wrapped_any_posix_spawnp, pid, name, actions, attributes, arguments, environment);
}

#endif

/* NULL only asks whether there is a shell. */
PRELOAD_WRAPPER int system(const char *command)
{
    system_function *next = (system_function *)next_of(&wrapped_system);
    if (command)
        executions_spawned(0, _PATH_BSHELL, false, environ);
    return next(command);
}

PRELOAD_WRAPPER FILE *popen(const char *command, const char *mode)
{
    popen_function *next = (popen_function *)next_of(&wrapped_popen);
    FILE *stream = next(command, mode);
    if (stream)
        executions_spawned(0, _PATH_BSHELL, false, environ);
    return stream;
}

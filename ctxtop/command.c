#include "ctxtop/command.h"

#include "base/base_name.h"
#include "base/clock.h"
#include "base/error.h"
#include "ctxtop/labels.h"
#include "ctxtop/text.h"
#include "inspect/preload_path.h"
#include "inspect/read_only.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PRELOAD_NAME "libctxtrace-preload.so"

/* ---- the environment ---- */

/* Where the preload can be, seen from the executable: in the build tree, and installed. */
static const char *const preload_places[] = {
    "",
    "../libctxtrace/preload/",
    "../" CTXTOP_LIBRARY_DIRECTORY "/",
    "../lib/",
};

static bool find_preload(char *out, size_t size)
{
    char executable[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    if (length <= 0)
        return false;
    executable[length] = '\0';
    char *slash = strrchr(executable, '/');
    if (!slash)
        return false;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof preload_places / sizeof preload_places[0]; i++) {
        char path[PATH_MAX + 256], real[PATH_MAX];
        snprintf(path, sizeof path, "%s%s%s", executable, preload_places[i], PRELOAD_NAME);
        if (realpath(path, real) && access(real, R_OK) == 0) {
            snprintf(out, size, "%s", real);
            return true;
        }
    }
    return false;
}

static bool is_replaced(const char *variable)
{
    static const char *const names[] = {
        "CTXTRACE=", "CTXTRACE_AT_ONCE=", "LD_PRELOAD=", "ASAN_OPTIONS="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* AddressSanitizer's library must be told to let another one be loaded before it. */
static char *sanitizer_options(bool with_preload)
{
    const char *others = getenv("ASAN_OPTIONS");
    char *text = NULL;
    if (!with_preload && !others)
        return NULL;
    if (asprintf(&text, "ASAN_OPTIONS=%s%s%s", others ? others : "",
                 with_preload && others && others[0] != '\0' ? ":" : "",
                 with_preload ? "verify_asan_link_order=0" : "") < 0)
        return NULL;
    return text;
}

/*
 * A copy of the environment with recording switched on, by a library if there is one; NULL when
 * memory ran out.
 */
static char **make_environment(const char *preload)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **result = calloc(count + 5, sizeof *result);
    if (!result)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(environ[i]))
            result[used++] = strdup(environ[i]);
    }
    result[used++] = strdup("CTXTRACE=1");
    result[used++] = strdup("CTXTRACE_AT_ONCE=1"); /* to be watched before it makes anything */
    const char *others = getenv("LD_PRELOAD");
    bool found = preload[0] != '\0';
    if (found || others) {
        bool both = found && others && others[0] != '\0';
        if (asprintf(&result[used], "LD_PRELOAD=%s%s%s", preload, both ? ":" : "",
                     others ? others : "") < 0)
            result[used] = NULL;
        used += result[used] != NULL;
    }
    result[used] = sanitizer_options(found);
    return result;
}

static void free_environment(char **environment)
{
    for (char **text = environment; text && *text; text++)
        free(*text);
    free(environment);
}

/* ---- starting ---- */

static bool make_log(struct command *command, struct error *error)
{
    const char *base = getenv("TMPDIR");
    if (!base || base[0] != '/')
        base = "/tmp";
    snprintf(command->directory, sizeof command->directory, "%s/ctxtop-XXXXXX", base);
    if (!mkdtemp(command->directory))
        return error_set(error,
                         "cannot make a directory for the command's output in %s: %s; "
                         "set TMPDIR to a directory that can be written",
                         base, strerror(errno));
    snprintf(command->log_path, sizeof command->log_path, "%s/output", command->directory);
    int log = open(command->log_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log < 0) {
        rmdir(command->directory);
        return error_set(error, "cannot make %s for the command's output: %s", command->log_path,
                         strerror(errno));
    }
    close(log);
    return true;
}

static int spawn(struct command *command, char **arguments, char **environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, command->log_path,
                                     O_WRONLY | O_APPEND, 0);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    int number =
        posix_spawnp(&command->pid, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

bool command_start(struct command *command, char **arguments, bool preload, struct error *error)
{
    memset(command, 0, sizeof *command);
    if (!read_only_permits("The command is not run recorded", error))
        return false;
    char library[PATH_MAX] = "", path[PATH_MAX];
    if (preload && find_preload(path, sizeof path) &&
        !preload_path_name(path, library, sizeof library, error))
        return false;
    const char *name = base_name(arguments[0]);
    text_clean(command->name, sizeof command->name, name, strlen(name));
    if (!make_log(command, error))
        return false;
    char **environment = make_environment(library);
    int number = environment ? spawn(command, arguments, environment) : ENOMEM;
    free_environment(environment);
    if (number != 0) {
        command->pid = 0;
        command_remove_log(command);
        return error_set(error, "cannot run %s: %s", command->name, strerror(number));
    }
    return true;
}

/* ---- its end ---- */

bool command_poll(struct command *command)
{
    if (command->pid == 0 || command->ended)
        return false;
    pid_t got = waitpid(command->pid, &command->status, WNOHANG);
    if (got != command->pid)
        return false;
    atomic_store(&command->ended, true);
    return true;
}

bool command_has_ended(const struct command *command)
{
    return atomic_load(&command->ended);
}

void command_describe_end(const struct command *command, char *out, size_t size)
{
    if (WIFSIGNALED(command->status)) {
        const char *name = sigabbrev_np(WTERMSIG(command->status));
        snprintf(out, size, "killed by SIG%s", name ? name : "?");
    } else {
        snprintf(out, size, "exit status %d", WEXITSTATUS(command->status));
    }
}

void command_terminate(struct command *command, int64_t wait_ns)
{
    if (command->pid == 0 || command_has_ended(command))
        return;
    kill(-command->pid, SIGTERM);
    const struct timespec step = timespec_of(10 * NS_PER_MS);
    for (int64_t waited = 0; waited < wait_ns; waited += step.tv_nsec) {
        if (command_poll(command))
            return;
        nanosleep(&step, NULL);
    }
}

void command_remove_log(struct command *command)
{
    if (command->log_path[0] == '\0')
        return;
    unlink(command->log_path);
    rmdir(command->directory);
    command->log_path[0] = '\0';
}

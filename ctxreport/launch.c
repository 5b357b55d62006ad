#include "ctxreport/launch.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int passed_signals[] = {SIGINT,  SIGTERM,  SIGHUP,  SIGQUIT, SIGUSR1,
                                     SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT};

/* What this process had before, for the command to have, too. */
struct inherited {
    sigset_t mask;
    struct sigaction child;
};

static sigset_t awaited_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_signals / sizeof *passed_signals; i++)
        sigaddset(&set, passed_signals[i]);
    return set;
}

static void block_signals(struct inherited *inherited)
{
    sigset_t set = awaited_signals();
    sigprocmask(SIG_BLOCK, &set, &inherited->mask);
    /* Ignored, as some parents leave it, it would take the exit status away. */
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &standard, &inherited->child);
}

static void restore_signals(const struct inherited *inherited)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &inherited->child, NULL);
    sigaction(SIGXFSZ, &standard, NULL); /* ignored by main() for our own files */
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

/* ---- starting ---- */

/* In the new process. The error, if it comes back, goes through the pipe. */
static void become(char *const *argv, const struct inherited *inherited,
                   void (*prepare)(void *state), void *state, int error_pipe)
{
    restore_signals(inherited);
    prepare(state);
    execvp(argv[0], argv);
    int number = errno;
    while (write(error_pipe, &number, sizeof number) < 0 && errno == EINTR)
        ;
    _exit(127);
}

static bool explain_start(const char *command, int number, struct error *error)
{
    if (number == ENOENT)
        return error_set(error, "there is no command '%s'; check its name and PATH", command);
    return error_set(error, "the command '%s' cannot be started: %s", command, strerror(number));
}

static pid_t start(char *const *argv, const struct inherited *inherited,
                   void (*prepare)(void *state), void *state, struct error *error)
{
    int error_pipe[2];
    if (pipe2(error_pipe, O_CLOEXEC) != 0) {
        error_set(error, "the command cannot be started: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, inherited, prepare, state, error_pipe[1]);
    int number = pid < 0 ? errno : 0;
    close(error_pipe[1]);
    ssize_t length = 0;
    while (pid > 0 && (length = read(error_pipe[0], &number, sizeof number)) < 0 && errno == EINTR)
        ;
    close(error_pipe[0]);
    if (pid > 0 && length == 0)
        return pid;
    explain_start(argv[0], number, error);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return -1;
}

/* ---- waiting ---- */

/* Looks at what became of the command. True when it has ended. */
static bool look(pid_t pid, struct launch_end *end)
{
    int status;
    pid_t changed = waitpid(pid, &status, WNOHANG | WUNTRACED);
    if (changed < 0) {
        /* Cannot be while it is our child; without this, a fault here would wait for ever. */
        end->exit_status = 127;
        return true;
    }
    if (changed == 0)
        return false;
    if (WIFSTOPPED(status)) {
        /*
         * Job control stops the job, which is both of us; a SIGSTOP was meant for it alone. The
         * SIGCONT that continues us waits to be passed on like any other signal.
         */
        if (WSTOPSIG(status) != SIGSTOP)
            raise(SIGSTOP);
        return false;
    }
    end->process.ended_ns = now_ns();
    end->process.wait_status = status;
    end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return true;
}

static void pass_on(pid_t pid, const siginfo_t *information)
{
    /* From the terminal: the command, in the same process group, has had it. */
    bool has_had_it = information->si_code == SI_KERNEL;
    if (!has_had_it && information->si_pid != pid)
        kill(pid, information->si_signo);
}

static void wait_for_end(pid_t pid, struct launch_end *end)
{
    sigset_t set = awaited_signals();
    while (!look(pid, end)) {
        siginfo_t information;
        int number = sigwaitinfo(&set, &information);
        if (number > 0 && number != SIGCHLD)
            pass_on(pid, &information);
    }
}

/* Signals that came too late for the command were meant for it: they must not end the report. */
static void end_with_signals(const struct inherited *inherited)
{
    sigset_t set = awaited_signals();
    struct timespec at_once = {0};
    while (sigtimedwait(&set, NULL, &at_once) > 0)
        ;
    sigaction(SIGCHLD, &inherited->child, NULL);
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

bool launch(char *const *argv, void (*prepare)(void *state), void *state, struct launch_end *end,
            struct error *error)
{
    struct inherited inherited;
    *end = (struct launch_end){0};
    block_signals(&inherited);
    pid_t pid = start(argv, &inherited, prepare, state, error);
    end->process.pid = pid;
    if (pid > 0)
        wait_for_end(pid, end);
    end_with_signals(&inherited);
    return pid > 0;
}

/* ---- which file it is ---- */

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

bool launch_find(const char *name, char *path, size_t size)
{
    const char *places = getenv("PATH");
    snprintf(path, size, "%s", name);
    if (strchr(name, '/'))
        return is_program(name);
    if (!places)
        places = _PATH_DEFPATH;
    while (*places) {
        size_t length = strcspn(places, ":");
        const char *place = length ? places : "."; /* an empty one is the current directory */
        int written = snprintf(path, size, "%.*s/%s", length ? (int)length : 1, place, name);
        if (written < (int)size && is_program(path))
            return true;
        places += length + (places[length] == ':');
    }
    snprintf(path, size, "%s", name);
    return false;
}

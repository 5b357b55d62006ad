/*
 * A command that ctxtop starts and watches.
 *
 * It runs with recording switched on, in a process group of its own, with nothing to read and its
 * output in a log file that only the user can read, in a directory of its own under TMPDIR.
 *
 * Threads: command_has_ended() may be called from any; everything else belongs to one thread.
 */
#ifndef CTXTOP_COMMAND_H
#define CTXTOP_COMMAND_H

#include "base/error.h"
#include "inspect/source.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

struct command {
    pid_t pid; /* 0: none was started */
    char name[64];
    char directory[PATH_MAX];
    char log_path[PATH_MAX + 16];
    atomic_bool ended;
    int status; /* as waitpid() gives it; meaningful once ended */
};

/*
 * `arguments` ends with NULL. `preload`: with libctxtrace-preload.so, if that is found. On failure
 * there is nothing to clean up.
 */
bool command_start(struct command *command, char **arguments, bool preload, struct error *error);

/* Looks whether it has ended; true once, when it is noticed. Never blocks. */
bool command_poll(struct command *command);
bool command_has_ended(const struct command *command);

/* "exit status 3", "killed by SIGSEGV (Segmentation fault)"; call once it has ended. */
void command_describe_end(const struct command *command, char *out, size_t size);

/* Sends SIGTERM to its process group, and waits for its end for at most `wait_ns`. */
void command_terminate(struct command *command, int64_t wait_ns);

/* Removes the log and its directory. */
void command_remove_log(struct command *command);

#endif

/*
 * Running a command in our place: it has the terminal, the standard streams and the signals, and
 * we wait until it ends.
 *
 * The command stays in our process group, so that a pipeline or a shell's job control sees one job.
 * Signals from the terminal therefore reach it by themselves; those that somebody sends to us are
 * sent on (the kernel says which are which). When the command stops, so do we, and our shell takes
 * over; when we are continued, so is it.
 */
#ifndef CTXREPORT_LAUNCH_H
#define CTXREPORT_LAUNCH_H

#include "base/error.h"
#include "inspect/source.h"
#include "inspect/witness.h"

struct launch_end {
    struct process_end process;
    int exit_status; /* meaningful when signal is 0 */
    int signal;
};

/*
 * Starts argv (NULL-terminated, found through PATH) and waits for its end. `prepare` is called in
 * the new process before the command replaces it. False and a sentence if it cannot be started.
 */
bool launch(char *const *argv, void (*prepare)(void *state), void *state, struct launch_end *end,
            struct error *error);

/*
 * The file that launch() would start for this name. False if there is none, or it does not fit;
 * `path` is then the name.
 */
bool launch_find(const char *name, char *path, size_t size);

#endif

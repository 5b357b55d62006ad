/*
 * Watching one target: opening it, taking snapshots, and reopening it when the process that a
 * PID names has executed another program or begun another recording.
 *
 * One thread at a time.
 */
#ifndef CTXTOP_WATCH_H
#define CTXTOP_WATCH_H

#include "base/error.h"
#include "ctxtop/command.h"
#include "inspect/source.h"

struct watch {
    char target[PATH_MAX];
    int pid;                       /* the target is this process; 0: it is a file */
    const struct command *command; /* NULL unless ctxtop started it */
    struct source_options options;
    struct session *session;
};

enum watch_result {
    WATCH_TAKEN,
    WATCH_NOT_YET, /* the command has been started, but there is nothing to be seen of it yet */
    WATCH_FAILED
};

void watch_target(struct watch *watch, const char *target, const struct source_options *options);
void watch_command(struct watch *watch, const struct command *command,
                   const struct source_options *options);

/*
 * On WATCH_TAKEN the snapshot belongs to the caller; otherwise the sentence says what is missing.
 */
enum watch_result watch_take(struct watch *watch, struct snapshot **snapshot, struct error *error);

/* The same, once, with facts that proofs need, for which a Go program is stopped briefly. */
enum watch_result watch_prove(struct watch *watch, struct snapshot **snapshot, struct error *error);

/* What keeps a context or task alive, in lines for the caller to free; false and a sentence. */
bool watch_keeps_alive(struct watch *watch, uint64_t id, char **out, struct error *error);
void watch_close(struct watch *watch);

#endif

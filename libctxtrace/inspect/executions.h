/*
 * What ran under `ctxreport run` without being recorded, from the journal of executions.
 * segment/executions.h has its format, and why nothing else can be missing.
 */
#ifndef CTXTRACE_INSPECT_EXECUTIONS_H
#define CTXTRACE_INSPECT_EXECUTIONS_H

#include "image/executable_kind.h"
#include "segment/executions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How a program was started, as segment/executions.h has it. */
struct execution_start {
    struct executable_caller caller;
    unsigned environment; /* enum execution_environment */
    bool is_spawned;      /* by another process, perhaps in another directory than its own */
    int error;            /* it was recorded, and no segment could be made; 0: it was not */
};

/* A program that was started without a recorder starting in it; or one that is still alive. */
struct execution {
    char *path;       /* as it was started; a name without a slash was searched in PATH */
    int pid;          /* as its own PID namespace counts; 0: a shell of libc's; -1: not known */
    uint64_t numbers; /* inode of that namespace */
    struct execution_start start;
    bool is_recorded; /* one that is, but goes on */
    bool is_alive;    /* as process `pid` of ours */
    bool is_past;     /* its process is known to be another program now */
    size_t record;    /* of one that is recorded: where in the journal its recorder started */
};

struct process_number {
    int pid;
    uint64_t numbers;
};

struct executions {
    struct execution *items;
    size_t count, capacity;
    bool is_cut; /* memory ran out, or the journal has damaged records: more may be missing */
    /* Programs in which a recorder has started; it writes no segment if it has nothing to tell. */
    struct execution *recorded;
    size_t recorded_count, recorded_capacity;
    /* Processes that became another program, as noted; one that did twice is here twice. */
    struct process_number *became;
    size_t became_count, became_capacity;
};

/* Makes an empty journal in the directory. False and errno. */
bool executions_make_journal(const char *directory);
void executions_remove_journal(const char *directory);

/*
 * Reads the journal. The command itself, which nobody notes, is given: process `pid` became `path`,
 * started by us.
 * What a process that was recorded did is not in the result.
 */
void executions_read(const char *directory, const char *path, int pid, struct executions *found);

/*
 * The process left a segment of this program ("": which one is not known), so there is one recorded
 * program fewer without a segment.
 */
void executions_has_segment(struct executions *found, int pid, const char *executable);

/* The entry of a process of ours, by what it is now; NULL if it has none. */
struct execution *executions_find(const struct executions *found, int pid);
/* A new entry for a process of ours; NULL when memory ran out, which is_cut then says, too. */
struct execution *executions_add(struct executions *found, const char *path, int pid);

/* How often a process of ours has noted that it became another program. */
size_t executions_became(const struct executions *found, int pid);

/* Removes the process's latest entry: it was recorded after all. */
void executions_forget(struct executions *found, int pid);

void executions_free(struct executions *found);

#endif

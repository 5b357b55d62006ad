/*
 * The programs on this machine that can be looked at: recorded ones, alive and dead, and running
 * ones that a source can read as they are (Go). For `ctxreport list` and the list that ctxtop
 * offers.
 */
#ifndef CTXTRACE_INSPECT_WATCHABLE_H
#define CTXTRACE_INSPECT_WATCHABLE_H

#include "base/error.h"
#include "inspect/source.h"

/* `ctxreport run` records into directories of this name inside the directory of segments. */
#define RUN_DIRECTORY_PREFIX "run-"

enum watchable_state { WATCHABLE_ALIVE, WATCHABLE_DEAD, WATCHABLE_EXITED };

struct watchable {
    char target[4096];  /* what session_open() takes: a PID while alive, else a path */
    char command[1024]; /* as the program says it: escape before showing */
    int pid;
    enum watchable_state state;
    const char *source; /* name of the source that reads it */
    bool counted;       /* contexts is meaningful */
    uint64_t contexts;
    int64_t started_realtime_ns; /* 0: unknown */
    unsigned uid;                /* whose it is */
    uint64_t device, inode;      /* of its segment; 0: it has none */
};

struct watchables {
    struct watchable *items; /* the living first, the newest of each first */
    size_t count, capacity;
    size_t quiet_count; /* of live programs that are recorded and have had nothing to record */
    struct error note;  /* a sentence on what was passed over; empty: nothing was */
};

/*
 * Removes segments of programs that ended in order with nothing to report, but could not remove
 * them themselves.
 *
 * Looks at the user's segments (for root: at those of all users) and at all processes. False and a
 * sentence if the directory of segments cannot be read; what was found is then still there.
 */
bool watchables_find(struct watchables *found, struct error *error);
/* Only the segments in one directory, in the order in which they began. */
bool watchables_find_in(const char *directory, struct watchables *found, struct error *error);
void watchables_free(struct watchables *found);

/* The directory that segments of the calling user are in. */
void watchables_directory(char *path, size_t size);
/*
 * Makes it if it is not there, and checks it as a recorder would: it must be a directory that only
 * the user can write to. False and a sentence if it is not.
 */
bool watchables_make_directory(const char *path, struct error *error);

/* Is this what segments are called? */
bool watchables_is_segment_name(const char *name);

const char *watchable_state_name(enum watchable_state state);

#endif

/*
 * Sources and targets: what the user names, and what turns it into snapshots.
 *
 * Adding a source is one file that defines a `struct source`, and one row in source_table.h.
 */
#ifndef CTXTRACE_INSPECT_SOURCE_H
#define CTXTRACE_INSPECT_SOURCE_H

#include "base/error.h"
#include "snapshot/snapshot.h"

/* What the user named, looked at once. */
struct target {
    const char *text;       /* as named */
    int pid;                /* of a live process, 0 if it is not one */
    const char *path;       /* of a file, NULL if it is not one */
    unsigned char head[64]; /* the file's first bytes, zero-filled */
};

/* How what a proof needs of a live program is read at one instant. */
enum source_capture {
    CAPTURE_STOP, /* while it stands still */
    CAPTURE_FORK, /* of a clone that it was made to make of itself; where it cannot be, as above */
};

/* Defaults are all zero. */
struct source_options {
    bool want_proofs; /* stop the program if that is needed to fill in facts */
    enum source_capture capture;
    int64_t max_pause_ns; /* 0: 250 ms */
    bool show_values;     /* contents of context values, which can be secrets */
    bool want_system;     /* tasks of the language runtime */
    /*
     * When looking again and again: how many thousandths of a processor's time may be spent on
     * looking for new contexts where that means looking through much memory. 0: no limit.
     */
    unsigned search_permille;
};

/* One opened target. Each source has its own state behind it. */
struct session;

struct source {
    const char *name;
    const char *description; /* a noun phrase for --help and for error messages */

    /* Is this target mine? Must be cheap and must not need permission that open() then reports. */
    bool (*claims)(const struct target *target);

    /* On failure returns NULL and fills in `error`. */
    void *(*open)(const struct target *target, const struct source_options *options,
                  struct error *error);

    /*
     * Takes a snapshot. May be called again and again on a live program; a dead one gives the same
     * snapshot each time. The snapshot belongs to the caller.
     */
    struct snapshot *(*take)(void *state, struct error *error);

    /*
     * Optional: writes to `out`, one line each, the references that keep a context or task alive.
     */
    bool (*keeps_alive)(void *state, uint64_t id, char **out, struct error *error);

    void (*close)(void *state);
};

/* Ends with NULL. The order is the order in which they are asked. */
extern const struct source *const source_table[];

/*
 * Opens what the user named: a PID, a segment, a core, or a text fixture. NULL and a sentence when
 * there is no such thing, when it cannot be read, or when no source knows it.
 */
struct session *session_open(const char *target, const struct source_options *options,
                             struct error *error);
struct snapshot *session_take(struct session *session, struct error *error);
bool session_keeps_alive(struct session *session, uint64_t id, char **out, struct error *error);
const struct source *session_source(const struct session *session);
void session_close(struct session *session);

#endif

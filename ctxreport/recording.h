/*
 * Where a command that `run` starts leaves its segments, and how it is told to.
 *
 * Every run has a directory of its own in the directory of segments, so that whatever its
 * processes leave there is theirs, whoever forked whom, and nothing else is.
 */
#ifndef CTXREPORT_RECORDING_H
#define CTXREPORT_RECORDING_H

#include "base/error.h"
#include "inspect/source.h"

#include <limits.h>

struct recording {
    char directory[PATH_MAX];
    char preload[PATH_MAX]; /* of libctxtrace-preload.so; empty if it is not there or not wanted */
    char command[PATH_MAX]; /* the file that is started, or the name for which there is none */
};

/*
 * Makes the directory, and finds the preload beside this tool if it is wanted and does not keep the
 * command from starting.
 */
bool recording_prepare(struct recording *recording, const char *command, bool want_preload,
                       struct error *error);

/* In the process that will become the command: sets its environment. Takes a struct recording. */
void recording_enter(void *recording);

/* A segment that the command or one of its descendants left. */
struct recorded_segment {
    char *path;   /* NULL ends an array */
    bool is_read; /* for the caller: read, and written to by nobody any more */
};

/*
 * The segments, that of `first_pid` first, in an array for recording_segments_free(). NULL when
 * memory ran out.
 */
struct recorded_segment *recording_segments(const struct recording *recording, int first_pid);
void recording_segments_free(struct recorded_segment *segments);

/* Removes the directory if no segment is in it any more. */
void recording_end(const struct recording *recording);

#endif

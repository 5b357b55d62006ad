/*
 * The segment source: C programs that record themselves, alive or dead.
 *
 * A PID is claimed if that process is writing a segment; a file if it begins as one.
 */
#include "base/error.h"
#include "base/lack.h"
#include "base/times.h"
#include "inspect/naming.h"
#include "inspect/source_table.h"
#include "segment/directory.h"
#include "segment/reader.h"
#include "segment/witness.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct segment_session {
    char path[PATH_MAX];
    int pid; /* that was named; 0: a file was */
    struct segment_reader *reader;
    struct naming *naming;
    uint64_t signs_of_life; /* that were written into it */
};

static bool claims(const struct target *target)
{
    char path[PATH_MAX];
    if (target->pid)
        return segment_directory_find(target->pid, path, sizeof path);
    return segment_has_magic(target->head, sizeof target->head);
}

static bool find_path(struct segment_session *session, const struct target *target,
                      struct error *error)
{
    if (!target->pid) {
        snprintf(session->path, sizeof session->path, "%s", target->path);
        return true;
    }
    return segment_directory_find(target->pid, session->path, sizeof session->path) ||
           error_set(error, "process %d has just stopped writing its segment", target->pid);
}

static bool open_segment(struct segment_session *session, struct error *error)
{
    session->reader = segment_reader_open(session->path, error);
    if (!session->reader)
        return false;
    if (session->pid)
        segment_reader_is_of(session->reader, session->pid);
    session->naming = naming_new();
    return session->naming || error_no_memory(error);
}

static void close_segment(void *state)
{
    struct segment_session *session = state;
    segment_reader_close(session->reader);
    naming_free(session->naming);
    free(session);
}

static void *open_target(const struct target *target, const struct source_options *options,
                         struct error *error)
{
    (void)options;
    struct segment_session *session = calloc(1, sizeof *session);
    if (!session) {
        error_no_memory(error);
        return NULL;
    }
    session->pid = target->pid;
    if (find_path(session, target, error) && open_segment(session, error))
        return session;
    close_segment(session);
    return NULL;
}

static struct snapshot *take(void *state, struct error *error)
{
    struct segment_session *session = state;
    struct snapshot_builder *builder = segment_reader_read(session->reader, error);
    if (!builder)
        return NULL;
    struct snapshot_program *program = builder_program(builder);
    if (program->state == PROGRAM_ALIVE)
        session->signs_of_life += segment_saw_alive(session->path, program->taken_ns);
    program->interventions[INTERVENTION_SIGN_OF_LIFE].count = session->signs_of_life;
    naming_of_segment(session->naming, session->reader,
                      time_plus(program->started_ns, program->realtime_offset_ns));
    (void)lack_was_noted(); /* of something else */
    builder_expand_frames(builder, naming_expand, session->naming);
    if (lack_was_noted()) { /* other names would make it other findings */
        naming_forget(session->naming);
        builder_free(builder);
        error_no_memory(error);
        return NULL;
    }
    struct snapshot *snapshot = builder_finish(builder);
    if (!snapshot)
        error_no_memory(error);
    return snapshot;
}

const struct source segment_source = {
    .name = "segment",
    .description = "a C program that records itself, or the segment that it left",
    .claims = claims,
    .open = open_target,
    .take = take,
    .close = close_segment,
};

/*
 * The source for core files of Go programs. The executable is the one that the core names, or,
 * where that is elsewhere now, the one in the environment variable CTXTRACE_EXECUTABLE.
 */
#include "golang/session.h"
#include "inspect/source_table.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static bool claims(const struct target *target)
{
    const Elf64_Half core = ET_CORE;
    return target->path && memcmp(target->head, ELFMAG, SELFMAG) == 0 &&
           target->head[EI_CLASS] == ELFCLASS64 &&
           memcmp(target->head + EI_NIDENT, &core, sizeof core) == 0;
}

static void *open_target(const struct target *target, const struct source_options *options,
                         struct failure *failure)
{
    struct complaint complaint = {.sentence = ""};
    const struct go_options go_options = {.want_proofs = options->want_proofs,
                                          .show_values = options->show_values,
                                          .want_system = options->want_system};
    struct image *image = image_open_core(target->path, getenv("CTXTRACE_EXECUTABLE"), &complaint);
    struct go_session *session = image ? go_session_open(image, &go_options, &complaint) : NULL;
    if (!session)
        failure_set(failure, "%s", complaint.sentence);
    return session;
}

static struct snapshot *take(void *state, struct failure *failure)
{
    struct complaint complaint = {.sentence = ""};
    struct snapshot *snapshot = go_session_take(state, &complaint);
    if (!snapshot)
        failure_set(failure, "%s", complaint.sentence);
    return snapshot;
}

static bool keeps_alive(void *state, uint64_t id, char **out, struct failure *failure)
{
    struct complaint complaint = {.sentence = ""};
    if (go_session_keeps_alive(state, id, out, &complaint))
        return true;
    return failure_set(failure, "%s", complaint.sentence);
}

static void close_target(void *state)
{
    go_session_close(state);
}

const struct source go_core_source = {
    .name = "go core",
    .description = "the core file of a Go program",
    .claims = claims,
    .open = open_target,
    .take = take,
    .keeps_alive = keeps_alive,
    .close = close_target,
};

/* The source for live Go programs. */
#include "golang/session.h"
#include "inspect/source_table.h"

#include <stdio.h>

static bool claims(const struct target *target)
{
    struct complaint complaint;
    char path[64];
    if (!target->pid)
        return false;
    snprintf(path, sizeof path, "/proc/%d/exe", target->pid);
    struct elf_file *executable = elf_file_open(path, path, &complaint);
    bool is_go = executable && go_program_recognise(executable);
    elf_file_close(executable);
    return is_go;
}

static void *open_target(const struct target *target, const struct source_options *options,
                         struct failure *failure)
{
    struct complaint complaint = {.sentence = ""};
    const struct go_options go_options = {.want_proofs = options->want_proofs,
                                          .max_pause_ns = options->max_pause_ns,
                                          .show_values = options->show_values,
                                          .want_system = options->want_system};
    struct image *image = image_open_process(target->pid, &complaint);
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

const struct source go_process_source = {
    .name = "go process",
    .description = "a live Go program, by its PID",
    .claims = claims,
    .open = open_target,
    .take = take,
    .keeps_alive = keeps_alive,
    .close = close_target,
};

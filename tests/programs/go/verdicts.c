/*
 * verdicts PID: what the Go reader says of each goroutine, one line each: its id, whether anything
 * can still wake it (yes, no, unknown), the innermost place in package main, as file:line, or "-",
 * and why it is unknown. Of what nothing can wake, and which may stay for ever by design (it waits
 * for nothing at all, or runs main), the second word is by-design: it is a root of all other
 * claims, and itself at most suspect to the rules. For check_leak_profile.py.
 */
#include "base/error.h"
#include "golang/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct snapshot_frame *frame_in_main(const struct snapshot *snapshot, uint32_t stack)
{
    if (stack == SNAPSHOT_NONE)
        return NULL;
    const struct snapshot_frame *frames = &snapshot->frames[snapshot->stacks[stack].first_frame];
    for (uint32_t i = 0; i < snapshot->stacks[stack].frame_count; i++)
        if (strncmp(snapshot_text(snapshot, frames[i].function), "main.", 5) == 0)
            return &frames[i];
    return NULL;
}

static bool waits_for_nothing(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    for (uint32_t i = 0; i < task->wait_count; i++)
        if (snapshot->objects[snapshot->waits[task->first_wait + i].object].kind != OBJECT_NOTHING)
            return false;
    return task->wait_count > 0;
}

static const char *verdict_of(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    bool by_design = task->main || waits_for_nothing(snapshot, task);
    return task->wakeable.value == FACT_NO && by_design ? "by-design"
                                                        : fact_value_name(task->wakeable.value);
}

static void say(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    const struct snapshot_frame *frame = frame_in_main(snapshot, task->stack);
    const char *file = frame ? snapshot_text(snapshot, frame->file) : "-";
    const char *slash = strrchr(file, '/');
    printf("%" PRIu64 " %s %s", task->id, verdict_of(snapshot, task), slash ? slash + 1 : file);
    if (frame)
        printf(":%" PRIu32, frame->line);
    if (task->wakeable.value == FACT_UNKNOWN)
        printf(" %s", precondition_text(task->wakeable.missing));
    printf("\n");
}

int main(int count, char **arguments)
{
    struct error error = {.sentence = ""};
    const struct go_options options = {.want_proofs = true,
                                       .max_pause_ns = INT64_C(10000000000),
                                       .any_build = true}; /* this is how they are tested */
    if (count != 2) {
        fprintf(stderr, "usage: verdicts PID\n");
        return 2;
    }
    struct image *image = image_open_process(atoi(arguments[1]), &error);
    struct go_session *session = image ? go_session_open(image, &options, &error) : NULL;
    struct snapshot *snapshot = session ? go_session_take(session, &error) : NULL;
    if (!snapshot)
        fprintf(stderr, "verdicts: %s\n", error.sentence);
    for (uint32_t i = 0; snapshot && i < snapshot->task_count; i++)
        say(snapshot, &snapshot->tasks[i]);
    bool good = snapshot != NULL;
    snapshot_free(snapshot);
    go_session_close(session);
    return good ? 0 : 2;
}

/*
 * What is said of programs that name what they plant: goroutines in functions called main.leaked...
 * and main.alive..., contexts below values with the keys main.lost and main.held.
 */
#ifndef CTXTRACE_TESTS_GO_CLAIMS_H
#define CTXTRACE_TESTS_GO_CLAIMS_H

#include "go_target.h"

struct claimed {
    unsigned leaked, leaked_proved; /* goroutines that are leaked; of these said to be so */
    unsigned alive, alive_unknown;  /* alive; of these not known to be so */
    unsigned lost, lost_proved;     /* the same of contexts whose cancel functions are lost */
    unsigned held, held_unknown;
};

static inline bool runs_in(const struct snapshot *snapshot, const struct snapshot_task *task,
                           const char *function)
{
    const struct snapshot_stack *stack =
        task->stack == SNAPSHOT_NONE ? NULL : &snapshot->stacks[task->stack];
    for (uint32_t i = 0; stack && i < stack->frame_count; i++)
        if (strncmp(snapshot_text(snapshot, snapshot->frames[stack->first_frame + i].function),
                    function, strlen(function)) == 0)
            return true;
    return false;
}

static inline void count_task(const struct snapshot *snapshot, const struct snapshot_task *task,
                              struct claimed *claimed)
{
    if (runs_in(snapshot, task, "main.leaked")) {
        claimed->leaked++;
        claimed->leaked_proved += task->wakeable.value == FACT_NO;
    } else if (runs_in(snapshot, task, "main.alive")) {
        if (task->wakeable.value == FACT_NO || task->wakeable_without_parent.value == FACT_NO)
            fail_msg("goroutine %lu is said to be leaked, or nearly", (unsigned long)task->id);
        claimed->alive++;
        claimed->alive_unknown += task->wakeable.value != FACT_YES;
    }
}

static inline void count_context(const struct snapshot *snapshot,
                                 const struct snapshot_context *context, struct claimed *claimed)
{
    if (context->parent == SNAPSHOT_NONE || context->kind == CONTEXT_VALUE)
        return;
    const char *key = snapshot_text(snapshot, snapshot->contexts[context->parent].key);
    if (strncmp(key, "main.lost(", 10) == 0) {
        claimed->lost++;
        claimed->lost_proved += context->cancellable.value == FACT_NO;
    } else if (strncmp(key, "main.held(", 10) == 0) {
        if (context->cancellable.value == FACT_NO || context->held_only_by_parent.value == FACT_YES)
            fail_msg("the context below %s is said to be lost", key);
        claimed->held++;
        claimed->held_unknown += context->cancellable.value != FACT_YES;
    }
}

/* Fails for what is claimed of something that is in order; counts the rest. */
static inline struct claimed count_claims(const struct snapshot *snapshot)
{
    struct claimed claimed = {0};
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        count_task(snapshot, &snapshot->tasks[i], &claimed);
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        count_context(snapshot, &snapshot->contexts[i], &claimed);
    return claimed;
}

/* Builds and starts a program, looks at it, and ends it. NULL: no argument. */
static inline struct claimed claims_about(const char *name, const char *flags, const char *argument)
{
    struct go_target target;
    go_target_build(&target, name, flags);
    go_target_start(&target, argument, NULL);
    struct go_session *session = go_target_open(&target, true);
    struct snapshot *snapshot = go_target_take_proved(session);
    struct claimed claimed = count_claims(snapshot);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
    return claimed;
}

#endif

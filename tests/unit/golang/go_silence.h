/* Looks at clean programs, of which nothing may be claimed. */
#ifndef CTXTRACE_TESTS_GO_SILENCE_H
#define CTXTRACE_TESTS_GO_SILENCE_H

#include "base/error.h"
#include "go_target.h"
#include "image/process.h"

/*
 * A context below one that was detached is linked to nothing, and freed with whoever still uses it:
 * that nobody can cancel it any more is true, and no defect (net/http has such, for dialling).
 */
static inline bool is_linked(const struct snapshot *snapshot,
                             const struct snapshot_context *context)
{
    if (context->parent == SNAPSHOT_NONE || context->unlinked)
        return false;
    uint8_t kind = snapshot->contexts[context->parent].kind;
    return kind != CONTEXT_WITHOUT_CANCEL && kind != CONTEXT_BACKGROUND && kind != CONTEXT_TODO;
}

static inline void look_for_claims(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        assert_int_not_equal(snapshot->tasks[i].wakeable.value, FACT_NO);
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        if (is_linked(snapshot, context))
            assert_int_not_equal(context->cancellable.value, FACT_NO);
        assert_int_not_equal(context->held_only_by_parent.value, FACT_YES);
    }
}

/* Taken again if a thread that had been left asleep woke up meanwhile: then it is of no instant. */
static inline struct snapshot *take_stopped(struct image *image, struct go_session *session,
                                            struct pause *pause)
{
    struct error error = {.sentence = ""};
    if (!process_stop(image, pause, &error))
        fail_msg("%s", error.sentence);
    assert_true(image_refresh(image, &error));
    image->live = false;
    struct snapshot *snapshot = go_target_take(session);
    image->live = true;
    process_resume(image, pause);
    if (pause->end == STOP_HELD)
        return snapshot;
    assert_int_equal(pause->end, STOP_MOVED);
    snapshot_free(snapshot);
    return NULL;
}

/* One capture of one instant, judged as that in a core is. */
static inline struct snapshot *take_as_core(struct image *image, struct go_session *session)
{
    struct pause pause = {.limit_ns = INT64_C(600000000000)};
    struct snapshot *snapshot = NULL;
    while (!snapshot)
        snapshot = take_stopped(image, session, &pause);
    return snapshot;
}

/* Looks so often at a program of tests/programs/go, started with that argument, or NULL. */
static inline void check_silence(const char *name, const char *argument, int looks, bool as_core)
{
    struct go_target target;
    struct image *image;
    if (!go_is_there())
        skip();
    go_target_build(&target, name, "");
    go_target_start(&target, argument, NULL);
    struct go_session *session = go_target_open_image(&target, true, &image);
    for (int look = 0; look < looks; look++) {
        struct snapshot *snapshot =
            as_core ? take_as_core(image, session) : go_target_take(session);
        assert_true(snapshot->context_count > 0 && snapshot->task_count > 0);
        look_for_claims(snapshot);
        snapshot_free(snapshot);
    }
    assert_int_equal(kill(target.pid, 0), 0);
    go_session_close(session);
    go_target_end(&target);
}

#endif

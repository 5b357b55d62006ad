/*
 * A worker of a context that has ended, or that may end, for the tests of the rules that ask
 * whether it obeys: ignored-cancel, cancelled-but-blocked-elsewhere and wait-without-done.
 */
#ifndef CTXTRACE_TESTS_UNIT_FINDINGS_OBEDIENCE_H
#define CTXTRACE_TESTS_UNIT_FINDINGS_OBEDIENCE_H

#include "scene.h"

enum { WORK = 2, WORKER = 2 };

static inline void ended_work(struct scene *scene, double seconds_ago)
{
    scene_context(scene, (struct snapshot_context){
                             .id = WORK,
                             .parent_id = BACKGROUND,
                             .owners = 1,
                             .created_ns = ago(60),
                             .state = CONTEXT_CANCELED,
                             .ended_by = ENDED_BY_OWN_CANCEL,
                             .ended_ns = ago(seconds_ago),
                             .canceller_task_id = MAIN,
                             .cause_text = builder_string(scene->builder, "client hung up"),
                         });
}

static inline void open_work(struct scene *scene)
{
    scene_context(scene,
                  (struct snapshot_context){.id = WORK, .parent_id = BACKGROUND, .owners = 1});
}

static inline void worker(struct scene *scene, struct snapshot_task task)
{
    task.id = WORKER;
    scene_task_in(scene, task, WORK, WORK);
}

static inline uint32_t descriptor(struct scene *scene, int number)
{
    return scene_object(scene, (uint64_t)number,
                        (struct snapshot_object){.kind = OBJECT_DESCRIPTOR, .descriptor = number});
}

static inline uint32_t condition(struct scene *scene)
{
    return scene_object(
        scene, 77,
        (struct snapshot_object){.kind = OBJECT_CONDITION,
                                 .signalable = fact_unknown(PRECONDITION_NOT_OBSERVABLE)});
}

#endif

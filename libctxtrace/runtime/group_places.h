/*
 * The places of a group of tasks, and what its tasks tell it.
 *
 * A place is what a running task occupies. A task that ends passes its place to whoever has waited
 * longest for one, directly, so that nobody overtakes. Tasks that have ended are kept until the
 * group joins their threads, when it starts another task or waits.
 *
 * No place is lost, and none is taken twice. Whoever finds all places taken is linked under the
 * same hold of the lock, so a place that becomes free later finds it. It is passed on by a claim
 * (waiter.h): whoever was claimed has it, even if the context ended at the same moment; whoever was
 * ended by the context before cannot be claimed, and is passed over. `places_taken` falls only when
 * nobody could be claimed; at 0 it wakes whoever waits for all, under the same lock.
 *
 * Whoever waits for all joins their threads before the group is freed, so no task touches it any
 * more.
 *
 * In the segment a group is held by whoever made it and by each task that is not joined yet.
 */
#ifndef CTXTRACE_RUNTIME_GROUP_PLACES_H
#define CTXTRACE_RUNTIME_GROUP_PLACES_H

#include "record/record.h"
#include "runtime/ranked_lock.h"
#include "runtime/waiter.h"

struct ctxt_task;

struct ctxt_group {
    struct lock lock;
    /* under the lock */
    unsigned limit; /* 0: none */
    unsigned places_taken;
    bool started, waiting;
    bool lost; /* a forked child: tasks go on in the parent only */
    int first_failure;
    struct waiter_list waiting_for_place, waiting_for_all;
    struct ctxt_task *finished; /* by next_finished */

    struct ctxt *context; /* owned */
    struct record_slot record;
};

/* False: all are taken. The lock is held. */
bool group_take_place(struct ctxt_group *group);
/* The lock is held. */
void group_leave_place(struct ctxt_group *group);

/* In the task's thread, while it is still a task: its result is not 0. */
void group_task_failed(struct ctxt_group *group, int result);

/* In the task's thread, as its last act. The group may be gone when this returns. */
void group_task_ended(struct ctxt_group *group, struct ctxt_task *task);

/* In a forked child: the task goes on in the parent only. No other thread exists. */
void group_task_absent(struct ctxt_group *group, struct ctxt_task *task);

#endif

/*
 * A task that was started by ctxt_go() or a group.
 *
 * Memory. Handles come from a pool that is never given back, the longest free one first, so that a
 * late use of a handle is told from a proper one by its magic.
 *
 * Ends. A task has two references: its thread's, given back at its very end, and its handle's (a
 * group's task: the group's), given back by joining or detaching. The thread is joinable; whoever
 * gives the handle back also joins or detaches the thread, so that no thread is left behind.
 */
#ifndef CTXTRACE_RUNTIME_TASK_H
#define CTXTRACE_RUNTIME_TASK_H

#include "record/record.h"
#include "runtime/lock.h"
#include "runtime/waiter.h"
#include <ctxtrace/task.h>
#include <pthread.h>

struct ctxt_task {
    uint32_t magic;
    struct lock lock;
    _Atomic uint32_t references;
    bool exited;  /* under the lock, with `result` */
    bool joining; /* somebody waits for it */
    bool absent;  /* its thread did not come along into this process (fork) */
    int result;
    struct waiter_list joiners;
    struct ctxt *context; /* observed */
    ctxt_task_function *function;
    void *argument;
    pthread_t thread;
    struct ctxt_group *group;         /* or NULL */
    struct ctxt_task *next_finished;  /* of its group */
    struct ctxt_task *next_of_all, *next_free;
    struct record_slot record;
};

/* The parameters are checked already. NULL with errno EAGAIN or ENOMEM. */
struct ctxt_task *task_start(struct ctxt *context, ctxt_task_function *function, void *argument,
                             struct ctxt_group *group);

/* Joins the thread of a task that is about to end, and gives the handle back. */
void task_reap(struct ctxt_task *task);

/* ---- what a group is told (group.c) ---- */

/* In the task's thread, as its last act. The group may be gone when this returns. */
void group_task_ended(struct ctxt_group *group, struct ctxt_task *task, int result);

/* In a forked child: the task goes on in the parent only. No other thread exists. */
void group_task_absent(struct ctxt_group *group, struct ctxt_task *task);

#endif

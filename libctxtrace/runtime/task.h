/*
 * A task that was started by ctxt_go() or a group.
 *
 * Memory. Handles come from a pool that is never given back, the longest free one first, so that a
 * late use of a handle is told from a proper one by its magic.
 *
 * Ends. A task is free when both its thread and its handle are done with it: the thread with its
 * last act, the handle by being joined or detached (a group's task: reaped by the group). Whoever
 * gives the handle back also joins or detaches the thread, so that no thread is left behind.
 */
#ifndef CTXTRACE_RUNTIME_TASK_H
#define CTXTRACE_RUNTIME_TASK_H

#include "record/record.h"
#include "runtime/ranked_lock.h"
#include "runtime/waiter.h"

#include <ctxtrace/task.h>

#include <pthread.h>

struct ctxt_task {
    uint32_t magic;
    struct lock lock;
    /* all under the lock */
    bool exited;  /* the result is known */
    bool joining; /* somebody waits for it, or has given the handle away */
    bool thread_done, handle_done;
    bool finished; /* the group has been told; under the group's lock */
    bool absent;   /* its thread did not come along into this process (fork) */
    int result;
    struct waiter_list joiners;
    struct ctxt *context; /* observed */
    ctxt_task_function *function;
    void *argument;
    pthread_t thread;
    struct runtime_thread *reserved; /* for its thread, until that has adopted it */
    struct ctxt_group *group;        /* or NULL */
    struct ctxt_task *next_finished; /* of its group */
    struct ctxt_task *next_of_all, *next_free;
    struct record_slot record;
};

/* A task that is not started yet, observing the context. NULL with errno ENOMEM. */
struct ctxt_task *task_prepare(struct ctxt *context, ctxt_task_function *function, void *argument,
                               struct ctxt_group *group);
/*
 * Starts it. 0, or EAGAIN and the task is free again. A task of a group may be free at any time
 * after it was started.
 */
int task_start(struct ctxt_task *task);

/* Joins the thread of a task that is about to end, and gives the handle back. */
void task_reap(struct ctxt_task *task);

/* In a forked child: of all tasks only the forking one is there. */
void task_fork_child(void);

#endif

/* Groups of tasks: how they are made, run and waited for. */
#include "base/invariant.h"
#include "runtime/bounded.h"
#include "runtime/context_record.h"
#include "runtime/group_places.h"
#include "runtime/misuse.h"
#include "runtime/node.h"
#include "runtime/task.h"

#include <errno.h>
#include <stdlib.h>

ctxt_group_t *ctxt_group_new(ctxt_t *parent)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    struct ctxt_group *group = calloc(1, sizeof *group);
    if (!group) {
        errno = ENOMEM;
        return NULL;
    }
    group->context = ctxt_with_cancel(parent);
    if (!group->context) {
        int saved = errno;
        free(group);
        errno = saved;
        return NULL;
    }
    if (recording()) {
        struct record_object object = {.kind = OBJECT_GROUP,
                                       .address = group,
                                       .context_id = context_record_reference(group->context)};
        record_object_created(&group->record, &object);
    }
    return group;
}

static bool check(const struct ctxt_group *group, const char *function)
{
    if (group)
        return true;
    misuse(function, NULL, "the group is NULL");
    return false;
}

ctxt_t *ctxt_group_context(ctxt_group_t *group)
{
    return check(group, __func__) ? group->context : NULL;
}

int ctxt_group_limit(ctxt_group_t *group, unsigned limit)
{
    if (!check(group, __func__))
        return EINVAL;
    leaf_lock_take(&group->lock);
    bool started = group->started;
    if (!started)
        group->limit = limit;
    leaf_lock_release(&group->lock);
    return started ? EBUSY : 0;
}

/* Joins the threads of the tasks that have ended. */
static void reap(struct ctxt_group *group)
{
    leaf_lock_take(&group->lock);
    struct ctxt_task *task = group->finished;
    group->finished = NULL;
    leaf_lock_release(&group->lock);
    while (task) {
        struct ctxt_task *next = task->next_finished;
        task_reap(task);
        if (recording())
            record_object_references(&group->record, -1);
        task = next;
    }
}

/* ---- starting ---- */

static int wait_for_place(struct ctxt_group *group)
{
    struct bounded wait;
    int error = bounded_begin(&wait, group->context);
    if (error)
        return error;
    leaf_lock_take(&group->lock);
    bool taken = group_take_place(group);
    if (!taken)
        waiter_link(&group->waiting_for_place, &wait.waiter);
    leaf_lock_release(&group->lock);
    if (!taken) {
        struct record_wait what = {.object = OBJECT_GROUP,
                                   .operation = WAIT_ACQUIRE,
                                   .object_id = record_slot_id(&group->record),
                                   .address = group};
        error = bounded_block(&wait, &what, CTXT_NEVER);
    }
    bounded_finish(&wait, &group->lock);
    return error;
}

static void give_place_back(struct ctxt_group *group)
{
    leaf_lock_take(&group->lock);
    group_leave_place(group);
    leaf_lock_release(&group->lock);
}

/* The caller has a place. */
static int start(struct ctxt_group *group, ctxt_task_function *function, void *argument)
{
    struct ctxt_task *task = task_prepare(group->context, function, argument, group);
    if (recording())
        record_object_references(&group->record, 1);
    int error = task ? task_start(task) : ENOMEM;
    if (!error)
        return 0;
    if (recording())
        record_object_references(&group->record, -1);
    give_place_back(group);
    return error;
}

static bool check_function(ctxt_task_function *function, const char *caller)
{
    if (function)
        return true;
    misuse(caller, NULL, "the function is NULL");
    return false;
}

int ctxt_group_go(ctxt_group_t *group, ctxt_task_function *function, void *argument)
{
    if (!check(group, __func__) || !check_function(function, __func__))
        return EINVAL;
    reap(group);
    leaf_lock_take(&group->lock);
    bool taken = group_take_place(group);
    leaf_lock_release(&group->lock);
    int error = taken ? 0 : wait_for_place(group);
    return error ? error : start(group, function, argument);
}

int ctxt_group_try_go(ctxt_group_t *group, ctxt_task_function *function, void *argument)
{
    if (!check(group, __func__) || !check_function(function, __func__))
        return EINVAL;
    reap(group);
    leaf_lock_take(&group->lock);
    bool taken = group_take_place(group);
    leaf_lock_release(&group->lock);
    return taken ? start(group, function, argument) : EBUSY;
}

/* ---- the end ---- */

static void wait_for_all(struct ctxt_group *group)
{
    struct bounded wait;
    bounded_begin(&wait, NULL);
    leaf_lock_take(&group->lock);
    bool all_ended = group->places_taken == 0;
    if (!all_ended)
        waiter_link(&group->waiting_for_all, &wait.waiter);
    leaf_lock_release(&group->lock);
    if (!all_ended) {
        struct record_wait what = {.object = OBJECT_GROUP,
                                   .operation = WAIT_GROUP_EMPTY,
                                   .object_id = record_slot_id(&group->record),
                                   .address = group};
        bounded_block(&wait, &what, CTXT_NEVER);
    }
    bounded_finish(&wait, &group->lock);
}

/* 0: the caller may wait. */
static int begin_waiting(struct ctxt_group *group)
{
    const struct ctxt_task *self = thread_self()->task;
    if (self && self->group == group) {
        misuse("ctxt_group_wait", NULL, "a task cannot wait for the group that it belongs to");
        return EDEADLK;
    }
    leaf_lock_take(&group->lock);
    bool waiting = group->waiting;
    group->waiting = true;
    leaf_lock_release(&group->lock);
    if (!waiting)
        return 0;
    misuse("ctxt_group_wait", NULL, "another task is waiting for the group at %p already",
           (void *)group);
    return EINVAL;
}

int ctxt_group_wait(ctxt_group_t *group)
{
    if (!check(group, __func__))
        return EINVAL;
    int error = begin_waiting(group);
    if (error)
        return error;
    wait_for_all(group);
    reap(group);
    int failure = group->first_failure ? group->first_failure : group->lost ? ECHILD : 0;
    ctxt_cancel(group->context);
    ctxt_unref(group->context);
    if (recording())
        record_object_released(&group->record);
    free(group);
    return failure;
}

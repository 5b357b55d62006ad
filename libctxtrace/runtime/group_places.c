#include "runtime/group_places.h"

#include "base/invariant.h"
#include "runtime/task.h"

bool group_take_place(struct ctxt_group *group)
{
    invariant(lock_is_held(&group->lock));
    group->started = true;
    if (group->limit > 0 && group->places_taken >= group->limit)
        return false;
    group->places_taken++;
    invariant(group->limit == 0 || group->places_taken <= group->limit);
    return true;
}

void group_leave_place(struct ctxt_group *group)
{
    invariant(lock_is_held(&group->lock) && group->places_taken > 0);
    struct waiter *next;
    while ((next = group->waiting_for_place.first)) {
        waiter_unlink(next);
        if (waiter_claim(next)) {
            waiter_release(next, 0); /* it has the place now */
            return;
        }
    }
    group->places_taken--;
    if (group->places_taken == 0)
        waiter_wake_all(&group->waiting_for_all, 0);
}

void group_task_failed(struct ctxt_group *group, int result)
{
    leaf_lock_take(&group->lock);
    bool first = group->first_failure == 0;
    if (first)
        group->first_failure = result;
    leaf_lock_release(&group->lock);
    if (first)
        ctxt_cancel_cause(group->context, result, "a task of the group failed: %d", result);
}

void group_task_ended(struct ctxt_group *group, struct ctxt_task *task)
{
    leaf_lock_take(&group->lock);
    invariant(task->group == group && !task->finished);
    task->finished = true;
    task->next_finished = group->finished;
    group->finished = task;
    group_leave_place(group);
    leaf_lock_release(&group->lock);
}

void group_task_absent(struct ctxt_group *group, struct ctxt_task *task)
{
    if (task->finished)
        return;
    task->finished = true;
    task->next_finished = group->finished;
    group->finished = task;
    invariant(group->places_taken > 0);
    group->places_taken--;
    group->lost = true;
}

#include "preload/joins.h"

#include "preload/threads.h"

ctxt_task_id_t joins_task_of(pthread_t handle)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    ctxt_task_id_t task = threads_find(handle);
    quiet_end(&quiet);
    return task;
}

void joins_begin(struct blocking *blocking, ctxt_task_id_t task, clockid_t clock,
                 const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_TASK,
                                                  .operation = CTXT_WAIT_FOR_EXIT,
                                                  .joined = task,
                                                  .clock = clock,
                                                  .until = until});
}

int joins_finish(int error, pthread_t handle, ctxt_task_id_t task)
{
    if (error)
        return error;
    struct quiet quiet;
    quiet_begin(&quiet);
    if (!threads_joined(handle, task))
        ctxt_task_end(task); /* it could not say so itself */
    ctxt_task_joined(task);
    quiet_end(&quiet);
    return 0;
}

void joins_detached(pthread_t handle, ctxt_task_id_t task)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    threads_detached(handle, task);
    ctxt_task_detached(task);
    quiet_end(&quiet);
}

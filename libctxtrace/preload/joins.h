/* Joins, by whichever function: what wrap_join.c and wrap_c11.c have in common. */
#ifndef CTXTRACE_PRELOAD_JOINS_H
#define CTXTRACE_PRELOAD_JOINS_H

#include "preload/blocking.h"

/* The task of a thread, 0 if it is not known. */
ctxt_task_id_t joins_task_of(pthread_t handle);
/* The caller is about to wait for its end, by a limit if there is one. */
void joins_begin(struct blocking *blocking, ctxt_task_id_t task, clockid_t clock,
                 const struct timespec *until);
/* `error` is what the join has returned; returned again. If it is 0 the thread is forgotten. */
int joins_finish(int error, pthread_t handle, ctxt_task_id_t task);
/* Nobody will join it. */
void joins_detached(pthread_t handle, ctxt_task_id_t task);

#endif

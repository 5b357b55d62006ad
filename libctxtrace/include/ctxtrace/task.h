/*
 * Tasks: Go's `go f()`, with threads.
 *
 * A task is a thread that runs one function under a context. Threads that the program makes itself
 * are tasks as well once they use the library; they have no handle.
 *
 * Every function may be called by any number of threads, none from a signal handler.
 */
#ifndef CTXTRACE_TASK_H
#define CTXTRACE_TASK_H

#include <ctxtrace/context.h>

CTXT_BEGIN_C

typedef struct ctxt_task ctxt_task_t;

/* What a task runs. `context` is its current context; the result goes to whoever joins it. */
typedef int ctxt_task_function(ctxt_t *context, void *argument);

/*
 * Starts function(context, argument) in a thread of its own, with `context` as its current context,
 * observed until it returns. The handle must be joined or detached, once. NULL with errno (EAGAIN,
 * ENOMEM) if no thread could be made.
 */
CTXT_API CTXT_MUST_USE ctxt_task_t *ctxt_go(ctxt_t *context, ctxt_task_function *function,
                                            void *argument);

/*
 * Waits until the task ends or `context` does. 0: it has ended, its result is stored (if `result`
 * is not NULL), and the handle is gone. Otherwise ctxt_err(context), and the handle is still there.
 * A task that has ended is joined even if the context has ended, too.
 */
CTXT_API int ctxt_join(ctxt_t *context, ctxt_task_t *task, int *result);

/* Gives the handle away: nobody will join the task. */
CTXT_API void ctxt_detach(ctxt_task_t *task);

/* A name for the tools and, its first 15 bytes, for the kernel. Of a task, or of the caller (NULL).
 */
CTXT_API void ctxt_task_set_name(ctxt_task_t *task, const char *format, ...) CTXT_PRINTF(2, 3);

/* ---- groups (Go's errgroup) ---- */

/*
 * Tasks that work on one thing: the first that fails cancels the rest. One thread starts tasks and
 * waits; the tasks themselves may start further ones.
 */
typedef struct ctxt_group ctxt_group_t;

/* The tasks get a context below `parent`, which ends with the first failure or with the group. */
CTXT_API CTXT_MUST_USE ctxt_group_t *ctxt_group_new(ctxt_t *parent);
/* The group's context; the group owns it. */
CTXT_API ctxt_t *ctxt_group_context(ctxt_group_t *group);
/* At most `limit` tasks at a time (0: no limit). Before the first task only, else EBUSY. */
CTXT_API int ctxt_group_limit(ctxt_group_t *group, unsigned limit);
/*
 * Starts a task; waits for a free place first if there is a limit. A result other than 0 is a
 * failure: the first cancels the group's context, with the result as the cause's code.
 * 0, or EAGAIN, ENOMEM, or ctxt_err() of the group's context if that ended while it waited.
 */
CTXT_API int ctxt_group_go(ctxt_group_t *group, ctxt_task_function *function, void *argument);
/* The same, but EBUSY instead of waiting. */
CTXT_API int ctxt_group_try_go(ctxt_group_t *group, ctxt_task_function *function, void *argument);
/*
 * Waits for all tasks, cancels the group's context and frees the group. Returns the first failure,
 * or 0.
 */
CTXT_API int ctxt_group_wait(ctxt_group_t *group);

CTXT_END_C

#endif

/*
 * Tasks: Go's `go f()`, with threads.
 *
 * A task is a thread that runs one function under a context. Threads that the program makes itself
 * are tasks as well once they use the library; they have no handle.
 *
 * Every function may be called by any number of threads, none from a signal handler.
 *
 * pthread_cancel() is not how to end a task: cancel its context. It ends a task at the C library's
 * cancellation points, and in those calls of <ctxtrace/blocking.h> that wait for descriptors. The
 * other waits (for contexts, channels, conditions, tasks, groups and time) are no cancellation
 * points: a value or a signal that was handed over at that moment would be lost. They end, and the
 * task with them at its next cancellation point, when what they wait for comes or their context
 * ends.
 *
 * After fork() only the calling task exists in the child. The handles of other tasks must still be
 * joined or detached there; joining one that had not ended gives ECHILD.
 */
#ifndef CTXTRACE_TASK_H
#define CTXTRACE_TASK_H

#include <ctxtrace/context.h>

CTXT_BEGIN_C

typedef struct ctxt_task ctxt_task_t;

/*
 * What a task runs. `context` is its current context; the result goes to whoever joins it. If the
 * task leaves by pthread_exit() or is ended by pthread_cancel() (see above), the result is
 * ECANCELED.
 */
typedef int ctxt_task_function(ctxt_t *context, void *argument);

/*
 * Starts function(context, argument) in a thread of its own, with `context` as its current context,
 * observed until it returns. The thread has default attributes and its creator's signal mask. The
 * handle must be joined or detached, once. NULL with errno (EAGAIN, ENOMEM) if no thread could be
 * made. It is started even if the context has ended.
 */
CTXT_API CTXT_MUST_USE ctxt_task_t *ctxt_go(ctxt_t *context, ctxt_task_function *function,
                                            void *argument);

/*
 * Waits until the task ends or `context` does. 0: it has ended, its result is stored (if `result`
 * is not NULL), its thread is gone and so is the handle. ctxt_err(context): the handle is still
 * there. A task that has ended is joined even if the context has ended, too. ECHILD: the task goes
 * on in the process that this one was forked from, and the handle is gone. Joining twice or at the
 * same time as another task is misuse (EINVAL); joining oneself is, too (EDEADLK).
 */
CTXT_API int ctxt_join(ctxt_t *context, ctxt_task_t *task, int *result);

/* Gives the handle away: nobody will join the task. */
CTXT_API void ctxt_detach(ctxt_task_t *task);

/*
 * A name for the tools and, its first 15 bytes, for the kernel. Of a task, or of the caller (NULL).
 */
CTXT_API void ctxt_task_set_name(ctxt_task_t *task, const char *format, ...) CTXT_PRINTF(2, 3);

/* ---- groups (Go's errgroup) ---- */

/*
 * Tasks that work on one thing: the first that fails cancels the rest. One thread starts tasks and
 * waits; the tasks themselves may start further ones.
 *
 * Unlike errgroup's, a group has always a context (there is no zero group, whose failures cancel
 * nothing), and is used once: waiting frees it, where Go has its garbage collector.
 */
typedef struct ctxt_group ctxt_group_t;

/*
 * The tasks get a context below `parent`, which ends with the first failure or with the group. NULL
 * with errno ENOMEM.
 */
CTXT_API CTXT_MUST_USE ctxt_group_t *ctxt_group_new(ctxt_t *parent);
/* The group's context; the group owns it. */
CTXT_API ctxt_t *ctxt_group_context(ctxt_group_t *group);
/*
 * At most `limit` tasks at a time. 0: no limit, where Go's lets no task in; to start none, do not.
 * Before the first task only, else EBUSY (errgroup panics while tasks run).
 */
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
 * or 0. ECHILD: after fork(), some of the tasks go on in the parent only. To be called once, and
 * not by a task of the group, which is misuse (EDEADLK).
 */
CTXT_API int ctxt_group_wait(ctxt_group_t *group);

CTXT_END_C

#endif

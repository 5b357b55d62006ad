/*
 * Fork, for the whole runtime: what happens before it, and what in the parent and the child after
 * it.
 *
 * Before, the gate is closed (critical.h), so that the child finds all locks free and what they
 * guard whole. In the child only the forking thread exists. What is inherited is first made fit for
 * that, all of it, and then threads are started for what goes on: they find that state, and may run
 * code of the program at once.
 *
 * The handlers are registered when the library is loaded, so before most of the program's own:
 * those then run before the gate is closed and after the child is in order, and may take locks of
 * the program's under which other threads use the library. A program's that was registered even
 * earlier runs while the gate is closed, which lets the forking thread pass. After those of the
 * recorder, since threads that are started in the child are recorded.
 *
 * A process that has not used the library yet pays nothing. That another thread uses it for the
 * first time just when this one forks is not excluded, and the child puts in order what it finds.
 */
#include "record/modules.h"
#include "runtime/critical.h"
#include "runtime/deadline.h"
#include "runtime/done_fd.h"
#include "runtime/executor.h"
#include "runtime/own_threads.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/watcher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static void before_fork(void)
{
    if (thread_record_first())
        critical_close_gate(thread_self());
}

static void after_fork_in_parent(void)
{
    critical_open_gate(runtime_thread_pointer);
}

static void put_in_order(void)
{
    critical_fork_child(); /* alone now: nothing below has to wait */
    thread_forget_others(thread_self());
    done_fd_fork_child();
    deadline_fork_child();
    executor_fork_child();
    watcher_fork_child();
    task_fork_child();
    deadline_fork_resume();
    executor_fork_resume();
    watcher_fork_resume();
}

static void after_fork_in_child(void)
{
    int saved = errno;
    own_threads_fork_child();
    if (thread_record_first())
        put_in_order();
    errno = saved;
}

__attribute__((constructor)) static void register_handlers(void)
{
    modules_watch_forks();
    if (pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
        abort();
}

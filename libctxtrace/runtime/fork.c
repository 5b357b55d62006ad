#include "runtime/fork.h"

void fork_child_reset(void)
{
    last_threads_fork_child();
    done_fd_fork_child();
    timers_fork_child();
    executor_fork_child();
    watcher_fork_child();
    task_fork_child();
    timers_fork_resume();
    executor_fork_resume();
    watcher_fork_resume();
}

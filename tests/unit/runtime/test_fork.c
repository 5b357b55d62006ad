/*
 * Fork: inherited contexts stay usable in the child, and nothing done there is seen by the parent.
 * Each test forks from a process with busy threads and checks the child's exit status. A deadline
 * or a function that is lost in the child shows as a child that never ends: how long a starved one
 * needs nobody knows.
 */
#include "blocked.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Atomic bool stop;

static void *churn(void *argument)
{
    ctxt_t *parent = argument;
    while (!atomic_load(&stop)) {
        ctxt_t *a = ctxt_with_timeout(parent, CTXT_HOUR), *b = ctxt_with_cancel(a);
        ctxt_cancel(a);
        ctxt_unref(a);
        ctxt_unref(b);
    }
    return NULL;
}

struct busy {
    ctxt_t *parent;
    pthread_t threads[4];
};

static void start_busy(struct busy *busy)
{
    atomic_store(&stop, false);
    busy->parent = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < 4; i++)
        pthread_create(&busy->threads[i], NULL, churn, busy->parent);
}

static void end_busy(struct busy *busy)
{
    atomic_store(&stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(busy->threads[i], NULL);
    ctxt_cancel(busy->parent);
    ctxt_unref(busy->parent);
}

static int status_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, 0) == 1;
}

static int use_inherited(ctxt_t *parent, ctxt_t *deadline)
{
    for (int i = 0; i < 100; i++) {
        ctxt_t *child = ctxt_with_timeout(parent, CTXT_HOUR);
        ctxt_cancel(child);
        ctxt_unref(child);
    }
    if (ctxt_wait(deadline, CTXT_NEVER) != ETIMEDOUT)
        return 2; /* an inherited deadline is kept in the child, too */
    ctxt_cancel_cause(parent, 4, "child");
    return ctxt_err(parent) == ECANCELED ? 0 : 3;
}

static void inherited_contexts_are_usable_and_apart(void **state)
{
    (void)state;
    struct busy busy;
    start_busy(&busy);
    for (int round = 0; round < 100; round++) {
        ctxt_t *soon = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
        pid_t child = fork();
        if (child == 0)
            _exit(use_inherited(busy.parent, soon));
        assert_int_equal(status_of(child), 0);
        assert_int_equal(ctxt_err(busy.parent), 0);
        assert_int_equal(ctxt_wait(soon, CTXT_NEVER), ETIMEDOUT);
        ctxt_unref(soon);
    }
    end_busy(&busy);
}

static _Atomic int lagging;

/* Its list of free nodes has changed, and the count of them is about to. */
static void *lag(void *unused)
{
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(context);
    ctxt_unref(context);
    thread_self()->free_node_count++;
    atomic_store(&lagging, 1);
    while (atomic_load(&lagging) == 1)
        usleep(1000);
    thread_self()->free_node_count--;
    return unused;
}

static void thread_is_caught_while_it_recycles(void **state)
{
    (void)state;
    pthread_t thread;
    atomic_store(&lagging, 0);
    assert_int_equal(pthread_create(&thread, NULL, lag, NULL), 0);
    while (atomic_load(&lagging) == 0)
        usleep(1000);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(status_of(child), 0);
    atomic_store(&lagging, 2);
    pthread_join(thread, NULL);
}

static int cancel_and_look(ctxt_t *context, int fd)
{
    if (ctxt_done_fd(context) != fd)
        return 2;
    ctxt_cancel(context);
    return readable(fd) ? 0 : 3;
}

static void descriptors_are_replaced_at_the_same_number(void **state)
{
    (void)state;
    ctxt_t *open = ctxt_with_cancel(ctxt_background()),
           *ended = ctxt_with_cancel(ctxt_background());
    int open_fd = ctxt_done_fd(open), ended_fd = ctxt_done_fd(ended);
    ctxt_cancel(ended);
    pid_t child = fork();
    if (child == 0)
        _exit(readable(ended_fd) ? cancel_and_look(open, open_fd) : 4);
    assert_int_equal(status_of(child), 0);
    assert_false(readable(open_fd)); /* the child's cancel is its own */
    ctxt_cancel(open);
    assert_true(readable(open_fd));
    ctxt_unref(open);
    ctxt_unref(ended);
}

static _Atomic int calls;

static void count_call(void *unused)
{
    (void)unused;
    atomic_fetch_add(&calls, 1);
}

static int wait_for_call(ctxt_t *context)
{
    ctxt_cancel(context);
    while (atomic_load(&calls) == 0)
        usleep(1000);
    return atomic_load(&calls) == 1 ? 0 : 2;
}

static void after_functions_run_in_the_child(void **state)
{
    (void)state;
    atomic_store(&calls, 0);
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(context, count_call, NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(wait_for_call(context));
    assert_int_equal(status_of(child), 0);
    assert_int_equal(atomic_load(&calls), 0);
    assert_true(ctxt_after_stop(after));
    ctxt_after_release(after);
    ctxt_cancel(context);
    ctxt_unref(context);
}

static void *wait_for_end(void *argument)
{
    ctxt_wait(argument, CTXT_NEVER);
    return NULL;
}

static bool has_waiters(ctxt_t *context)
{
    leaf_lock_take(&context->lock);
    bool has = context->waiters.first != NULL;
    leaf_lock_release(&context->lock);
    return has;
}

/* Waiters of threads that do not exist in the child must not be touched there. */
static void waiters_stay_in_the_parent(void **state)
{
    (void)state;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, wait_for_end, context);
    while (!has_waiters(context))
        usleep(1000);
    usleep(20000);
    pid_t child = fork();
    if (child == 0) {
        bool forgotten = !has_waiters(context);
        ctxt_cancel(context);
        _exit(forgotten && ctxt_wait(context, CTXT_NEVER) == ECANCELED ? 0 : 2);
    }
    assert_int_equal(status_of(child), 0);
    assert_int_equal(ctxt_err(context), 0);
    ctxt_cancel(context);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    ctxt_unref(context);
}

static void *sleep_long(void *argument)
{
    ctxt_sleep(argument, CTXT_HOUR);
    return NULL;
}

static int sleep_shortly(ctxt_t *context, void *unused)
{
    (void)unused;
    return ctxt_sleep(context, CTXT_MILLISECOND);
}

/* In the child a new thread gets what one that sleeps in the parent had: it is not asleep. */
static void threads_of_the_child_sleep_as_long_as_they_want(void **state)
{
    (void)state;
    if (THREAD_SANITIZER)
        skip(); /* see runtime_test.h */
    enum { SLEEPERS = 8 };
    pthread_t sleepers[SLEEPERS];
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < SLEEPERS; i++)
        pthread_create(&sleepers[i], NULL, sleep_long, context);
    await_waiters(&context->lock, &context->waiters, SLEEPERS);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < SLEEPERS; i++)
            if (ctxt_join(ctxt_background(), ctxt_go(ctxt_background(), sleep_shortly, NULL), NULL))
                _exit(2);
        _exit(0);
    }
    assert_int_equal(status_of(child), 0);
    ctxt_cancel(context);
    for (int i = 0; i < SLEEPERS; i++)
        pthread_join(sleepers[i], NULL);
    ctxt_unref(context);
}

static int record_in_child(const char *parents_path)
{
    ctxt_t *mine = ctxt_with_cancel(ctxt_background());
    const char *path = ctxt_trace_path();
    if (!path || strcmp(path, parents_path) == 0)
        return 2;
    if (access(path, F_OK) != 0)
        return 3;
    ctxt_cancel(mine);
    ctxt_unref(mine);
    unlink(path);
    return 0;
}

static pid_t raw_clone(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void child_records_into_a_segment_of_its_own(void **state)
{
    (void)state;
    int error = ctxt_trace_start();
    assert_true(error == 0 || error == EALREADY);
    char path[4096];
    snprintf(path, sizeof path, "%s", ctxt_trace_path());
    ctxt_t *before = ctxt_with_cancel(ctxt_background());
    for (int round = 0; round < 20; round++) {
        pid_t child = round % 2 ? fork() : raw_clone();
        if (child == 0)
            _exit(record_in_child(path));
        assert_int_equal(status_of(child), 0);
    }
    assert_string_equal(ctxt_trace_path(), path);
    ctxt_cancel(before);
    ctxt_unref(before);
}

static void vfork_leaves_recording_alone(void **state)
{
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s", ctxt_trace_path());
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(status_of(child), 0);
    assert_string_equal(ctxt_trace_path(), path);
    ctxt_t *after = ctxt_with_cancel(ctxt_background());
    assert_true(record_slot_is_current(&after->record));
    ctxt_cancel(after);
    ctxt_unref(after);
}

static ctxt_t *handled;

static void cancel_handled(void)
{
    if (handled)
        ctxt_cancel(handled);
}

/* A program's handlers may use the library, whatever the order in which they were registered. */
static void handlers_of_the_program_use_contexts(void **state)
{
    (void)state;
    assert_int_equal(pthread_atfork(cancel_handled, cancel_handled, cancel_handled), 0);
    for (int i = 0; i < 3; i++) {
        handled = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
        pid_t child = fork();
        if (child == 0)
            _exit(ctxt_err(handled) == ECANCELED ? 0 : 2);
        assert_int_equal(status_of(child), 0);
        assert_int_equal(ctxt_err(handled), ECANCELED);
        ctxt_unref(handled);
        handled = NULL;
    }
}

/* A lock of the program's, which it takes before a fork as it takes it before it uses contexts. */
static pthread_mutex_t program_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool program_lock_held, fork_has_begun;

static void take_program_lock(void)
{
    atomic_store(&fork_has_begun, true);
    pthread_mutex_lock(&program_lock);
}

static void release_program_lock(void)
{
    pthread_mutex_unlock(&program_lock);
}

static void *use_contexts_under_the_lock(void *unused)
{
    pthread_mutex_lock(&program_lock);
    atomic_store(&program_lock_held, true);
    while (!atomic_load(&fork_has_begun))
        usleep(1000);
    ctxt_t *context = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_cancel(context);
    ctxt_unref(context);
    pthread_mutex_unlock(&program_lock);
    return unused;
}

/* Did the fork wait for the handlers with the gate closed, the three would wait for each other. */
static void handlers_of_the_program_take_its_locks(void **state)
{
    (void)state;
    pthread_t thread;
    atomic_store(&fork_has_begun, false);
    assert_int_equal(pthread_create(&thread, NULL, use_contexts_under_the_lock, NULL), 0);
    while (!atomic_load(&program_lock_held))
        usleep(1000);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(status_of(child), 0);
    pthread_join(thread, NULL);
}

static void descriptors_are_replaced_in_a_full_table(void **state)
{
    (void)state;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    int fd = ctxt_done_fd(context), last = fd;
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    struct rlimit tight = {(rlim_t)fd + 8, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    int copies[256], count = 0;
    while (count < 256 && (last = dup(STDIN_FILENO)) >= 0)
        copies[count++] = last;
    pid_t child = fork();
    if (child == 0)
        _exit(cancel_and_look(context, fd));
    setrlimit(RLIMIT_NOFILE, &before);
    while (count > 0)
        close(copies[--count]);
    assert_int_equal(status_of(child), 0);
    assert_false(readable(fd));
    ctxt_cancel(context);
    ctxt_unref(context);
}

/* Threads that a child starts for what it inherited must find the inherited state in order. */
static void deadlines_that_come_at_once_start_functions_in_the_child(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        ctxt_t *earlier = ctxt_with_cancel(ctxt_background());
        ctxt_after_t *idle = ctxt_after_func(earlier, count_call, NULL); /* leaves an idle thread */
        ctxt_cancel(earlier);
        ctxt_after_release(idle);
        ctxt_unref(earlier);
        usleep(300);
        ctxt_t *soon = ctxt_with_timeout(ctxt_background(), (250 + round % 100) * CTXT_MICROSECOND);
        ctxt_after_t *after = ctxt_after_func(soon, count_call, NULL);
        pid_t child = fork();
        if (child == 0)
            _exit(ctxt_wait(soon, CTXT_NEVER) == ETIMEDOUT ? 0 : 2);
        assert_int_equal(status_of(child), 0);
        ctxt_cancel(soon);
        ctxt_after_release(after);
        ctxt_unref(soon);
    }
}

/* Children that leave by _exit() leave their segments, too. */
static void remove_segments(const char *directory)
{
    DIR *entries = opendir(directory);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(directory);
}

int main(void)
{
    char directory[] = "/tmp/ctxtrace-fork-XXXXXX";
    if (!mkdtemp(directory))
        return 2;
    setenv("CTXTRACE_DIR", directory, 1);
    /* Before the library is used for the first time. */
    pthread_atfork(take_program_lock, release_program_lock, release_program_lock);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inherited_contexts_are_usable_and_apart),
        cmocka_unit_test(thread_is_caught_while_it_recycles),
        cmocka_unit_test(descriptors_are_replaced_at_the_same_number),
        cmocka_unit_test(after_functions_run_in_the_child),
        cmocka_unit_test(waiters_stay_in_the_parent),
        cmocka_unit_test(threads_of_the_child_sleep_as_long_as_they_want),
        cmocka_unit_test(child_records_into_a_segment_of_its_own),
        cmocka_unit_test(vfork_leaves_recording_alone),
        cmocka_unit_test(handlers_of_the_program_use_contexts),
        cmocka_unit_test(handlers_of_the_program_take_its_locks),
        cmocka_unit_test(descriptors_are_replaced_in_a_full_table),
        cmocka_unit_test(deadlines_that_come_at_once_start_functions_in_the_child),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_segments(directory);
    return failed;
}

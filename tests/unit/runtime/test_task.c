/* Tasks: starting, joining, detaching, names, fork. */
#include "blocked.h"
#include "runtime/node.h"
#include "runtime/task.h"
#include "runtime_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int answer(ctxt_t *context, void *argument)
{
    (void)context;
    return *(int *)argument;
}

static int until_it_ends(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_wait(context, CTXT_NEVER);
}

static void a_task_runs_and_is_joined(void **state)
{
    (void)state;
    int number = 42, result = 0;
    ctxt_task_t *task = ctxt_go(ctxt_background(), answer, &number);
    assert_non_null(task);
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, 42);
    task = ctxt_go(ctxt_background(), answer, &number);
    assert_int_equal(ctxt_join(ctxt_background(), task, NULL), 0);
}

static int is_current(ctxt_t *context, void *argument)
{
    return ctxt_current() == context && context == argument;
}

static int leaves_things_behind(ctxt_t *context, void *argument)
{
    (void)argument;
    ctxt_t *own = ctxt_with_cancel(context);
    ctxt_enter(own);
    ctxt_cancel(own);
    ctxt_unref(own);
    return 0;
}

static void the_context_is_current_and_observed(void **state)
{
    (void)state;
    uint64_t before = node_count();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    int result = 0;
    assert_int_equal(ctxt_join(ctxt_background(), ctxt_go(c, is_current, c), &result), 0);
    assert_int_equal(result, 1);
    assert_int_equal(atomic_load(&c->references), OWNER);

    ctxt_task_t *task = ctxt_go(c, until_it_ends, NULL);
    assert_int_equal(atomic_load(&c->references) / OBSERVER >= 1, 1);
    ctxt_cancel(c);
    ctxt_unref(c); /* the task keeps it */
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, ECANCELED);

    task = ctxt_go(ctxt_background(), leaves_things_behind, NULL);
    assert_int_equal(ctxt_join(ctxt_background(), task, NULL), 0);
    assert_int_equal(node_count(), before);
}

static void joining_gives_up_with_its_context(void **state)
{
    (void)state;
    ctxt_t *work = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(work, until_it_ends, NULL);
    ctxt_scope brief = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    int result = 77;
    assert_int_equal(ctxt_join(brief, task, &result), ETIMEDOUT);
    assert_int_equal(ctxt_join(brief, task, &result), ETIMEDOUT);
    assert_int_equal(result, 77);
    assert_null(task->joiners.first);
    ctxt_cancel(work);
    await_exit(task);
    /* It has ended, so it is joined, although the context has ended, too. */
    assert_int_equal(ctxt_join(brief, task, &result), 0);
    assert_int_equal(result, ECANCELED);
    ctxt_unref(work);
}

static int count_up(ctxt_t *context, void *argument)
{
    (void)context;
    atomic_fetch_add((_Atomic int *)argument, 1);
    return 0;
}

static void detached_tasks_go_by_themselves(void **state)
{
    (void)state;
    _Atomic int count = 0;
    for (int i = 0; i < 50; i++)
        ctxt_detach(ctxt_go(ctxt_background(), count_up, &count));
    while (count < 50)
        pause_ns(CTXT_MILLISECOND);
    assert_int_equal(count, 50);
}

static void many_tasks(void **state)
{
    (void)state;
    enum { MANY = 200, ROUNDS = 3 };
    static ctxt_task_t *tasks[MANY];
    _Atomic int count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MANY; i++)
            assert_non_null(tasks[i] = ctxt_go(ctxt_background(), count_up, &count));
        for (int i = MANY; i-- > 0;)
            assert_int_equal(ctxt_join(ctxt_background(), tasks[i], NULL), 0);
    }
    assert_int_equal(count, MANY * ROUNDS);
}

static int leave_early(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    pthread_exit(NULL);
}

static int sleep_on_and_on(ctxt_t *context, void *argument)
{
    *(_Atomic pthread_t *)argument = pthread_self();
    while (ctxt_err(context) == 0)
        pause_ns(CTXT_MILLISECOND); /* a cancellation point of pthreads */
    return 0;
}

static void a_task_may_end_by_pthread_exit(void **state)
{
    (void)state;
    int result = 0;
    ctxt_task_t *task = ctxt_go(ctxt_background(), leave_early, NULL);
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, ECANCELED);
}

static void a_task_may_be_cancelled_by_pthread_cancel(void **state)
{
    (void)state;
    if (UNDER_THREAD_SANITIZER)
        skip();
    _Atomic pthread_t thread = 0;
    int result = 0;
    ctxt_task_t *task = ctxt_go(ctxt_background(), sleep_on_and_on, &thread);
    while (!thread)
        pause_ns(CTXT_MILLISECOND);
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, ECANCELED);
}

static int signals_blocked(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGUSR1) && !sigismember(&mask, SIGUSR2);
}

static void the_signal_mask_is_inherited(void **state)
{
    (void)state;
    sigset_t mask, before;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &mask, &before);
    int result = 0;
    ctxt_join(ctxt_background(), ctxt_go(ctxt_background(), signals_blocked, NULL), &result);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(result, 1);
}

static int own_kernel_name(ctxt_t *context, void *argument)
{
    ctxt_task_set_name(NULL, "worker %d", 7);
    int result = pthread_getname_np(pthread_self(), argument, 16);
    ctxt_wait(context, CTXT_NEVER);
    return result;
}

static void names_reach_the_kernel(void **state)
{
    (void)state;
    char own[16] = "", given[16] = "";
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, own_kernel_name, own);
    ctxt_task_t *other = ctxt_go(c, until_it_ends, NULL);
    errno = 5;
    ctxt_task_set_name(other, "%s", "0123456789abc\xc3\xa4\xc3\xa4");
    assert_int_equal(errno, 5);
    assert_int_equal(pthread_getname_np(other->thread, given, sizeof given), 0);
    assert_string_equal(given, "0123456789abc\xc3\xa4");
    ctxt_task_set_name(other, "%s", "0123456789abcd\xc3\xa4");
    assert_int_equal(pthread_getname_np(other->thread, given, sizeof given), 0);
    assert_string_equal(given, "0123456789abcd"); /* not half a character */
    ctxt_cancel(c);
    assert_int_equal(ctxt_join(ctxt_background(), other, NULL), 0);
    assert_int_equal(ctxt_join(ctxt_background(), task, NULL), 0);
    assert_string_equal(own, "worker 7");
    ctxt_unref(c);
}

/* ---- misuse ---- */

static int join_yourself(ctxt_t *context, void *argument)
{
    ctxt_task_t *_Atomic *self = argument;
    while (!*self)
        pause_ns(CTXT_MILLISECOND);
    return ctxt_join(context, *self, NULL);
}

static int join_other(ctxt_t *context, void *argument)
{
    return ctxt_join(context, argument, NULL);
}

static void misuse_is_reported(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    expect_misuse();
    assert_null(ctxt_go(NULL, answer, NULL));
    assert_misuse("the context is NULL");
    assert_null(ctxt_go(c, NULL, NULL));
    assert_misuse("the function is NULL");
    assert_int_equal(ctxt_join(c, NULL, NULL), EINVAL);
    assert_misuse("the task is NULL");
    ctxt_detach(NULL);
    assert_misuse("the task is NULL");
    char other[sizeof(struct ctxt_task)] = "something else";
    assert_int_equal(ctxt_join(c, (ctxt_task_t *)other, NULL), EINVAL);
    assert_misuse("there is no task at");

    ctxt_task_t *_Atomic self = NULL;
    ctxt_task_t *task = ctxt_go(c, join_yourself, &self);
    self = task;
    int result = 0;
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, EDEADLK);
    assert_misuse("cannot join itself");

    assert_int_equal(ctxt_join(c, task, NULL), EINVAL);
    assert_misuse("was joined or detached already");
    ctxt_detach(task);
    assert_misuse("was joined or detached already");

    ctxt_t *work = ctxt_with_cancel(ctxt_background());
    task = ctxt_go(work, until_it_ends, NULL);
    ctxt_task_t *joiner = ctxt_go(c, join_other, task);
    await_waiters(&task->lock, &task->joiners, 1);
    assert_int_equal(ctxt_join(c, task, NULL), EINVAL);
    assert_misuse("another task is joining");
    ctxt_cancel(work);
    assert_int_equal(ctxt_join(ctxt_background(), joiner, &result), 0);
    assert_int_equal(result, 0);
    end_misuse();
    ctxt_unref(work);
}

/* ---- fork ---- */

struct family {
    ctxt_task_t *running, *ended, *unwanted;
};

/* In the child: nothing here may hang. Returns the line of what went wrong. */
static int look_around_in_child(struct family *family)
{
    int result = 0;
    if (ctxt_join(ctxt_background(), family->running, &result) != ECHILD)
        return __LINE__;
    result = 0;
    if (ctxt_join(ctxt_background(), family->ended, &result) != 0 || result != 9)
        return __LINE__;
    ctxt_detach(family->unwanted);
    /* Tasks can be started again. */
    int number = 8;
    ctxt_task_t *task = ctxt_go(ctxt_background(), answer, &number);
    if (!task || ctxt_join(ctxt_background(), task, &result) != 0 || result != 8)
        return __LINE__;
    return 0;
}

static int fork_and_wait(int (*function)(struct family *), struct family *family)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(function(family));
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static void a_forked_child_joins_nobody_of_its_parent(void **state)
{
    (void)state;
    if (THREAD_SANITIZER)
        skip(); /* see runtime_test.h */
    ctxt_t *work = ctxt_with_cancel(ctxt_background());
    int nine = 9;
    struct family family = {.running = ctxt_go(work, until_it_ends, NULL),
                            .ended = ctxt_go(work, answer, &nine),
                            .unwanted = ctxt_go(work, until_it_ends, NULL)};
    await_exit(family.ended);
    assert_int_equal(fork_and_wait(look_around_in_child, &family), 0);
    /* The parent knows nothing of that. */
    int result;
    assert_int_equal(ctxt_join(ctxt_background(), family.ended, &result), 0);
    assert_int_equal(result, 9);
    ctxt_cancel(work);
    assert_int_equal(ctxt_join(ctxt_background(), family.running, &result), 0);
    assert_int_equal(result, ECANCELED);
    assert_int_equal(ctxt_join(ctxt_background(), family.unwanted, &result), 0);
    ctxt_unref(work);
}

static void leave_at_once(void)
{
    _exit(0);
}

static int fork_in_task(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        atexit(leave_at_once); /* the test program's own memory is not the child's business */
        return 3;              /* its only thread ends: so does the child, with status 0 */
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static void a_task_may_fork(void **state)
{
    (void)state;
    if (UNDER_THREAD_SANITIZER)
        skip();
    int result = -1;
    ctxt_task_t *task = ctxt_go(ctxt_background(), fork_in_task, NULL);
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, 0);
}

struct joining {
    ctxt_t *patience;
    ctxt_task_t *task;
    int result;
};

static int sleep_until_told(ctxt_t *context, void *unused)
{
    (void)unused;
    return ctxt_wait(context, CTXT_NEVER);
}

static void *join_it(void *argument)
{
    struct joining *joining = argument;
    joining->result = ctxt_join(joining->patience, joining->task, NULL);
    return NULL;
}

static void await_joiner(struct ctxt_task *task)
{
    for (bool joining = false; !joining; pause_ns(200000)) {
        leaf_lock_take(&task->lock);
        joining = task->joining;
        leaf_lock_release(&task->lock);
    }
}

static void detaching_what_another_joins_is_reported(void **state)
{
    (void)state;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    struct joining joining = {.patience = ctxt_background(),
                              .task = ctxt_go(context, sleep_until_told, NULL)};
    pthread_t joiner;
    pthread_create(&joiner, NULL, join_it, &joining);
    await_joiner(joining.task);
    expect_misuse();
    ctxt_detach(joining.task);
    assert_misuse("another task is joining");
    end_misuse();
    ctxt_cancel(context);
    pthread_join(joiner, NULL);
    assert_int_equal(joining.result, 0);
    ctxt_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_runs_and_is_joined),
        cmocka_unit_test(the_context_is_current_and_observed),
        cmocka_unit_test(joining_gives_up_with_its_context),
        cmocka_unit_test(detached_tasks_go_by_themselves),
        cmocka_unit_test(many_tasks),
        cmocka_unit_test(a_task_may_end_by_pthread_exit),
        cmocka_unit_test(a_task_may_be_cancelled_by_pthread_cancel),
        cmocka_unit_test(the_signal_mask_is_inherited),
        cmocka_unit_test(names_reach_the_kernel),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(a_forked_child_joins_nobody_of_its_parent),
        cmocka_unit_test(detaching_what_another_joins_is_reported),
        cmocka_unit_test(a_task_may_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

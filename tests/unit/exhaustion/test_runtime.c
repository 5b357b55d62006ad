/* Contexts, tasks, groups, channels and waits when there is no memory, thread or descriptor. */
#include "failing.h"

#include <ctxtrace/ctxtrace.h>

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const ctxt_key_t key = {"key"};

static bool says(char *said, size_t size)
{
    snprintf(said, size, "%s", strerror(errno));
    return false;
}

static int run(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_err(context);
}

static bool contexts(char *said, size_t size)
{
    bool done = false;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *timed = parent ? ctxt_with_timeout(parent, INT64_C(3600000000000)) : NULL;
    ctxt_t *value = timed ? ctxt_with_value(timed, &key, NULL, NULL) : NULL;
    if (value) {
        ctxt_set_name(value, "a name that is %s", "formatted");
        done = ctxt_done_fd(timed) >= 0;
        ctxt_cancel_cause(timed, 7, "a cause that is %s", "formatted");
        assert_int_equal(ctxt_err(value), ECANCELED);
    }
    done = done || says(said, size);
    if (value)
        ctxt_unref(value);
    if (timed)
        ctxt_unref(timed);
    if (parent) {
        ctxt_cancel(parent);
        ctxt_unref(parent);
    }
    return done;
}

static bool channels(char *said, size_t size)
{
    int number = 5, received = 0;
    ctxt_chan_t *one = ctxt_chan_new(sizeof number, 1), *other = NULL;
    if (!one)
        return says(said, size);
    other = ctxt_chan_new(sizeof number, 4);
    bool done = other != NULL || says(said, size);
    if (done) {
        assert_int_equal(ctxt_chan_try_send(one, &number), 0);
        assert_int_equal(ctxt_chan_receive(ctxt_background(), one, &received), 0);
        assert_int_equal(received, 5);
        ctxt_chan_close(other);
        ctxt_chan_unref(other);
    }
    ctxt_chan_unref(one);
    return done;
}

static bool tasks(char *said, size_t size)
{
    ctxt_task_t *task = ctxt_go(ctxt_background(), run, NULL);
    if (!task)
        return says(said, size);
    assert_int_equal(ctxt_join(ctxt_background(), task, NULL), 0);
    return true;
}

static bool groups(char *said, size_t size)
{
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    if (!group)
        return says(said, size);
    bool done = true;
    for (int i = 0; i < 3; i++) {
        int error = ctxt_group_go(group, run, NULL);
        if (error) {
            errno = error;
            done = says(said, size);
        }
    }
    ctxt_group_wait(group);
    return done;
}

/* ---- what needs threads of the library's own ---- */

struct custom {
    int descriptor;
    _Atomic int error;
};

static int custom_err(void *self)
{
    return ((struct custom *)self)->error;
}

static int custom_done_fd(void *self)
{
    return ((struct custom *)self)->descriptor;
}

static bool end_with_custom(struct custom *custom, ctxt_t *child)
{
    const uint64_t one = 1;
    custom->error = ECANCELED;
    assert_int_equal(write(custom->descriptor, &one, sizeof one), sizeof one);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ECANCELED);
    return true;
}

static bool customs(char *said, size_t size)
{
    static const ctxt_ops_t ops = {.name = "custom", .err = custom_err, .done_fd = custom_done_fd};
    struct custom custom = {.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (custom.descriptor < 0)
        return says(said, size);
    ctxt_t *context = ctxt_custom(&ops, &custom, NULL);
    ctxt_t *child = context ? ctxt_with_cancel(context) : NULL;
    bool done = child ? end_with_custom(&custom, child) : says(said, size);
    if (child)
        ctxt_unref(child);
    if (context)
        ctxt_unref(context);
    close(custom.descriptor);
    return done;
}

static void post(void *semaphore)
{
    sem_post(semaphore);
}

/* A function that was taken on runs, whatever fails. */
static bool after_functions(char *said, size_t size)
{
    sem_t has_run;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    if (!context)
        return says(said, size);
    sem_init(&has_run, 0, 0);
    ctxt_after_t *after = ctxt_after_func(context, post, &has_run);
    bool done = after || says(said, size);
    ctxt_cancel(context);
    while (after && sem_wait(&has_run) != 0)
        ;
    ctxt_after_release(after);
    ctxt_unref(context);
    sem_destroy(&has_run);
    return done;
}

/* ---- more cases than have room on the stack ---- */

enum { MANY = 20 };

static bool selects(char *said, size_t size)
{
    ctxt_case_t cases[MANY];
    int number = 5;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof number, 1);
    if (!channel)
        return says(said, size);
    assert_int_equal(ctxt_chan_try_send(channel, &number), 0);
    for (int i = 0; i < MANY; i++)
        cases[i] = ctxt_case_receive(i == 7 ? channel : NULL, &number);
    int chosen = ctxt_select(cases, MANY);
    bool done = chosen >= 0 || says(said, size);
    if (done)
        assert_int_equal(chosen, 7);
    assert_int_equal(ctxt_chan_length(channel), done ? 0 : 1); /* nothing went half way */
    ctxt_chan_unref(channel);
    return done;
}

static int ready; /* a descriptor that can be read from */

static bool polls(char *said, size_t size)
{
    struct pollfd polled[MANY];
    for (int i = 0; i < MANY; i++)
        polled[i] = (struct pollfd){.fd = ready, .events = POLLIN};
    int count = ctxt_poll(ctxt_background(), polled, MANY, 0);
    if (count < 0)
        return says(said, size);
    assert_int_equal(count, MANY);
    return true;
}

static void threads_of_the_library(void **state)
{
    (void)state;
    failing_drive("custom contexts", customs, FAILING_ALL, 8);
    failing_drive("after functions", after_functions, FAILING_ALL, 8);
}

static void many_cases(void **state)
{
    (void)state;
    ready = eventfd(1, EFD_CLOEXEC);
    assert_true(ready >= 0);
    failing_drive("select", selects, FAILING_ALL, 4);
    failing_drive("poll", polls, FAILING_ALL, 4);
    close(ready);
}

static void contexts_fail_whole(void **state)
{
    (void)state;
    failing_drive("contexts", contexts, FAILING_ALL, 4);
}

static void channels_fail_whole(void **state)
{
    (void)state;
    failing_drive("channels", channels, FAILING_ALL, 4);
}

static void tasks_fail_whole(void **state)
{
    (void)state;
    failing_drive("tasks", tasks, FAILING_ALL, 4);
}

static void groups_fail_whole(void **state)
{
    (void)state;
    failing_drive("groups", groups, FAILING_ALL, 4);
}

/* ---- a forked child has descriptors of its own, or none ---- */

enum { FORK_FINE = 0, FORK_FINE_AND_FAILED = 3, FORK_WRONG = 4 };

static bool is_readable(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, 0) == 1 && polled.revents == POLLIN;
}

/* In the child: the context can be cancelled, and whoever looks at its descriptor is told. */
static int use_in_child(ctxt_t *const *lines, int count)
{
    bool was_reached = failing_error() != 0;
    for (int i = 0; i < count; i++) {
        ctxt_cancel(lines[i]);
        int fd = ctxt_done_fd(lines[i]);
        if (ctxt_err(lines[i]) != ECANCELED || fd < 0 || !is_readable(fd))
            return FORK_WRONG;
    }
    return was_reached ? FORK_FINE_AND_FAILED : FORK_FINE;
}

/* In a process of its own, as the child's count is not the parent's. */
static int fork_with_descriptors(unsigned long n)
{
    enum { LINES = 3 };
    ctxt_t *lines[LINES];
    int fds[LINES], low = eventfd(0, EFD_CLOEXEC), status;
    for (int i = 0; i < LINES; i++) {
        lines[i] = ctxt_with_cancel(ctxt_background());
        fds[i] = lines[i] ? ctxt_done_fd(lines[i]) : -1;
        if (fds[i] < 0)
            return FORK_WRONG;
    }
    close(low); /* a lower number than theirs is free: the child's have to be moved */
    failing_arm(n);
    pid_t child = fork();
    if (child == 0)
        _exit(use_in_child(lines, LINES));
    bool was_reached = failing_disarm();
    if (child < 0)
        return was_reached ? FORK_FINE_AND_FAILED : FORK_WRONG;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return FORK_WRONG;
    for (int i = 0; i < LINES; i++) /* the child's cancelling is not the parent's */
        if (is_readable(fds[i]) || ctxt_err(lines[i]) != 0)
            return FORK_WRONG;
    return WEXITSTATUS(status);
}

static void a_forked_child_has_its_own_descriptors(void **state)
{
    (void)state;
    int ending = FORK_FINE_AND_FAILED, status;
    unsigned long n = 0;
    while (ending == FORK_FINE_AND_FAILED) {
        pid_t child = fork();
        if (child == 0)
            _exit(fork_with_descriptors(n + 1));
        assert_int_equal(waitpid(child, &status, 0), child);
        ending = WIFEXITED(status) ? WEXITSTATUS(status) : FORK_WRONG;
        n++;
    }
    if (ending != FORK_FINE)
        fail_msg("call %lu: it went wrong", n);
    print_message("fork: %lu calls, all of them failed\n", n - 1);
    assert_true(n > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forked_child_has_its_own_descriptors),
        cmocka_unit_test(contexts_fail_whole),
        cmocka_unit_test(channels_fail_whole),
        cmocka_unit_test(tasks_fail_whole),
        cmocka_unit_test(groups_fail_whole),
        cmocka_unit_test(threads_of_the_library),
        cmocka_unit_test(many_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

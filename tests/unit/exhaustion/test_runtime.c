/* Contexts, tasks, groups and channels when there is no memory and no thread. */
#include "failing.h"

#include <ctxtrace/ctxtrace.h>
#include <errno.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_fail_whole),
        cmocka_unit_test(channels_fail_whole),
        cmocka_unit_test(tasks_fail_whole),
        cmocka_unit_test(groups_fail_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

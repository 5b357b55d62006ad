/* The start of a recording, and recording while there is nothing to record into. */
#include "failing.h"
#include "segment/directory.h"

#include <ctxtrace/ctxtrace.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* A recording begins once in a process: each attempt is made in a child. */
enum { ENDED_WELL = 0, ENDED_WITHOUT_FAILURE = 3, ENDED_WRONG = 4 };

static int run(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_sleep(context, 1);
}

/* What tasks, channels and waits write into the segment, as far as there is room for it. */
static bool use_the_rest(void)
{
    int number = 3, received = 0;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof number, 1);
    ctxt_task_t *task = ctxt_go(ctxt_background(), run, NULL);
    bool done = channel && task;
    if (channel) {
        ctxt_chan_set_name(channel, "a channel");
        if (ctxt_chan_try_send(channel, &number) != 0 ||
            ctxt_chan_receive(ctxt_background(), channel, &received) != 0 || received != number)
            return false;
        ctxt_chan_unref(channel);
    }
    if (task && ctxt_join(ctxt_background(), task, &number) == 0 && number != 0)
        return false;
    return done || errno == ENOMEM || errno == EAGAIN;
}

static int start_and_record(unsigned long n)
{
    /* A thread that the runtime does not know yet ends the process when there is no memory. */
    ctxt_unref(ctxt_with_cancel(ctxt_background()));
    failing_arm(n);
    int error = ctxt_trace_start();
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    if (context) {
        ctxt_set_name(context, "a name");
        ctxt_cancel(context);
        if (ctxt_err(context) != ECANCELED)
            return ENDED_WRONG;
        ctxt_unref(context);
    }
    if (!use_the_rest())
        return ENDED_WRONG;
    bool was_reached = failing_disarm();
    if (error && ctxt_trace_is_on())
        return ENDED_WRONG;
    char path[PATH_MAX];
    if (ctxt_trace_is_on() && !segment_directory_find(getpid(), path, sizeof path))
        return ENDED_WRONG; /* it records, and nobody can look at it */
    if (!was_reached)
        return !error && context && ctxt_trace_is_on() ? ENDED_WITHOUT_FAILURE : ENDED_WRONG;
    return ENDED_WELL;
}

static int in_child(unsigned long n)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(start_and_record(n));
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("call %lu: killed by signal %d", n, WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* In a directory of its own: it would look at what those before it have left, call by call. */
static int in_empty_directory(unsigned long n)
{
    char directory[] = "/tmp/ctxtrace-exhaustion-XXXXXX", command[64];
    assert_non_null(mkdtemp(directory));
    setenv("CTXTRACE_DIR", directory, 1);
    int ending = in_child(n);
    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
    return ending;
}

static void a_recording_that_cannot_begin(void **state)
{
    (void)state;
    unsigned long n = 1;
    int ending;
    while ((ending = in_empty_directory(n)) == ENDED_WELL)
        n++;
    if (ending != ENDED_WITHOUT_FAILURE)
        fail_msg("call %lu: it ended wrong", n);
    print_message("recorder: %lu calls, all of them failed\n", n - 1);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_that_cannot_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What the tests of conformance share. They know the library as a program does: by its public
 * headers, linked with libctxtrace.so.
 *
 * Each test stands for one or more of Go's, which verdicts.md names; it was written from scratch,
 * for C. Nothing waits for a fixed time: that something blocks is shown by a wait that gives up
 * when its context does, or by a thread that the kernel says is asleep.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <ctxtrace/ctxtrace.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Long enough to be never, and short enough to be soon. */
#define FOREVER (1000 * CTXT_HOUR)
#define SOON    CTXT_MILLISECOND

/* ---- ends ---- */

/* Done is three things that end together: the error, a case of a select, and a descriptor. */
static inline bool is_done(ctxt_t *context)
{
    ctxt_case_t done = ctxt_case_done(context);
    bool selected = ctxt_try_select(&done, 1) == 0;
    int error = ctxt_err(context);
    assert_int_equal(selected ? done.status : 0, error);
    struct pollfd polled = {.fd = ctxt_done_fd(context), .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 0) == 1, selected);
    return selected;
}

static inline void assert_open(ctxt_t *context)
{
    assert_false(is_done(context));
    assert_null(ctxt_cause(context));
}

static inline void assert_done(ctxt_t *context, int error)
{
    assert_true(is_done(context));
    assert_int_equal(ctxt_err(context), error);
}

static inline void assert_cause(const ctxt_t *context, int code, const char *text)
{
    assert_non_null(ctxt_cause(context));
    assert_int_equal(ctxt_cause(context)->code, code);
    assert_string_equal(ctxt_cause(context)->text, text);
}

static inline void assert_plainly_canceled(ctxt_t *context)
{
    assert_done(context, ECANCELED);
    assert_cause(context, ECANCELED, "context canceled");
}

static inline void cancel_and_unref(ctxt_t *context)
{
    ctxt_cancel(context);
    ctxt_unref(context);
}

/* ---- misuse, where Go panics ---- */

static char last_misuse[8192];

static inline void remember_misuse(const char *sentence)
{
    snprintf(last_misuse, sizeof last_misuse, "%s", sentence);
}

static inline void begin_misuse(void)
{
    last_misuse[0] = '\0';
    ctxt_set_misuse_handler(remember_misuse);
}

static inline void end_misuse(const char *words)
{
    ctxt_set_misuse_handler(NULL);
    if (!strstr(last_misuse, words))
        fail_msg("expected a misuse with \"%s\", got \"%s\"", words, last_misuse);
}

/* ---- tasks ---- */

static inline ctxt_task_t *start(ctxt_task_function *function, void *argument)
{
    ctxt_task_t *task = ctxt_go(ctxt_background(), function, argument);
    assert_non_null(task);
    return task;
}

/* What the task returns. */
static inline int result_of(ctxt_task_t *task)
{
    int result = -1;
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    return result;
}

static inline void pass_the_processor(void)
{
    const struct timespec moment = {0, 50000};
    nanosleep(&moment, NULL);
}

/* A thread says that it is about to block, and is seen to do so. */
struct sleeper {
    _Atomic pid_t thread;
};

static inline void about_to_block(struct sleeper *sleeper)
{
    atomic_store(&sleeper->thread, gettid());
}

static inline char state_of_thread(pid_t thread)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[1] ? name_end[2] : '?';
}

static inline void await_blocked(struct sleeper *sleeper)
{
    pid_t thread;
    while ((thread = atomic_load(&sleeper->thread)) == 0 || state_of_thread(thread) != 'S')
        pass_the_processor();
}

/* ---- channels of int ---- */

static inline ctxt_chan_t *int_channel(size_t capacity)
{
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), capacity);
    assert_non_null(channel);
    return channel;
}

static inline int send_int(ctxt_chan_t *channel, int value)
{
    return ctxt_chan_send(ctxt_background(), channel, &value);
}

/* The next value, which has to come. */
static inline int receive_int(ctxt_chan_t *channel)
{
    int value = -1, status = ctxt_chan_receive(ctxt_background(), channel, &value);
    if (status != 0)
        fail_msg("a value was expected, not %s", strerror(status));
    return value;
}

/* ---- running ---- */

/* With --list the names of the tests are printed, for test_verdicts.py. */
static inline int run_or_list(int count, char **arguments, const struct CMUnitTest *tests,
                              size_t test_count)
{
    if (count == 2 && strcmp(arguments[1], "--list") == 0) {
        for (size_t i = 0; i < test_count; i++)
            puts(tests[i].name);
        return 0;
    }
    return _cmocka_run_group_tests("conformance", tests, test_count, NULL, NULL);
}

#endif

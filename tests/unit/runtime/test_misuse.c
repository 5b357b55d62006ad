/*
 * Misuse is reported, not undefined: what the default handler does, every NULL that can be passed,
 * one reference too many, and the stacks of the debug mode. What aborts runs in a child.
 */
#include "runtime_test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- NULL, function by function ---- */

static const ctxt_key_t key = {"key"};

static void ignore(void *unused)
{
    (void)unused;
}

static void null_parents_are_reported(void **state)
{
    (void)state;
    expect_misuse();
    const char *const words = "nil parent";
    assert_null(ctxt_with_cancel(NULL));
    assert_misuse(words);
    assert_null(ctxt_with_deadline(NULL, 1));
    assert_misuse(words);
    assert_null(ctxt_with_timeout(NULL, 1));
    assert_misuse(words);
    assert_null(ctxt_with_deadline_cause(NULL, 1, 2, "late"));
    assert_misuse(words);
    assert_null(ctxt_with_timeout_cause(NULL, 1, 2, "late"));
    assert_misuse(words);
    assert_null(ctxt_without_cancel(NULL));
    assert_misuse(words);
    assert_null(ctxt_with_value(NULL, &key, NULL, NULL));
    assert_misuse(words);
    assert_null(ctxt_after_func(NULL, ignore, NULL));
    assert_misuse(words);
    end_misuse();
}

static void null_contexts_are_reported(void **state)
{
    (void)state;
    expect_misuse();
    const char *const words = "the context is NULL";
    bool found = true;
    int64_t deadline_ns;
    char text[8];
    errno = 0;
    ctxt_cancel(NULL);
    assert_misuse(words);
    assert_int_equal(errno, EINVAL);
    ctxt_cancel_cause(NULL, 1, "why");
    assert_misuse(words);
    assert_int_equal(ctxt_err(NULL), EINVAL);
    assert_misuse(words);
    assert_null(ctxt_cause(NULL));
    assert_misuse(words);
    assert_false(ctxt_deadline(NULL, &deadline_ns));
    assert_misuse(words);
    assert_int_equal(ctxt_remaining(NULL), 0);
    assert_misuse(words);
    assert_int_equal(ctxt_wait(NULL, 0), EINVAL);
    assert_misuse(words);
    assert_int_equal(ctxt_done_fd(NULL), -1);
    assert_misuse(words);
    assert_null(ctxt_value(NULL, &key));
    assert_misuse(words);
    assert_null(ctxt_value_found(NULL, &key, &found));
    assert_false(found);
    assert_misuse(words);
    assert_null(ctxt_ref(NULL));
    assert_misuse(words);
    assert_null(ctxt_observe(NULL));
    assert_misuse(words);
    ctxt_set_name(NULL, "name");
    assert_misuse(words);
    assert_int_equal(ctxt_describe(NULL, text, sizeof text), 0);
    assert_misuse(words);
    assert_false(ctxt_after_stop(NULL));
    assert_misuse(words);
    assert_null(ctxt_custom_self(NULL, NULL));
    assert_misuse(words);
    assert_null(ctxt_enter(NULL));
    assert_misuse(words);
    ctxt_leave(NULL);
    assert_misuse("did not enter");
    end_misuse();
}

static void null_does_nothing_where_the_header_says_so(void **state)
{
    (void)state;
    expect_misuse();
    ctxt_t *none = NULL;
    ctxt_unref(NULL);
    ctxt_unobserve(NULL);
    ctxt_after_release(NULL);
    ctxt_end_scope(&none);
    assert_no_misuse();
    end_misuse();
}

static void other_arguments_are_reported(void **state)
{
    (void)state;
    expect_misuse();
    ctxt_t *background = ctxt_background();
    assert_null(ctxt_with_value(background, NULL, NULL, NULL));
    assert_misuse("nil key");
    assert_null(ctxt_after_func(background, NULL, NULL));
    assert_misuse("the function is NULL");
    assert_null(ctxt_custom(NULL, NULL, NULL));
    assert_misuse("the operations are NULL");
    ctxt_cancel(background);
    assert_misuse("cannot be cancelled");
    ctxt_t *value = ctxt_with_value(background, &key, NULL, NULL);
    ctxt_cancel_cause(value, 1, "why");
    assert_misuse("cannot be cancelled");
    ctxt_unref(value);
    end_misuse();
}

/* ---- references ---- */

static void a_reference_too_many_is_reported(void **state)
{
    (void)state;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    ctxt_observe(context);
    ctxt_cancel(context);
    ctxt_unref(context);
    expect_misuse();
    ctxt_unref(context); /* an observer still keeps it */
    assert_misuse("no owner left to give back");
    ctxt_unobserve(context);
    assert_no_misuse();
    ctxt_unobserve(context);
    assert_misuse("was used after its last reference was given back");
    end_misuse();
}

static void a_double_unref_is_reported_while_a_child_keeps_it(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background()), *child = ctxt_with_cancel(parent);
    ctxt_cancel(parent);
    ctxt_unref(parent);
    expect_misuse();
    ctxt_unref(parent);
    assert_misuse("no owner left to give back");
    end_misuse();
    ctxt_unref(child);
}

static void a_freed_context_is_recognised(void **state)
{
    (void)state;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(context);
    ctxt_unref(context);
    const char *const words = "was used after its last reference was given back";
    expect_misuse();
    ctxt_unref(context);
    assert_misuse(words);
    assert_int_equal(ctxt_err(context), EINVAL);
    assert_misuse(words);
    assert_null(ctxt_with_cancel(context));
    assert_misuse(words);
    ctxt_cancel(context);
    assert_misuse(words);
    end_misuse();
}

static void leaving_what_was_not_entered_is_reported(void **state)
{
    (void)state;
    ctxt_t *one = ctxt_with_cancel(ctxt_background()), *other = ctxt_with_cancel(one);
    ctxt_enter(one);
    expect_misuse();
    ctxt_leave(other);
    assert_misuse("did not enter this context last");
    assert_ptr_equal(ctxt_current(), one);
    end_misuse();
    ctxt_leave(one);
    ctxt_cancel(one);
    ctxt_unref(other);
    ctxt_unref(one);
}

/* ---- from within callbacks: allowed ---- */

struct from_within {
    ctxt_t *context;
    ctxt_after_t *after;
    bool stopped;
    _Atomic int called;
    _Atomic bool ready;
};

static void cancel_and_stop(void *argument)
{
    struct from_within *it = argument;
    while (!it->ready)
        usleep(100);
    ctxt_cancel(it->context);
    it->stopped = ctxt_after_stop(it->after);
    it->called++;
}

static void callbacks_may_cancel_and_stop(void **state)
{
    (void)state;
    struct from_within it = {.context = ctxt_with_cancel(ctxt_background())};
    it.after = ctxt_after_func(it.context, cancel_and_stop, &it);
    it.ready = true;
    expect_misuse();
    ctxt_cancel(it.context);
    while (!it.called)
        usleep(1000);
    assert_int_equal(it.called, 1);
    assert_false(it.stopped);
    assert_no_misuse();
    end_misuse();
    ctxt_after_release(it.after);
    ctxt_unref(it.context);
}

/* ---- in a child ---- */

/* What the body wrote to stderr, NUL-terminated; returns its wait status. */
static int output_of_child(void (*body)(void), bool debug, char *output, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char program[64];
    snprintf(program, sizeof program, "/proc/%d/exe", (int)getpid());
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        signal(SIGABRT, SIG_DFL); /* cmocka has one of its own */
        if (!debug)
            body();
        else /* the mode is chosen before the first context is made: in a program of its own */
            execle(program, program, "use-after-free", NULL,
                   (const char *const[]){"CTXTRACE_DEBUG=1", NULL});
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t more; (more = read(ends[0], output + length, size - 1 - length)) > 0;)
        length += (size_t)more;
    output[length] = '\0';
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

static void cancel_nothing(void)
{
    ctxt_set_misuse_handler(NULL);
    ctxt_cancel(NULL);
}

static void by_default_a_sentence_is_printed_and_the_program_aborts(void **state)
{
    (void)state;
    char output[4096];
    int status = output_of_child(cancel_nothing, false, output, sizeof output);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_string_equal(output, "libctxtrace: ctxt_cancel: the context is NULL\n");
}

static ctxt_t *volatile freed;

__attribute__((noinline)) static void give_back(void)
{
    ctxt_cancel(freed);
    ctxt_unref(freed);
}

__attribute__((noinline)) static int use(void)
{
    /* Many more would have taken its place by now outside of the debug mode. */
    for (int i = 0; i < 1000; i++) {
        ctxt_t *other = ctxt_with_cancel(ctxt_background());
        ctxt_cancel(other);
        ctxt_unref(other);
    }
    return ctxt_err(freed);
}

static int use_after_free(void)
{
    freed = ctxt_with_cancel(ctxt_background());
    give_back();
    return use();
}

static unsigned frames_below(const char *title, const char *output)
{
    const char *at = strstr(output, title);
    unsigned count = 0;
    while (at && (at = strchr(at, '\n')) && strncmp(at, "\n    ", 5) == 0) {
        count++;
        at++;
    }
    return count;
}

static void debug_mode_shows_both_stacks(void **state)
{
    (void)state;
    char output[16384];
    int status = output_of_child(NULL, true, output, sizeof output);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(output, "was used after its last reference was given back"));
    assert_true(frames_below("the misuse is at:", output) >= 2);
    assert_true(frames_below("its last reference was given back at:", output) >= 2);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "use-after-free") == 0)
        return use_after_free();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_parents_are_reported),
        cmocka_unit_test(null_contexts_are_reported),
        cmocka_unit_test(null_does_nothing_where_the_header_says_so),
        cmocka_unit_test(other_arguments_are_reported),
        cmocka_unit_test(a_reference_too_many_is_reported),
        cmocka_unit_test(a_double_unref_is_reported_while_a_child_keeps_it),
        cmocka_unit_test(a_freed_context_is_recognised),
        cmocka_unit_test(leaving_what_was_not_entered_is_reported),
        cmocka_unit_test(callbacks_may_cancel_and_stop),
        cmocka_unit_test(by_default_a_sentence_is_printed_and_the_program_aborts),
        cmocka_unit_test(debug_mode_shows_both_stacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

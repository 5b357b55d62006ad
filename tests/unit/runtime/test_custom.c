/* Contexts of the program's own making. Numbers are items of docs/context-semantics.md. */
#include "blocked.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A custom context with a Done of its own: an eventfd. */
struct own {
    int fd;
    int error;
    int64_t deadline_ns;
    int registrations;
    void (*function)(void *);
    void *argument;
    bool destroyed;
};

static int own_err(void *self)
{
    return __atomic_load_n(&((struct own *)self)->error, __ATOMIC_ACQUIRE);
}

static int own_done_fd(void *self)
{
    return ((struct own *)self)->fd;
}

static bool own_deadline(void *self, int64_t *deadline_ns)
{
    *deadline_ns = ((struct own *)self)->deadline_ns;
    return *deadline_ns != 0;
}

static void own_destroy(void *self)
{
    __atomic_store_n(&((struct own *)self)->destroyed, true, __ATOMIC_RELEASE);
}

static void *own_after_func(void *self, void (*function)(void *), void *argument)
{
    struct own *own = self;
    own->registrations++;
    own->function = function;
    own->argument = argument;
    return own;
}

static bool own_stop(void *self, void *registration)
{
    struct own *own = self;
    assert_ptr_equal(registration, own);
    own->registrations--;
    return own->function != NULL;
}

static const ctxt_ops_t watched_ops = {.name = "watched",
                                       .err = own_err,
                                       .done_fd = own_done_fd,
                                       .deadline = own_deadline,
                                       .destroy = own_destroy};
static const ctxt_ops_t registering_ops = {.name = "registering",
                                           .err = own_err,
                                           .done_fd = own_done_fd,
                                           .after_func = own_after_func,
                                           .stop = own_stop};
static const ctxt_ops_t wrapper_ops = {.name = "wrapper"};

static void end_own(struct own *own, int error)
{
    __atomic_store_n(&own->error, error, __ATOMIC_RELEASE);
    eventfd_write(own->fd, 1);
}

/* The watcher may hold the context for a moment after its last reference. Until then `own` stays.
 */
static void close_destroyed(struct own *own)
{
    while (!__atomic_load_n(&own->destroyed, __ATOMIC_ACQUIRE))
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
    close(own->fd);
}

static void item_57_a_wrapper_is_bypassed(void **state)
{
    (void)state;
    ctxt_t *inner = ctxt_with_cancel(ctxt_background());
    ctxt_t *wrapper = ctxt_custom(&wrapper_ops, NULL, inner), *child = ctxt_with_cancel(wrapper);
    assert_ptr_equal(inner->children, child); /* linked straight to the inner one */
    assert_int_equal(ctxt_done_fd(wrapper), ctxt_done_fd(inner));
    ctxt_cancel_cause(inner, 5, "five");
    assert_int_equal(ctxt_err(wrapper), ECANCELED);
    assert_int_equal(ctxt_err(child), ECANCELED);
    assert_int_equal(ctxt_cause(child)->code, 5);
    ctxt_unref(child);
    ctxt_unref(wrapper);
    ctxt_unref(inner);
}

static void item_58_one_watch_per_child(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, NULL);
    ctxt_t *child = ctxt_with_cancel(custom), *other = ctxt_with_cancel(custom);
    assert_non_null(child->registration);
    ctxt_cancel(other); /* its watch ends with it */
    assert_null(other->registration);
    assert_int_equal(ctxt_err(custom), 0);
    end_own(&own, ECANCELED);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ECANCELED);
    assert_int_equal(ctxt_wait(custom, CTXT_NEVER), ECANCELED);
    ctxt_unref(other);
    ctxt_unref(child);
    ctxt_unref(custom);
    close_destroyed(&own);
}

static void item_59_no_watch_for_the_ended(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(1, EFD_NONBLOCK), .error = ETIMEDOUT};
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, NULL), *child = ctxt_with_cancel(custom);
    assert_null(child->registration);
    assert_int_equal(ctxt_err(child), ETIMEDOUT);
    ctxt_unref(child);
    ctxt_unref(custom);
    close_destroyed(&own);
}

static void item_56_after_func_method_is_used(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *custom = ctxt_custom(&registering_ops, &own, NULL);
    ctxt_t *child = ctxt_with_cancel(custom);
    ctxt_t *timed = ctxt_with_timeout(custom, CTXT_HOUR);
    assert_int_equal(own.registrations, 2);
    ctxt_cancel(timed);
    ctxt_cancel(child);
    assert_int_equal(own.registrations, 0);
    ctxt_unref(child);
    ctxt_unref(timed);

    child = ctxt_with_cancel(custom);
    end_own(&own, ETIMEDOUT);
    void (*function)(void *) = own.function;
    own.function = NULL;
    function(own.argument);
    assert_int_equal(ctxt_err(child), ETIMEDOUT);
    ctxt_unref(child);
    ctxt_unref(custom);
    close(own.fd);
}

static void item_60_own_done_hides_the_inner_end(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *inner = ctxt_with_cancel(ctxt_background());
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, inner), *child = ctxt_with_cancel(custom);
    ctxt_cancel_cause(inner, 6, "six");
    assert_int_equal(ctxt_wait(child, 30 * CTXT_MILLISECOND), 0);
    end_own(&own, ETIMEDOUT);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ETIMEDOUT);
    assert_int_equal(ctxt_cause(child)->code, 6); /* item 31: the inner one's cause */
    ctxt_unref(child);
    ctxt_unref(custom);
    ctxt_unref(inner);
    close_destroyed(&own);
}

/* A context whose Done comes without an error has ended all the same; nobody polls it meanwhile. */
static void done_without_an_error_is_an_end(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, NULL);
    end_own(&own, 0);
    assert_int_equal(ctxt_wait(custom, CTXT_NEVER), ECANCELED);
    ctxt_unref(custom);
    close_destroyed(&own);
}

static void items_31_32_cause_of_a_custom_context(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *inner = ctxt_with_cancel(ctxt_background());
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, inner);
    end_own(&own, ECANCELED);
    assert_int_equal(ctxt_cause(custom)->code, ECANCELED);
    ctxt_cancel_cause(inner, 7, "seven");
    assert_int_equal(ctxt_cause(custom)->code, 7); /* Go: "this isn't really right" */
    ctxt_unref(custom);
    ctxt_unref(inner);
    close_destroyed(&own);
}

/* The error of a custom context is that of all below it, and its cause, as in Go. */
static void assert_ended_with_io_error(const ctxt_t *context)
{
    assert_int_equal(ctxt_err(context), EIO);
    assert_int_equal(ctxt_cause(context)->code, EIO);
    assert_string_equal(ctxt_cause(context)->text, strerror(EIO));
}

static void an_error_of_its_own_is_handed_down(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, NULL), *child = ctxt_with_cancel(custom);
    ctxt_t *value = ctxt_with_value(child, &(ctxt_key_t){"key"}, NULL, NULL);
    ctxt_t *grandchild = ctxt_with_timeout(value, CTXT_HOUR);
    ctxt_t *earlier = ctxt_with_cancel(custom);
    ctxt_cancel(earlier);
    end_own(&own, EIO);
    assert_int_equal(ctxt_wait(grandchild, CTXT_NEVER), EIO);
    ctxt_t *later = ctxt_with_cancel(custom), *much_later = ctxt_with_cancel(later);
    ctxt_t *const same[] = {custom, child, value, grandchild, later, much_later};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_ended_with_io_error(same[i]);
    assert_ptr_equal(ctxt_cause(custom), ctxt_cause(custom));
    assert_int_equal(ctxt_wait(custom, CTXT_NEVER), EIO);
    assert_int_equal(ctxt_sleep(grandchild, CTXT_HOUR), EIO);
    assert_int_equal(ctxt_err(earlier), ECANCELED);
    assert_int_equal(ctxt_cause(earlier)->code, ECANCELED);
    ctxt_unref(earlier);
    for (size_t i = sizeof same / sizeof *same; i-- > 0;)
        ctxt_unref(same[i]);
    close_destroyed(&own);
}

/* Cause and error may be of two ends: of the inner context, and of the custom one. */
static void causes_and_errors_are_handed_down_apart(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)}, lower = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *inner = ctxt_with_cancel(ctxt_background());
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, inner), *child = ctxt_with_cancel(custom);
    ctxt_t *second = ctxt_custom(&watched_ops, &lower, child), *lowest = ctxt_with_cancel(second);
    ctxt_cancel_cause(inner, 6, "six");
    end_own(&own, EIO);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), EIO);
    assert_int_equal(ctxt_cause(child)->code, 6);
    end_own(&lower, ETIMEDOUT);
    assert_int_equal(ctxt_wait(lowest, CTXT_NEVER), ETIMEDOUT);
    assert_string_equal(ctxt_cause(lowest)->text, "six");
    ctxt_t *plain = ctxt_with_cancel(second), *cancelled = ctxt_with_cancel(plain);
    assert_int_equal(ctxt_err(cancelled), ETIMEDOUT);
    ctxt_t *const all[] = {inner, custom, child, second, lowest, plain, cancelled};
    for (size_t i = sizeof all / sizeof *all; i-- > 0;)
        ctxt_unref(all[i]);
    close_destroyed(&own);
    close_destroyed(&lower);
}

/* An error without a Done: nobody is told, but who asks gets error and cause alike. */
static void an_error_without_a_done_has_a_cause(void **state)
{
    (void)state;
    static const ctxt_ops_t ops = {.name = "silent", .err = own_err};
    struct own own = {.error = EIO};
    ctxt_t *inner = ctxt_with_cancel(ctxt_background()), *custom = ctxt_custom(&ops, &own, inner);
    assert_ended_with_io_error(custom);
    assert_null(ctxt_cause(inner));
    ctxt_cancel_cause(inner, 8, "eight");
    assert_int_equal(ctxt_cause(custom)->code, 8);
    ctxt_unref(custom);
    ctxt_unref(inner);
}

/* ---- nothing left ---- */

/* In a forked child there is no thread of the library's own yet. */
static int try_waits(ctxt_t *custom, int expected)
{
    if (ctxt_sleep(custom, CTXT_HOUR) != expected)
        return 3;
    ctxt_cond_t condition = CTXT_COND_INIT;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    if (ctxt_cond_timedwait(custom, &condition, &mutex, CTXT_HOUR) != expected)
        return 4;
    int value = 0;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof value, 0);
    if (ctxt_chan_receive(custom, channel, &value) != expected)
        return 5;
    errno = 0;
    return ctxt_with_cancel(custom) || errno != expected ? 6 : 0;
}

static int try_without_descriptors(ctxt_t *custom)
{
    int next = dup(0);
    const struct rlimit none = {(rlim_t)next, (rlim_t)next};
    close(next);
    return setrlimit(RLIMIT_NOFILE, &none) != 0 ? 2 : try_waits(custom, EMFILE);
}

static int try_without_threads(ctxt_t *custom)
{
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    if (pthread_attr_setstacksize(&huge, (size_t)1 << 60) != 0 ||
        pthread_setattr_default_np(&huge) != 0)
        return 2;
    int result = try_waits(custom, ENOMEM);
    errno = 0;
    if (!result && (ctxt_after_func(ctxt_background(), free, NULL) || errno != ENOMEM))
        result = 7;
    errno = 0;
    if (!result && (ctxt_with_timeout(ctxt_background(), CTXT_HOUR) || errno != ENOMEM))
        result = 8;
    return result;
}

static int status_of(int (*try)(ctxt_t *custom))
{
    pid_t child = fork();
    if (child == 0) {
        struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
        _exit(try(ctxt_custom(&watched_ops, &own, NULL)));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void what_there_is_none_of_is_told(void **state)
{
    (void)state;
    assert_int_equal(status_of(try_without_descriptors), 0);
    if (!UNDER_THREAD_SANITIZER) /* which has a thread of its own after a fork */
        assert_int_equal(status_of(try_without_threads), 0);
}

static void item_61_child_never_cancels_a_custom_parent(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK)};
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, NULL), *child = ctxt_with_cancel(custom);
    ctxt_cancel(child);
    assert_int_equal(ctxt_err(custom), 0);
    assert_int_equal(own.error, 0);
    ctxt_unref(child);
    ctxt_unref(custom);
    close_destroyed(&own);
}

static void item_41_custom_deadline_counts(void **state)
{
    (void)state;
    struct own own = {.fd = eventfd(0, EFD_NONBLOCK), .deadline_ns = ctxt_now() + CTXT_MINUTE};
    ctxt_t *custom = ctxt_custom(&watched_ops, &own, NULL);
    ctxt_t *child = ctxt_with_timeout(custom, CTXT_HOUR);
    assert_int_equal(child->kind, CONTEXT_CANCEL);
    int64_t told = 0;
    assert_true(ctxt_deadline(child, &told));
    assert_true(told == own.deadline_ns);
    ctxt_cancel(child);
    ctxt_unref(child);
    ctxt_unref(custom);
    close_destroyed(&own);
}

static void *fixed_value(void *self, const ctxt_key_t *key, bool *found)
{
    (void)key;
    *found = self != NULL;
    return self;
}

static void item_46_custom_value(void **state)
{
    (void)state;
    static const ctxt_ops_t ops = {.name = "valued", .value = fixed_value};
    static const ctxt_key_t key = {"key"};
    static char text[] = "text", inner_text[] = "inner";
    ctxt_t *inner = ctxt_with_value(ctxt_background(), &key, inner_text, NULL);
    ctxt_t *answers = ctxt_custom(&ops, text, inner), *passes = ctxt_custom(&ops, NULL, inner);
    ctxt_t *child = ctxt_with_cancel(answers);
    assert_ptr_equal(ctxt_value(child, &key), text);
    assert_ptr_equal(ctxt_value(passes, &key), inner_text);
    assert_ptr_equal(ctxt_custom_self(answers, &ops), text);
    assert_null(ctxt_custom_self(inner, &ops));
    ctxt_cancel(child);
    ctxt_unref(child);
    ctxt_unref(answers);
    ctxt_unref(passes);
    ctxt_unref(inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_31_32_cause_of_a_custom_context),
        cmocka_unit_test(item_41_custom_deadline_counts),
        cmocka_unit_test(item_46_custom_value),
        cmocka_unit_test(item_56_after_func_method_is_used),
        cmocka_unit_test(item_57_a_wrapper_is_bypassed),
        cmocka_unit_test(item_58_one_watch_per_child),
        cmocka_unit_test(item_59_no_watch_for_the_ended),
        cmocka_unit_test(item_60_own_done_hides_the_inner_end),
        cmocka_unit_test(done_without_an_error_is_an_end),
        cmocka_unit_test(an_error_of_its_own_is_handed_down),
        cmocka_unit_test(causes_and_errors_are_handed_down_apart),
        cmocka_unit_test(an_error_without_a_done_has_a_cause),
        cmocka_unit_test(what_there_is_none_of_is_told),
        cmocka_unit_test(item_61_child_never_cancels_a_custom_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

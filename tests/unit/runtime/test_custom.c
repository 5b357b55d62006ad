/* Contexts of the program's own making. Numbers are items of docs/context-semantics.md. */
#include "runtime_test.h"

#include "runtime/node.h"
#include <sys/eventfd.h>
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
    for (int i = 0; i < 5000 && !__atomic_load_n(&own->destroyed, __ATOMIC_ACQUIRE); i++)
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
    assert_true(__atomic_load_n(&own->destroyed, __ATOMIC_ACQUIRE));
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
    assert_int_equal(ctxt_wait(child, 3 * CTXT_SECOND), ECANCELED);
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
    assert_int_equal(ctxt_wait(child, 3 * CTXT_SECOND), ETIMEDOUT);
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
    assert_int_equal(ctxt_wait(custom, 3 * CTXT_SECOND), ECANCELED);
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
    assert_int_equal(child->kind, SEGMENT_CANCEL);
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
        cmocka_unit_test(item_61_child_never_cancels_a_custom_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * After-functions and custom contexts: Go's context/afterfunc_test.go, and what x_test.go,
 * context_test.go and example_test.go have of them.
 */
#include "custom.h"

#include <sys/socket.h>

/* ---- after-functions ---- */

/* What is called, or is not. The channel has a reference of the function's own. */
struct call {
    ctxt_chan_t *told;
    _Atomic unsigned count;
};

static struct call call_new(void)
{
    struct call call = {.told = int_channel(1)};
    ctxt_chan_ref(call.told);
    return call;
}

static void tell(void *argument)
{
    struct call *call = argument;
    ctxt_chan_t *told = call->told; /* the call is gone when it has been told */
    assert_int_equal(send_int(told, (int)atomic_fetch_add(&call->count, 1) + 1), 0);
    ctxt_chan_unref(told);
}

static void call_done(struct call *call)
{
    if (call->count == 0)
        ctxt_chan_unref(call->told);
    ctxt_chan_unref(call->told);
}

/* Returns when it has been called for the first time. */
static void await_call(struct call *call)
{
    assert_int_equal(receive_int(call->told), 1);
}

/*
 * Another function has run that was registered, and started, after all the others: they would have
 * been called.
 */
static void await_a_later_call(void)
{
    struct call call = call_new();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, tell, &call);
    ctxt_cancel(c);
    await_call(&call);
    ctxt_after_release(after);
    ctxt_unref(c);
    call_done(&call);
}

static void after_func_called_after_cancel(void **state)
{
    (void)state;
    struct call call = call_new();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, tell, &call);
    await_a_later_call();
    assert_int_equal(call.count, 0);
    ctxt_cancel(c);
    await_call(&call);
    assert_false(ctxt_after_stop(after));
    ctxt_after_release(after);
    ctxt_unref(c);
    call_done(&call);
}

static void after_func_called_after_timeout(void **state)
{
    (void)state;
    struct call call = call_new();
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), SOON);
    ctxt_after_t *after = ctxt_after_func(c, tell, &call);
    await_call(&call);
    ctxt_after_release(after);
    cancel_and_unref(c);
    call_done(&call);
}

static void after_func_called_immediately(void **state)
{
    (void)state;
    struct call call = call_new();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    ctxt_after_t *after = ctxt_after_func(c, tell, &call);
    await_call(&call);
    ctxt_after_release(after);
    ctxt_unref(c);
    call_done(&call);
}

static void after_func_not_called_after_stop(void **state)
{
    (void)state;
    struct call call = call_new();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, tell, &call);
    assert_true(ctxt_after_stop(after));
    ctxt_cancel(c);
    await_a_later_call();
    assert_int_equal(call.count, 0);
    assert_false(ctxt_after_stop(after));
    ctxt_after_release(after);
    ctxt_unref(c);
    call_done(&call);
}

static void send_to_unbuffered(void *channel)
{
    assert_int_equal(send_int(channel, 1), 0);
    ctxt_chan_unref(channel);
}

static void after_func_called_asynchronously(void **state)
{
    (void)state;
    ctxt_chan_t *channel = int_channel(0);
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, send_to_unbuffered, ctxt_chan_ref(channel));
    ctxt_cancel(c); /* returns although the function cannot end yet */
    assert_int_equal(receive_int(channel), 1);
    assert_false(ctxt_after_stop(after));
    ctxt_after_release(after);
    ctxt_unref(c);
    ctxt_chan_unref(channel);
}

/* ---- examples of after-functions ---- */

struct shared_condition {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};

static void broadcast(void *argument)
{
    struct shared_condition *shared = argument;
    pthread_mutex_lock(&shared->mutex);
    pthread_cond_broadcast(&shared->condition);
    pthread_mutex_unlock(&shared->mutex);
}

/* A pthread condition, which knows nothing of contexts. */
static int wait_on_condition(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct shared_condition *shared = argument;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), SOON);
    pthread_mutex_lock(&shared->mutex);
    ctxt_after_t *after = ctxt_after_func(c, broadcast, shared);
    while (ctxt_err(c) == 0)
        pthread_cond_wait(&shared->condition, &shared->mutex);
    int error = ctxt_err(c);
    ctxt_after_stop(after);
    ctxt_after_release(after);
    pthread_mutex_unlock(&shared->mutex);
    cancel_and_unref(c);
    return error;
}

static void an_after_function_ends_waits_on_a_condition(void **state)
{
    (void)state;
    enum { WAITERS = 4 };
    /* Static: functions that were not stopped in time may still broadcast. */
    static struct shared_condition shared = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
    ctxt_task_t *tasks[WAITERS];
    for (int i = 0; i < WAITERS; i++)
        tasks[i] = start(wait_on_condition, &shared);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(result_of(tasks[i]), ETIMEDOUT);
}

static void stop_reading(void *socket)
{
    shutdown(*(int *)socket, SHUT_RD);
}

static void an_after_function_ends_a_read(void **state)
{
    (void)state;
    int ends[2];
    char buffer[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), SOON);
    ctxt_after_t *after = ctxt_after_func(c, stop_reading, &ends[0]);
    assert_int_equal(read(ends[0], buffer, sizeof buffer), 0);
    assert_false(ctxt_after_stop(after));
    assert_int_equal(ctxt_err(c), ETIMEDOUT);
    ctxt_after_release(after);
    cancel_and_unref(c);
    close(ends[0]);
    close(ends[1]);

    /* What there is for this in C: a read that ends with its context, and leaves the socket. */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    c = ctxt_with_timeout(ctxt_background(), SOON);
    assert_int_equal(ctxt_read(c, ends[0], buffer, sizeof buffer), -1);
    assert_int_equal(errno, ETIMEDOUT);
    cancel_and_unref(c);
    close(ends[0]);
    close(ends[1]);
}

struct merge {
    ctxt_t *merged, *other;
};

static void pass_on(void *argument)
{
    struct merge *merge = argument;
    ctxt_t *merged = merge->merged;
    const ctxt_cause_t *cause = ctxt_cause(merge->other);
    ctxt_cancel_cause(merged, cause->code, "%s", cause->text);
    ctxt_unref(merged);
}

static void an_after_function_merges_two_contexts(void **state)
{
    (void)state;
    ctxt_t *first = ctxt_with_cancel(ctxt_background());
    struct merge merge = {ctxt_with_cancel(first), ctxt_with_cancel(ctxt_background())};
    ctxt_ref(merge.merged); /* the function's own */
    ctxt_after_t *after = ctxt_after_func(merge.other, pass_on, &merge);
    ctxt_cancel_cause(merge.other, 2, "the other was cancelled");
    assert_int_equal(ctxt_wait(merge.merged, CTXT_NEVER), ECANCELED);
    assert_cause(merge.merged, 2, "the other was cancelled");
    assert_int_equal(ctxt_err(first), 0);
    assert_false(ctxt_after_stop(after));
    ctxt_after_release(after);
    cancel_and_unref(merge.merged);
    ctxt_unref(merge.other);
    cancel_and_unref(first);
}

/* ---- custom contexts ---- */

static void custom_context_propagation(void **state)
{
    (void)state;
    ctxt_t *inner = ctxt_with_cancel(ctxt_background());
    struct custom custom;
    custom_init(&custom, inner);
    ctxt_t *child = ctxt_with_cancel(custom.context);
    ctxt_cancel_cause(inner, 5, "five");
    assert_int_equal(ctxt_err(child), 0); /* the custom one has a Done of its own */
    custom_end(&custom, ECANCELED);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ECANCELED);
    assert_cause(child, 5, "five");
    ctxt_unref(child);
    custom_release(&custom);
    ctxt_unref(inner);
}

static void custom_context_cause(void **state)
{
    (void)state;
    struct custom custom;
    custom_init(&custom, NULL);
    custom_end(&custom, ECANCELED);
    assert_plainly_canceled(custom.context);
    custom_release(&custom);

    custom_init(&custom, NULL);
    ctxt_t *child = ctxt_with_cancel(custom.context);
    ctxt_cancel_cause(child, 6, "six");
    assert_done(child, ECANCELED);
    assert_cause(child, 6, "six");
    assert_open(custom.context);
    custom_end(&custom, ECANCELED);
    assert_cause(child, 6, "six");
    assert_plainly_canceled(custom.context);
    ctxt_unref(child);
    custom_release(&custom);

    custom_init(&custom, NULL);
    child = ctxt_with_cancel(custom.context);
    custom_end(&custom, ECANCELED);
    ctxt_cancel(child); /* the custom one cancels it itself, too */
    assert_plainly_canceled(child);
    assert_plainly_canceled(custom.context);
    ctxt_unref(child);
    custom_release(&custom);
}

/* Go counts goroutines; here it is how often the descriptor is asked for, which is then watched. */
static void a_watch_for_each_child_of_a_done_of_its_own(void **state)
{
    (void)state;
    static const ctxt_ops_t wrapper_ops = {.name = "wrapper"};
    struct custom custom, above_inner;
    custom_init(&custom, NULL);
    cancel_and_unref(ctxt_with_cancel(custom.context));
    assert_int_equal(custom.asked_for_done, 1);
    cancel_and_unref(ctxt_with_timeout(custom.context, FOREVER));
    assert_int_equal(custom.asked_for_done, 2);

    ctxt_t *c1 = ctxt_with_cancel(ctxt_background()), *c2 = ctxt_custom(&wrapper_ops, NULL, c1);
    ctxt_t *c3 = ctxt_with_cancel(c2);
    custom_init(&above_inner, c2);
    ctxt_t *c3b = ctxt_with_cancel(above_inner.context);
    assert_int_equal(above_inner.asked_for_done, 1); /* c1 does not end it, so it is not linked */
    ctxt_t *c4 = ctxt_with_timeout(c3b, FOREVER), *c5 = ctxt_with_cancel(c4);
    assert_int_equal(above_inner.asked_for_done, 1); /* below a context of the library's own */
    ctxt_cancel(c1);
    assert_done(c3, ECANCELED);
    assert_int_equal(ctxt_err(c3b), 0);
    ctxt_cancel(c3b);
    ctxt_t *c7 = ctxt_with_cancel(c5);
    assert_done(c7, ECANCELED);
    custom_end(&above_inner, ECANCELED);
    ctxt_t *c8 = ctxt_with_cancel(above_inner.context);
    assert_int_equal(ctxt_err(c8), ECANCELED);
    assert_int_equal(above_inner.asked_for_done, 1); /* of what has ended nothing is watched */
    ctxt_t *const all[] = {c8, c7, c5, c4, c3b, c3};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        ctxt_unref(all[i]);
    custom_release(&above_inner);
    custom_release(&custom);
    ctxt_unref(c2);
    ctxt_unref(c1);
}

static void an_error_of_its_own_is_handed_down(void **state)
{
    (void)state;
    struct custom custom;
    custom_init(&custom, NULL);
    ctxt_t *child = ctxt_with_cancel(custom.context), *below = ctxt_with_timeout(child, FOREVER);
    custom_end(&custom, EIO);
    assert_int_equal(ctxt_wait(below, CTXT_NEVER), EIO);
    ctxt_t *const all[] = {below, child, custom.context};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_int_equal(ctxt_err(all[i]), EIO);
        assert_cause(all[i], EIO, strerror(EIO));
    }
    ctxt_unref(below);
    ctxt_unref(child);
    custom_release(&custom);
}

static void *find_nothing(void *self, const ctxt_key_t *key, bool *found)
{
    (void)self;
    (void)key;
    *found = false;
    return NULL;
}

static void *find_null(void *self, const ctxt_key_t *key, bool *found)
{
    (void)self;
    (void)key;
    *found = true;
    return NULL;
}

static void what_is_not_found_is_looked_for_in_the_inner_context(void **state)
{
    (void)state;
    static const ctxt_ops_t silent_ops = {.name = "silent", .value = find_nothing};
    static const ctxt_ops_t hiding_ops = {.name = "hiding", .value = find_null};
    static const ctxt_key_t key = {"key"};
    static char text[] = "text";
    ctxt_t *inner = ctxt_with_value(ctxt_background(), &key, text, NULL);
    ctxt_t *silent = ctxt_custom(&silent_ops, NULL, inner);
    ctxt_t *hiding = ctxt_custom(&hiding_ops, NULL, inner);
    assert_string_equal(ctxt_value(silent, &key), "text");
    assert_null(ctxt_value(hiding, &key));
    ctxt_unref(hiding);
    ctxt_unref(silent);
    ctxt_unref(inner);
}

/* ---- a custom context with a method after_func ---- */

enum { MOST_FUNCTIONS = 4 };

struct registering {
    ctxt_t *context;
    pthread_mutex_t mutex;
    int descriptor, error;
    struct {
        void (*function)(void *);
        void *argument;
    } functions[MOST_FUNCTIONS];
};

static int registering_err(void *self)
{
    struct registering *registering = self;
    pthread_mutex_lock(&registering->mutex);
    int error = registering->error;
    pthread_mutex_unlock(&registering->mutex);
    return error;
}

static int registering_done_fd(void *self)
{
    return ((struct registering *)self)->descriptor;
}

static void *registering_after_func(void *self, void (*function)(void *), void *argument)
{
    struct registering *registering = self;
    pthread_mutex_lock(&registering->mutex);
    size_t i = 0;
    while (registering->functions[i].function)
        i++;
    assert_true(i < MOST_FUNCTIONS);
    registering->functions[i].function = function;
    registering->functions[i].argument = argument;
    pthread_mutex_unlock(&registering->mutex);
    return &registering->functions[i];
}

static bool registering_stop(void *self, void *registration)
{
    struct registering *registering = self;
    bool stopped = false;
    pthread_mutex_lock(&registering->mutex);
    for (size_t i = 0; i < MOST_FUNCTIONS; i++) {
        if (registration != &registering->functions[i])
            continue;
        stopped = registering->functions[i].function != NULL;
        registering->functions[i].function = NULL;
    }
    pthread_mutex_unlock(&registering->mutex);
    return stopped;
}

static const ctxt_ops_t registering_ops = {.name = "registering",
                                           .err = registering_err,
                                           .done_fd = registering_done_fd,
                                           .after_func = registering_after_func,
                                           .stop = registering_stop};

static void registering_init(struct registering *registering)
{
    *registering = (struct registering){.mutex = PTHREAD_MUTEX_INITIALIZER,
                                        .descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    registering->context = ctxt_custom(&registering_ops, registering, NULL);
    assert_non_null(registering->context);
}

static unsigned registrations(struct registering *registering)
{
    unsigned count = 0;
    pthread_mutex_lock(&registering->mutex);
    for (size_t i = 0; i < MOST_FUNCTIONS; i++)
        count += registering->functions[i].function != NULL;
    pthread_mutex_unlock(&registering->mutex);
    return count;
}

static int call_all(ctxt_t *unused, void *self)
{
    (void)unused;
    struct registering *registering = self;
    for (size_t i = 0; i < MOST_FUNCTIONS; i++) {
        pthread_mutex_lock(&registering->mutex);
        void (*function)(void *) = registering->functions[i].function;
        registering->functions[i].function = NULL;
        pthread_mutex_unlock(&registering->mutex);
        if (function)
            function(registering->functions[i].argument);
    }
    return 0;
}

/* Ends it and calls the functions in another thread. */
static ctxt_task_t *registering_end(struct registering *registering)
{
    pthread_mutex_lock(&registering->mutex);
    registering->error = ECANCELED;
    pthread_mutex_unlock(&registering->mutex);
    assert_int_equal(eventfd_write(registering->descriptor, 1), 0);
    return start(call_all, registering);
}

static void registering_release(struct registering *registering)
{
    ctxt_unref(registering->context);
    close(registering->descriptor);
}

/* A child of it ends with it. */
static void assert_child_ends(ctxt_t *(*derive)(ctxt_t *parent))
{
    struct registering registering;
    registering_init(&registering);
    ctxt_t *child = derive(registering.context);
    ctxt_task_t *task = registering_end(&registering);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ECANCELED);
    assert_int_equal(result_of(task), 0);
    cancel_and_unref(child);
    registering_release(&registering);
}

static ctxt_t *with_late_timeout(ctxt_t *parent)
{
    return ctxt_with_timeout(parent, FOREVER);
}

static void registered_cancel(void **state)
{
    (void)state;
    assert_child_ends(ctxt_with_cancel);
}

static void registered_timeout(void **state)
{
    (void)state;
    assert_child_ends(with_late_timeout);
}

static void registered_after_func(void **state)
{
    (void)state;
    struct registering registering;
    struct call call = call_new();
    registering_init(&registering);
    ctxt_after_t *after = ctxt_after_func(registering.context, tell, &call);
    ctxt_task_t *task = registering_end(&registering);
    await_call(&call);
    assert_int_equal(result_of(task), 0);
    assert_false(ctxt_after_stop(after));
    ctxt_after_release(after);
    registering_release(&registering);
    call_done(&call);
}

static void cancels_unregister(void **state)
{
    (void)state;
    struct registering registering;
    registering_init(&registering);
    ctxt_t *one = ctxt_with_cancel(registering.context);
    ctxt_t *other = ctxt_with_cancel(registering.context);
    assert_int_equal(registrations(&registering), 2);
    cancel_and_unref(one);
    cancel_and_unref(other);
    assert_int_equal(registrations(&registering), 0);
    registering_release(&registering);
}

static void a_cancelled_timeout_unregisters(void **state)
{
    (void)state;
    struct registering registering;
    registering_init(&registering);
    ctxt_t *child = with_late_timeout(registering.context);
    assert_int_equal(registrations(&registering), 1);
    cancel_and_unref(child);
    assert_int_equal(registrations(&registering), 0);
    registering_release(&registering);
}

static void a_stopped_after_func_unregisters(void **state)
{
    (void)state;
    struct registering registering;
    struct call call = call_new();
    registering_init(&registering);
    ctxt_after_t *after = ctxt_after_func(registering.context, tell, &call);
    assert_int_equal(registrations(&registering), 1);
    assert_true(ctxt_after_stop(after));
    assert_int_equal(registrations(&registering), 0);
    ctxt_after_release(after);
    registering_release(&registering);
    call_done(&call);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_func_called_after_cancel),
        cmocka_unit_test(after_func_called_after_timeout),
        cmocka_unit_test(after_func_called_immediately),
        cmocka_unit_test(after_func_not_called_after_stop),
        cmocka_unit_test(after_func_called_asynchronously),
        cmocka_unit_test(an_after_function_ends_waits_on_a_condition),
        cmocka_unit_test(an_after_function_ends_a_read),
        cmocka_unit_test(an_after_function_merges_two_contexts),
        cmocka_unit_test(custom_context_propagation),
        cmocka_unit_test(custom_context_cause),
        cmocka_unit_test(a_watch_for_each_child_of_a_done_of_its_own),
        cmocka_unit_test(an_error_of_its_own_is_handed_down),
        cmocka_unit_test(what_is_not_found_is_looked_for_in_the_inner_context),
        cmocka_unit_test(registered_cancel),
        cmocka_unit_test(registered_timeout),
        cmocka_unit_test(registered_after_func),
        cmocka_unit_test(cancels_unregister),
        cmocka_unit_test(a_cancelled_timeout_unregisters),
        cmocka_unit_test(a_stopped_after_func_unregisters),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}

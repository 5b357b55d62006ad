/*
 * What may be asked from a signal handler, even one that interrupts the library itself. Numbers are
 * items of docs/context-semantics.md.
 */
#include "runtime_test.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

enum { ENOUGH_INTERRUPTIONS = 400 };

static const ctxt_key_t key = {"key"};
static ctxt_t *_Atomic asked;
static _Atomic int interruptions, wrong_answers;

static void ask(int signal)
{
    (void)signal;
    ctxt_t *context = atomic_load(&asked);
    int error = ctxt_err(context);
    int64_t deadline_ns;
    if ((error != 0 && error != ECANCELED) || ctxt_err(ctxt_background()) != 0)
        atomic_fetch_add(&wrong_answers, 1);
    if (!ctxt_deadline(context, &deadline_ns) || ctxt_value(context, &key) != &key)
        atomic_fetch_add(&wrong_answers, 1);
    atomic_fetch_add(&interruptions, 1);
}

/*
 * The handler interrupts the only thread there is, often while that holds a lock of the very
 * context that the handler asks. If asking took a lock, this would hang.
 */
static void item_65_asking_takes_no_lock(void **state)
{
    (void)state;
    ctxt_t *first = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *last = ctxt_with_value(first, &key, (void *)(uintptr_t)&key, NULL);
    atomic_store(&asked, last);
    struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART}, old;
    sigaction(SIGALRM, &action, &old);
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);

    while (atomic_load(&interruptions) < ENOUGH_INTERRUPTIONS) {
        ctxt_t *middle = ctxt_with_timeout(last, CTXT_MINUTE);
        ctxt_t *context = ctxt_with_value(middle, &key, (void *)(uintptr_t)&key, NULL);
        ctxt_t *children[8];
        for (int i = 0; i < 8; i++)
            children[i] = ctxt_with_cancel(context);
        atomic_store(&asked, context);
        ctxt_cancel(middle);
        assert_int_equal(ctxt_err(context), ECANCELED);
        atomic_store(&asked, last);
        for (int i = 0; i < 8; i++)
            ctxt_unref(children[i]);
        ctxt_unref(context);
        ctxt_unref(middle);
    }

    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &old, NULL);
    assert_int_equal(atomic_load(&wrong_answers), 0);
    ctxt_cancel(first);
    ctxt_unref(last);
    ctxt_unref(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_65_asking_takes_no_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

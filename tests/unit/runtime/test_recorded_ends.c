/* What is recorded of the beginning and the end of contexts, tasks and processes. */
#include "record/recorder.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static uint8_t flags_of(const ctxt_t *context)
{
    const segment_word *words = recorder_slot(AREA_CONTEXTS, context->record.index);
    return (uint8_t)(word_get(words, CTX_KIND_AND_STATE) >> 24);
}

static bool is_born_ended(const ctxt_t *context)
{
    return (flags_of(context) & SEGMENT_BORN_ENDED) != 0;
}

static void what_is_born_ended_says_so(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *open = ctxt_with_cancel(parent);
    ctxt_t *late = ctxt_with_deadline(ctxt_background(), ctxt_now() - CTXT_SECOND);
    assert_true(is_born_ended(late));
    ctxt_cancel(parent);
    assert_false(is_born_ended(open));
    assert_false(is_born_ended(parent));
    ctxt_t *born = ctxt_with_cancel(parent);
    assert_true(is_born_ended(born));
    ctxt_unref(born);
    ctxt_unref(late);
    ctxt_unref(open);
    ctxt_unref(parent);
}

static int64_t asked_for(const ctxt_t *context)
{
    const segment_word *words = recorder_slot(AREA_CONTEXTS, context->record.index);
    return (int64_t)word_get(words, CTX_REQUESTED) - (int64_t)word_get(words, CTX_CREATED);
}

/* However long a thread is kept from its work between reading the clock and recording. */
static void a_timeout_is_recorded_as_it_was_asked_for(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        ctxt_t *parent = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
        ctxt_t *equal = ctxt_with_timeout_cause(parent, 600 * CTXT_SECOND, 1, "late %d", i);
        assert_int_equal(asked_for(parent), 600 * CTXT_SECOND);
        assert_int_equal(asked_for(equal), 600 * CTXT_SECOND);
        ctxt_cancel(parent);
        ctxt_unref(equal);
        ctxt_unref(parent);
    }
}

static void *make_the_first(void *unused)
{
    (void)unused;
    ctxt_t *context = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    bool exact = asked_for(context) == CTXT_HOUR;
    ctxt_cancel(context);
    ctxt_unref(context);
    return exact ? context : NULL;
}

/* A thread has much to set up when it first records. */
static void also_of_a_threads_first_context(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        void *exact;
        assert_int_equal(pthread_create(&thread, NULL, make_the_first, NULL), 0);
        pthread_join(thread, &exact);
        assert_non_null(exact);
    }
}

/* ---- the order of events ---- */

static int64_t time_of_last(enum event_kind kind, uint64_t subject)
{
    int64_t time_ns = 0;
    for (uint32_t ring = 0; ring < recorder.stocks[AREA_RINGS].used; ring++) {
        const segment_word *words = recorder_slot(AREA_RINGS, ring);
        for (uint64_t i = 0; i <= recorder.ring_mask; i++) {
            const segment_word *event = words + RING_FIRST_EVENT + i * EVENT_WORDS;
            if ((word_get(event, EVENT_KIND_AND_CODE) & 0xff) == kind &&
                word_get(event, EVENT_SUBJECT) == subject)
                time_ns = (int64_t)word_get(event, EVENT_TIME);
        }
    }
    return time_ns;
}

static void *give_back(void *context)
{
    ctxt_unref(context);
    return NULL;
}

static void a_release_is_not_before_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        ctxt_t *context = ctxt_with_cancel(ctxt_background());
        uint64_t id = context->record.id;
        pthread_t other;
        ctxt_cancel(context);
        assert_int_equal(pthread_create(&other, NULL, give_back, context), 0);
        assert_int_equal(pthread_join(other, NULL), 0);
        int64_t released = time_of_last(EVENT_CONTEXT_RELEASED, id);
        assert_true(released >= time_of_last(EVENT_CONTEXT_ENDED, id));
        assert_true(released >= time_of_last(EVENT_CONTEXT_CREATED, id));
    }
}

/* ---- forked children ---- */

static int status_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void the_first_context_of_a_child_is_its_own(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        ctxt_t *own = ctxt_with_cancel(ctxt_background());
        uint64_t inherited = recorder.storage.header->unrecorded_contexts;
        bool recorded = own->record.id != 0;
        unlink(recorder.path);
        _exit(recorded ? (int)inherited : 77);
    }
    assert_int_equal(status_of(child), (int)node_count());
}

static _Atomic int of_child = -1;

static void fork_in_function(void *unused)
{
    (void)unused;
    pid_t child = fork();
    if (child == 0) {
        uint64_t self = ctxt_task_self();
        uint64_t kind = 0;
        for (uint32_t i = 0; i < recorder.stocks[AREA_TASKS].used; i++) {
            const segment_word *words = recorder_slot(AREA_TASKS, i);
            if (word_get(words, TASK_ID) == self)
                kind = word_get(words, TASK_THREAD_AND_STATE) >> 32 & 0xff;
        }
        unlink(recorder.path);
        _exit((int)kind);
    }
    int status = -1;
    waitpid(child, &status, 0);
    atomic_store(&of_child, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static void a_child_of_the_librarys_own_thread_is_the_programs(void **state)
{
    (void)state;
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(context, fork_in_function, NULL);
    ctxt_cancel(context);
    while (atomic_load(&of_child) < 0)
        usleep(1000);
    assert_int_equal(atomic_load(&of_child), TASK_ORIGIN_MAIN);
    ctxt_after_release(after);
    ctxt_unref(context);
}

/* ---- many threads ---- */

enum { PLACES = 512, THREADS = PLACES - 64 };

static pthread_barrier_t all_wait;

static void *wait_with_all(void *context)
{
    (void)context;
    ctxt_wait_description_t what = {.object = CTXT_WAIT_DESCRIPTOR,
                                    .operation = CTXT_WAIT_TO_READ,
                                    .descriptor = 0,
                                    .until_ns = CTXT_NEVER};
    uint32_t token = ctxt_wait_begin(&what);
    pthread_barrier_wait(&all_wait);
    ctxt_wait_end(token);
    return NULL;
}

static uint64_t lost(enum loss kind)
{
    uint64_t count = 0;
    for (int reason = 0; reason < LOSS_REASON_COUNT; reason++)
        count += recorder.storage.header->losses[kind][reason];
    return count;
}

static void threads_do_not_keep_places_from_each_other(void **state)
{
    (void)state;
    static pthread_t threads[THREADS];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    pthread_barrier_init(&all_wait, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], &small, wait_with_all, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(lost(LOSS_TASKS), 0);
    assert_int_equal(lost(LOSS_WAITS), 0);
}

static int begin(void **state)
{
    (void)state;
    char places[16];
    snprintf(places, sizeof places, "%d", PLACES);
    setenv("CTXTRACE_TASKS", places, 1);
    return ctxt_trace_start();
}

static int end(void **state)
{
    (void)state;
    unlink(recorder.path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_born_ended_says_so),
        cmocka_unit_test(a_timeout_is_recorded_as_it_was_asked_for),
        cmocka_unit_test(also_of_a_threads_first_context),
        cmocka_unit_test(a_release_is_not_before_the_end),
        cmocka_unit_test(the_first_context_of_a_child_is_its_own),
        cmocka_unit_test(a_child_of_the_librarys_own_thread_is_the_programs),
        cmocka_unit_test(threads_do_not_keep_places_from_each_other),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

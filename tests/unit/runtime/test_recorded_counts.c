/*
 * The counts of what was created and what ended balance: their difference is what is open now, and
 * value contexts that are not released yet. Also when the segment has no place for most of it.
 */
#include "record/recorder.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES = 64 };

static const ctxt_key_t user_key = {"user"}, trace_key = {"trace"};

static uint64_t counted(enum segment_ring_word word, const segment_word *of_others)
{
    uint64_t sum = atomic_load(of_others);
    for (uint32_t i = 0; i < recorder.stocks[AREA_RINGS].used; i++)
        sum += word_get(recorder_slot(AREA_RINGS, i), word);
    return sum;
}

static uint64_t created(void)
{
    return counted(RING_CONTEXTS_CREATED, &recorder.storage.header->contexts_created);
}

static int64_t balance(void)
{
    return (int64_t)(created() -
                     counted(RING_CONTEXTS_ENDED, &recorder.storage.header->contexts_ended));
}

/* What a server does for a request: most of these contexts have no end of their own. */
static void request(void)
{
    ctxt_t *user = ctxt_with_value(ctxt_background(), &user_key, NULL, NULL);
    ctxt_t *limit = ctxt_with_timeout(user, CTXT_HOUR);
    ctxt_t *trace = ctxt_with_value(limit, &trace_key, NULL, NULL);
    ctxt_t *call = ctxt_with_cancel(trace);
    ctxt_t *detached = ctxt_without_cancel(call);
    ctxt_cancel(limit);
    ctxt_unref(detached);
    ctxt_unref(call);
    ctxt_unref(trace);
    ctxt_unref(limit);
    ctxt_unref(user);
}

enum { OF_A_REQUEST = 5 };

static void what_was_created_and_released_balances(void **state)
{
    (void)state;
    request(); /* background is created with the first */
    int64_t before = balance();
    uint64_t made = created();
    for (int i = 0; i < 100; i++)
        request();
    assert_int_equal(balance(), before);
    assert_int_equal(created() - made, 100 * OF_A_REQUEST);
}

static void what_is_open_is_the_difference(void **state)
{
    (void)state;
    int64_t before = balance();
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *value = ctxt_with_value(parent, &user_key, NULL, NULL);
    ctxt_t *child = ctxt_with_cancel(value);
    assert_int_equal(balance(), before + 3);
    ctxt_cancel(parent); /* the child ends with it */
    assert_int_equal(balance(), before + 1);
    ctxt_t *born_ended = ctxt_with_cancel(value);
    assert_int_equal(balance(), before + 1);
    ctxt_unref(born_ended);
    ctxt_unref(child);
    ctxt_unref(value);
    ctxt_unref(parent);
    assert_int_equal(balance(), before);
}

static void what_finds_no_place_is_counted(void **state)
{
    (void)state;
    int64_t before = balance();
    uint64_t made = created();
    ctxt_t *parent = ctxt_with_cancel(ctxt_background()), *children[4 * PLACES];
    for (int i = 0; i < 4 * PLACES; i++)
        children[i] = ctxt_with_cancel(parent);
    assert_int_equal(children[4 * PLACES - 1]->record.id, 0);
    assert_int_equal(created() - made, 4 * PLACES + 1);
    ctxt_cancel(children[4 * PLACES - 1]);
    assert_int_equal(balance(), before + 4 * PLACES);
    ctxt_cancel(parent);
    assert_int_equal(balance(), before);
    for (int i = 0; i < 4 * PLACES; i++)
        ctxt_unref(children[i]);
    ctxt_unref(parent);
    assert_int_equal(balance(), before);
}

static void *requests(void *count)
{
    for (int i = 0; i < *(int *)count; i++)
        request();
    return NULL;
}

static void threads_are_added(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    int64_t before = balance();
    uint64_t made = created();
    int count = 50;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, requests, &count), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(balance(), before);
    assert_int_equal(created() - made, THREADS * 50 * OF_A_REQUEST);
}

/* What the child inherits belongs to the recording of its parent. */
static void a_child_counts_its_own(void **state)
{
    (void)state;
    if (THREAD_SANITIZER)
        skip(); /* see runtime_test.h */
    ctxt_t *parent = ctxt_with_cancel(ctxt_background()), *child = ctxt_with_cancel(parent);
    pid_t pid = fork();
    if (pid == 0) {
        request();
        int64_t before = balance();
        ctxt_cancel(parent);
        ctxt_unref(child);
        ctxt_unref(parent);
        int64_t after = balance();
        unlink(ctxt_trace_path());
        _exit(before == after ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    ctxt_cancel(parent);
    ctxt_unref(child);
    ctxt_unref(parent);
}

static char directory[] = "/tmp/ctxtrace-counts-XXXXXX";

static int start_recording(void **state)
{
    (void)state;
    char places[12];
    if (!mkdtemp(directory))
        return -1;
    snprintf(places, sizeof places, "%d", PLACES);
    setenv("CTXTRACE_DIR", directory, 1);
    setenv("CTXTRACE_CONTEXTS", places, 1);
    return ctxt_trace_start();
}

static int remove_recording(void **state)
{
    (void)state;
    unlink(ctxt_trace_path());
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_created_and_released_balances),
        cmocka_unit_test(what_is_open_is_the_difference),
        cmocka_unit_test(what_finds_no_place_is_counted),
        cmocka_unit_test(threads_are_added),
        cmocka_unit_test(a_child_counts_its_own),
    };
    return cmocka_run_group_tests(tests, start_recording, remove_recording);
}

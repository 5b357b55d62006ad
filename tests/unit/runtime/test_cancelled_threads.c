/*
 * Threads that pthread_cancel() ends. The library holds locks and counts things in places where
 * functions of the C library would be cancellation points; none of them may end a thread there.
 */
#include "runtime_test.h"

#include "record/recorder.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* Somebody who would wait for a lock that a thread took along waits for ever. */
enum { MANY_SECONDS = 60 };

struct work {
    ctxt_t *context;
    void (*act)(struct work *work);
    _Atomic bool asked, went_through;
};

static void *act_while_being_cancelled(void *argument)
{
    struct work *work = argument;
    while (!work->asked)
        sched_yield();
    work->act(work);
    work->went_through = true;
    pthread_testcancel();
    return NULL;
}

/* True: the thread came out of `act` and was ended only behind it. */
static bool goes_through(struct work *work)
{
    pthread_t thread;
    void *result;
    alarm(MANY_SECONDS);
    assert_int_equal(pthread_create(&thread, NULL, act_while_being_cancelled, work), 0);
    pthread_cancel(thread);
    work->asked = true;
    pthread_join(thread, &result);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    return work->went_through;
}

static void end(struct work *work)
{
    ctxt_cancel(work->context);
}

static void ending_a_context_with_a_descriptor_is_no_cancellation_point(void **state)
{
    (void)state;
    struct work work = {.context = ctxt_with_cancel(ctxt_background()), .act = end};
    ctxt_t *child = ctxt_with_cancel(work.context);
    assert_true(ctxt_done_fd(work.context) >= 0);
    assert_true(ctxt_done_fd(child) >= 0);
    assert_true(goes_through(&work));
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ECANCELED);
    ctxt_cancel(work.context);
    ctxt_unref(child);
    ctxt_unref(work.context);
}

static void give_back(struct work *work)
{
    ctxt_unref(work->context);
}

static void freeing_a_context_with_a_descriptor_is_no_cancellation_point(void **state)
{
    (void)state;
    struct work work = {.context = ctxt_with_cancel(ctxt_background()), .act = give_back};
    int fd = ctxt_done_fd(work.context);
    assert_true(fd >= 0);
    ctxt_cancel(work.context);
    assert_true(goes_through(&work));
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

enum { THREADS = 10, CONTEXTS = 2000 };
static ctxt_t *made[THREADS * CONTEXTS];
static unsigned made_count;

/* Every few hundred claim space of the file system for their slots. */
static void make_many(struct work *work)
{
    for (int i = 0; i < CONTEXTS; i++)
        made[made_count++] = ctxt_with_cancel(work->context);
}

static void recording_is_no_cancellation_point(void **state)
{
    (void)state;
    struct work work = {.context = ctxt_background(), .act = make_many};
    for (int i = 0; i < THREADS; i++) {
        work.went_through = work.asked = false;
        assert_true(goes_through(&work));
    }
    for (unsigned i = 0; i < made_count; i++) {
        ctxt_cancel(made[i]);
        ctxt_unref(made[i]);
    }
}

static unsigned recorded_waits(void)
{
    unsigned count = 0;
    uint64_t used = recorder.storage.header->areas[AREA_WAITS].used;
    for (uint32_t i = 0; i < used; i++)
        count += word_get(recorder_slot(AREA_WAITS, i), WAIT_TASK_ID) != 0;
    return count;
}

static void *poll_for_ever(void *ends)
{
    struct pollfd one = {.fd = ((int *)ends)[0], .events = POLLIN};
    ctxt_poll(ctxt_background(), &one, 1, CTXT_NEVER);
    return NULL;
}

/* A wait that stayed would be a task that is blocked for ever. */
static void a_wait_ends_with_its_thread(void **state)
{
    (void)state;
    int ends[2];
    pthread_t thread;
    alarm(MANY_SECONDS);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, poll_for_ever, ends), 0);
    while (recorded_waits() == 0)
        usleep(1000);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    assert_int_equal(recorded_waits(), 0);
    close(ends[0]);
    close(ends[1]);
}

static char directory[] = "/tmp/ctxtrace-cancelled-XXXXXX";

static int start_recording(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    setenv("CTXTRACE_DIR", directory, 1);
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
        cmocka_unit_test(ending_a_context_with_a_descriptor_is_no_cancellation_point),
        cmocka_unit_test(freeing_a_context_with_a_descriptor_is_no_cancellation_point),
        cmocka_unit_test(recording_is_no_cancellation_point),
        cmocka_unit_test(a_wait_ends_with_its_thread),
    };
    return cmocka_run_group_tests(tests, start_recording, remove_recording);
}

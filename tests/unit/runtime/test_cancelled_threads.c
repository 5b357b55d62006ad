/*
 * Threads that pthread_cancel() ends. The library holds locks and counts things in places where
 * functions of the C library would be cancellation points; none of them may end a thread there.
 */
#include "record/recorder.h"
#include "runtime_test.h"

#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* Somebody who would wait for a lock that a thread took along waits for ever. */
enum { MANY_SECONDS = 60 };

struct work {
    ctxt_t *context;
    int descriptor; /* nothing comes there */
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

/* ---- waits that are no cancellation points ---- */

static int end_soon(ctxt_t *unused, void *argument)
{
    (void)unused;
    (void)argument;
    usleep(1000);
    return 7;
}

static void join_some(struct work *work)
{
    enum { TASKS = 50 };
    for (int i = 0; i < TASKS; i++) {
        int result = 0;
        ctxt_task_t *task = ctxt_go(work->context, end_soon, NULL);
        assert_int_equal(ctxt_join(work->context, task, &result), 0);
        assert_int_equal(result, 7);
    }
}

static void wait_for_groups(struct work *work)
{
    enum { GROUPS = 20 };
    for (int i = 0; i < GROUPS; i++) {
        ctxt_group_t *group = ctxt_group_new(work->context);
        assert_int_equal(ctxt_group_go(group, end_soon, NULL), 0);
        assert_int_equal(ctxt_group_wait(group), 7);
    }
}

static int never_readable(void *descriptor)
{
    return *(int *)descriptor;
}

static int open_still(void *unused)
{
    (void)unused;
    return 0;
}

static void wait_for_custom(struct work *work)
{
    static const ctxt_ops_t ops = {.err = open_still, .done_fd = never_readable};
    ctxt_t *custom = ctxt_custom(&ops, &work->descriptor, work->context);
    assert_int_equal(ctxt_wait(custom, CTXT_MILLISECOND), 0);
    ctxt_unref(custom);
}

static void wait_for_all_else(struct work *work)
{
    (void)work;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    ctxt_cond_t condition = CTXT_COND_INIT;
    ctxt_scope soon = ctxt_with_timeout(ctxt_background(), CTXT_MILLISECOND);
    ctxt_chan_t *channel = ctxt_chan_new(0, 0);
    ctxt_case_t receive = ctxt_case_receive(channel, NULL), times = ctxt_case_after(1000000);
    ctxt_case_t cases[] = {receive, times};
    assert_int_equal(ctxt_wait(soon, CTXT_NEVER), ETIMEDOUT);
    assert_int_equal(ctxt_sleep(ctxt_background(), CTXT_MILLISECOND), 0);
    assert_int_equal(ctxt_select(cases, 2), 1);
    pthread_mutex_lock(&mutex);
    assert_int_equal(ctxt_cond_timedwait(ctxt_background(), &condition, &mutex, CTXT_MILLISECOND),
                     EAGAIN);
    pthread_mutex_unlock(&mutex);
    ctxt_chan_unref(channel);
}

static void waits_are_no_cancellation_points(void **state)
{
    (void)state;
    void (*const acts[])(struct work *) = {join_some, wait_for_groups, wait_for_custom,
                                           wait_for_all_else};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        struct work work = {.context = ctxt_background(), .descriptor = ends[0], .act = acts[i]};
        assert_true(goes_through(&work));
    }
    close(ends[0]);
    close(ends[1]);
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

/* ---- what a wait has made goes with its thread, too ---- */

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static void end_while_it_waits(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    alarm(MANY_SECONDS);
    assert_int_equal(pthread_create(&thread, NULL, function, argument), 0);
    while (recorded_waits() == 0)
        usleep(1000);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

/* A datagram socket with a message in its error queue, which is waited for by an epoll. */
static int socket_with_an_error_queued(void)
{
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof nobody;
    int closed = socket(AF_INET, SOCK_DGRAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    assert_int_equal(bind(closed, (struct sockaddr *)&nobody, size), 0);
    assert_int_equal(getsockname(closed, (struct sockaddr *)&nobody, &size), 0);
    close(closed);
    assert_int_equal(setsockopt(udp, SOL_IP, IP_RECVERR, &on, sizeof on), 0);
    assert_int_equal(sendto(udp, "x", 1, 0, (struct sockaddr *)&nobody, size), 1);
    struct pollfd polled = {.fd = udp};
    assert_int_equal(poll(&polled, 1, -1), 1);
    char letter;
    assert_int_equal(recv(udp, &letter, 1, MSG_DONTWAIT), -1); /* the error itself is told once */
    return udp;
}

static void *receive_for_ever(void *socket)
{
    char letter;
    ctxt_recv(ctxt_background(), *(int *)socket, &letter, 1, 0);
    return NULL;
}

static void no_descriptor_is_left(void **state)
{
    (void)state;
    int udp = socket_with_an_error_queued();
    unsigned before = open_descriptors();
    for (int i = 0; i < 5; i++)
        end_while_it_waits(receive_for_ever, &udp);
    assert_int_equal(open_descriptors(), before);
    close(udp);
}

enum { MANY_POLLED = 2000 };

static void *poll_many_for_ever(void *ends)
{
    struct pollfd many[MANY_POLLED];
    for (int i = 0; i < MANY_POLLED; i++)
        many[i] = (struct pollfd){.fd = ((int *)ends)[0], .events = POLLIN};
    ctxt_poll(ctxt_background(), many, MANY_POLLED, CTXT_NEVER);
    return NULL;
}

static void no_memory_is_left(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    mallopt(M_ARENA_MAX, 1);
    end_while_it_waits(poll_many_for_ever, ends);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 10; i++)
        end_while_it_waits(poll_many_for_ever, ends);
    assert_true(mallinfo2().uordblks < before + 2 * MANY_POLLED * sizeof(struct pollfd));
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
        cmocka_unit_test(waits_are_no_cancellation_points),
        cmocka_unit_test(a_wait_ends_with_its_thread),
        cmocka_unit_test(no_descriptor_is_left),
        cmocka_unit_test(no_memory_is_left),
    };
    return cmocka_run_group_tests(tests, start_recording, remove_recording);
}

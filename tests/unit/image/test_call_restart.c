/*
 * Which calls that a stop restarts are counted, and how late they are said to end at most: one
 * program for each call, asleep in it, that is stopped all the same; and calls in which a stop
 * costs nothing.
 */
#include "base/clock.h"
#include "base/error.h"
#include "image/process.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_S  600 /* nothing here waits until a time-out is over */
#define PATIENCE_NS (PATIENCE_S * NS_PER_SECOND)

/* ---- calls that nothing ever ends ---- */

static const struct timespec time_out = {PATIENCE_S, 0}; /* in memory that is only read */

static int semaphores; /* one, of 0 */

static int new_socket(bool timed)
{
    int ends[2];
    const struct timeval wait = {timed ? PATIENCE_S : 0, 0};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0)
        abort();
    return ends[0];
}

static void receive(bool timed)
{
    char byte;
    (void)!recv(new_socket(timed), &byte, 1, 0);
}

static void receive_timed(void)
{
    receive(true);
}

static void receive_untimed(void)
{
    receive(false);
}

static void send_timed(void)
{
    static char bytes[1 << 20];
    int socket = new_socket(true);
    while (send(socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    (void)!write(socket, bytes, 1);
}

static void wait_semaphore(const struct timespec *limit)
{
    struct sembuf down = {.sem_op = -1};
    if (limit)
        syscall(SYS_semtimedop, semaphores, &down, 1, limit);
    else
        syscall(SYS_semop, semaphores, &down, 1);
}

static void semaphore_timed(void)
{
    wait_semaphore(&time_out);
}

static void semaphore_untimed(void)
{
    wait_semaphore(NULL);
}

static void epoll_timed(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, PATIENCE_S * 1000);
}

static void epoll_untimed(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, -1);
}

static void wait_signal(const struct timespec *limit)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigtimedwait(&set, NULL, limit);
}

static void signal_timed(void)
{
    wait_signal(&time_out);
}

static void signal_untimed(void)
{
    wait_signal(NULL);
}

/* The kernel cannot write down what is left. */
static void select_unwritable(void)
{
    syscall(SYS_pselect6, 0, NULL, NULL, NULL, &time_out, NULL);
}

/* It keeps what is left. */
static void sleep_long(void)
{
    nanosleep(&time_out, NULL);
}

static const struct row {
    const char *name;
    void (*call)(void);
    long number;
    bool timed, length_known;
} rows[] = {
    {"recv", receive_timed, SYS_recvfrom, true, false},
    {"write", send_timed, SYS_write, true, false},
    {"semtimedop", semaphore_timed, SYS_semtimedop, true, true},
    {"epoll_wait", epoll_timed, SYS_epoll_wait, true, true},
    {"sigtimedwait", signal_timed, SYS_rt_sigtimedwait, true, true},
    {"pselect", select_unwritable, SYS_pselect6, true, true},
    {"recv untimed", receive_untimed, SYS_recvfrom, false, false},
    {"semop", semaphore_untimed, SYS_semop, false, false},
    {"epoll_wait untimed", epoll_untimed, SYS_epoll_wait, false, false},
    {"sigwaitinfo", signal_untimed, SYS_rt_sigtimedwait, false, false},
    {"nanosleep", sleep_long, SYS_clock_nanosleep, false, false},
};

/* ---- the target ---- */

static struct {
    _Atomic int64_t begun_ns; /* before the call of the main thread */
    _Atomic int other;        /* the other thread's number */
} * shared;

static int target, go[2];

static _Noreturn void be_target(void (*call)(void))
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    atomic_store(&shared->begun_ns, now_ns());
    call();
    _exit(1);
}

static bool is_in(int tid, long number)
{
    char path[64];
    long found = -1;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", target, tid);
    FILE *file = fopen(path, "r");
    bool there = file && fscanf(file, "%ld", &found) == 1;
    if (file)
        fclose(file);
    return there && found == number;
}

static void await_call(int tid, long number)
{
    while (!is_in(tid, number))
        usleep(100);
}

static void start(void (*call)(void), long number)
{
    target = fork();
    if (target == 0)
        be_target(call);
    await_call(target, number);
}

static void end(void)
{
    kill(target, SIGKILL);
    waitpid(target, NULL, 0);
}

static struct image *open_target(void)
{
    struct error error = {.sentence = ""};
    struct image *image = image_open_process(target, &error);
    if (!image)
        fail_msg("%s", error.sentence);
    return image;
}

/* Returns when all threads stood still. */
static int64_t stop(struct image *image, struct pause *pause)
{
    struct error error = {.sentence = ""};
    pause->limit_ns = PATIENCE_NS;
    if (!process_stop(image, pause, &error))
        fail_msg("%s", error.sentence);
    int64_t stopped_ns = now_ns();
    process_resume(image, pause);
    assert_int_equal(pause->end, STOP_HELD);
    return stopped_ns;
}

/* ---- tests ---- */

static void check_row(const struct row *row)
{
    struct pause pause = {.mover_count = PAUSE_MOVERS}; /* more than are known */
    start(row->call, row->number);
    struct image *image = open_target();
    const struct restarts *restarts = &image->stops.restarts;
    stop(image, &pause);
    if (restarts->count != row->timed ||
        restarts->unbounded != (row->timed && !row->length_known) ||
        restarts->latest_ns != (row->length_known ? PATIENCE_NS + pause.took_ns : 0))
        fail_msg("%s: %d, %d, at most %lld ns", row->name, (int)restarts->count,
                 (int)restarts->unbounded, (long long)restarts->latest_ns);
    if (row->timed)
        await_call(target, row->number); /* it has restarted */
    image_close(image);
    end();
}

static void test_calls_with_a_time_out_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
}

static void test_who_is_left_asleep_does_not_count(void **state)
{
    (void)state;
    start(receive_timed, SYS_recvfrom);
    struct image *image = open_target();
    struct pause pause = {.mover_count = 0};
    stop(image, &pause);
    assert_int_equal(image->stops.count, 1);
    assert_int_equal(image->stops.restarts.count, 0);
    image_close(image);
    end();
}

static void test_each_stop_counts(void **state)
{
    (void)state;
    start(receive_timed, SYS_recvfrom);
    struct image *image = open_target();
    for (int i = 0; i < 3; i++) {
        struct pause pause = {.mover_count = PAUSE_MOVERS};
        await_call(target, SYS_recvfrom);
        stop(image, &pause);
    }
    assert_int_equal(image->stops.restarts.count, 3);
    assert_int_equal(image->stops.restarts.unbounded, 3);
    image_close(image);
    end();
}

static void *wait_for_ever(void *unused)
{
    (void)unused;
    atomic_store(&shared->other, (int)syscall(SYS_gettid));
    epoll_untimed();
    return NULL;
}

/* Waits for a word of the test, and then in a call. */
static void wait_and_receive(void)
{
    char byte;
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0 || read(go[0], &byte, 1) != 1)
        abort();
    atomic_store(&shared->begun_ns, now_ns());
    receive_timed();
}

/*
 * Called for the second thread, when the first has been looked at, which thereupon enters the call.
 */
static bool let_first_go(const void *state, const struct sleeper *sleeper)
{
    (void)state;
    assert_int_equal(sleeper->tid, atomic_load(&shared->other));
    assert_int_equal(write(go[1], "", 1), 1);
    await_call(target, SYS_recvfrom);
    return false;
}

/* Where the call began after the look at its thread, it cannot be later than that was long ago. */
static void test_what_is_known_of_its_begin_bounds_it(void **state)
{
    (void)state;
    struct pause pause = {.takes_eintr = let_first_go};
    assert_int_equal(pipe(go), 0);
    start(wait_and_receive, SYS_read);
    while (atomic_load(&shared->other) == 0)
        usleep(100);
    await_call(atomic_load(&shared->other), SYS_epoll_wait);
    struct image *image = open_target();
    int64_t before_ns = now_ns();
    int64_t stopped_ns = stop(image, &pause);
    const struct restarts *restarts = &image->stops.restarts;
    assert_int_equal(restarts->count, 1);
    assert_int_equal(restarts->unbounded, 0);
    assert_true(restarts->latest_ns >= stopped_ns - atomic_load(&shared->begun_ns));
    assert_true(restarts->latest_ns <= now_ns() - before_ns);
    image_close(image);
    end();
    close(go[0]);
    close(go[1]);
}

static int share(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    return shared == MAP_FAILED || semaphores < 0;
}

static int unshare_all(void **state)
{
    (void)state;
    return semctl(semaphores, 0, IPC_RMID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_with_a_time_out_count),
        cmocka_unit_test(test_who_is_left_asleep_does_not_count),
        cmocka_unit_test(test_each_stop_counts),
        cmocka_unit_test(test_what_is_known_of_its_begin_bounds_it),
    };
    return cmocka_run_group_tests(tests, share, unshare_all);
}

/*
 * System calls under repeated stops: none may return EINTR, none may take longer than it would
 * have, none may do less than it was asked for. One target, in which each call has a thread of its
 * own.
 */
#include "base/clock.h"
#include "base/error.h"
#include "image/blocking_call.h"
#include "image/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND      INT64_C(1000000000)
#define TIME_OUT_MS 300
#define TIME_OUT_NS (TIME_OUT_MS * INT64_C(1000000))
#define SOON_NS     (10 * SECOND) /* how much later a busy machine may be */
#define BYTES       100000        /* more than a pipe or these sockets hold */
#define NOT_THERE   (-1000)       /* this kernel has no such call, or does not let us */

/* ---- the objects, made before the target is ---- */

static struct timespec time_out = {0, TIME_OUT_MS * 1000000L};

static struct timespec from_now(void)
{
    struct timespec then;
    clock_gettime(CLOCK_REALTIME, &then);
    then.tv_nsec += time_out.tv_nsec;
    then.tv_sec += then.tv_nsec / 1000000000;
    then.tv_nsec %= 1000000000;
    return then;
}

static int never_ready(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    return ends[0];
}

/* One end of a pair whose other end stays open, with time-outs in both directions. */
static int timed_socket(int type)
{
    int ends[2];
    const struct timeval wait = {0, TIME_OUT_MS * 1000L};
    if (socketpair(AF_UNIX, type, 0, ends) != 0)
        abort();
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return ends[0];
}

static int full_socket(void)
{
    static char bytes[1 << 20];
    int socket = timed_socket(SOCK_STREAM);
    while (send(socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    return socket;
}

static struct sockaddr_un listening_at(const char *name, int *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval wait = {0, TIME_OUT_MS * 1000L};
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "ctxtrace-%s-%d", name, getpid());
    *listener = socket(AF_UNIX, SOCK_STREAM, 0);
    setsockopt(*listener, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (bind(*listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(*listener, 0))
        abort();
    return address;
}

/* ---- the calls; each returns what it came to, or -errno ---- */

static long outcome(long result)
{
    return result < 0 ? -errno : result;
}

static long call_epoll_wait(void)
{
    struct epoll_event event;
    return outcome(epoll_wait(epoll_create1(0), &event, 1, TIME_OUT_MS));
}

static long call_epoll_pwait(void)
{
    struct epoll_event event;
    sigset_t none;
    sigemptyset(&none);
    return outcome(epoll_pwait(epoll_create1(0), &event, 1, TIME_OUT_MS, &none));
}

static long call_epoll_pwait2(void)
{
    struct epoll_event event;
    long result =
        syscall(SYS_epoll_pwait2, epoll_create1(0), &event, 1, &time_out, NULL, (size_t)8);
    return result < 0 && errno == ENOSYS ? NOT_THERE : outcome(result);
}

static long call_sigtimedwait(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    return outcome(sigtimedwait(&set, NULL, &time_out));
}

static int semaphores;

static long call_semtimedop(void)
{
    struct sembuf take = {.sem_num = 0, .sem_op = -1};
    return outcome(semtimedop(semaphores, &take, 1, &time_out));
}

static long call_semop(void)
{
    struct sembuf take = {.sem_num = 1, .sem_op = -1};
    return outcome(semop(semaphores, &take, 1));
}

static void release_semop(void)
{
    struct sembuf give = {.sem_num = 1, .sem_op = 1};
    semop(semaphores, &give, 1);
}

static long call_io_getevents(void)
{
    aio_context_t context = 0;
    struct io_event event;
    if (syscall(SYS_io_setup, 1, &context) != 0)
        return NOT_THERE;
    return outcome(syscall(SYS_io_getevents, context, 1L, 1L, &event, &time_out));
}

static long call_io_pgetevents(void)
{
    aio_context_t context = 0;
    struct io_event event;
    if (syscall(SYS_io_setup, 1, &context) != 0)
        return NOT_THERE;
    long result = syscall(SYS_io_pgetevents, context, 1L, 1L, &event, &time_out, NULL);
    return result < 0 && errno == ENOSYS ? NOT_THERE : outcome(result);
}

static long call_io_uring_enter(void)
{
    struct io_uring_params parameters = {0};
    struct __kernel_timespec wait = {.tv_nsec = time_out.tv_nsec};
    const struct io_uring_getevents_arg argument = {.ts = (uintptr_t)&wait};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring < 0 || !(parameters.features & IORING_FEAT_EXT_ARG))
        return NOT_THERE;
    return outcome(syscall(SYS_io_uring_enter, ring, 0, 1,
                           IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
                           sizeof argument));
}

static long call_recv(void)
{
    char byte;
    return outcome(recv(timed_socket(SOCK_STREAM), &byte, 1, 0));
}

static long call_recvmsg(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return outcome(recvmsg(timed_socket(SOCK_DGRAM), &message, 0));
}

static long call_recvmmsg(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    return outcome(recvmmsg(timed_socket(SOCK_DGRAM), &message, 1, 0, NULL));
}

static long call_read(void)
{
    char byte;
    return outcome(read(timed_socket(SOCK_STREAM), &byte, 1));
}

static long call_readv(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    return outcome(readv(timed_socket(SOCK_STREAM), &part, 1));
}

static long call_accept(void)
{
    int listener;
    listening_at("accept", &listener);
    return outcome(accept(listener, NULL, NULL));
}

static long call_accept4(void)
{
    int listener;
    listening_at("accept4", &listener);
    return outcome(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

/* The queue of the listener is full with the first. */
static long call_connect(void)
{
    int listener, client = socket(AF_UNIX, SOCK_STREAM, 0);
    const struct timeval wait = {0, TIME_OUT_MS * 1000L};
    struct sockaddr_un address = listening_at("connect", &listener);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address) != 0)
        return -errno;
    return outcome(connect(client, (struct sockaddr *)&address, sizeof address));
}

static long call_send(void)
{
    return outcome(send(full_socket(), "x", 1, MSG_NOSIGNAL));
}

static long call_sendmsg(void)
{
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return outcome(sendmsg(full_socket(), &message, MSG_NOSIGNAL));
}

static long call_write(void)
{
    return outcome(write(full_socket(), "x", 1));
}

static long call_writev(void)
{
    char byte = 'x';
    struct iovec part = {&byte, 1};
    return outcome(writev(full_socket(), &part, 1));
}

/* ---- those that restart by themselves ---- */

static long call_nanosleep(void)
{
    return outcome(nanosleep(&time_out, NULL));
}

static long call_clock_nanosleep(void)
{
    struct timespec then = from_now();
    return -clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &then, NULL);
}

static long call_poll(void)
{
    struct pollfd source = {.fd = never_ready(), .events = POLLIN};
    return outcome(poll(&source, 1, TIME_OUT_MS));
}

static long call_ppoll(void)
{
    struct pollfd source = {.fd = never_ready(), .events = POLLIN};
    return outcome(ppoll(&source, 1, &time_out, NULL));
}

static long call_select(void)
{
    struct timeval wait = {0, TIME_OUT_MS * 1000L};
    return outcome(select(0, NULL, NULL, NULL, &wait));
}

static long call_pselect(void)
{
    return outcome(pselect(0, NULL, NULL, NULL, &time_out, NULL));
}

/* What is left of these cannot be written down. The C library's functions make a copy. */
static const struct timespec fixed_time_out = {0, TIME_OUT_MS * 1000000L};
static const struct timeval fixed_wait = {0, TIME_OUT_MS * 1000L};

static long call_ppoll_fixed(void)
{
    struct pollfd source = {.fd = never_ready(), .events = POLLIN};
    return outcome(syscall(SYS_ppoll, &source, 1, &fixed_time_out, NULL, (size_t)8));
}

static long call_select_fixed(void)
{
    return outcome(syscall(SYS_select, 0, NULL, NULL, NULL, &fixed_wait));
}

static long call_pselect_fixed(void)
{
    return outcome(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &fixed_time_out, NULL));
}

static long call_futex(void)
{
    uint32_t word = 0;
    return outcome(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time_out, NULL, 0));
}

static long call_sem_timedwait(void)
{
    sem_t semaphore;
    struct timespec then = from_now();
    sem_init(&semaphore, 0, 0);
    return outcome(sem_timedwait(&semaphore, &then));
}

static long call_mq_timedreceive(void)
{
    char name[32], text[64];
    struct mq_attr sizes = {.mq_maxmsg = 1, .mq_msgsize = sizeof text};
    struct timespec then = from_now();
    snprintf(name, sizeof name, "/ctxtrace-%d", getpid());
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR | O_EXCL, 0600, &sizes);
    if (queue == (mqd_t)-1)
        return NOT_THERE;
    mq_unlink(name);
    return outcome(mq_timedreceive(queue, text, sizeof text, NULL, &then));
}

static long call_timerfd(void)
{
    uint64_t count;
    const struct itimerspec when = {.it_value = time_out};
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &when, NULL);
    return outcome(read(timer, &count, sizeof count));
}

static int messages, pipe_ends[2], event, locked, part_ends[2], pipe_of_part[2];

static long call_msgrcv(void)
{
    struct {
        long type;
        char text[8];
    } message;
    return outcome(msgrcv(messages, &message, sizeof message.text, 0, 0));
}

static void release_msgrcv(void)
{
    const struct {
        long type;
        char text[8];
    } message = {1, "x"};
    msgsnd(messages, &message, sizeof message.text, 0);
}

static long call_pipe_read(void)
{
    char byte;
    return outcome(read(pipe_ends[0], &byte, 1));
}

static void release_pipe_read(void)
{
    assert_int_equal(write(pipe_ends[1], "x", 1), 1);
}

static long call_eventfd(void)
{
    uint64_t count;
    return outcome(read(event, &count, sizeof count));
}

static void release_eventfd(void)
{
    uint64_t one = 1;
    assert_int_equal(write(event, &one, sizeof one), sizeof one);
}

static long call_flock(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", locked);
    return outcome(flock(open(path, O_RDWR), LOCK_EX)); /* its own, so that it has to wait */
}

static void release_flock(void)
{
    flock(locked, LOCK_UN);
}

/* Without SIGCHLD, which is ignored: see blocking_call.h on what comes of such while traced. */
static long call_wait(void)
{
    int waited = (int)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
    if (waited == 0) {
        nanosleep(&time_out, NULL);
        _exit(0);
    }
    return outcome(waitpid(waited, NULL, __WALL)) == waited ? 0 : -errno;
}

/* ---- those that return what they have ---- */

static long call_recv_all(void)
{
    char bytes[8];
    return outcome(recv(part_ends[0], bytes, sizeof bytes, MSG_WAITALL));
}

static void release_recv_all(void)
{
    assert_int_equal(send(part_ends[1], "5678", 4, 0), 4);
}

static long call_pipe_write(void)
{
    static char bytes[BYTES];
    return outcome(write(pipe_of_part[1], bytes, sizeof bytes));
}

/* Until nothing more comes: it may have written less. */
static void release_pipe_write(void)
{
    char bytes[4096];
    struct pollfd source = {.fd = pipe_of_part[0], .events = POLLIN};
    for (ssize_t all = 0, got; all < BYTES && poll(&source, 1, 1000) > 0; all += got) {
        got = read(pipe_of_part[0], bytes, sizeof bytes);
        assert_true(got > 0);
    }
}

/* ---- the table ---- */

struct row {
    const char *name;
    long number; /* of the system call that a stop would show in; -1: in none */
    long (*call)(void);
    long result;           /* as if nothing had been */
    void (*release)(void); /* NULL: it ends by itself, after the time-out */
    bool parts;            /* begun again it would do less */
};

static const struct row rows[] = {
    {"epoll_wait", SYS_epoll_wait, call_epoll_wait, 0, NULL, false},
    {"epoll_pwait", SYS_epoll_pwait, call_epoll_pwait, 0, NULL, false},
    {"epoll_pwait2", SYS_epoll_pwait2, call_epoll_pwait2, 0, NULL, false},
    {"sigtimedwait", SYS_rt_sigtimedwait, call_sigtimedwait, -EAGAIN, NULL, false},
    {"semtimedop", SYS_semtimedop, call_semtimedop, -EAGAIN, NULL, false},
    {"semop", SYS_semop, call_semop, 0, release_semop, false},
    {"io_getevents", SYS_io_getevents, call_io_getevents, 0, NULL, false},
    {"io_pgetevents", SYS_io_pgetevents, call_io_pgetevents, 0, NULL, false},
    {"io_uring_enter", SYS_io_uring_enter, call_io_uring_enter, -ETIME, NULL, false},
    {"recv", SYS_recvfrom, call_recv, -EAGAIN, NULL, false},
    {"recvmsg", SYS_recvmsg, call_recvmsg, -EAGAIN, NULL, false},
    {"recvmmsg", SYS_recvmmsg, call_recvmmsg, -EAGAIN, NULL, false},
    {"read of a socket", SYS_read, call_read, -EAGAIN, NULL, false},
    {"readv of a socket", SYS_readv, call_readv, -EAGAIN, NULL, false},
    {"accept", SYS_accept, call_accept, -EAGAIN, NULL, false},
    {"accept4", SYS_accept4, call_accept4, -EAGAIN, NULL, false},
    {"connect", SYS_connect, call_connect, -EAGAIN, NULL, false},
    {"send", SYS_sendto, call_send, -EAGAIN, NULL, false},
    {"sendmsg", SYS_sendmsg, call_sendmsg, -EAGAIN, NULL, false},
    {"write to a socket", SYS_write, call_write, -EAGAIN, NULL, false},
    {"writev to a socket", SYS_writev, call_writev, -EAGAIN, NULL, false},
    {"recv of all", SYS_recvfrom, call_recv_all, 8, release_recv_all, true},
    {"write to a pipe", SYS_write, call_pipe_write, BYTES, release_pipe_write, true},
    {"ppoll of a constant", SYS_ppoll, call_ppoll_fixed, 0, NULL, false},
    {"select of a constant", SYS_select, call_select_fixed, 0, NULL, false},
    {"pselect of a constant", SYS_pselect6, call_pselect_fixed, 0, NULL, false},
    {"nanosleep", -1, call_nanosleep, 0, NULL, false},
    {"clock_nanosleep", -1, call_clock_nanosleep, 0, NULL, false},
    {"poll", -1, call_poll, 0, NULL, false},
    {"ppoll", -1, call_ppoll, 0, NULL, false},
    {"select", -1, call_select, 0, NULL, false},
    {"pselect", -1, call_pselect, 0, NULL, false},
    {"futex", -1, call_futex, -ETIMEDOUT, NULL, false},
    {"sem_timedwait", -1, call_sem_timedwait, -ETIMEDOUT, NULL, false},
    {"mq_timedreceive", -1, call_mq_timedreceive, -ETIMEDOUT, NULL, false},
    {"timerfd", -1, call_timerfd, 8, NULL, false},
    {"msgrcv", -1, call_msgrcv, 8, release_msgrcv, false},
    {"read of a pipe", -1, call_pipe_read, 1, release_pipe_read, false},
    {"eventfd", -1, call_eventfd, 8, release_eventfd, false},
    {"flock", -1, call_flock, 0, release_flock, false},
    {"wait", -1, call_wait, 0, NULL, false},
};

#define ROWS (sizeof rows / sizeof rows[0])

/* ---- the target ---- */

static struct {
    _Atomic int ready, done;
    _Atomic bool go;
    struct {
        _Atomic bool done;
        int tid;
        long result;
        int64_t took_ns;
    } of[ROWS];
} * shared;

static int target;

static void *run_row(void *argument)
{
    const struct row *row = argument;
    size_t i = (size_t)(row - rows);
    shared->of[i].tid = (int)syscall(SYS_gettid);
    atomic_fetch_add(&shared->ready, 1);
    while (!shared->go)
        usleep(1000);
    int64_t began_ns = now_ns();
    shared->of[i].result = row->call();
    shared->of[i].took_ns = now_ns() - began_ns;
    shared->of[i].done = true;
    atomic_fetch_add(&shared->done, 1);
    return NULL;
}

static void run_target(void)
{
    pthread_t thread;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (size_t i = 0; i < ROWS; i++)
        pthread_create(&thread, NULL, run_row, (void *)(uintptr_t)&rows[i]);
    for (;;)
        pause();
}

static int start(void **state)
{
    (void)state;
    char path[] = "/tmp/ctxtrace-lock-XXXXXX";
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    semaphores = semget(IPC_PRIVATE, 2, 0600);
    messages = msgget(IPC_PRIVATE, 0600);
    event = eventfd(0, 0);
    locked = mkstemp(path);
    unlink(path);
    flock(locked, LOCK_EX);
    if (pipe(pipe_ends) != 0 || pipe(pipe_of_part) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, part_ends) != 0 ||
        send(part_ends[1], "1234", 4, 0) != 4)
        return 1;
    target = fork();
    if (target == 0)
        run_target();
    while (shared->ready < (int)ROWS)
        usleep(1000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    kill(target, SIGKILL);
    waitpid(target, NULL, 0);
    semctl(semaphores, 0, IPC_RMID);
    msgctl(messages, IPC_RMID, NULL);
    close(locked);
    close(event);
    for (int i = 0; i < 2; i++) {
        close(pipe_ends[i]);
        close(pipe_of_part[i]);
        close(part_ends[i]);
    }
    munmap(shared, sizeof *shared);
    return 0;
}

static bool is_left_out(const struct row *row, bool stops_all)
{
    return stops_all && row->parts;
}

static bool all_timed_are_done(void)
{
    for (size_t i = 0; i < ROWS; i++)
        if (!rows[i].release && !shared->of[i].done)
            return false;
    return true;
}

static bool is_in_call(int tid, long number)
{
    char path[64];
    long current = -1;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", target, tid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    if (fscanf(file, "%ld", &current) != 1)
        current = -1; /* it runs */
    fclose(file);
    return current == number;
}

/* A call that is stopped before it sleeps, but has done a part, returns that part. */
static void go(void)
{
    shared->go = true;
    for (size_t i = 0; i < ROWS; i++)
        while (rows[i].parts && !is_in_call(shared->of[i].tid, rows[i].number))
            usleep(100);
}

/* How often each thread was met asleep and left so. */
static void count_asleep(const struct image *image, unsigned counts[ROWS])
{
    for (size_t n = 0; n < image->thread_count; n++)
        for (size_t i = 0; i < ROWS; i++)
            counts[i] += image->threads[n].asleep && image->threads[n].tid == shared->of[i].tid;
}

static void stop_once(struct image *image, bool stops_all, unsigned asleep[ROWS])
{
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = 60 * SECOND,
                          .mover_count = stops_all ? PAUSE_MOVERS : 0}; /* more than are known */
    if (!process_stop(image, &pause, &error))
        fail_msg("%s", error.sentence);
    count_asleep(image, asleep);
    process_resume(image, &pause);
    assert_true(pause.end == STOP_HELD || (!stops_all && pause.end == STOP_MOVED));
}

static void release_all(void)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].release)
            rows[i].release();
}

static void await_all(void)
{
    for (int64_t until_ns = now_ns() + 30 * SECOND; shared->done < (int)ROWS; usleep(1000))
        if (now_ns() > until_ns)
            break;
}

static void check(bool stops_all, int64_t stopped_for_ns)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        long result = shared->of[i].result;
        int64_t took_ns = shared->of[i].took_ns;
        if (is_left_out(row, stops_all))
            continue;
        if (result == NOT_THERE) {
            print_message("%s: not there\n", row->name);
            continue;
        }
        bool good = shared->of[i].done && result == row->result &&
                    (row->release || (took_ns >= TIME_OUT_NS - 2000000 &&
                                      took_ns < TIME_OUT_NS + stopped_for_ns + SOON_NS));
        if (!good)
            print_message("%s: %s, %ld after %lld ms\n", row->name,
                          shared->of[i].done ? "done" : "not done", result,
                          (long long)(took_ns / 1000000));
        wrong += !good;
    }
    assert_int_equal(wrong, 0);
}

/* However often it is looked at: each sleeps as long as it would have. */
static void test_those_that_would_notice_are_left_asleep(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    unsigned asleep[ROWS] = {0}, stops = 0;
    struct image *image = image_open_process(target, &error);
    assert_non_null(image);
    go();
    int64_t until_ns = now_ns() + 30 * SECOND;
    for (; !all_timed_are_done() && now_ns() < until_ns; stops++) {
        stop_once(image, false, asleep);
        usleep(3000);
    }
    release_all();
    await_all();
    check(false, 0);
    print_message("%u stops\n", stops);
    assert_true(stops > 2);
    for (size_t i = 0; i < ROWS; i++) {
        bool shows = rows[i].number >= 0 && shared->of[i].result != NOT_THERE;
        if (shows != (asleep[i] > 0))
            fail_msg("%s was met asleep %u times", rows[i].name, asleep[i]);
    }
    image_close(image);
}

/* Where they have to be stopped after all, nobody is told of it; it may only take longer. */
static void test_those_that_are_stopped_begin_again(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    unsigned asleep[ROWS] = {0};
    struct image *image = image_open_process(target, &error);
    assert_non_null(image);
    go();
    int64_t began_ns = now_ns();
    for (int i = 0; i < 60; i++) {
        stop_once(image, true, asleep);
        usleep(3000);
    }
    int64_t stopped_for_ns = now_ns() - began_ns;
    release_all();
    await_all();
    check(true, stopped_for_ns);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(asleep[i], 0);
    image_close(image);
}

static bool any(const void *state, const struct sleeper *sleeper)
{
    return *(const int *)state == sleeper->tid;
}

/* A call that may return EINTR does, instead of a time-out that begins again. */
static void test_who_takes_eintr_gets_it(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    const int tid = shared->of[0].tid;
    struct image *image = image_open_process(target, &error);
    assert_non_null(image);
    go();
    for (int i = 0; i < 10000 && !shared->of[0].done; i++) {
        struct pause pause = {.limit_ns = 60 * SECOND, .takes_eintr = any, .state = &tid};
        assert_true(process_stop(image, &pause, &error));
        process_resume(image, &pause);
        usleep(10000);
    }
    assert_int_equal(shared->of[0].result, -EINTR);
    release_all();
    await_all();
    for (size_t i = 1; i < ROWS; i++)
        assert_int_not_equal(shared->of[i].result, -EINTR);
    image_close(image);
}

static const struct image_thread *thread_of(const struct image *image, int tid)
{
    for (size_t i = 0; i < image->thread_count; i++)
        if (image->threads[i].tid == tid)
            return &image->threads[i];
    fail_msg("it is not there");
    return NULL;
}

/* What was read while somebody ran is of no one instant; next time that one is stopped. */
static void test_who_runs_though_left_asleep_is_told(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = 60 * SECOND};
    struct image *image = image_open_process(target, &error);
    assert_non_null(image);
    go();
    size_t row = 0;
    while (rows[row].call != call_recv_all)
        row++;
    const int tid = shared->of[row].tid;
    assert_true(process_stop(image, &pause, &error));
    const struct image_thread *thread = thread_of(image, tid);
    assert_true(thread->asleep);
    assert_true(thread->pc && thread->sp);
    assert_int_equal(send(part_ends[1], "56", 2, 0), 2); /* it takes them, and waits for more */
    int left = 1;
    while (ioctl(part_ends[0], FIONREAD, &left) == 0 && left > 0)
        usleep(100);
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_MOVED);
    bool told = false;
    for (size_t i = 0; i < pause.mover_count; i++)
        told |= pause.movers[i] == tid;
    assert_true(told);
    assert_true(process_stop(image, &pause, &error));
    assert_false(thread_of(image, tid)->asleep);
    process_resume(image, &pause);
    image_close(image);
}

/* ---- many ---- */

#define MANY 600

static struct {
    _Atomic int done;
    _Atomic bool failed;
} * crowd;

struct queues {
    int starting, empty;
};

static void *sleep_among_many(void *argument)
{
    const struct queues *queues = argument;
    struct epoll_event ready;
    if (epoll_wait(queues->starting, &ready, 1, -1) != 1 ||
        epoll_wait(queues->empty, &ready, 1, 5 * TIME_OUT_MS) != 0)
        crowd->failed = true;
    atomic_fetch_add(&crowd->done, 1);
    return NULL;
}

static void run_crowd(int go)
{
    static struct queues queues;
    pthread_attr_t small;
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    queues = (struct queues){epoll_create1(0), epoll_create1(0)};
    if (epoll_ctl(queues.starting, EPOLL_CTL_ADD, go, &(struct epoll_event){.events = EPOLLIN}))
        _exit(1);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int i = 0; i < MANY; i++)
        if (pthread_create(&thread, &small, sleep_among_many, &queues) != 0)
            _exit(1);
    for (;;)
        pause();
}

/* A look at them: how many were left asleep? */
static size_t look_at_crowd(struct image *image)
{
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = 60 * SECOND};
    size_t asleep = 0;
    assert_true(process_stop(image, &pause, &error));
    for (size_t i = 0; i < image->thread_count; i++)
        asleep += image->threads[i].asleep;
    process_resume(image, &pause);
    return asleep;
}

/*
 * However many they are: all are left asleep; and when they sleep for a time, which each look would
 * begin again, it ends.
 */
static void test_many_are_left_asleep(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    crowd = mmap(NULL, sizeof *crowd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int go = eventfd(0, EFD_CLOEXEC);
    int pid = fork();
    if (pid == 0)
        run_crowd(go);
    struct image *image = image_open_process(pid, &error);
    assert_non_null(image);
    while (look_at_crowd(image) < MANY)
        usleep(20000);
    assert_int_equal(crowd->done, 0);
    assert_int_equal(eventfd_write(go, 1), 0);
    for (; crowd->done < MANY; usleep(20000))
        look_at_crowd(image);
    assert_false(crowd->failed);
    image_close(image);
    close(go);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    munmap(crowd, sizeof *crowd);
}

static void test_each_call_of_the_table_is_tried(void **state)
{
    (void)state;
    /* Close with SO_LINGER, and what moves bytes between descriptors, are as write is. */
    static const long alike[] = {SYS_preadv2, SYS_pwritev2, SYS_sendmmsg, SYS_sendfile,
                                 SYS_splice,  SYS_tee,      SYS_vmsplice, SYS_close};
    const struct blocking_call *call;
    for (size_t at = 0; (call = blocking_call_at(at)); at++) {
        bool tried = false;
        for (size_t i = 0; i < ROWS; i++)
            tried |= rows[i].number == call->number;
        tried |= call->shows == SHOWS_NEVER; /* this kernel does not return EINTR from it */
        for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++)
            tried |= alike[i] == call->number;
        if (!tried)
            fail_msg("%s is not tried", call->name);
    }
}

/* What it closed is closed; the number may be another file's when the call would come again. */
static void test_a_close_is_not_restarted(void **state)
{
    (void)state;
    const struct blocking_call *call;
    for (size_t at = 0; (call = blocking_call_at(at)); at++)
        assert_int_equal(blocking_call_restarts(call), call->number != SYS_close);
    assert_non_null(blocking_call_find(SYS_close)); /* but who sleeps in one is left asleep */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_close_is_not_restarted),
        cmocka_unit_test(test_each_call_of_the_table_is_tried),
        cmocka_unit_test_setup_teardown(test_those_that_would_notice_are_left_asleep, start, end),
        cmocka_unit_test_setup_teardown(test_those_that_are_stopped_begin_again, start, end),
        cmocka_unit_test_setup_teardown(test_who_takes_eintr_gets_it, start, end),
        cmocka_unit_test_setup_teardown(test_who_runs_though_left_asleep_is_told, start, end),
        cmocka_unit_test(test_many_are_left_asleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

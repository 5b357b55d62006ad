#include "image/stopper.h"

#include "base/clock.h"
#include "base/read_text.h"
#include "image/death_at_step.h"
#include "image/permission.h"
#include "image/stopper_work.h"
#include "image/urgency.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM_FOR_MORE 1024          /* threads that are made meanwhile */
#define SLACK_NS      NS_PER_SECOND /* for a machine that does not let the child run */

#define CLONE_NS (10 * NS_PER_SECOND) /* for what is done about a clone while nobody waits */

struct stopper {
    struct stop_request request;
    struct stopper_state work;
    size_t page_size, slots_size;
    int sockets[2]; /* ours, and the stopper's */
    int reader;     /* our own process */
    int pid;        /* of the stopper; 0: a thread does its work */
    pthread_t thread;
};

static _Atomic bool wants_thread;

void stopper_use_thread(bool thread)
{
    wants_thread = thread;
}

/* ---- room ---- */

static size_t count_tasks(int directory)
{
    char text[4096];
    read_text(directory, "status", text, sizeof text);
    const char *line = strstr(text, "\nThreads:");
    long count = line ? strtol(line + sizeof "\nThreads:", NULL, 10) : 0;
    return count > 0 ? (size_t)count : 1;
}

static void *map(size_t size, int flags)
{
    void *area =
        mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return area == MAP_FAILED ? NULL : area;
}

static bool make_room(struct stopper *stopper)
{
    size_t threads = stopper->request.tids ? stopper->request.tid_count
                                           : count_tasks(stopper->request.directory) * 2;
    size_t capacity = threads + ROOM_FOR_MORE, slots = 4096;
    while (slots < capacity * 3)
        slots *= 2;
    stopper->page_size = sizeof(struct stopper_page) + capacity * sizeof(struct stopper_thread);
    stopper->slots_size = slots * sizeof(uint32_t);
    stopper->work = (struct stopper_state){.request = &stopper->request,
                                           .page = map(stopper->page_size, MAP_SHARED),
                                           .capacity = capacity,
                                           .slots = map(stopper->slots_size, MAP_PRIVATE),
                                           .slot_count = slots,
                                           .socket = -1,
                                           .children = -1,
                                           .tasks = -1,
                                           .timer = -1};
    return stopper->work.page && stopper->work.slots &&
           socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stopper->sockets) == 0;
}

static void close_socket(int *socket)
{
    if (*socket >= 0)
        close(*socket);
    *socket = -1;
}

void stopper_free(struct stopper *stopper)
{
    if (!stopper)
        return;
    close_socket(&stopper->sockets[0]);
    close_socket(&stopper->sockets[1]);
    if (stopper->work.page)
        munmap(stopper->work.page, stopper->page_size);
    if (stopper->work.slots)
        munmap(stopper->work.slots, stopper->slots_size);
    free(stopper);
}

/* ---- in the child ---- */

static void close_between(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    struct rlimit limit; /* an older kernel */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < last)
        last = (unsigned)limit.rlim_cur;
    for (unsigned descriptor = first; descriptor <= last; descriptor++)
        close((int)descriptor);
}

static void close_all_but(unsigned one, unsigned other)
{
    unsigned low = one < other ? one : other, high = one < other ? other : one;
    if (low)
        close_between(0, low - 1);
    close_between(low + 1, high - 1);
    close_between(high + 1, ~0U);
}

/* SIGCHLD is blocked and read from a descriptor; the others do what they do by themselves. */
static void reset_signals(struct stopper_state *work)
{
    sigset_t children;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_SETMASK, &children, NULL);
    work->children = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The kernel kills this process then, in whatever state it is. */
static bool arm(struct stopper_state *work, int64_t in_ns)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    /* The kernel's own timer; the C library's may need memory. */
    return syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &work->timer) == 0 &&
           stopper_arm(work, in_ns);
}

static void child(struct stopper *stopper)
{
    struct stopper_state *work = &stopper->work;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != stopper->reader)
        _exit(0);
    setsid();
    prctl(PR_SET_NAME, "ctxtrace-stop");
    close_all_but((unsigned)work->socket, (unsigned)work->request->directory);
    reset_signals(work);
    death_at_step_prepare();
    if (!arm(work, work->request->limit_ns + stopper_grace_ns(work->request->limit_ns))) {
        work->page->result = STOPPER_FAILED;
        work->page->error = errno;
        _exit(0);
    }
    stopper_work(work);
    _exit(0);
}

/* ---- making one ---- */

static void *in_thread(void *state)
{
    struct stopper *stopper = state;
    stopper_work(&stopper->work);
    shutdown(stopper->work.socket, SHUT_RDWR);
    return NULL;
}

static bool start_thread(struct stopper *stopper)
{
    return pthread_create(&stopper->thread, NULL, in_thread, stopper) == 0;
}

/* No signal may reach a handler of ours in the child. */
static bool start_process(struct stopper *stopper)
{
    sigset_t all, before;
    stopper->reader = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    stopper->pid = (int)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
    if (stopper->pid == 0)
        child(stopper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close_socket(&stopper->sockets[1]);
    return stopper->pid > 0;
}

/* Has it said something, or ended, by then? */
static bool has_answered(const struct stopper *stopper, int64_t until_ns)
{
    struct pollfd source = {.fd = stopper->sockets[0], .events = POLLIN};
    int ready;
    do {
        int64_t left_ns = until_ns - now_ns();
        ready = poll(&source, 1, left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/*
 * Its word, or its end. The kernel sees to it that one of them comes. While threads are to stop, it
 * takes its turns as they do; but if it should give that up and has not, it may not have come to
 * it.
 */
static void hear(const struct stopper *stopper)
{
    const struct stop_request *request = &stopper->request;
    int64_t began_ns = now_ns();
    struct urgency urgency = urgency_begin();
    bool answered = has_answered(stopper, began_ns + request->patience_ns);
    if (!answered && stopper->pid)
        urgency_above_all(stopper->pid);
    if (!answered)
        answered = has_answered(stopper, began_ns + request->limit_ns +
                                             stopper_grace_ns(request->limit_ns) + SLACK_NS +
                                             (request->place ? CLONE_NS : 0));
    urgency_end(&urgency);
    char word;
    if (answered)
        recv(stopper->sockets[0], &word, 1, MSG_DONTWAIT);
}

static struct stopper *stopper_new(const struct stop_request *request, bool as_thread)
{
    struct stopper *stopper = calloc(1, sizeof *stopper);
    if (!stopper)
        return NULL;
    stopper->request = *request;
    stopper->sockets[0] = stopper->sockets[1] = -1;
    if (make_room(stopper)) {
        stopper->work.socket = stopper->sockets[1];
        if (as_thread && request->place) { /* who would end a clone if the reader is stopped? */
            stopper->request.place = NULL;
            stopper->work.page->obstacle = INJECT_NO_STOPPER;
        }
        return stopper;
    }
    stopper_free(stopper);
    return NULL;
}

static enum stopper_result begin_once(const struct stop_request *request, bool as_thread,
                                      struct stopper **begun, int *error)
{
    struct stopper *stopper = stopper_new(request, as_thread);
    *begun = NULL;
    if (!stopper || !(as_thread ? start_thread(stopper) : start_process(stopper))) {
        *error = errno ? errno : ENOMEM;
        stopper_free(stopper);
        return STOPPER_FAILED;
    }
    *begun = stopper;
    hear(stopper);
    *error = stopper->work.page->error;
    return (enum stopper_result)stopper->work.page->result;
}

/* Yama may let this process trace what it does not let its child. */
static bool only_ancestors_may(void)
{
    return permission_yama_scope() == 1;
}

#define TRIES 3

enum stopper_result stopper_begin(const struct stop_request *request, struct stopper **stopper,
                                  int *error)
{
    bool as_thread = wants_thread;
    enum stopper_result result = STOPPER_FAILED;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        result = begin_once(request, as_thread, stopper, error);
        bool refused = result == STOPPER_REFUSED && *error == EPERM && !as_thread;
        if (result != STOPPER_AGAIN && !(refused && only_ancestors_may()))
            return result;
        as_thread |= refused;
        if (tries + 1 == TRIES)
            break;
        stopper_end(*stopper);
        stopper_free(*stopper);
    }
    return result;
}

const struct stopper_page *stopper_page(const struct stopper *stopper)
{
    return stopper->work.page;
}

/* ---- ending it ---- */

/* Its end is waited for, as only then all have been let go; but not for ever. */
static void await_end(const struct stopper *stopper)
{
    struct pollfd source = {.fd = stopper->sockets[0], .events = POLLIN};
    int64_t until_ns = now_ns() + stopper_grace_ns(stopper->request.limit_ns) +
                       (stopper->work.page->child ? CLONE_NS : 0);
    char words[8];
    for (;;) {
        int64_t left_ns = until_ns - now_ns();
        int ready = poll(&source, 1, left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            kill(stopper->pid, SIGKILL);
        if (ready <= 0 || recv(stopper->sockets[0], words, sizeof words, MSG_DONTWAIT) <= 0)
            break;
    }
    while (waitpid(stopper->pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

enum stop_end stopper_end(struct stopper *stopper)
{
    const struct stopper_page *page = stopper->work.page;
    send(stopper->sockets[0], "", 1, MSG_NOSIGNAL);
    if (stopper->pid)
        await_end(stopper);
    else
        pthread_join(stopper->thread, NULL);
    if (page->child_ended && page->end == STOP_HELD)
        return STOP_CLONE_ENDED;
    bool lost = page->end == STOP_NONE && page->result == STOPPER_STOPPED && !stopper->request.tids;
    return lost ? STOP_BROKEN : (enum stop_end)page->end;
}

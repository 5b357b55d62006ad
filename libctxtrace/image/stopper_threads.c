/*
 * PTRACE_SEIZE and PTRACE_INTERRUPT for every thread in the list of threads, again and again until
 * no new one appears (a thread can make threads until it is itself stopped), then wait for each.
 *
 * Each thread is waited for by its number, which costs the same however many there are; where one
 * does not come, for some of all. For a thread may be waiting for us: execve() first ends
 * the other threads of its process, and one that is traced has ended only when its tracer was told.
 * What executes another program is let go at once.
 *
 * Threads that are asleep in a call which a stop shows in are left asleep, and looked at again
 * before the others are let go (sleeper.h).
 *
 * Signals are left alone: a thread that stops to receive one is given it when it is let go, which
 * is why the signal of a signal-delivery-stop is remembered.
 */
#include "image/stopper_threads.h"

#include "base/clock.h"
#include "base/sorted.h"
#include "image/stopper_registers.h"
#include "image/urgency.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_SLEEP  NS_PER_MS         /* while something may come that wakes nobody */
#define LET_GO_NS      (500 * NS_PER_US) /* of the first */
#define LOOK_AT_ONE_NS (30 * NS_PER_US)  /* that was left asleep */

/* ---- the table of threads ---- */

static uint32_t *slot_of(const struct stopper_state *work, int tid)
{
    size_t at = ((uint32_t)tid * UINT32_C(2654435761)) & (work->slot_count - 1);
    while (work->slots[at] && work->page->threads[work->slots[at] - 1].tid != tid)
        at = (at + 1) & (work->slot_count - 1);
    return &work->slots[at];
}

static struct stopper_thread *find(const struct stopper_state *work, int tid)
{
    uint32_t number = *slot_of(work, tid);
    return number ? &work->page->threads[number - 1] : NULL;
}

static struct stopper_thread *add(struct stopper_state *work, int tid)
{
    struct stopper_thread *thread = &work->page->threads[work->page->count++];
    *slot_of(work, tid) = (uint32_t)work->page->count;
    *thread = (struct stopper_thread){.tid = tid};
    return thread;
}

/* ---- waiting ---- */

static int64_t before_limit(const struct stopper_state *work, int64_t reserve_ns)
{
    int64_t limit_ns = work->request->limit_ns;
    return work->page->began_ns + limit_ns -
           (reserve_ns < limit_ns / 2 ? reserve_ns : limit_ns / 2);
}

/* Letting go takes its time, too, and counts. */
static int64_t let_go_at(const struct stopper_state *work)
{
    return before_limit(work, LET_GO_NS + STOPPER_LET_GO_ONE_NS * (int64_t)work->page->count);
}

/* And so does looking whether those that were left asleep still are. */
int64_t stopper_hold_until(const struct stopper_state *work)
{
    return before_limit(work, LET_GO_NS + STOPPER_LET_GO_ONE_NS * (int64_t)work->page->count +
                                  LOOK_AT_ONE_NS * (int64_t)work->watched);
}

/* No more threads are waited for: what is left is for the copy, or for letting go of so many. */
static bool is_too_late(const struct stopper_state *work)
{
    int64_t now = now_ns();
    return now > work->give_up_ns || now > stopper_hold_until(work);
}

/* What was known of this thread a moment ago; NULL: nothing. */
static const struct sleeper *sleeper_of(const struct stopper_state *work, int tid)
{
    const struct sleeper *sleepers = work->request->sleepers;
    size_t place = SORTED_FIRST(i, 0, work->request->sleeper_count, sleepers[i].tid >= tid);
    return place < work->request->sleeper_count && sleepers[place].tid == tid ? &sleepers[place]
                                                                              : NULL;
}

/* At once, so that whatever becomes of this process, the thread's call begins again. */
static void note_status(const struct stopper_state *work, struct stopper_thread *thread, int status)
{
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        thread->gone = true;
        return;
    }
    thread->waited = true;
    /* Events (PTRACE_EVENT_STOP and friends) carry no signal that the program should get. */
    thread->signal = status >> 16 ? 0 : WSTOPSIG(status);
    thread->read = stopper_registers_take(thread, work->request->directory);
}

/* Takes what the kernel has to say of this thread, or of any (-1). Returns the thread's number. */
static int take_status(struct stopper_state *work, int tid)
{
    int status;
    int got = waitpid(tid, &status, __WALL | __WNOTHREAD | WNOHANG);
    if (got <= 0)
        return got;
    struct stopper_thread *thread = find(work, got);
    if (work->holds) { /* the reader is reading what is known of the threads */
        work->ending |= WIFEXITED(status) || WIFSIGNALED(status);
        return got;
    }
    work->executed |= status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8));
    if (thread)
        note_status(work, thread, status);
    return got;
}

#define AT_ONCE 64

/*
 * Takes what there is of any thread: who executes another program waits until we know of the ends
 * of the others. Each look is through a list as long as there are threads, so this is done only
 * while one keeps us waiting, and not for long.
 */
static void take_any(struct stopper_state *work)
{
    for (int i = 0; i < AT_ONCE && !is_too_late(work); i++)
        if (take_status(work, -1) <= 0)
            return;
}

void stopper_sleep_until(const struct stopper_state *work, int64_t until_ns, bool for_reader)
{
    struct pollfd sources[] = {{.fd = work->children, .events = POLLIN},
                               {.fd = for_reader ? work->socket : -1, .events = POLLIN}};
    int64_t left_ns = until_ns - now_ns();
    if (left_ns <= 0)
        return;
    if (work->children < 0 && left_ns > LONGEST_SLEEP)
        left_ns = LONGEST_SLEEP;
    const struct timespec left = timespec_of(left_ns);
    ppoll(sources, 2, &left, NULL);
    char news[512];
    if (sources[0].revents & POLLIN && read(work->children, news, sizeof news) < 0)
        return;
}

/* false: it has not stopped in time. */
static bool await(struct stopper_state *work, struct stopper_thread *thread)
{
    for (unsigned round = 0; !thread->waited && !thread->gone && !thread->watched; round++) {
        int got = take_status(work, thread->tid);
        if (got == thread->tid)
            continue;
        if (got < 0 && errno != EINTR)
            thread->gone = true;
        if (round > 1)
            take_any(work);
        if (work->executed)
            return true;
        if (is_too_late(work))
            return thread->waited || thread->gone;
        if (!thread->waited && !thread->gone)
            stopper_sleep_until(work, now_ns() + LONGEST_SLEEP / 2, false);
    }
    return true;
}

/* ---- seizing ---- */

static size_t write_number(char *text, int number)
{
    char digits[16];
    size_t count = 0, length = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count)
        text[length++] = digits[--count];
    text[length] = '\0';
    return length;
}

/* Is it, now that it cannot become another's, a thread of the target? */
static bool is_of_target(const struct stopper_state *work, int tid)
{
    char name[16];
    write_number(name, tid);
    return faccessat(work->tasks, name, F_OK, 0) == 0;
}

/* A thread that has ended cannot be seized, and the kernel says of some of them EPERM. */
static bool has_ended(const struct stopper_state *work, int tid)
{
    char path[32], text[512];
    size_t length = write_number(path, tid);
    for (const char *name = "/stat"; *name; name++)
        path[length++] = *name;
    path[length] = '\0';
    int file = openat(work->tasks, path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, sizeof text);
    if (file >= 0)
        close(file);
    ssize_t end_of_name = got;
    while (end_of_name > 0 && text[end_of_name - 1] != ')')
        end_of_name--;
    if (got <= 0 || end_of_name + 1 >= got)
        return true;
    char state = text[end_of_name + 1];
    return state == 'Z' || state == 'X';
}

static enum stopper_result fail(struct stopper_state *work, enum stopper_result result, int error,
                                int tid)
{
    work->page->error = error;
    work->page->tid = tid;
    return result;
}

/*
 * STOPPER_STOPPED: it is seized, and will stop; `*thread` is NULL if it has ended. `before` is what
 * it was in a moment ago, NULL if that is not known.
 */
static enum stopper_result seize(struct stopper_state *work, int tid, const struct sleeper *before,
                                 struct stopper_thread **thread)
{
    *thread = NULL;
    if (work->page->count == work->capacity)
        return STOPPER_AGAIN;
    if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)PTRACE_O_TRACEEXEC) != 0) {
        int error = errno;
        if (error == ESRCH || has_ended(work, tid))
            return STOPPER_STOPPED;
        return fail(work, STOPPER_REFUSED, error, tid);
    }
    if (!is_of_target(work, tid))
        return STOPPER_AGAIN;
    *thread = add(work, tid);
    if (before)
        (*thread)->before = *before;
    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
    return STOPPER_STOPPED;
}

/* Leaves it asleep, if it is, instead of seizing it. */
static bool watch(struct stopper_state *work, int tid, const struct sleeper *known)
{
    struct sleeper asleep;
    if (!known || !known->is_left || work->page->count == work->capacity ||
        !sleeper_read(work->tasks, work->request->directory, tid, &asleep))
        return false;
    struct stopper_thread *thread = add(work, tid);
    thread->watched = true;
    work->watched++;
    thread->before = asleep;
    sleeper_registers(&asleep, &thread->seen);
    return true;
}

struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int number_of(const char *name)
{
    int number = 0;
    for (; *name >= '0' && *name <= '9' && number < INT32_MAX / 10 - 1; name++)
        number = number * 10 + (*name - '0');
    return *name ? 0 : number;
}

/* One pass over the list of threads. */
static enum stopper_result seize_new(struct stopper_state *work)
{
    _Alignas(struct entry) char list[16384];
    long got;
    lseek(work->tasks, 0, SEEK_SET);
    while ((got = syscall(SYS_getdents64, work->tasks, list, sizeof list)) > 0) {
        for (long at = 0; at < got; at += ((struct entry *)(void *)(list + at))->length) {
            const struct entry *entry = (const struct entry *)(const void *)(list + at);
            struct stopper_thread *thread;
            int tid = number_of(entry->name);
            if (!tid || find(work, tid))
                continue;
            if (is_too_late(work))
                return fail(work, STOPPER_LATE, 0, 0);
            const struct sleeper *known = sleeper_of(work, tid);
            if (watch(work, tid, known))
                continue;
            enum stopper_result result = seize(work, tid, known, &thread);
            if (result != STOPPER_STOPPED)
                return result;
        }
    }
    return got < 0 ? STOPPER_ENDED : STOPPER_STOPPED;
}

enum stopper_result stopper_stop_all(struct stopper_state *work)
{
    size_t waited = 0;
    for (;;) {
        size_t before = work->page->count;
        enum stopper_result result = seize_new(work);
        if (result != STOPPER_STOPPED)
            return result;
        if (work->page->count == before && waited == before)
            return waited ? STOPPER_STOPPED : STOPPER_ENDED;
        for (; waited < work->page->count; waited++) {
            struct stopper_thread *thread = &work->page->threads[waited];
            if (!await(work, thread))
                return fail(work, STOPPER_LATE, 0, thread->tid);
            if (work->executed)
                return STOPPER_EXECUTES;
        }
    }
}

void stopper_forget_all(struct stopper_state *work)
{
    for (size_t i = 0; i < work->slot_count; i++)
        work->slots[i] = 0;
    work->page->count = work->watched = 0;
    work->holds = work->ending = work->executed = false;
}

/* ---- letting go ---- */

bool stopper_arm(const struct stopper_state *work, int64_t in_ns)
{
    const struct itimerspec when = {.it_value = timespec_of(in_ns)};
    return work->timer < 0 || syscall(SYS_timer_settime, work->timer, 0, &when, NULL) == 0;
}

/* Where that was given up, one may have stopped that we have not been told of. */
static void detach(struct stopper_state *work, struct stopper_thread *thread)
{
    if (thread->away)
        return;
    if (!thread->waited && !thread->gone && !thread->watched)
        take_status(work, thread->tid);
    if (thread->waited && !thread->gone)
        ptrace(PTRACE_DETACH, thread->tid, NULL, (void *)(intptr_t)thread->signal);
    thread->waited = false;
}

/* Urgent, or each thread that is let go would run before the next is. */
void stopper_let_go_all(struct stopper_state *work)
{
    urgency_above_all(0);
    for (size_t i = 0; i < work->page->count; i++)
        detach(work, &work->page->threads[i]);
    work->page->ended_ns = now_ns();
}

bool stopper_is_ending(struct stopper_state *work)
{
    while (take_status(work, -1) > 0)
        ;
    return work->ending;
}

enum stop_end stopper_still_asleep(const struct stopper_state *work)
{
    enum stop_end end = STOP_HELD;
    int64_t late_ns = let_go_at(work);
    for (size_t i = 0; i < work->page->count; i++) {
        struct stopper_thread *thread = &work->page->threads[i];
        if (!thread->watched)
            continue;
        if (now_ns() >= late_ns)
            return STOP_LIMIT;
        thread->moved = !sleeper_sleeps(work->tasks, &thread->before);
        if (thread->moved)
            end = STOP_MOVED;
    }
    return end;
}

/* ---- one alone ---- */

void stopper_glance_at(struct stopper_state *work, int tid)
{
    struct stopper_thread *thread;
    struct sleeper asleep;
    if (sleeper_read(work->tasks, work->request->directory, tid, &asleep)) {
        thread = add(work, tid);
        thread->glance = GLANCE_READ;
        sleeper_registers(&asleep, &thread->seen);
        return;
    }
    work->give_up_ns = now_ns() + work->request->patience_ns;
    enum stopper_result result = seize(work, tid, &asleep, &thread);
    if (!thread) {
        thread = add(work, tid);
        thread->glance = result == STOPPER_STOPPED ? GLANCE_GONE : GLANCE_FAILED;
        thread->gone = true;
        return;
    }
    bool stopped = await(work, thread);
    thread->glance = GLANCE_FAILED;
    if (stopped && thread->gone)
        thread->glance = GLANCE_GONE;
    else if (stopped && thread->read)
        thread->glance = GLANCE_READ;
    detach(work, thread);
}

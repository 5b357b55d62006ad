#include "inject/visit.h"

#include "base/clock.h"
#include "base/read_text.h"
#include "inject/filter.h"
#include "inject/processor.h"
#include "inject/step.h"
#include "inject/stop_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS (INJECT_SIZE / sizeof(uint64_t))
#define MARK  UINT64_C(0x6563617274787463) /* "ctxtrace": no code that makes sense */

/* A number as an argument of ptrace(). */
static void *as_pointer(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

/* ---- may this thread be sent? ---- */

/* Not to be confused with one that a signal such as SIGSTOP has stopped. */
static bool is_interrupted(int tid)
{
    siginfo_t why;
    return ptrace(PTRACE_GETSIGINFO, tid, NULL, &why) == 0 && why.si_signo == SIGTRAP;
}

/* Who is in a restartable sequence is put at its beginning when it comes back to a processor. */
static bool is_in_sequence(int tid)
{
    struct __ptrace_rseq_configuration kept = {0};
    if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, tid, as_pointer(sizeof kept), &kept) <= 0 ||
        !kept.rseq_abi_pointer)
        return false; /* it has none, or the kernel knows of none */
    errno = 0;
    long sequence = ptrace(PTRACE_PEEKDATA, tid, as_pointer(kept.rseq_abi_pointer + 8), NULL);
    return errno || sequence;
}

static bool read_status(int tasks, int tid, char *text, size_t size)
{
    char path[32];
    snprintf(path, sizeof path, "%d/status", tid);
    return read_text(tasks, path, text, size);
}

static enum filter_answer ask_for(const struct visit *visit, enum errand_kind kind)
{
    struct filter_call calls[INJECT_CALLS];
    const struct errand errand = {.kind = kind, .child = 1};
    return filter_ask(visit->tid, calls, inject_calls(&errand, visit->place->start, calls));
}

/* Also for what will have to be done about a child. */
static enum inject_obstacle ask_filters(const struct visit *visit, const char *status)
{
    const char *line = strstr(status, "\nSeccomp:\t");
    if (line && line[sizeof "\nSeccomp:\t" - 1] == '0')
        return INJECT_CLEAR;
    enum filter_answer answer = ask_for(visit, ERRAND_REAP);
    if (answer == FILTER_PASSES && visit->errand.kind == ERRAND_FORK)
        answer = ask_for(visit, ERRAND_FORK);
    if (answer == FILTER_PASSES)
        return INJECT_CLEAR;
    return answer == FILTER_FORBIDS ? INJECT_FILTERED : INJECT_FILTER_UNREAD;
}

enum inject_obstacle visit_take(struct visit *visit, int tasks, int tid, bool takes_eintr)
{
    struct user_regs_struct registers;
    char status[4096];
    visit->tid = tid;
    if (!is_interrupted(tid) || !inject_registers(tid, &registers) ||
        !inject_rewind(tid, &registers, takes_eintr, &visit->rewound) || !inject_is_reset(tid) ||
        is_in_sequence(tid))
        return INJECT_NO_THREAD;
    if (ptrace(PTRACE_GETSIGMASK, tid, as_pointer(sizeof visit->mask), &visit->mask) != 0 ||
        !read_status(tasks, tid, status, sizeof status))
        return INJECT_REFUSED;
    return inject_has_shadow_stack(status) ? INJECT_SHADOW_STACK : ask_filters(visit, status);
}

/* ---- the blob ---- */

static uint64_t word_of(const unsigned char *bytes, size_t number)
{
    uint64_t word;
    memcpy(&word, bytes + number * sizeof word, sizeof word);
    return word;
}

static bool peek(const struct visit *visit, size_t number, uint64_t *word)
{
    errno = 0;
    *word = (uint64_t)ptrace(PTRACE_PEEKDATA, visit->tid,
                             as_pointer(visit->place->start + number * sizeof *word), NULL);
    return errno == 0;
}

static bool poke(const struct visit *visit, size_t number, uint64_t word)
{
    return ptrace(PTRACE_POKEDATA, visit->tid,
                  as_pointer(visit->place->start + number * sizeof word), as_pointer(word)) == 0;
}

/* The program's own code, or what a visitor that died has left. */
static enum inject_obstacle look_at_place(const struct visit *visit)
{
    uint64_t word;
    if (!peek(visit, WORDS - 1, &word))
        return INJECT_REFUSED;
    if (word == MARK)
        return INJECT_CLEAR;
    for (size_t i = 0; i < WORDS; i++) {
        if (!peek(visit, i, &word))
            return INJECT_REFUSED;
        if (word != word_of(visit->place->original, i))
            return INJECT_ALTERED;
    }
    return INJECT_CLEAR;
}

static bool write_blob(const struct visit *visit)
{
    unsigned char blob[INJECT_SIZE];
    inject_blob(&visit->errand, &visit->rewound, visit->mask, blob);
    if (!poke(visit, WORDS - 1, MARK))
        return false;
    inject_step();
    for (size_t i = 0; i < WORDS - 1; i++) {
        if (!poke(visit, i, word_of(blob, i)))
            return false;
        if (i % 16 == 0)
            inject_step();
    }
    return true;
}

/* The mark last: until then the place is known for what it is. */
static void take_blob_away(const struct visit *visit)
{
    for (size_t i = 0; i < WORDS; i++) {
        poke(visit, i, word_of(visit->place->original, i));
        if (i % 16 == 0)
            inject_step();
    }
    inject_step();
}

/* ---- sending ---- */

#define OPTIONS (PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD)

static bool go_on(const struct visit *visit)
{
    return ptrace(PTRACE_SYSCALL, visit->tid, NULL, NULL) == 0;
}

/* From the second call on the thread is on its way, whoever dies. */
static bool redirect(const struct visit *visit)
{
    struct user_regs_struct entering;
    const uint64_t all = ~UINT64_C(0);
    inject_enter(&visit->errand, visit->place->start, &visit->rewound, &entering);
    if (ptrace(PTRACE_SETOPTIONS, visit->tid, NULL, as_pointer(OPTIONS)) != 0)
        return false;
    inject_step();
    if (!inject_set_registers(visit->tid, &entering))
        return false;
    inject_step();
    if (ptrace(PTRACE_SETSIGMASK, visit->tid, as_pointer(sizeof all), &all) == 0) {
        inject_step();
        inject_enter_blocked(&entering); /* or not: then it blocks them itself, once more */
        inject_set_registers(visit->tid, &entering);
    }
    inject_step();
    return true;
}

enum inject_obstacle visit_send(struct visit *visit)
{
    enum inject_obstacle obstacle = look_at_place(visit);
    if (obstacle != INJECT_CLEAR)
        return obstacle;
    if (!write_blob(visit) || !redirect(visit)) {
        take_blob_away(visit);
        return INJECT_REFUSED;
    }
    if (!go_on(visit))
        return INJECT_LOST;
    inject_step();
    return INJECT_CLEAR;
}

/* ---- following ---- */

static enum inject_obstacle wait_for(const struct visit *visit, int64_t until_ns, int *status)
{
    switch (stop_wait(visit->tid, visit->children, until_ns, status)) {
    case STOP_WAIT_STOPPED:
        inject_step();
        return INJECT_CLEAR;
    case STOP_WAIT_LATE:
        return INJECT_LATE;
    default:
        return INJECT_LOST;
    }
}

static bool is_clone_event(int status)
{
    return status >> 8 == (SIGTRAP | (PTRACE_EVENT_CLONE << 8));
}

/* Its next stop. One that is neither a system call nor the clone comes of a SIGSTOP: it is left. */
static enum inject_obstacle next(struct visit *visit, int64_t until_ns,
                                 enum inject_progress *progress)
{
    struct user_regs_struct registers;
    int status;
    enum inject_obstacle obstacle = wait_for(visit, until_ns, &status);
    if (obstacle != INJECT_CLEAR)
        return obstacle;
    unsigned long child;
    if (is_clone_event(status) && ptrace(PTRACE_GETEVENTMSG, visit->tid, NULL, &child) == 0) {
        visit->child = (int)child;
        *progress = INJECT_DONE;
        return INJECT_CLEAR;
    }
    if (WSTOPSIG(status) != (SIGTRAP | 0x80) || !inject_registers(visit->tid, &registers))
        return INJECT_LATE;
    *progress = inject_progress(&visit->errand, visit->place->start, &visit->rewound, &registers,
                                &visit->result);
    return INJECT_CLEAR;
}

enum inject_obstacle visit_follow(struct visit *visit, int64_t until_ns)
{
    for (;;) {
        enum inject_progress progress = INJECT_UNDER_WAY;
        enum inject_obstacle obstacle = next(visit, until_ns, &progress);
        if (obstacle != INJECT_CLEAR || progress == INJECT_DONE)
            return obstacle;
        if (progress == INJECT_BACK || !go_on(visit))
            return INJECT_LOST;
    }
}

enum inject_obstacle visit_see_off(struct visit *visit, int64_t until_ns)
{
    for (enum inject_progress progress = INJECT_UNDER_WAY; progress != INJECT_BACK;) {
        if (!go_on(visit))
            return INJECT_LOST;
        inject_step();
        enum inject_obstacle obstacle = next(visit, until_ns, &progress);
        if (obstacle != INJECT_CLEAR)
            return obstacle;
    }
    take_blob_away(visit);
    return INJECT_CLEAR;
}

/* ---- the child ---- */

#define CHILD_STOPS 8 /* at most, until it is named */

bool visit_settle_child(const struct visit *visit, int64_t until_ns)
{
    struct user_regs_struct registers;
    int status;
    bool named = false;
    for (unsigned stops = 0; stops < CHILD_STOPS && !named; stops++) {
        if (stop_wait(visit->child, visit->children, until_ns, &status) != STOP_WAIT_STOPPED)
            return false;
        inject_step();
        named = inject_registers(visit->child, &registers) && inject_is_named(&registers);
        if (!named && ptrace(PTRACE_SYSCALL, visit->child, NULL, NULL) != 0)
            return false;
    }
    if (named)
        ptrace(PTRACE_SETOPTIONS, visit->child, NULL, as_pointer(PTRACE_O_EXITKILL));
    inject_step();
    return ptrace(PTRACE_CONT, visit->child, NULL, NULL) == 0;
}

void visit_kill_child(const struct visit *visit, int64_t until_ns)
{
    int status;
    kill(visit->child, SIGKILL); /* it is ours until it has been waited for */
    inject_step();
    while (stop_wait(visit->child, visit->children, until_ns, &status) == STOP_WAIT_STOPPED)
        ;
    inject_step();
}

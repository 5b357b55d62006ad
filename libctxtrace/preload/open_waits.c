#include "preload/open_waits.h"

#include "preload/holders.h"
#include "preload/libc_lock.h"
#include "preload/process_state.h"
#include "preload/sealed.h"
#include "preload/threads.h"

#include <signal.h>

/*
 * A wait that is interrupted and the one of the handler have a signal frame between them, which is
 * larger than this. Wrappers that are called from one and the same frame differ by less.
 */
enum { WITHIN_ONE_FRAME = 256 };

/* In a forked child the memory is wiped, and may become another thread's: see present(). */
static __thread struct {
    struct open_waits *waits;
    int pid, tid;
} mine __attribute__((tls_model("initial-exec")));

void open_waits_use(struct open_waits *waits)
{
    struct process_state *state = waits ? process_state_peek() : NULL;
    mine.pid = state ? process_state_pid(state) : 0;
    mine.tid = state ? libc_thread_id() : 0;
    mine.waits = state ? waits : NULL;
}

/* NULL: it has none yet, in this process. */
static inline struct open_waits *present(void)
{
    if (!mine.waits)
        return NULL;
    const struct process_state *state = process_state_peek();
    return state && atomic_load_explicit(&state->pid, memory_order_relaxed) == mine.pid ? mine.waits
                                                                                        : NULL;
}

/* ---- threads whose creation was not seen ---- */

static pthread_key_t end_key;
static bool has_end_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void end_unseen(void *argument)
{
    struct thread *thread = argument;
    open_waits_end_all();
    open_waits_use(NULL);
    threads_ended(thread, thread->task);
}

static void make_end_key(void)
{
    has_end_key = pthread_key_create(&end_key, end_unseen) == 0;
}

static void adopt_unseen(void)
{
    ctxt_task_id_t task = ctxt_task_self();
    pthread_once(&once, make_end_key);
    struct thread *thread = task && has_end_key ? threads_register_self(task) : NULL;
    if (!thread)
        return;
    pthread_setspecific(end_key, thread);
    open_waits_use(&thread->waits);
}

OUT_OF_LINE static struct open_waits *make_present(void)
{
    struct process_state *state = process_state_peek();
    if (!state)
        return NULL;
    if (libc_thread_id() == process_state_pid(state))
        open_waits_use(&state->main_waits);
    else
        adopt_unseen();
    return mine.waits;
}

static inline struct open_waits *present_or_new(void)
{
    struct open_waits *waits = present();
    return __builtin_expect(waits != NULL, 1) ? waits : make_present();
}

static bool is_within(const stack_t *stack, const char *frame)
{
    const char *begin = stack->ss_sp;
    return !(stack->ss_flags & SS_DISABLE) && frame >= begin && frame < begin + stack->ss_size;
}

/*
 * Is the frame gone by the time that the thread blocks in `now`? Stacks grow downwards, so a live
 * frame lies above those that it has led to; but a handler may have a stack of its own, which lies
 * anywhere. (One that is disarmed while it is used, SS_AUTODISARM, is taken for one of the others.)
 */
OUT_OF_LINE static bool is_left(const char *frame, const char *now)
{
    stack_t signals;
    if (frame && preload_is_sealed())
        return frame <= now; /* on which stack they are cannot be asked */
    if (!frame || sigaltstack(NULL, &signals) != 0)
        return false;
    bool in_handler = signals.ss_flags & SS_ONSTACK;
    if (is_within(&signals, frame) != in_handler)
        return !in_handler;
    return frame <= now + WITHIN_ONE_FRAME;
}

static void end_innermost(struct open_waits *open, bool got_lock)
{
    struct open_wait *wait = &open->waits[open->count - 1];
    holders_end_wait(wait, open->count > 1 ? wait - 1 : NULL, got_lock);
    ctxt_wait_end(wait->token);
    wait->frame = NULL; /* for a signal handler that finds the place taken and not filled yet */
    open->count--;
}

struct open_wait *open_waits_push(const void *frame)
{
    struct open_waits *open = present_or_new();
    if (!open)
        return NULL;
    while (open->count > 0 && is_left(open->waits[open->count - 1].frame, frame))
        end_innermost(open, false);
    if (open->count == MOST_OPEN_WAITS)
        return NULL;
    struct open_wait *wait = &open->waits[open->count++];
    wait->frame = frame;
    wait->self = mine.tid;
    wait->token = 0;
    wait->blocked_in = &open->blocked_in;
    wait->as_seen = (struct blocked){{0, 0}, NULL};
    wait->wanted.address = NULL;
    return wait;
}

void open_waits_end(const void *frame, bool got_lock)
{
    struct open_waits *open = present();
    uint32_t at = open ? open->count : 0;
    while (at > 0 && open->waits[at - 1].frame != frame)
        at--;
    while (at > 0 && open->count >= at)
        end_innermost(open, got_lock && open->count == at);
}

bool open_waits_any(void)
{
    const struct open_waits *open = present();
    return open && open->count > 0;
}

void open_waits_end_all(void)
{
    struct open_waits *open = present();
    while (open && open->count > 0)
        end_innermost(open, false);
}

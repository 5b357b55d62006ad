#include "preload/open_waits.h"

#include "preload/holders.h"
#include <signal.h>

/*
 * A wait that is interrupted and the one of the handler have a signal frame between them, which is
 * larger than this. Wrappers that are called from one and the same frame differ by less.
 */
enum { MOST_OPEN_WAITS = 8, WITHIN_ONE_FRAME = 256 };

static __thread struct {
    uint32_t count;
    struct open_wait waits[MOST_OPEN_WAITS]; /* the innermost last */
} open_waits __attribute__((tls_model("initial-exec")));

static bool is_within(const stack_t *stack, const char *frame)
{
    const char *begin = stack->ss_sp;
    return !(stack->ss_flags & SS_DISABLE) && frame >= begin && frame < begin + stack->ss_size;
}

/*
 * Is the frame gone by the time that the thread blocks in `now`? Stacks grow downwards, so a live
 * frame lies above those that it has led to; but a handler may have a stack of its own, which lies
 * anywhere. (One that is disarmed while it is used, SS_AUTODISARM, is not told from the others.)
 */
static bool is_left(const char *frame, const char *now)
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

static void end_innermost(void)
{
    struct open_wait *wait = &open_waits.waits[open_waits.count - 1];
    holders_forget(wait, open_waits.count > 1 ? wait - 1 : NULL);
    ctxt_wait_end(wait->token);
    wait->frame = NULL; /* for a signal handler that finds the place taken and not filled yet */
    open_waits.count--;
}

struct open_wait *open_waits_push(const void *frame)
{
    while (open_waits.count > 0 && is_left(open_waits.waits[open_waits.count - 1].frame, frame))
        end_innermost();
    if (open_waits.count == MOST_OPEN_WAITS)
        return NULL;
    struct open_wait *wait = &open_waits.waits[open_waits.count++];
    *wait = (struct open_wait){.frame = frame};
    return wait;
}

void open_waits_end(const void *frame)
{
    uint32_t at = open_waits.count;
    while (at > 0 && open_waits.waits[at - 1].frame != frame)
        at--;
    while (at > 0 && open_waits.count >= at)
        end_innermost();
}

bool open_waits_any(void)
{
    return open_waits.count > 0;
}

void open_waits_end_all(void)
{
    while (open_waits.count > 0)
        end_innermost();
}

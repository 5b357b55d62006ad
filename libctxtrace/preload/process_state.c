#include "preload/process_state.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct process_state *_Atomic the_state;
/* Does the calling thread hold the lock? A signal handler that finds it so must not wait for it. */
static __thread bool inside __attribute__((tls_model("initial-exec")));

/* Two threads may make it at once; one wins. */
static struct process_state *make(void)
{
    struct process_state *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    struct process_state *before = NULL;
    if (madvise(made, sizeof *made, MADV_WIPEONFORK) == 0 &&
        atomic_compare_exchange_strong(&the_state, &before, made))
        return made;
    munmap(made, sizeof *made);
    return before;
}

struct process_state *process_state_peek(void)
{
    struct process_state *state = atomic_load_explicit(&the_state, memory_order_acquire);
    return state ? state : make();
}

struct process_state *process_state_enter(void)
{
    struct process_state *state = process_state_peek();
    if (!state || inside)
        return NULL;
    inside = true;
    atomic_signal_fence(memory_order_seq_cst);
    uint32_t is_free = 0;
    if (atomic_compare_exchange_strong_explicit(&state->lock, &is_free, 1, memory_order_acquire,
                                                memory_order_relaxed))
        return state;
    while (atomic_exchange_explicit(&state->lock, 2, memory_order_acquire) != 0)
        syscall(SYS_futex, &state->lock, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
    return state;
}

void process_state_leave(struct process_state *state)
{
    if (atomic_exchange_explicit(&state->lock, 0, memory_order_release) == 2)
        syscall(SYS_futex, &state->lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    atomic_signal_fence(memory_order_seq_cst);
    inside = false;
}

#include "preload/process_state.h"

#include <sys/mman.h>
#include <unistd.h>

struct process_state *_Atomic process_state_made;
__thread bool process_state_inside;

/* NULL: there is none, or the kernel cannot wipe it. */
static void *map_wiped(size_t size)
{
    void *made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    if (madvise(made, size, MADV_WIPEONFORK) == 0)
        return made;
    munmap(made, size);
    return NULL;
}

/* Two threads may make it at once; one wins. */
OUT_OF_LINE struct process_state *process_state_make(void)
{
    struct process_state *made = map_wiped(sizeof *made), *before = NULL;
    if (!made || atomic_compare_exchange_strong(&process_state_made, &before, made))
        return made;
    munmap(made, sizeof *made);
    return before;
}

int process_state_pid(struct process_state *state)
{
    int pid = atomic_load_explicit(&state->pid, memory_order_relaxed);
    if (!pid) {
        pid = getpid();
        atomic_store_explicit(&state->pid, pid, memory_order_relaxed);
    }
    return pid;
}

/* ---- chunks ---- */

static struct thread *_Atomic chunks[MOST_CHUNKS];

struct thread *process_state_thread(uint32_t place)
{
    if (!place)
        return NULL;
    struct thread *chunk =
        atomic_load_explicit(&chunks[(place - 1) / THREADS_IN_CHUNK], memory_order_relaxed);
    return &chunk[(place - 1) % THREADS_IN_CHUNK];
}

/* Maps number `index`, unless it is there; two threads may do so at once. */
static bool have_chunk(uint32_t index)
{
    const size_t size = THREADS_IN_CHUNK * sizeof(struct thread);
    struct thread *before = NULL;
    if (atomic_load(&chunks[index]))
        return true;
    struct thread *made = map_wiped(size);
    if (made && !atomic_compare_exchange_strong(&chunks[index], &before, made))
        munmap(made, size);
    return made != NULL;
}

bool process_state_grow(void)
{
    struct process_state *state = process_state_enter();
    uint32_t used = state ? state->chunks_used : MOST_CHUNKS;
    if (state)
        process_state_leave(state);
    if (used == MOST_CHUNKS || !have_chunk(used))
        return false;
    state = process_state_enter();
    if (!state)
        return false;
    if (state->chunks_used == used)
        state->chunks_used++;
    process_state_leave(state);
    return true;
}

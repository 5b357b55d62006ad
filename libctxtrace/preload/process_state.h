/*
 * What the preload knows of its process: threads, and locks that are waited for. One mapping that
 * the kernel wipes in a forked child, however it was forked: the threads are not there, the numbers
 * of their tasks mean nothing in the recording that the child begins, and the lock is free.
 *
 * Threads lie in chunks that are mapped when they are needed, and wiped as well; where they are is
 * not wiped, so that a child uses them again.
 *
 * All of it is guarded by one lock (base/lock.h), held for some ten instructions. Nothing is called
 * and no memory is taken with it held.
 */
#ifndef CTXTRACE_PRELOAD_PROCESS_STATE_H
#define CTXTRACE_PRELOAD_PROCESS_STATE_H

#include "base/lock.h"
#include "preload/open_waits.h"
#include "preload/preload.h"

#include <stdatomic.h>

enum {
    THREAD_BUCKETS = 4096,
    THREADS_IN_CHUNK = 128, /* memory for threads is taken by the chunk */
    MOST_CHUNKS = 2048,
    MOST_WANTED_LOCKS = 256
};

/* A thread that the program has made, from its creation until it has ended and was joined. */
struct thread {
    ctxt_task_id_t task; /* 0: this place is free */
    pthread_t handle;
    int tid; /* while it runs */
    bool published, ended, detached;
    uint32_t place;                       /* its own + 1 */
    uint32_t next_by_handle, next_by_tid; /* places + 1; a free one: the next free one */
    void *(*function)(void *);
    int (*c11_function)(void *);
    void *argument;
    struct open_waits waits;
};

struct wanted_lock {
    struct lock_name name;
    uint32_t waiters;
    int held_by;              /* a thread that found that it holds it, */
    ctxt_wait_mark_t held_in; /* when it began this wait; 0: none has */
};

struct process_state {
    struct lock lock;
    _Atomic int pid; /* 0: not asked yet */
    _Atomic bool failure_is_noted;
    _Atomic ctxt_task_id_t main_task;
    uint32_t by_handle[THREAD_BUCKETS], by_tid[THREAD_BUCKETS]; /* places + 1 */
    struct open_waits main_waits;
    uint32_t chunks_used, threads_used, free_thread;
    _Atomic uint32_t wanted_count; /* changed with the lock held; read without, see below */
    struct wanted_lock wanted[MOST_WANTED_LOCKS];
};

/* Without its lock, for what is atomic in it; NULL if there is none. */
extern struct process_state *_Atomic process_state_made;
struct process_state *process_state_make(void);
static inline struct process_state *process_state_peek(void)
{
    struct process_state *state = atomic_load_explicit(&process_state_made, memory_order_acquire);
    return __builtin_expect(state != NULL, 1) ? state : process_state_make();
}

/* Does the calling thread hold the lock? A signal handler that finds it so must not wait for it. */
extern __thread bool process_state_inside __attribute__((tls_model("initial-exec")));

/*
 * The state, locked until process_state_leave(). NULL if there is no memory for it, or if this call
 * interrupts another one (a signal handler): the caller then does without. Changes errno.
 */
static inline struct process_state *process_state_enter(void)
{
    struct process_state *state = process_state_peek();
    if (!state || process_state_inside)
        return NULL;
    process_state_inside = true;
    atomic_signal_fence(memory_order_seq_cst);
    lock_take(&state->lock);
    return state;
}

static inline void process_state_leave(struct process_state *state)
{
    lock_release(&state->lock);
    atomic_signal_fence(memory_order_seq_cst);
    process_state_inside = false;
}

/*
 * May it be that locks are waited for? Who is in the state, or was and has put one into the list,
 * is seen; who enters it later sees what the calling thread has announced (blocked_in.h). The lock
 * is read first: what the one before has written with it held is seen then.
 */
static inline bool process_state_may_want_locks(struct process_state *state)
{
    return lock_is_held(&state->lock) ||
           atomic_load_explicit(&state->wanted_count, memory_order_relaxed) != 0;
}

/* The process's number, asked for once. */
int process_state_pid(struct process_state *state);

/* Thread number `place` - 1, of the chunks that are in use; NULL for 0. */
struct thread *process_state_thread(uint32_t place);
/* One chunk more, without the lock. False: there is no memory. */
bool process_state_grow(void);

#endif

#include "preload/threads.h"

#include "preload/libc_lock.h"
#include "preload/process_state.h"

static uint32_t bucket_of(uint64_t key)
{
    return (uint32_t)((key ^ key >> 12) % THREAD_BUCKETS);
}

/* ---- places ---- */

static struct thread *take_place(struct process_state *state)
{
    struct thread *thread = process_state_thread(state->free_thread);
    if (thread)
        state->free_thread = thread->next_by_handle;
    else if (state->threads_used < state->chunks_used * THREADS_IN_CHUNK) {
        thread = process_state_thread(++state->threads_used);
        thread->place = state->threads_used;
    }
    return thread;
}

static void unlink_handle(struct process_state *state, const struct thread *thread)
{
    uint32_t *link = &state->by_handle[bucket_of((uint64_t)thread->handle)];
    while (process_state_thread(*link) != thread)
        link = &process_state_thread(*link)->next_by_handle;
    *link = thread->next_by_handle;
}

static void unlink_tid(struct process_state *state, struct thread *thread)
{
    uint32_t *link = &state->by_tid[bucket_of((uint64_t)thread->tid)];
    while (process_state_thread(*link) != thread)
        link = &process_state_thread(*link)->next_by_tid;
    *link = thread->next_by_tid;
    thread->tid = 0;
}

static void link_tid(struct process_state *state, struct thread *thread, int tid)
{
    uint32_t *bucket = &state->by_tid[bucket_of((uint64_t)tid)];
    thread->tid = tid;
    thread->next_by_tid = *bucket;
    *bucket = thread->place;
}

static void free_place(struct process_state *state, struct thread *thread)
{
    if (thread->published)
        unlink_handle(state, thread);
    if (thread->tid)
        unlink_tid(state, thread);
    uint32_t place = thread->place;
    *thread = (struct thread){.place = place, .next_by_handle = state->free_thread};
    state->free_thread = place;
}

/* ---- from creation to the end ---- */

static struct thread *reserve_one(const struct thread_start *start, bool detached)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return NULL;
    struct thread *thread = take_place(state);
    if (thread)
        *thread = (struct thread){.place = thread->place,
                                  .task = start->task,
                                  .function = start->function,
                                  .c11_function = start->c11_function,
                                  .argument = start->argument,
                                  .detached = detached};
    process_state_leave(state);
    return thread;
}

struct thread *threads_reserve(const struct thread_start *start, bool detached)
{
    struct thread *thread;
    do
        thread = reserve_one(start, detached);
    while (!thread && process_state_grow());
    return thread;
}

void threads_cancel_reservation(struct thread *thread)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    free_place(state, thread);
    process_state_leave(state);
}

static void publish(struct process_state *state, struct thread *thread, pthread_t handle)
{
    thread->published = true;
    thread->handle = handle;
    uint32_t *bucket = &state->by_handle[bucket_of((uint64_t)handle)];
    thread->next_by_handle = *bucket;
    *bucket = thread->place;
}

void threads_publish(struct thread *thread, ctxt_task_id_t task, const pthread_t *handle)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    if (thread->task == task && !thread->published) /* else its place is perhaps another's */
        publish(state, thread, *handle);
    process_state_leave(state);
}

struct thread_start threads_began(struct thread *thread)
{
    /* These its creator has written before it was made. */
    struct thread_start start = {thread->function, thread->c11_function, thread->argument,
                                 thread->task};
    int tid = libc_thread_id();
    struct process_state *state = process_state_enter();
    if (!state)
        return start;
    if (!thread->published)
        publish(state, thread, pthread_self());
    link_tid(state, thread, tid);
    process_state_leave(state);
    return start;
}

struct thread *threads_register_self(ctxt_task_id_t task)
{
    struct thread *thread = threads_reserve(&(struct thread_start){.task = task}, true);
    struct process_state *state = thread ? process_state_enter() : NULL;
    if (!state)
        return NULL;
    link_tid(state, thread, libc_thread_id());
    process_state_leave(state);
    return thread;
}

bool threads_ended(struct thread *thread, ctxt_task_id_t task)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return true;
    bool known = thread->task == task;
    if (known) {
        thread->ended = true;
        if (thread->tid)
            unlink_tid(state, thread);
        if (thread->detached)
            free_place(state, thread);
    }
    process_state_leave(state);
    return known;
}

/* ---- by handle ---- */

/* The newest thread with this handle; 0: of whatever task. */
static struct thread *find(struct process_state *state, pthread_t handle, ctxt_task_id_t task)
{
    struct thread *thread = process_state_thread(state->by_handle[bucket_of((uint64_t)handle)]);
    while (thread && (!pthread_equal(thread->handle, handle) || (task && thread->task != task)))
        thread = process_state_thread(thread->next_by_handle);
    return thread;
}

ctxt_task_id_t threads_find(pthread_t handle)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return 0;
    const struct thread *thread = find(state, handle, 0);
    ctxt_task_id_t task = thread ? thread->task : 0;
    process_state_leave(state);
    return task;
}

bool threads_joined(pthread_t handle, ctxt_task_id_t task)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return true;
    struct thread *thread = find(state, handle, task);
    bool ended = !thread || thread->ended;
    if (thread)
        free_place(state, thread);
    process_state_leave(state);
    return ended;
}

void threads_detached(pthread_t handle, ctxt_task_id_t task)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    struct thread *thread = find(state, handle, task);
    if (thread) {
        thread->detached = true;
        if (thread->ended)
            free_place(state, thread);
    }
    process_state_leave(state);
}

/* ---- by tid ---- */

void threads_register_main(void)
{
    struct process_state *state = process_state_peek();
    if (!state || atomic_load_explicit(&state->main_task, memory_order_relaxed) ||
        libc_thread_id() != process_state_pid(state))
        return;
    atomic_store_explicit(&state->main_task, ctxt_task_self(), memory_order_relaxed);
}

struct thread_found threads_of_tid(struct process_state *state, int tid)
{
    if (tid <= 0)
        return (struct thread_found){0};
    if (tid == process_state_pid(state))
        return (struct thread_found){atomic_load_explicit(&state->main_task, memory_order_relaxed),
                                     &state->main_waits.blocked_in};
    struct thread *thread = process_state_thread(state->by_tid[bucket_of((uint64_t)tid)]);
    while (thread && thread->tid != tid)
        thread = process_state_thread(thread->next_by_tid);
    return thread ? (struct thread_found){thread->task, &thread->waits.blocked_in}
                  : (struct thread_found){0};
}

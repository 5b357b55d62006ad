/*
 * The program's threads, by the two ways to name one: its handle and its tid.
 *
 * A handle is used again as soon as its thread was joined, or has ended detached, and both may
 * happen before pthread_create() has returned to its caller. So a thread is made known by whoever
 * comes first, its creator or it itself, and what is said of it later names its task as well, which
 * is never used again.
 *
 * All of it is thread-safe; errno may change. In a forked child no thread is known.
 */
#ifndef CTXTRACE_PRELOAD_THREADS_H
#define CTXTRACE_PRELOAD_THREADS_H

#include "preload/preload.h"

struct blocked_in;
struct thread;
struct process_state;

/* What a thread is to do, and as which task. */
struct thread_start {
    void *(*function)(void *);
    int (*c11_function)(void *); /* if `function` is NULL */
    void *argument;
    ctxt_task_id_t task;
};

/* A place for a thread that is about to be made; NULL when there is none. */
struct thread *threads_reserve(const struct thread_start *start, bool detached);
/* It was not made. */
void threads_cancel_reservation(struct thread *thread);
/*
 * By its creator, where pthread_create() has put its handle. That is looked at only if the thread
 * has not begun yet: later it may have freed it.
 */
void threads_publish(struct thread *thread, ctxt_task_id_t task, const pthread_t *handle);
/* By the thread itself, before anything else. */
struct thread_start threads_began(struct thread *thread);
/* One whose creation was not seen, by itself; it ends like the others. NULL when there is no place.
 */
struct thread *threads_register_self(ctxt_task_id_t task);
/* By the thread itself, after everything else; false in a forked child, to which it is nobody. */
bool threads_ended(struct thread *thread, ctxt_task_id_t task);

/* The task of a handle, 0 if it is not known. */
ctxt_task_id_t threads_find(pthread_t handle);
/* It was joined, and is forgotten. Returns whether it had said that it ended. */
bool threads_joined(pthread_t handle, ctxt_task_id_t task);
/* Nobody will join it. */
void threads_detached(pthread_t handle, ctxt_task_id_t task);

/* The calling thread is known if it is the main one, which nobody makes. */
void threads_register_main(void);

/* A thread by its tid, with the state locked: task 0 and NULL if it is not known. */
struct thread_found {
    ctxt_task_id_t task;
    struct blocked_in *blocked_in; /* stays where it is as long as the thread lives */
};
struct thread_found threads_of_tid(struct process_state *state, int tid);

#endif

/*
 * The calling thread's record (thread_record.h): how it comes to one, and what becomes of it when
 * the thread ends or a fork leaves it behind.
 */
#ifndef CTXTRACE_RUNTIME_THREAD_H
#define CTXTRACE_RUNTIME_THREAD_H

#include "runtime/thread_record.h"

extern __thread struct runtime_thread *runtime_thread_pointer
    __attribute__((tls_model("initial-exec")));

struct runtime_thread *thread_attach(void);

/*
 * The calling thread's record. Never fails: of a thread that the library has not started, the first
 * call makes it, and a process that has not one page left for that is aborted.
 */
static inline struct runtime_thread *thread_self(void)
{
    struct runtime_thread *self = runtime_thread_pointer;
    if (__builtin_expect(self != NULL, 1))
        return self;
    return thread_attach();
}

/*
 * A record for a thread that is about to be started, so that whoever starts it is told when there
 * is no memory for one (NULL). The thread takes it over first of all; if it is not started after
 * all, the record is given back (thread_record_give_back).
 */
struct runtime_thread *thread_reserve(void);
void thread_adopt(struct runtime_thread *self);

/* In a forked child: the other threads do not exist, and what they waited for forgets them. */
void thread_forget_others(struct runtime_thread *self);

/* A random number, good enough to be fair (xorshift). */
uint32_t thread_random(struct runtime_thread *self);

#endif

#include "runtime/thread.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/invariant.h"
#include "runtime/critical.h"
#include "runtime/node_pool.h"
#include "runtime/waiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

__thread struct runtime_thread *runtime_thread_pointer __attribute__((tls_model("initial-exec")));

static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void detach(void *record)
{
    struct runtime_thread *self = record;
    node_pool_give_all(self, self);
    if (self->entered != self->entered_first)
        free(self->entered);
    self->entered = NULL;
    self->entered_count = self->entered_room = 0;
    self->task = NULL;
    runtime_thread_pointer = NULL;
    thread_record_give_back(self);
}

static void initialise(void)
{
    critical_prepare();
    if (pthread_key_create(&exit_key, detach) != 0)
        abort();
}

struct runtime_thread *thread_reserve(void)
{
    pthread_once(&once, initialise);
    return thread_record_take();
}

void thread_adopt(struct runtime_thread *self)
{
    invariant(atomic_load(&self->taken) == 1);
    if (runtime_thread_pointer) { /* a wrapper of the program's has used the library before us */
        thread_record_give_back(self);
        return;
    }
    self->random = hash_scatter((uintptr_t)&self ^ (uint64_t)now_ns());
    runtime_thread_pointer = self;
    pthread_setspecific(exit_key, self);
}

struct runtime_thread *thread_attach(void)
{
    int saved = errno;
    struct runtime_thread *self = thread_reserve();
    if (!self)
        abort(); /* there is no caller that could be told, see thread_self() */
    thread_adopt(self);
    errno = saved;
    return self;
}

static void forget(struct runtime_thread *self, struct runtime_thread *other)
{
    for (struct waiter *waiter = other->waiters; waiter; waiter = waiter->next_of_thread)
        waiter_unlink(waiter);
    other->waiters = NULL;
#ifdef CTXTRACE_ASSERT
    other->held = (struct held_locks){0};
#endif
    atomic_store(&other->critical, 0);
    node_pool_inherit(self, other);
    other->entered_count = 0;
    other->task = NULL;
    thread_record_give_back(other);
}

void thread_forget_others(struct runtime_thread *self)
{
    for (struct runtime_thread *other = thread_record_first(); other; other = other->next)
        if (other != self && atomic_load(&other->taken))
            forget(self, other);
}

uint32_t thread_random(struct runtime_thread *self)
{
    uint64_t x = self->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    self->random = x;
    return (uint32_t)(x >> 32);
}

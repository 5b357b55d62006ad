/*
 * What makes a deadlock provable from what a dead program left is worked out here, at the beginning
 * of a wait: it must be certain of each waiter in the circle that it held what the one before it
 * waits for while it was itself blocked. For that each waiter tells two things.
 *
 * - Who holds the lock that it waits for, looked up after its wait was recorded: the holder held it
 *   at that time, and if it was blocked by then, it still does.
 * - Which of the locks that others wait for it holds itself. That it knows for certain, and as it
 *   holds them until its wait is over, it covers all waits for them that began earlier.
 *
 * In a circle of waits each edge is one of the two: the holder blocked before the waiter, or after.
 * A look at the lock is a look at libc's own account of the holder, a tid.
 */
#include "preload/blocking.h"

#include "preload/process_state.h"
#include "preload/threads.h"
#include <unistd.h>

/* ---- holders ---- */

/* glibc's mark of a mutex that is shared between processes, whose tids are not ours. */
enum { SHARED_MUTEX = 128 };

/* The tid of a lock's holder; 0: nobody's, readers', or not to be known. */
static int holder_of(const struct lock_name *lock)
{
    if (lock->object == CTXT_WAIT_MUTEX) {
        const pthread_mutex_t *mutex = lock->address;
        return mutex->__data.__kind & SHARED_MUTEX
                   ? 0
                   : __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED);
    }
    const pthread_rwlock_t *rwlock = lock->address;
    return rwlock->__data.__shared
               ? 0
               : __atomic_load_n(&rwlock->__data.__cur_writer, __ATOMIC_RELAXED);
}

/* ---- the locks that are waited for ---- */

static struct wanted_lock *find(struct process_state *state, const void *address)
{
    for (uint32_t i = 0; i < state->wanted_count; i++)
        if (state->wanted[i].name.address == address)
            return &state->wanted[i];
    return NULL;
}

static bool add_wanted(struct process_state *state, const struct lock_name *name)
{
    struct wanted_lock *wanted = find(state, name->address);
    if (!wanted) {
        if (state->wanted_count == MOST_WANTED_LOCKS)
            return false; /* its holder will not be able to tell */
        wanted = &state->wanted[state->wanted_count++];
        *wanted = (struct wanted_lock){.name = *name};
    }
    wanted->waiters++;
    return true;
}

static void remove_wanted(const void *address)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    struct wanted_lock *wanted = find(state, address);
    if (wanted && --wanted->waiters == 0)
        *wanted = state->wanted[--state->wanted_count];
    process_state_leave(state);
}

/* A lock is in the list only while somebody is in a call that waits for it: it can be looked at. */
static void find_held(const struct process_state *state, int self, const void *released,
                      ctxt_wait_holders_t *holders)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < state->wanted_count && count < CTXT_HELD_LOCKS; i++) {
        const struct lock_name *name = &state->wanted[i].name;
        if (name->address != released && holder_of(name) == self)
            holders->held[count++] = (struct ctxt_held_lock){name->object, name->address};
    }
}

/* ---- waits ---- */

/* A time of `clock` on the monotonic one; CTXT_NEVER for NULL. */
static int64_t wait_until(clockid_t clock, const struct timespec *until)
{
    struct timespec now;
    int64_t left;
    if (!until || clock_gettime(clock, &now) != 0 ||
        __builtin_sub_overflow(until->tv_sec, now.tv_sec, &left) ||
        __builtin_mul_overflow(left, CTXT_SECOND, &left) ||
        __builtin_add_overflow(left, until->tv_nsec - now.tv_nsec, &left) ||
        __builtin_add_overflow(left, ctxt_now(), &left))
        return CTXT_NEVER;
    return left;
}

static void tell_holders(struct blocking *blocking, const struct blocked_on *what)
{
    bool is_lock = what->object == CTXT_WAIT_MUTEX || what->object == CTXT_WAIT_RWLOCK;
    struct lock_name name = {what->object, what->address};
    ctxt_wait_holders_t holders = {0};
    int self = gettid();
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    find_held(state, self, what->released, &holders);
    if (is_lock && add_wanted(state, &name))
        blocking->wanted = name;
    process_state_leave(state);
    if (is_lock)
        holders.owner = threads_of_tid(holder_of(&name));
    ctxt_wait_holders(blocking->token, &holders);
}

void blocking_begin(struct blocking *blocking, const struct blocked_on *what)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    *blocking = (struct blocking){0};
    ctxt_wait_description_t description = {
        .object = what->object,
        .operation = what->operation,
        .address = what->address,
        .joined = what->joined,
        .until_ns = wait_until(what->clock, what->until),
    };
    blocking->token = ctxt_wait_begin(&description);
    if (blocking->token) {
        threads_know_main();
        tell_holders(blocking, what);
    }
    quiet_end(&quiet);
}

void blocking_end(void *argument)
{
    struct blocking *blocking = argument;
    struct quiet quiet;
    quiet_begin(&quiet);
    if (blocking->wanted.address)
        remove_wanted(blocking->wanted.address);
    ctxt_wait_end(blocking->token);
    quiet_end(&quiet);
}

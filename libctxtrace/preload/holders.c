/*
 * What makes a deadlock provable from what a dead program left is worked out here, at the beginning
 * of a wait.
 *
 * The claim. At the moment of death each task X(i) of a circle was in a wait for lock L(i), which
 * X(i+1) held. Then X(i) did not have it, could not go on before X(i+1) let go, and that could not
 * let go before it went on: nothing but a stranger could have woken them.
 *
 * The trap. A wait is recorded before the lock is asked for, and its record ends after the lock was
 * given: in between the task "waits" for a lock that is its own, and whoever looks at the lock then
 * reads the waiter as its holder. So that X(i+1) is named by L(i) proves nothing, nor does the
 * record of X(i)'s wait. It must be certain that X(i+1) holds L(i) at the moment of death; that
 * X(i) has not got it follows, because a lock has one holder. Two things make it certain:
 *
 * (a) Y itself has said so, in the record of its wait for something else. It found itself named by
 *     L. It cannot let go of L before its wait is over, and ends the record before it does anything
 *     else: as long as the record stands, it holds L. Whether it was given by now what it waits for
 *     is of no account.
 * (b) A waiter X saw L name Y while Y was in a wait W that is for something else than L, and does
 *     not give L up. Y took L before W, then, and not in it; as long as the record of W stands, it
 *     holds L, as in (a). That both were so at one time is certain by blocked_in.c: X looks in
 *     which wait Y is, then at L, then whether Y is in that wait still and has been all the while.
 *     Y says that it is in W after the record of W was made, and that it is not any more before it
 *     ends that record. W is named by its slot and sequence, which no other wait ever has.
 *
 * Everyone does three things after its wait was recorded: it says which lock it waits for, if it is
 * one, and in which wait it is; it looks which of the locks that others wait for it holds; and it
 * looks who holds what it waits for. Of the two ends of an edge let the one that comes second be
 * the holder: then it finds the lock among those that are waited for, (a). Let it be the waiter:
 * then it finds the holder in its wait, (b). So of a circle that is there at the moment of death
 * every edge is certain, in whatever order they came.
 *
 * Second to come. The locks that are waited for are a list, under the lock of the process state.
 * Who waits for a lock does all three with that held. Who waits for something else, as most do, has
 * nothing to put into the list, and does not take it: it says in which wait it is, by a store that
 * is in one order (seq_cst) with the taking of the state's lock and the looks under it; then it
 * reads whether that lock is free, and then whether the list is empty. If both are so, it is done;
 * else it takes the lock and looks. Let Y be such a holder, and X a waiter for L.
 *
 * - Y found the lock free before X took it. In the one order X's look comes after Y's store and
 *   sees it, and with it what Y wrote before, L among it: (b).
 * - Y found it free after X had given it back. Then Y sees what X wrote with it held: the list is
 *   not empty, unless X does not wait for L any more. So Y takes it, and looks: (a).
 * - Y found it taken, and takes it later. If X had it before, Y finds L in the list: (a). If X has
 *   it later, X sees what Y wrote before: (b).
 *
 * Y leaves W without that lock. Who looks at that moment finds that Y is in W, and then the record
 * of W stands still, or that it is not.
 *
 * A task that waits for what it holds itself is a circle of one. Here it is certain by (a) alone,
 * looked up before the lock is asked for: then it is not the trap.
 *
 * Excluded: that the holder was seen when it had just got the lock, or just before it let go; that
 * it has let go since; that a wait was left by a jump, an exception, a cancellation or the end of
 * the thread (open_waits.c ends its record); a lock call that answers EDEADLK, which is no wait
 * (libc_lock.c); locks that are shared with other processes, and readers, whose holders are not
 * known by name. Not excluded here, and recorded with the wait, for the reader to judge: limits of
 * time; that a thread unlocks what it does not hold (CTXT_LOCK_ANY_UNLOCKS); that a join is
 * cancelled (CTXT_WAIT_CANCELLABLE). What libc forbids is not considered: a signal handler that
 * unlocks what the code holds which it interrupts.
 *
 * Less is recorded when more than MOST_WANTED_LOCKS locks are waited for at once, when a task holds
 * more than CTXT_HELD_LOCKS of them, of threads whose creation was not seen, and in a signal
 * handler that interrupts this very code.
 */
#include "preload/holders.h"

#include "preload/libc_lock.h"
#include "preload/process_state.h"
#include "preload/sealed.h"
#include "preload/threads.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/*
 * A lock was given although its holder was in one and the same wait all the while: then another
 * thread has unlocked it, and this program uses mutexes as semaphores. From now on the records of
 * waits for its locks say so.
 */
static _Atomic bool bypassed;

bool holders_were_bypassed(void)
{
    return atomic_load_explicit(&bypassed, memory_order_relaxed);
}

/* ---- the locks that are waited for ---- */

static uint32_t wanted_count(const struct process_state *state)
{
    return atomic_load_explicit(&state->wanted_count, memory_order_relaxed);
}

static struct wanted_lock *find(struct process_state *state, const void *address)
{
    for (uint32_t i = 0; i < wanted_count(state); i++)
        if (state->wanted[i].name.address == address)
            return &state->wanted[i];
    return NULL;
}

static bool add_wanted(struct process_state *state, const struct lock_name *name)
{
    struct wanted_lock *wanted = find(state, name->address);
    if (wanted) {
        wanted->waiters++;
        return true;
    }
    uint32_t count = wanted_count(state);
    if (count == MOST_WANTED_LOCKS)
        return false; /* its holder will not find it */
    state->wanted[count] = (struct wanted_lock){.name = *name, .waiters = 1};
    atomic_store_explicit(&state->wanted_count, count + 1, memory_order_relaxed);
    return true;
}

static void remove_wanted(struct process_state *state, const void *address)
{
    struct wanted_lock *wanted = find(state, address);
    if (!wanted || --wanted->waiters != 0)
        return;
    uint32_t last = wanted_count(state) - 1;
    if (wanted != &state->wanted[last])
        *wanted = state->wanted[last];
    atomic_store_explicit(&state->wanted_count, last, memory_order_relaxed);
}

/* ---- looking ---- */

static void add_held(ctxt_wait_holders_t *holders, unsigned *count, const struct lock_name *name)
{
    if (*count < CTXT_HELD_LOCKS)
        holders->held[(*count)++] = (struct ctxt_held_lock){name->object, name->address};
}

/* A lock is in the list only while somebody is in a call that waits for it: it can be looked at. */
static void find_held(struct process_state *state, const struct open_wait *wait, const void *lock,
                      ctxt_wait_holders_t *holders)
{
    unsigned count = holders->held[0].address != NULL;
    for (uint32_t i = 0; i < wanted_count(state); i++) {
        struct wanted_lock *wanted = &state->wanted[i];
        const struct lock_name *name = &wanted->name;
        if (name->address == wait->as_seen.released || name->address == lock ||
            libc_lock_holder(name) != wait->self)
            continue;
        wanted->held_by = wait->self;
        wanted->held_in = wait->as_seen.wait;
        add_held(holders, &count, name);
    }
}

/* The wait that the thread was in all the while the lock named it; all zero: none, or not known. */
static ctxt_wait_mark_t wait_of_holder(struct blocked_in *in, const struct lock_name *lock,
                                       int thread)
{
    struct blocked seen;
    uint64_t changes;
    bool holds = in && blocked_in_look(in, &seen, &changes) && seen.released != lock->address &&
                 libc_lock_holder(lock) == thread && blocked_in_is_same(in, changes);
    return holds ? seen.wait : (ctxt_wait_mark_t){0, 0};
}

static void find_owner(struct process_state *state, const struct lock_name *lock,
                       struct open_wait *wait, ctxt_wait_holders_t *holders)
{
    int thread = libc_lock_holder(lock);
    struct thread_found owner = threads_of_tid(state, thread);
    holders->owner_thread = (uint32_t)thread;
    holders->owner = owner.task;
    wait->owner_thread = thread;
    if (thread == wait->self)
        holders->held[0] = (struct ctxt_held_lock){lock->object, lock->address};
    else
        wait->owner_in = holders->owner_in = wait_of_holder(owner.blocked_in, lock, thread);
}

/* The lock still names it, and it is no thread of this process: it ended, or was the parent's. */
static bool is_gone(const struct lock_name *lock, const ctxt_wait_holders_t *holders)
{
    int thread = (int)holders->owner_thread;
    return thread > 0 && !holders->owner && !preload_is_sealed() &&
           tgkill(getpid(), thread, 0) != 0 && errno == ESRCH && libc_lock_holder(lock) == thread;
}

/* ---- the beginning and the end of a wait ---- */

OUT_OF_LINE static void record_lock_wait(struct open_wait *wait, const struct lock_name *lock)
{
    ctxt_wait_holders_t holders = {0};
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    blocked_in_set(wait->blocked_in, &wait->as_seen);
    if (add_wanted(state, lock))
        wait->wanted = *lock;
    find_owner(state, lock, wait, &holders);
    find_held(state, wait, lock->address, &holders);
    process_state_leave(state);
    holders.owner_gone = is_gone(lock, &holders);
    ctxt_wait_holders(wait->token, &holders);
}

OUT_OF_LINE static void record_held_locks(struct open_wait *wait)
{
    ctxt_wait_holders_t holders = {0};
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    find_held(state, wait, NULL, &holders);
    process_state_leave(state);
    if (holders.held[0].address) /* else it says so already */
        ctxt_wait_holders(wait->token, &holders);
}

void holders_record(struct open_wait *wait, const struct lock_name *lock)
{
    if (lock->address) {
        record_lock_wait(wait, lock);
        return;
    }
    struct process_state *state = process_state_peek();
    blocked_in_announce(wait->blocked_in, &wait->as_seen);
    if (state && process_state_may_want_locks(state))
        record_held_locks(wait);
}

static bool still_is_in(struct process_state *state, int thread, ctxt_wait_mark_t wait)
{
    struct blocked_in *in = thread && wait.place ? threads_of_tid(state, thread).blocked_in : NULL;
    struct blocked now;
    uint64_t changes;
    return in && blocked_in_look(in, &now, &changes) && now.wait.place == wait.place &&
           now.wait.sequence == wait.sequence;
}

/* As with the edges of a circle: the holder was seen in its wait, or has said itself that it holds.
 */
static bool holder_was_bypassed(struct process_state *state, const struct open_wait *wait)
{
    int self = wait->self;
    const struct wanted_lock *wanted = find(state, wait->wanted.address);
    if (libc_lock_holder(&wait->wanted) != self)
        return false;
    return wait->owner_thread == self || still_is_in(state, wait->owner_thread, wait->owner_in) ||
           (wanted && wanted->held_by != self &&
            still_is_in(state, wanted->held_by, wanted->held_in));
}

OUT_OF_LINE static void leave_wanted(const struct open_wait *wait, bool got_lock)
{
    struct process_state *state = process_state_enter();
    if (!state)
        return;
    if (got_lock && holder_was_bypassed(state, wait))
        atomic_store_explicit(&bypassed, true, memory_order_relaxed);
    remove_wanted(state, wait->wanted.address);
    process_state_leave(state);
}

void holders_end_wait(struct open_wait *wait, const struct open_wait *outer, bool got_lock)
{
    static const struct blocked none;
    if (wait->wanted.address)
        leave_wanted(wait, got_lock);
    wait->as_seen = none; /* for a handler that comes now, and goes back to it */
    atomic_signal_fence(memory_order_seq_cst);
    blocked_in_set(wait->blocked_in, outer ? &outer->as_seen : &none);
}

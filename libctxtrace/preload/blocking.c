#include "preload/blocking.h"

#include "base/clock.h"
#include "preload/holders.h"
#include "preload/imports.h"
#include "preload/libc_lock.h"
#include "preload/recording.h"
#include "preload/threads.h"

#include <errno.h>

static int64_t nanoseconds_of(const struct timespec *time)
{
    int64_t nanoseconds;
    if (__builtin_mul_overflow(time->tv_sec, CTXT_SECOND, &nanoseconds) ||
        __builtin_add_overflow(nanoseconds, time->tv_nsec, &nanoseconds))
        return CTXT_NEVER;
    return nanoseconds;
}

/*
 * How far the time of day is from the monotonic clock, to some milliseconds: at a tenth of the
 * price. The coarse clocks advance together, once a tick, so that one reading says whether what was
 * found before still holds. The tick is written last: a signal handler that comes in between finds
 * the one before, or writes its own.
 */
static int64_t time_of_day_offset(void)
{
    static __thread struct {
        int64_t tick_ns, offset_ns;
    } found __attribute__((tls_model("initial-exec")));
    int64_t tick_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
    if (tick_ns == found.tick_ns)
        return found.offset_ns;
    found.offset_ns = clock_ns(CLOCK_REALTIME_COARSE) - tick_ns;
    atomic_signal_fence(memory_order_seq_cst);
    found.tick_ns = tick_ns;
    return found.offset_ns;
}

/* A time of `clock` on the monotonic one; CTXT_NEVER for NULL. */
static int64_t wait_until(clockid_t clock, const struct timespec *until)
{
    int64_t time = until ? nanoseconds_of(until) : CTXT_NEVER;
    if (time == CTXT_NEVER || clock == CLOCK_MONOTONIC)
        return time;
    return __builtin_sub_overflow(time, time_of_day_offset(), &time) ? CTXT_NEVER : time;
}

static bool is_lock(enum ctxt_wait_object object)
{
    return object == CTXT_WAIT_MUTEX || object == CTXT_WAIT_RWLOCK;
}

/* Asked of joins alone: it costs as much as a lock. */
static bool is_cancellable(void)
{
    int state, ours;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_setcancelstate(state, &ours);
    return state == PTHREAD_CANCEL_ENABLE;
}

static uint32_t begin_wait(const struct blocked_on *what, const void *site, ctxt_wait_mark_t *mark)
{
    ctxt_wait_description_t description = {
        .object = what->object,
        .operation = what->operation,
        .address = what->address,
        .joined = what->joined,
        .released = what->released,
        .until_ns = wait_until(what->clock, what->until),
        .site = site,
    };
    if (is_lock(what->object))
        description.properties =
            libc_lock_properties(&(struct lock_name){what->object, what->address}) |
            (holders_were_bypassed() ? CTXT_LOCK_OTHERS_UNLOCK : 0);
    else if (what->released) /* which is wanted back */
        description.properties = holders_were_bypassed() ? CTXT_LOCK_OTHERS_UNLOCK : 0;
    else if (what->joined && imports_thread_cancellation() && is_cancellable())
        description.properties = CTXT_WAIT_CANCELLABLE;
    return ctxt_wait_begin_marked(&description, mark);
}

/*
 * What quiet_begin() does, but for two reads' worth of time: a thread that may be cancelled
 * anywhere, which is rare, may not be in here; the others only at cancellation points, and there is
 * none in what is done at a wait. What recording must do now and then (claiming memory, following a
 * stack that was not seen before) guards itself.
 */
struct light_quiet {
    int errno_before, cancel_type;
};

static void light_quiet_begin(struct light_quiet *quiet)
{
    quiet->errno_before = errno;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &quiet->cancel_type);
}

static void light_quiet_end(const struct light_quiet *quiet)
{
    int ours;
    errno = quiet->errno_before;
    if (quiet->cancel_type != PTHREAD_CANCEL_DEFERRED)
        pthread_setcanceltype(quiet->cancel_type, &ours);
}

/* Not inlined: open_waits.c relies on it that the frames of wrappers are small. */
OUT_OF_LINE
void blocking_begin_at(struct blocking *blocking, const struct blocked_on *what, const void *site)
{
    struct light_quiet quiet;
    blocking->token = 0;
    blocking->is_open = blocking->got_lock = false;
    light_quiet_begin(&quiet);
    if (!preload_records()) {
        light_quiet_end(&quiet);
        return;
    }
    struct open_wait *wait = open_waits_push(blocking);
    ctxt_wait_mark_t unused, *mark = wait ? &wait->as_seen.wait : &unused;
    blocking->token = begin_wait(what, site, mark);
    if (wait && blocking->token) {
        wait->token = blocking->token;
        wait->as_seen.released = what->released;
        threads_register_main();
        holders_record(
            wait, &(struct lock_name){what->object, is_lock(what->object) ? what->address : NULL});
    }
    blocking->is_open = wait != NULL;
    light_quiet_end(&quiet);
}

void blocking_end(void *argument)
{
    struct blocking *blocking = argument;
    if (!blocking->is_open && !blocking->token)
        return;
    struct light_quiet quiet;
    light_quiet_begin(&quiet);
    if (blocking->is_open)
        open_waits_end(blocking, blocking->got_lock);
    else
        ctxt_wait_end(blocking->token);
    light_quiet_end(&quiet);
}

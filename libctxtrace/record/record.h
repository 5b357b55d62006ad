/*
 * Recording: what the runtime tells the recorder.
 *
 * While recording is off, every function here returns after a predicted branch. It is never an
 * error of the program if something cannot be recorded: it is counted in the segment. errno is
 * kept.
 *
 * Whoever calls holds the lock of what the call is about, or is alone with it: a slot of the
 * segment has one writer at a time. A signal handler that interrupts the recorder and calls it
 * again is turned away and counted.
 */
#ifndef CTXTRACE_RECORD_RECORD_H
#define CTXTRACE_RECORD_RECORD_H

#include "vocabulary/vocabulary.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Of a name, key or type; what is longer is cut off. */
enum { RECORD_TEXT_BYTES = 112 };

/*
 * What a recorded thing knows about its slot. All zero: never recorded. Roots are recorded when
 * they are first used, while others may look: the epoch is stored last, and whoever has read it may
 * then read the rest.
 */
struct record_slot {
    uint64_t id;
    uint32_t index;         /* of its slot */
    _Atomic uint32_t epoch; /* the recording that it belongs to, counted from 1: a forked child
                               begins a new one; 0: none */
};

static inline uint32_t record_slot_epoch(const struct record_slot *slot)
{
    return atomic_load_explicit(&slot->epoch, memory_order_acquire);
}

/*
 * Whether recording is on. The word lies in a page that the kernel wipes in a forked child, however
 * it was forked: 0 there means that this process has not decided yet.
 */
enum recorder_state { RECORDER_UNDECIDED, RECORDER_OFF, RECORDER_ON, RECORDER_DECIDING };
extern _Atomic uint32_t *recorder_state;
bool recorder_decide(void);

static inline bool recording(void)
{
    uint32_t state = atomic_load_explicit(recorder_state, memory_order_acquire);
    if (__builtin_expect(state == RECORDER_OFF, 1))
        return false;
    return state == RECORDER_ON || recorder_decide();
}

/*
 * Starts recording. 0, EALREADY, EPERM in a privileged program, or why the segment could not be
 * made.
 */
int recorder_start(void);
/*
 * The same, but the segment is made only when there is something to record: a program with nothing
 * worth recording leaves no file, and pays nothing for one. So it is for a forked child.
 */
int recorder_want(void);
/* Why that failed in this process; 0: it did not, or was not tried yet. */
int recorder_failure(void);
/* The program is about to make a thread, as far as is seen the first. */
void recorder_makes_threads(void);
void recorder_stop(void);
/* See ctxt_trace_seal(). */
void recorder_seal(void);
void recorder_unseal(void);
/* Path of the segment, or NULL. */
const char *recorder_path(void);
/* Asks, when a forked child begins a segment of its own, how many contexts it has inherited. */
void recorder_count_contexts_with(uint64_t (*count)(void));

/* Does the slot belong to the present recording? */
bool record_slot_is_current(const struct record_slot *slot);
/* The present recording; 0: it is off. */
uint32_t record_epoch(void);
/* The id for references from other things: 0 if it is not recorded. */
uint64_t record_slot_id(const struct record_slot *slot);

/* ---- contexts ---- */

struct record_context {
    uint8_t kind;  /* enum context_kind */
    bool own_done; /* custom: its end is its own affair, not its parent's */
    uint64_t parent_id;
    int64_t deadline_ns, requested_ns;
    int64_t made_ns;    /* the reading of the clock that its timeout counts from; 0: none */
    const char *detail; /* a value's key, a custom context's type; NULL */
    const void *site;   /* as for record_moment_now() */
    const void *address;
};

/* When, by whom and where something happened: captured once for a whole tree that ends. */
struct record_moment {
    int64_t time_ns; /* 0: not captured yet */
    uint64_t task_id;
    uint32_t stack;
};

/* `site`: the return address of the public function, if that is at hand; else NULL. */
void record_moment_now(struct record_moment *moment, const void *site);

void record_context_created(struct record_slot *slot, const struct record_context *context);
/* Background and todo, which exist in every program and have no creator. */
void record_root_created(struct record_slot *slot, uint8_t kind, const void *address);
/*
 * Of the context where the end began; those below it that ended with it, and belong to this
 * recording, are only counted.
 */
struct record_end {
    uint8_t state;   /* enum context_state */
    uint8_t how;     /* enum context_end */
    bool born_ended; /* it ends before its maker has it */
    int32_t code;
    const char *text; /* of the cause, or NULL */
};
void record_context_ended(struct record_slot *slot, const struct record_moment *moment,
                          const struct record_end *end);
void record_contexts_ended_below(uint64_t count);
void record_context_cancel_too_late(struct record_slot *slot, const struct record_moment *moment,
                                    int32_t code, const char *text);
void record_context_references(struct record_slot *slot, int owners, int observers);
void record_context_named(struct record_slot *slot, const char *name);
void record_context_stopped(struct record_slot *slot);
void record_context_function_started(struct record_slot *slot);
/*
 * Its memory goes; the slot becomes free. A context without an end of its own, such as a value
 * context, counts as ended now: so in a steady program as many end, in the long run, as are
 * created.
 */
void record_context_released(struct record_slot *slot, bool ended);

/* ---- tasks ---- */

struct record_task {
    uint8_t origin; /* enum task_origin */
    uint64_t start_context_id;
    const void *function;
    const char *name; /* or NULL */
};

/* Created by the calling task. */
void record_task_created(struct record_slot *slot, const struct record_task *task);
/* Called first thing in the thread that the task is: from now on it is the calling task. */
void record_task_bind(struct record_slot *slot);
/* It has returned from its function. If nobody is to join it, it is gone with this. */
void record_task_exited(struct record_slot *slot);
void record_task_joined(struct record_slot *slot);
void record_task_detached(struct record_slot *slot);
void record_task_named(struct record_slot *slot, const char *name);
/* The same for the calling task, which may have no slot anywhere else. */
void record_self_named(const char *name);
void record_task_current(uint64_t context_id);
/* It works under the context again that it was started with. */
void record_task_current_as_started(void);
/* The calling thread goes on as this task (coroutines); NULL: as itself. */
void record_task_switch(struct record_slot *slot);
/* The calling thread is one of the library's own. */
void record_thread_is_internal(const char *name);
/* Id of the calling task; 0 while recording is off. */
uint64_t record_self_id(void);

/* ---- waits ---- */

struct record_wait {
    uint8_t object;    /* enum object_kind */
    uint8_t operation; /* enum wait_operation */
    uint64_t object_id;
    const void *address;
    int64_t until_ns;
    uint64_t bounded_by_id; /* or ID_UNRECORDED */
    uint64_t owner_task_id;
    uint32_t properties;   /* enum wait_property */
    uint32_t owner_thread; /* locks: the thread id of the holder; 0: not known */
    const void *site;      /* see capture.h; of several waits the first one's counts */
};

/* The calling task is about to block on all of these at once. Returns a token, 0 when off. */
uint32_t record_wait_begin(const struct record_wait *waits, uint32_t count);
void record_wait_end(uint32_t token);

/* A wait as others refer to it: slot + 1 and sequence. All zero: none. */
struct record_wait_mark {
    uint64_t place, sequence;
};
/* The same on one thing. Its mark is the token and *sequence, set unless the token is 0. */
uint32_t record_wait_begin_marked(const struct record_wait *wait, uint64_t *sequence);

struct record_held_lock {
    const void *address; /* NULL: none */
    bool is_rwlock;      /* it is a reader-writer lock, not a mutex */
};

/* What came to be known of a wait after it began; see WAIT_OWNER_TASK and its neighbours. */
struct record_wait_holders {
    uint64_t owner_task_id;
    struct record_held_lock held[2];
    uint32_t owner_thread;
    bool owner_gone;
    struct record_wait_mark owner_wait;
};
void record_wait_holders(uint32_t token, const struct record_wait_holders *holders);

/* ---- objects ---- */

struct record_object {
    uint8_t kind; /* enum object_kind */
    const void *address;
    uint32_t capacity;
    uint64_t context_id;
};

void record_object_created(struct record_slot *slot, const struct record_object *object);
/* One reference more (1) or less (-1). */
void record_object_references(struct record_slot *slot, int change);
/*
 * The same for a reference that no holder has: that of a task that was served and is about to go
 * on.
 */
void record_object_under_way(struct record_slot *slot, int change);
void record_object_length(struct record_slot *slot, uint32_t capacity, uint32_t length);
void record_object_closed(struct record_slot *slot);
void record_object_named(struct record_slot *slot, const char *name);
void record_object_released(struct record_slot *slot);

#endif

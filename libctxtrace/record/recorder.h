/*
 * Inside the recorder: its state, its threads, and how the pieces reach the segment. From the top
 * down:
 *
 *     contexts.c tasks.c waits.c objects.c    what record.h declares, between
 *                                             recorder_enter() and recorder_leave()
 *     lifecycle.c                             begin and end, threads that come and go, fork
 *     own_task.c open_waits.c events.c texts.c stacks.c ending.c
 *                                             the pieces
 *     recorder.c                              state, slots, ids, losses
 *
 * Locks of the recorder are leaves: nothing is called with one held, neither the program nor
 * the loader. In a forked child everything here is thrown away and started over, so no lock needs
 * to be free at a fork.
 */
#ifndef CTXTRACE_RECORD_RECORDER_H
#define CTXTRACE_RECORD_RECORDER_H

#include "base/invariant.h"
#include "base/lock.h"
#include "record/clock.h"
#include "record/record.h"
#include "record/slots.h"
#include "record/storage.h"

/* The waits that each task is in, by slots; see waits.c. Links are a slot's index + 1, 0 ends. */
struct open_waits {
    uint32_t *outer;     /* of each wait: the one of the same task that it is within */
    uint32_t *innermost; /* of each task */
    uint64_t wait_capacity, task_capacity;
};

struct recorder {
    _Atomic uint32_t epoch; /* read also by those who have not looked whether recording is on */
    uint32_t max_frames;
    uint64_t ring_mask; /* events in a ring, a power of two, - 1 */
    struct storage storage;
    struct slot_stock stocks[AREA_COUNT]; /* of the areas that are made of slots */
    struct open_waits waits;
    _Atomic uint64_t next_id;
    _Atomic uint32_t next_text_generation;
    struct lock threads_lock, roots_lock, ends_lock;
    int32_t pid;                           /* of the process that began this recording */
    bool keep;                             /* the segment was asked to stay */
    _Atomic bool sealed;                   /* no system calls any more; see ctxt_trace_seal() */
    struct recorder_thread *spare_threads; /* of threads that ended */
    char path[SEGMENT_PATH_SIZE];
};

extern struct recorder recorder;

/* What recorder_state points to until recording could be switched on. */
extern _Atomic uint32_t recorder_always_off;

/* Small: a program may have very many threads. */
struct recorder_thread {
    struct recorder_thread *next;
    uint32_t epoch;
    struct clock clock;
    bool busy;                  /* inside the recorder; a signal handler may find it so */
    bool internal;              /* a thread of the library itself */
    bool bound;                 /* its task has a slot that others know */
    struct record_slot task;    /* the thread's own */
    struct record_slot running; /* the task that it runs as: its own, or a coroutine */
    segment_word *ring;         /* NULL: it was not needed, or there was no room for one */
    bool ring_wanted;
    uint32_t ring_index;
    uint64_t next_id, last_id; /* ids that are its own to give out */
    uint32_t next_group;
    uint32_t innermost_wait; /* as in struct open_waits, of a thread without a task */
    struct slot_cache caches[AREA_COUNT];
};

/* The words of a slot. */
static inline segment_word *recorder_slot(enum segment_area_kind area, uint32_t index)
{
    const struct storage *storage = &recorder.storage;
    invariant(index < atomic_load_explicit(&storage->claimed[area], memory_order_relaxed));
    return storage->items[area] + (size_t)index * storage->item_words[area];
}

/* Without beginning it. */
bool recorder_is_on(void);

void recorder_lost(enum loss loss, enum loss_reason reason);
/* Why an area has just refused a slot: its table is full, or the file system is. */
enum loss_reason recorder_why_no_slot(enum segment_area_kind area);
uint64_t recorder_new_id(struct recorder_thread *thread);

static inline uint32_t recorder_epoch(void)
{
    return atomic_load_explicit(&recorder.epoch, memory_order_relaxed);
}

/* A recorded thing, if `slot` belongs to this recording; otherwise NULL. */
static inline segment_word *recorder_current(enum segment_area_kind area,
                                             const struct record_slot *slot)
{
    return record_slot_epoch(slot) == recorder_epoch() && slot->id
               ? recorder_slot(area, slot->index)
               : NULL;
}

/* Begin and end of a change of a slot; see the specification in segment/format.h. */
static inline uint64_t slot_begin(segment_word *slot)
{
    uint64_t sequence = atomic_load_explicit(&slot[0], memory_order_relaxed);
    invariant(sequence % 2 == 0); /* one writer at a time */
    atomic_store_explicit(&slot[0], sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    return sequence;
}

static inline void slot_end(segment_word *slot, uint64_t sequence)
{
    invariant(atomic_load_explicit(&slot[0], memory_order_relaxed) == sequence + 1);
    atomic_store_explicit(&slot[0], sequence + 2, memory_order_release);
}

static inline void word_set(segment_word *slot, unsigned word, uint64_t value)
{
    atomic_store_explicit(&slot[word], value, memory_order_relaxed);
}

static inline uint64_t word_get(const segment_word *slot, unsigned word)
{
    return atomic_load_explicit(&slot[word], memory_order_relaxed);
}

/* Frees a slot: its id becomes 0. */
void recorder_free_slot(struct recorder_thread *thread, enum segment_area_kind area,
                        struct record_slot *slot);
/* Takes a free slot and gives it an id; false: counted as lost. */
bool recorder_take_slot(struct recorder_thread *thread, enum segment_area_kind area, enum loss loss,
                        struct record_slot *slot);

#endif

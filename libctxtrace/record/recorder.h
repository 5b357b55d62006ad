/*
 * Inside the recorder: its state, its threads, and how the pieces reach the segment.
 *
 * Recording happens between recorder_enter() and recorder_leave(), which give the calling thread's
 * state. Locks of the recorder are leaves: nothing is called with one held, neither the program nor
 * the loader. In a forked child everything here is thrown away and begun anew, so no lock needs to
 * be free at a fork.
 */
#ifndef CTXTRACE_RECORD_RECORDER_H
#define CTXTRACE_RECORD_RECORDER_H

#include "record/clock.h"
#include "record/record.h"
#include "record/slots.h"
#include "record/storage.h"
#include <pthread.h>

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
    pthread_mutex_t threads_mutex, roots_mutex, ends_mutex;
    int32_t pid;                           /* of the process that began this recording */
    bool keep;                             /* the segment was asked to stay */
    _Atomic bool sealed;                   /* no system calls any more; see ctxt_trace_seal() */
    struct recorder_thread *spare_threads; /* of threads that ended */
    char path[SEGMENT_PATH_SIZE];
};

extern struct recorder recorder;

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

/* NULL: recording is off, or this call interrupts another one, which has been counted. */
struct recorder_thread *recorder_enter(void);
static inline void recorder_leave(struct recorder_thread *thread)
{
    atomic_signal_fence(memory_order_release);
    thread->busy = false;
}

/* The words of a slot. */
segment_word *recorder_slot(enum segment_area_kind area, uint32_t index);

/* Without beginning it. */
bool recorder_is_on(void);

/* The calling thread's, as the kernel numbers it. */
uint32_t recorder_thread_id(void);

void recorder_lost(enum segment_loss loss, enum segment_loss_reason reason);
/* Why an area has just refused a slot: its table is full, or the file system is. */
enum segment_loss_reason recorder_why_no_slot(enum segment_area_kind area);
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
    atomic_store_explicit(&slot[0], sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    return sequence;
}

static inline void slot_end(segment_word *slot, uint64_t sequence)
{
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
bool recorder_take_slot(struct recorder_thread *thread, enum segment_area_kind area,
                        enum segment_loss loss, struct record_slot *slot);

/* ---- texts, stacks, events, time ---- */

/* A reference to a copy of the text; 0 for NULL, an empty one, or when there is no room. */
uint64_t text_store(struct recorder_thread *thread, const char *text);
void text_free(struct recorder_thread *thread, uint64_t reference);

/* A reference to the calling thread's stack; 0 unknown. */
uint32_t stack_here(const void *site); /* the site is a hint, see capture.h; NULL: none */
void stacks_reset(void);

struct event {
    uint8_t kind; /* enum segment_event_kind */
    uint8_t end;
    int32_t code;
    int64_t time_ns;
    uint64_t task_id, subject_id, parent_id, text;
    uint32_t stack;
};
void event_write(struct recorder_thread *thread, const struct event *event);

/* The record of the calling thread becomes that of a task that exists; see tasks.c. */
void tasks_attach(struct recorder_thread *thread);
void tasks_detach(struct recorder_thread *thread);
bool waits_open(struct open_waits *waits, uint64_t wait_capacity, uint64_t task_capacity);
void waits_close(struct open_waits *waits);
void waits_end_of_task(struct recorder_thread *thread, const struct record_slot *task);
void waits_detach(struct recorder_thread *thread);
void rings_detach(struct recorder_thread *thread);

#endif

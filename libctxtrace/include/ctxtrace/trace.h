/*
 * Recording, misuse, and describing tasks and waits that the library cannot see by itself.
 *
 * Recording is off unless the environment variable CTXTRACE is 1 (see ctxtrace(3) for all of them),
 * ctxt_trace_start() is called, or the preload library is used. While it is off it costs a
 * predicted branch. Contexts that exist when it is switched on are counted, not shown.
 */
#ifndef CTXTRACE_TRACE_H
#define CTXTRACE_TRACE_H

#include <ctxtrace/context.h>

CTXT_BEGIN_C

/* The library's version, "0.1.0". */
CTXT_API const char *ctxt_version(void);

/*
 * Starts recording, as the environment says where and how large. 0; EALREADY if it is on; EPERM in
 * a set-user-id program; or why the segment could not be made (ENOSPC, EACCES, ...). Thread-safe.
 */
CTXT_API int ctxt_trace_start(void);
/*
 * The same, but the segment is made when there is something to record, as with CTXTRACE=1. Errors
 * in making it are told by ctxt_trace_failure() then; EOPNOTSUPP: a filter of system calls
 * (seccomp) would kill the process for what recording needs.
 */
CTXT_API int ctxt_trace_want(void);
CTXT_API int ctxt_trace_failure(void);
/* Stops recording for good in this process. The segment stays until the process ends. */
CTXT_API void ctxt_trace_stop(void);
/* Is recording on, in this process? */
CTXT_API bool ctxt_trace_is_on(void);

/*
 * The process is about to end without its exit handlers (_exit), or to become another program by
 * exec; or it could not become one and goes on. So its end is told, and a segment that has nothing
 * to tell is removed. Async-signal-safe, and harmless after vfork().
 */
CTXT_API void ctxt_trace_exits(void);
CTXT_API void ctxt_trace_becomes(void);
CTXT_API void ctxt_trace_goes_on(void);

/*
 * For a process that is about to forbid itself system calls (seccomp). Room is made ahead, for
 * about a thousand threads; from now on recording makes no system calls but those that threads need
 * anyway (futex, mmap), and what finds no room is counted. Children that are forked from now on are
 * not recorded, and the segment stays after a regular end. ctxt_trace_unseal() takes it back, if
 * nothing was forbidden after all. Thread-safe; errno is kept.
 */
CTXT_API void ctxt_trace_seal(void);
CTXT_API void ctxt_trace_unseal(void);

/* Path of the segment, NULL when nothing is recorded. Valid as long as recording is on. */
CTXT_API const char *ctxt_trace_path(void);

/*
 * Leaves the frames of the executable or library that `address` lies in out at the top of recorded
 * stacks, as those of libctxtrace are: for a library that wraps this one, whose callers are of
 * interest. Call it before anything is recorded, and never unload that library. At most 4; false
 * beyond that. Not thread-safe.
 */
CTXT_API bool ctxt_trace_skip_module(const void *address);

/* ---- misuse ---- */

/*
 * Called on misuse of the library (NULL parent, use after the last reference, ...) with a sentence
 * that says what and, with CTXTRACE_DEBUG=1, with the stacks of the misuse and of the last
 * reference. If it returns, the call that was misused does nothing and fails with EINVAL where it
 * can. The default, also set by NULL, prints the sentence to stderr and aborts.
 */
typedef void ctxt_misuse_handler(const char *sentence);
CTXT_API ctxt_misuse_handler *ctxt_set_misuse_handler(ctxt_misuse_handler *handler);

/* ---- annotations: coroutines, event loops, and the preload library ---- */

/*
 * A program that runs its own kind of task (coroutines, requests in an event loop) describes each
 * one by an id that ctxt_task_begin() returns, and says which one a thread is running with
 * ctxt_task_switch(). All of this does nothing, and costs a branch, while recording is off: ids are
 * 0. Waits nest per task: coroutines of one thread may block and go on in any order, and go on in
 * another thread. None of it may be called from a signal handler; errno is not changed.
 */
typedef uint64_t ctxt_task_id_t;

enum ctxt_task_kind { CTXT_TASK_COROUTINE = 1, CTXT_TASK_THREAD = 2 };

/* A new task, created here and now by the calling one. `start`: the function that it will run. */
CTXT_API ctxt_task_id_t ctxt_task_begin(enum ctxt_task_kind kind, const char *name,
                                        const void *start);
/* The calling thread goes on as this task, until the next switch; 0: as the thread itself. */
CTXT_API void ctxt_task_switch(ctxt_task_id_t task);
/* For CTXT_TASK_THREAD: called once in the new thread; binds its tid and pthread handle. */
CTXT_API void ctxt_task_bind(ctxt_task_id_t task);
CTXT_API void ctxt_task_end(ctxt_task_id_t task);
/* Nobody will join it; somebody has joined it (which removes it from view). */
CTXT_API void ctxt_task_detached(ctxt_task_id_t task);
CTXT_API void ctxt_task_joined(ctxt_task_id_t task);
CTXT_API void ctxt_task_named(ctxt_task_id_t task, const char *name);
/* The id of the calling thread's task. */
CTXT_API ctxt_task_id_t ctxt_task_self(void);

enum ctxt_wait_object {
    CTXT_WAIT_MUTEX = 1,
    CTXT_WAIT_RWLOCK,
    CTXT_WAIT_CONDITION,
    CTXT_WAIT_SEMAPHORE,
    CTXT_WAIT_TASK, /* a join */
    CTXT_WAIT_DESCRIPTOR,
    CTXT_WAIT_TIMER
};

enum ctxt_wait_operation {
    CTXT_WAIT_TO_LOCK = 1,
    CTXT_WAIT_TO_READ_LOCK,
    CTXT_WAIT_FOR_SIGNAL,
    CTXT_WAIT_TO_ACQUIRE,
    CTXT_WAIT_FOR_EXIT,
    CTXT_WAIT_TO_READ,
    CTXT_WAIT_TO_WRITE,
    CTXT_WAIT_TO_ACCEPT,
    CTXT_WAIT_TO_CONNECT,
    CTXT_WAIT_FOR_EVENTS,
    CTXT_WAIT_FOR_TIME
};

/* What is known of a lock, or of a wait; bits. */
enum ctxt_wait_property {
    CTXT_LOCK_OF_LIBC = 1, /* a pthread mutex or reader-writer lock: its memory names its holder */
    CTXT_LOCK_RECURSIVE = 2,
    CTXT_LOCK_ERROR_CHECKING = 4,
    CTXT_LOCK_ROBUST = 8,
    CTXT_LOCK_SHARED = 16,        /* between processes */
    CTXT_LOCK_ANY_UNLOCKS = 32,   /* another thread than its holder can unlock it */
    CTXT_WAIT_CANCELLABLE = 64,   /* another thread can end the wait by cancelling this one */
    CTXT_LOCK_OTHERS_UNLOCK = 128 /* threads of this program were seen to unlock what others held */
};

typedef struct ctxt_wait_description {
    enum ctxt_wait_object object;
    enum ctxt_wait_operation operation;
    const void *address;   /* of the object in memory, NULL if it has none */
    int descriptor;        /* CTXT_WAIT_DESCRIPTOR */
    ctxt_task_id_t joined; /* CTXT_WAIT_TASK */
    const void *released;  /* CTXT_WAIT_CONDITION of libc: the mutex that it gives up meanwhile */
    ctxt_task_id_t owner;  /* mutexes: the holder, 0 unknown */
    int64_t until_ns;      /* gives up then; CTXT_NEVER */
    ctxt_t *bounded_by;    /* whose end ends the wait as well, or NULL */
    unsigned properties;   /* enum ctxt_wait_property */
    const void *site;      /* a return address in the code that waits, or NULL; see below */
} ctxt_wait_description_t;

/*
 * The calling task is about to block; returns a token for ctxt_wait_end() by the same task. Stacks
 * are recognised faster where `site` differs from one place that waits to another. That is all that
 * it does.
 */
CTXT_API uint32_t ctxt_wait_begin(const ctxt_wait_description_t *description);
CTXT_API void ctxt_wait_end(uint32_t token);

/* A wait that has begun and not ended, for others to refer to. All zero: none. */
typedef struct {
    uint64_t place, sequence;
} ctxt_wait_mark_t;

/* The same as ctxt_wait_begin(), and says how others can refer to it. */
CTXT_API uint32_t ctxt_wait_begin_marked(const ctxt_wait_description_t *description,
                                         ctxt_wait_mark_t *mark);

/* A lock in memory: CTXT_WAIT_MUTEX or CTXT_WAIT_RWLOCK. */
struct ctxt_held_lock {
    enum ctxt_wait_object object;
    const void *address; /* NULL: none */
};

/*
 * What deadlocks are proved by, after the program is gone as well: either the owner of a lock says
 * in a wait of its own that it holds it, or a waiter says in which wait the owner was blocked when
 * it was seen to hold it. Everything here is to be looked up after the wait has begun.
 */
#define CTXT_HELD_LOCKS 2
typedef struct {
    ctxt_task_id_t owner;      /* who holds what is waited for; 0: unknown */
    uint32_t owner_thread;     /* its thread id, also if it is no task; 0: unknown */
    bool owner_gone;           /* owner_thread is no thread of this process (any more) */
    ctxt_wait_mark_t owner_in; /* the wait that the owner was in all the while it was looked at */
    struct ctxt_held_lock held[CTXT_HELD_LOCKS]; /* what the caller holds all through its wait */
} ctxt_wait_holders_t;

/* Called between ctxt_wait_begin() and ctxt_wait_end(), by the same task. */
CTXT_API void ctxt_wait_holders(uint32_t token, const ctxt_wait_holders_t *holders);

CTXT_END_C

#endif

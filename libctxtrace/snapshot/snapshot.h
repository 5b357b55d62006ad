/*
 * A snapshot: the state of one program at one moment, immutable.
 *
 * Sources make snapshots (through snapshot/builder.h); rules and tools read them and know nothing
 * else. Nothing here depends on the language that the program was written in, or on whether it
 * still lives: what differs is a field that the source fills in.
 *
 * Shape. Everything is in flat arrays. Things refer to each other by index into those arrays, with
 * SNAPSHOT_NONE for "no such thing". Text is an index into one pool of NUL-terminated UTF-8 strings
 * in which control characters have already been escaped, so that any of it may go to a terminal.
 * Index 0 of the pool is the empty string and stands for "unknown". Kinds, states and operations
 * are those of vocabulary/words.def.
 *
 * Time. Nanoseconds on the program's monotonic clock (of its boot), SNAPSHOT_NEVER when there is no
 * such moment, SNAPSHOT_TIME_UNKNOWN when there is one that the source cannot tell.
 *
 * Threads. A snapshot does not change once it is made: any number of threads may read it.
 */
#ifndef CTXTRACE_SNAPSHOT_SNAPSHOT_H
#define CTXTRACE_SNAPSHOT_SNAPSHOT_H

#include "vocabulary/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_NONE         UINT32_MAX
#define SNAPSHOT_NEVER        INT64_MAX
#define SNAPSHOT_TIME_UNKNOWN INT64_MIN

/* An index into the pool of strings; read with snapshot_text(). */
typedef uint32_t snapshot_string;

/* ---- facts ---- */

/* A yes/no/unknown that a proof may rest on. `missing` is meaningful when value is FACT_UNKNOWN. */
struct fact {
    uint8_t value;   /* enum fact_value */
    uint8_t missing; /* enum precondition */
};

/* ---- stacks ---- */

struct snapshot_frame {
    uint64_t pc;            /* address in the program; of a return address, the call's last byte */
    uint64_t module_offset; /* pc as the module's file counts addresses; 0 when module is unknown */
    uint64_t entry_offset;  /* where the function begins; only if it has no name; 0 unknown */
    snapshot_string function; /* with namespaces and classes, or the package */
    snapshot_string linkage;  /* C++: the linker's name of it, where that is another */
    snapshot_string file;
    snapshot_string module;   /* path of the executable or shared library */
    snapshot_string build_id; /* of the module, in hexadecimal; only if the function has no name */
    /* The source's own: tells modules that were at one place in turn apart; 0: none. */
    uint32_t module_number;
    uint32_t line; /* 0: unknown */
    bool inlined;  /* inlined into the frame that follows */
};

/* Innermost frame first. Stacks are interned: equal stacks have one index. */
struct snapshot_stack {
    uint32_t first_frame;
    uint32_t frame_count;
    uint32_t site;      /* index into sites */
    uint32_t top_frame; /* the line to show a person, see below; index into frames */
    bool truncated;     /* the program's stack went deeper than was recorded */
};

/*
 * A stack without addresses and line numbers: what groups siblings and names a leak. `fingerprint`
 * survives recompiling (snapshot/fingerprint.h says what is in it), `identity` tells the sites of
 * one snapshot apart: two closures of one function have one fingerprint. `top_frame` is the line to
 * show a person: the innermost frame that is neither ctxtrace's, nor the language runtime's, nor of
 * the standard library, nor, in C, of a library of the system. SNAPSHOT_NONE for an empty stack.
 *
 * Where creations are recorded, all things of one kind have a creation stack, and its site says
 * which of them belong together. Where creations are sampled (`creation_sampled`), only those few
 * have one that the program's own memory profiler happened to sample. It is shown where it is known
 * and implies nothing about the others; and no group or fingerprint is made from it, because the
 * next look would find others.
 */
struct snapshot_site {
    uint64_t fingerprint;
    uint64_t identity;
    uint32_t top_frame; /* of `stack` */
    uint32_t stack;     /* one stack of this site, as an example */
    bool identified;    /* no other place has this fingerprint, in this or another build */
};

/* Of the way in which fingerprints are made; those of different versions do not compare. */
#define SNAPSHOT_FINGERPRINT_VERSION 2

/* ---- contexts ---- */

struct snapshot_context {
    uint64_t id;        /* the same in every snapshot of this program; never 0 */
    uint64_t address;   /* in the program's memory, 0 unknown */
    uint32_t parent;    /* index; SNAPSHOT_NONE: a root, or a parent that is gone (see parent_id) */
    uint64_t parent_id; /* 0: a root; or ID_UNRECORDED */
    uint32_t first_child, next_sibling; /* the tree, in order of creation; made by the builder */
    uint32_t child_count;               /* direct children */
    uint32_t depth;                     /* how many are above it; see depth_at_least */
    uint8_t kind;                       /* enum context_kind */
    uint8_t state;                      /* enum context_state */
    uint8_t ended_by;                   /* enum context_end */
    bool born_ended;       /* its parent had ended, or its deadline was past, at creation */
    bool own_done;         /* custom: its end is its own affair, not its parent's */
    bool stopped;          /* after-func: its function will not run any more */
    bool unlinked;         /* it is known that the end of what is above does not end it */
    bool depth_at_least;   /* the parent of the first of its ancestry is not known */
    bool creation_sampled; /* see struct snapshot_site */
    bool owners_counted;   /* owners and observers are meaningful */
    uint32_t owners, observers;
    snapshot_string name;       /* given by the program */
    snapshot_string type;       /* of a custom context, or in the program's language */
    snapshot_string key;        /* of a value context: the key */
    snapshot_string value;      /* of a value context: its content where plain; may be secret */
    snapshot_string cause_text; /* what Cause() says; empty while open */
    int32_t cause_code;         /* C programs: the code given with the cause */
    uint32_t losing_cancels;    /* cancels that came too late to count */
    int64_t created_ns;
    int64_t ended_ns; /* if nobody recorded it: when it had ended at the latest */
    /*
     * The effective one, inherited from the parent if that is earlier; SNAPSHOT_NEVER: none;
     * SNAPSHOT_TIME_UNKNOWN: there may be one, here or above.
     */
    int64_t deadline_ns;
    /* As asked for; later than deadline_ns: the parent's was earlier. Where none, deadline_ns. */
    int64_t requested_deadline_ns;
    uint64_t creator_task_id, canceller_task_id; /* 0: unknown; the tasks may be gone */
    uint32_t creator_task, canceller_task;       /* index, SNAPSHOT_NONE when gone or unknown */
    uint32_t creation_stack, cancel_stack;       /* index, SNAPSHOT_NONE unknown */

    /*
     * For open contexts; for others both are unknown. Can anybody still cancel it, other than its
     * parent and its deadline?
     */
    struct fact cancellable;
    /* Is the parent's link all that still knows it? */
    struct fact held_only_by_parent;
};

/*
 * Where a context is held from, if nobody recorded who created it: the nearest place in the
 * program's own code or data that leads to it or, if only its parent's link has it, to its parent.
 * Only contexts that something is claimed about have one.
 */
struct snapshot_holder {
    uint32_t context;     /* index */
    uint32_t stack;       /* the function that holds it, and its callers; or SNAPSHOT_NONE */
    snapshot_string name; /* of what else holds it: "the variable main.registry" */
    /* Equal for those of one place, in this snapshot only; 0: the place is not known. */
    uint64_t place;
};

/* ---- tasks ---- */

struct snapshot_task {
    uint64_t id;  /* the program's own number of it, or the recorder's; never 0 */
    uint32_t tid; /* of the thread that it is, runs on or is locked to; 0 unknown */
    uint8_t kind, state;
    bool main;
    bool system;           /* belongs to the language runtime or to ctxtrace; hidden by default */
    bool detached, joined; /* threads: will nobody join it; has somebody joined it */
    bool locked_to_thread;
    snapshot_string name;
    snapshot_string status; /* in the words of the program's language, e.g. "chan receive" */
    snapshot_string labels; /* pprof labels, "key=value, ..." */
    uint64_t parent_id;     /* the task that created it; 0 unknown */
    uint32_t parent;        /* index, SNAPSHOT_NONE when gone or unknown */
    uint32_t creation_stack, stack; /* stack: where it is now; SNAPSHOT_NONE when unknown */
    uint32_t current_context;       /* index, SNAPSHOT_NONE */
    uint32_t start_context;         /* the one it was started with */
    bool current_context_unknown;   /* it has entered one that is not here */
    uint64_t likely_context_id;     /* under which it works, where nobody recorded it; 0 unknown */
    uint32_t likely_context;        /* index, SNAPSHOT_NONE */
    int64_t created_ns, exited_ns;
    uint32_t first_wait, wait_count; /* its waits are neighbours in the array of waits */

    /* Can anything still wake it? Meaningful for TASK_WAITING. */
    struct fact wakeable;
    /* If wakeable is yes: can something else than a parent's cancellation do it? */
    struct fact wakeable_without_parent;
};

/*
 * An ancestor of a task: the task that created it, or an ancestor of that one. Known for goroutines
 * of programs that keep them.
 */
struct snapshot_ancestor {
    uint32_t task;  /* index of the task whose ancestor it is */
    uint32_t stack; /* where it was when it created the one before it; SNAPSHOT_NONE unknown */
    uint64_t id;    /* of the ancestor, which may be gone */
};

/* ---- objects and waits ---- */

/* Something that tasks wait for. Contexts and tasks that are waited for have an object, too. */
struct snapshot_object {
    uint64_t id;
    uint64_t address;
    uint8_t kind;
    bool closed;           /* channels */
    bool creation_sampled; /* see struct snapshot_site */
    uint32_t context;      /* OBJECT_CONTEXT: index */
    uint32_t task;         /* OBJECT_TASK: index */
    int32_t descriptor;
    snapshot_string name; /* given, or for a descriptor what it is: peer address, file */
    snapshot_string type; /* element type of a channel */
    /*
     * Locks: the holder. Channels whose holders are all known: the one that does not wait on it;
     * the others are its waiters.
     */
    uint64_t owner_task_id;
    uint32_t owner_task;
    uint32_t owner_thread; /* the thread id that the lock names; 0 unknown */
    bool owner_gone;       /* that thread is none of this process: it ended, or was the parent's */
    uint32_t capacity, length; /* channels */
    uint32_t references;       /* holders, where counted; 0 unknown */
    uint32_t creation_stack;
    uint32_t waiter_count;
    uint32_t first_waiter; /* index of a wait; the others follow by next_of_object */
    /*
     * When the owner was last seen to hold it; it may have let go since, unless it was blocked. 0:
     * it holds it in this snapshot.
     */
    int64_t owner_seen_ns;

    /* Is there anybody other than the tasks that wait for it who could still signal it? */
    struct fact signalable;
};

/*
 * One task blocked on one object; both are always there. A select over n objects is n waits with
 * one group number.
 */
struct snapshot_wait {
    uint32_t task;
    uint32_t object;
    uint32_t next_of_object;
    uint32_t group; /* waits of one task with equal numbers end together; 0: alone */
    uint8_t operation;
    bool since_at_least; /* since_ns is the latest it can be; the wait may be older */
    bool may_be_over;    /* it was not there all the while that the snapshot was taken */
    bool any_unlocks;    /* locks: another thread than the holder can unlock it */
    bool others_unlock;  /* locks: in this program that was seen to be done */
    bool cancellable;    /* another thread can end the wait by cancelling this one */
    int64_t since_ns;
    int64_t until_ns;    /* gives up by itself then; SNAPSHOT_NEVER: does not; or unknown */
    uint32_t stack;      /* where it waits */
    uint32_t bounded_by; /* the context whose end ends this wait, too; SNAPSHOT_NONE */
    /*
     * enum precondition: there is, or may be, such a context that is not here, for this reason;
     * PRECONDITION_NONE: what bounded_by says is all.
     */
    uint8_t bound_missing;
};

/* ---- history ---- */

/* Something that happened; what it happened to may be gone. Events may be missing (see losses). */
struct snapshot_event {
    int64_t time_ns;
    uint64_t task_id;    /* who did it; 0 unknown */
    uint64_t subject_id; /* context or task */
    uint64_t parent_id;  /* of a created context or task */
    uint8_t kind;
    uint8_t ended_by; /* EVENT_CONTEXT_ENDED */
    int32_t code;
    snapshot_string text;
    uint32_t stack;
};

/* ---- the whole ---- */

/* How a dead program ended. */
enum program_end {
    PROGRAM_END_UNKNOWN, /* nobody has told: killed, crashed, or left by _exit() */
    PROGRAM_EXITED,      /* it ran its exit handlers; with which status is not known */
    PROGRAM_EXITED_WITH, /* `end_detail` is the exit status */
    PROGRAM_KILLED_BY,   /* `end_detail` is the signal */
    PROGRAM_EXECED       /* the process goes on as another program */
};

/* What could not be recorded or read. */
struct snapshot_loss {
    snapshot_string what; /* plural noun, e.g. "contexts" */
    snapshot_string why;  /* e.g. "the segment is full" */
    uint64_t count;
    bool expected; /* by design, as old history is: nothing to be alarmed about */
};

/* System calls of the program that a stop made restart, each with all of its time-out. */
struct snapshot_restarts {
    uint64_t count;
    uint64_t unbounded; /* of these: how late is not known, but that it is less than the time-out */
    int64_t latest_ns;  /* how late any other ends, at most */
};

/* What was done to the program, of one kind of enum intervention_kind. */
struct snapshot_intervention {
    uint64_t count;
    int64_t total_ns, longest_ns; /* 0 of what takes the program no time */
    struct snapshot_restarts restarts;
};

struct snapshot_program {
    int32_t pid;
    int32_t forked_from; /* pid of the recorded program that forked it, or 0 */
    uint8_t state;
    snapshot_string executable;
    snapshot_string command;  /* the command line, or the executable's base name */
    snapshot_string language; /* "C", "Go" */
    bool collected;           /* a garbage collector frees what nothing refers to any more */
    bool main_may_block;      /* that main waits for ever keeps it running, and is an idiom */
    snapshot_string version;  /* of the toolchain, or of the recorder */
    snapshot_string source;   /* which source made this: "segment", "core" ... */
    int64_t started_ns;       /* of the program, or of recording */
    int64_t taken_ns;         /* when this snapshot was taken, or when a dead program ended, or was
                                 last known to live; SNAPSHOT_TIME_UNKNOWN */
    bool taken_at_least;      /* dead, and it may have lived on after taken_ns: nobody saw it end */
    int64_t realtime_offset_ns; /* monotonic + this = nanoseconds since 1970; 0: not known */
    int64_t pause_ns;           /* how long the program was stopped for this; 0: not at all */
    /* Since it was looked at for the first time by this process. */
    struct snapshot_intervention interventions[INTERVENTION_COUNT];
    int64_t searched_ns;          /* newer contexts may be missing; 0: none is for that reason */
    uint64_t contexts_unrecorded; /* made before recording began and therefore not shown */
    uint64_t contexts_missing;    /* certainly there, at least so many, and not found */
    uint64_t contexts_unheld;     /* ended, and nothing was seen to hold them: not shown either */
    /*
     * Since recording began, including roots and contexts that found no place: never fewer created
     * than are here. A context that was released and has no end of its own counts as ended.
     */
    uint64_t contexts_created, contexts_ended; /* 0 when unknown */
    bool counts_contexts;                      /* the two above are meaningful */
    bool complete;                             /* nothing that is alive is missing */
    bool exited;                               /* dead, and by a regular exit */
    uint8_t end;                               /* enum program_end */
    int32_t end_detail;
};

struct snapshot {
    struct snapshot_program program;
    const struct snapshot_context *contexts;
    const struct snapshot_task *tasks;
    const struct snapshot_wait *waits;
    const struct snapshot_object *objects;
    const struct snapshot_stack *stacks;
    const struct snapshot_frame *frames;
    const struct snapshot_site *sites;
    const struct snapshot_event *events; /* oldest first */
    const struct snapshot_loss *losses;
    /* By task, the nearest first; read them with snapshot_ancestors_of(). */
    const struct snapshot_ancestor *ancestors;
    const struct snapshot_holder *holders; /* read them with snapshot_holder_of() */
    const struct fact *can_end;            /* of each context; read it with snapshot_can_end() */
    uint32_t context_count, task_count, wait_count, object_count;
    uint32_t stack_count, frame_count, site_count, event_count, loss_count, holder_count;
    uint32_t ancestor_count;
    uint32_t first_root; /* contexts without parent, linked by next_sibling */
    const char *texts;
    size_t texts_size;
};

/* The text of a string; never NULL. Valid as long as the snapshot. */
const char *snapshot_text(const struct snapshot *snapshot, snapshot_string string);

/* The ancestors of a task, the nearest first, and how many there are. Logarithmic. */
const struct snapshot_ancestor *snapshot_ancestors_of(const struct snapshot *snapshot,
                                                      uint32_t task, uint32_t *count);

/* Where the context is held from; NULL if that is not known. Logarithmic. */
const struct snapshot_holder *snapshot_holder_of(const struct snapshot *snapshot, uint32_t context);

/* Can its times be converted to the time of day? */
static inline bool snapshot_knows_real_time(const struct snapshot_program *program)
{
    return program->realtime_offset_ns != 0 && program->taken_ns != SNAPSHOT_TIME_UNKNOWN;
}

/* Has it ended itself? One that is ending has not. */
static inline bool context_has_ended(const struct snapshot_context *context)
{
    return context->state == CONTEXT_CANCELED || context->state == CONTEXT_TIMED_OUT;
}

/* The creation stack to group it by (see struct snapshot_site), or SNAPSHOT_NONE. */
static inline uint32_t context_identifying_stack(const struct snapshot_context *context)
{
    return context->creation_sampled ? SNAPSHOT_NONE : context->creation_stack;
}

/* The context under which it works, as far as that is known or likely; SNAPSHOT_NONE. */
static inline uint32_t task_works_under(const struct snapshot_task *task)
{
    bool has_entered_one = task->current_context != SNAPSHOT_NONE || task->current_context_unknown;
    return has_entered_one ? task->current_context : task->likely_context;
}

/* Index of the context or task with this id, or SNAPSHOT_NONE. Logarithmic. */
uint32_t snapshot_find_context(const struct snapshot *snapshot, uint64_t id);
uint32_t snapshot_find_task(const struct snapshot *snapshot, uint64_t id);

/*
 * The first frame of a stack that a person would recognise (see struct snapshot_site), or NULL.
 * `stack` may be SNAPSHOT_NONE.
 */
const struct snapshot_frame *snapshot_top_frame(const struct snapshot *snapshot, uint32_t stack);

/*
 * Can anything still end this context: itself by an owner, a deadline of its own, or its parents in
 * turn? Ended and ending ones answer yes. Never-ending ones (background, without-cancel) answer no.
 */
struct fact snapshot_can_end(const struct snapshot *snapshot, uint32_t context);

/* How a dead program ended, in words that follow its name: "exited with status 3". */
enum { PROGRAM_ENDING_SIZE = 96 };
const char *program_ending(const struct snapshot_program *program, char text[PROGRAM_ENDING_SIZE]);

/* "3 timed calls restarted, each at most 5ms late"; "" of none. */
enum { RESTARTS_TEXT_SIZE = 192 };
const char *restarts_text(const struct snapshot_restarts *restarts, char text[RESTARTS_TEXT_SIZE]);

/* Frees it. NULL is fine. */
void snapshot_free(struct snapshot *snapshot);

#endif

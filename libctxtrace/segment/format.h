/*
 * The segment: the file in shared memory that a recorder writes and that outlives its process.
 *
 * ===============================================================================================
 * Specification
 * ===============================================================================================
 *
 * A segment is a file, mapped MAP_SHARED by exactly one writing process. All numbers are 64-bit
 * words of the machine's own byte order (`byte_order` tells a reader that comes from elsewhere);
 * smaller numbers are packed into words as the enums below say. Times are nanoseconds of
 * CLOCK_MONOTONIC.
 *
 *     offset 0            struct segment_header, SEGMENT_HEADER_SIZE bytes
 *     areas[k].offset     area k: `capacity` items of `item_size` bytes
 *
 * The file is sparse: every area has its full capacity reserved, and blocks are claimed from the
 * file system (fallocate) before they are first touched. Bytes that were never claimed read as 0.
 * `areas[k].used` is the number of items that may ever have been written; it only grows, and is
 * stored (release) before the first word of a new item is.
 *
 * Tables (contexts, tasks, waits, objects) are arrays of slots. A slot is an array of words; word 0
 * is the sequence, word 1 the id. The id of a slot that is free is 0.
 *
 *     Writing   1. sequence := odd (the old value + 1), relaxed
 *               2. release fence
 *               3. the payload words, relaxed
 *               4. sequence := the old value + 2, release
 *     Reading   1. s1 := sequence, acquire; if odd, the slot is being written
 *               2. the payload words, relaxed
 *               3. acquire fence
 *               4. s2 := sequence, relaxed; the copy is valid if s1 = s2 and even
 *
 * One writer at a time writes a slot: the recorder serialises writers of a slot by the lock of the
 * thing that it describes. A single word that stands for itself (owner and observer counts, the
 * current context of a task, a channel's length) is stored or added to without touching the
 * sequence, because a reader can see it only whole.
 *
 * Ends. The end of a context is recorded once, where it began: in the slot of the context that was
 * cancelled or whose deadline came. Every context below it that is open and not cut off
 * (background, todo, without-cancel, custom ones with SEGMENT_OWN_DONE) has ended with it: by its
 * parent, at that time, from that stack, for that cause. A context's slot outlives those of its
 * children.
 *
 * Events are in rings, one per thread, of `ring_events` events behind a ring header. The thread
 * writes event number n (counted from 0) at n modulo ring_events: sequence := 2n + 1, fence,
 * payload, sequence := 2n + 2 (release), then head := n + 1 (release). A reader takes event n as
 * valid if its sequence is 2n + 2 before and after copying. Events below head - ring_events are
 * lapped: lost for history, and nothing else than history is ever made from events.
 *
 * Texts are cells of SEGMENT_TEXT_SIZE bytes: word 0 is the generation, word 1 the length in
 * bytes, then the bytes. A reference to a text is generation << 32 | (cell + 1); 0 is no text. A
 * cell is rewritten only when no slot refers to it, under a new generation: generation := 0, fence,
 * length and bytes, generation := new (release). A reference with another generation than its
 * cell's is to a text that is gone (only events can have such references).
 *
 * Stacks are content addressed and append-only. The arena is an array of words; a reference to a
 * stack is (index of its first word + 1), 0 is no stack. Word 0 packs commit mark, flags and frame
 * count and is stored last (release); word 1 is the module generation at capture; then the
 * addresses, innermost first. All are return addresses, pointing behind their calls.
 *
 * Modules are slots like those of tables, one per mapping of an executable or shared library that
 * was ever seen, with the range of module generations during which it was loaded. The module of
 * address a in a stack of generation g is the one with begin <= a < end and
 * loaded <= g < unloaded.
 *
 * ===============================================================================================
 * Why a kill -9 between any two instructions leaves a file that can be read
 * ===============================================================================================
 *
 * The file's pages belong to the kernel: a store that has been executed is in the file whatever
 * becomes of the process, and the stores of one thread arrive in the order of the release fences
 * above. So a killed thread leaves at most one slot, one event, one text and one stack record that
 * it was writing, and each says so itself: an odd sequence, an event whose sequence is not 2n + 2,
 * generation 0, a missing commit mark. Nothing in the file points at them, because a reference is
 * stored only after what it refers to is complete. No word's meaning depends on a pointer, a free
 * list or a lock: those are in the process's own memory, and die with it. The reader therefore
 * needs no repair: it reads every slot below `used`, keeps what is valid, and reports how many
 * were being written.
 *
 * ===============================================================================================
 * Changing it
 * ===============================================================================================
 *
 * SEGMENT_VERSION is raised whenever a word changes place or meaning, an enum value is reused, or
 * an area is added. Words that are reserved are written as 0 and ignored by readers. A reader
 * refuses versions that it does not know; sizes and offsets are taken from the header, checked
 * against the file's real size, never assumed.
 */
#ifndef CTXTRACE_SEGMENT_FORMAT_H
#define CTXTRACE_SEGMENT_FORMAT_H

#include <stdatomic.h>
#include <stdint.h>

#define SEGMENT_MAGIC       UINT64_C(0x31474553545854c3) /* c3 54 58 54 53 45 47 31: "\303TXTSEG1" */
#define SEGMENT_VERSION     1
#define SEGMENT_BYTE_ORDER  UINT32_C(0x01020304)
#define SEGMENT_HEADER_SIZE 4096
#define SEGMENT_PATH_SIZE   1024
#define SEGMENT_FILE_SUFFIX ".ctxt" /* the file is called PID-STARTTIME-NUMBER.ctxt */

typedef _Atomic uint64_t segment_word;

enum segment_area_kind {
    AREA_CONTEXTS,
    AREA_TASKS,
    AREA_WAITS,
    AREA_OBJECTS,
    AREA_TEXTS,
    AREA_STACKS, /* items are words */
    AREA_MODULES,
    AREA_RINGS,
    AREA_COUNT
};

struct segment_area {
    uint64_t offset;    /* from the start of the file, a multiple of 4096 */
    uint64_t item_size; /* bytes, a multiple of 8 */
    uint64_t capacity;  /* items */
    segment_word used;  /* items that may have been written */
};

/* What could not be recorded, counted. */
enum segment_loss {
    LOSS_CONTEXTS, /* no slot */
    LOSS_TASKS,
    LOSS_WAITS,
    LOSS_OBJECTS,
    LOSS_TEXTS, /* names, keys and cause texts */
    LOSS_STACKS,
    LOSS_MODULES,
    LOSS_EVENTS,      /* of threads for which there was no ring */
    LOSS_INTERRUPTED, /* calls from a signal handler that interrupted the recorder itself, or of
                         threads that there was no memory for */
    LOSS_COUNT
};

struct segment_header {
    /* Written last (release) when a segment is made: without it, it is not a segment yet. */
    segment_word magic;
    uint32_t version;
    uint32_t byte_order;
    uint64_t header_size;
    uint64_t file_size;
    int32_t pid;
    int32_t forked_from;          /* pid of the recorded process this one was forked from, or 0 */
    uint64_t process_start_time;  /* field 22 of /proc/PID/stat: tells a reused pid apart */
    int64_t started_ns;           /* when recording began */
    int64_t realtime_offset_ns;   /* CLOCK_MONOTONIC + this = CLOCK_REALTIME, at that moment */
    uint64_t ring_events;         /* events per ring */
    uint64_t unrecorded_contexts; /* that existed when recording began */
    uint64_t unrecorded_tasks;    /* threads that existed then, but for the one that began it */
    segment_word exited;          /* 1: the process left by a regular exit */
    segment_word stopped_ns;      /* recording was switched off then; 0: it was not */
    segment_word contexts_created,
        contexts_ended; /* see struct segment_ring_header; of ended threads */
    segment_word losses[LOSS_COUNT];
    struct segment_area areas[AREA_COUNT];
    char boot_id[40];                   /* /proc/sys/kernel/random/boot_id */
    char executable[SEGMENT_PATH_SIZE]; /* /proc/self/exe, NUL-terminated */
    char command[SEGMENT_PATH_SIZE];    /* the command line, arguments separated by spaces */
};

_Static_assert(sizeof(struct segment_header) <= SEGMENT_HEADER_SIZE,
               "the header outgrew its place");

/* ---- contexts ---- */

/* The first eight words, one cache line, are all that the end of a context writes. */
enum segment_context_word {
    CTX_SEQUENCE,
    CTX_ID,
    CTX_KIND_AND_STATE, /* kind | state << 8 | end << 16 | flags << 24, by the enums below */
    CTX_STACKS,         /* creation | cancel << 32 */
    CTX_ENDED,
    CTX_CANCELLER_TASK,
    CTX_CODE_AND_LOSERS, /* cause code | number of cancels that came too late << 32 */
    CTX_DETAIL,          /* text: of a value context its key, of others the cause */
    CTX_PARENT_ID,       /* 0: background, todo, custom without a parent */
    CTX_CREATED,
    CTX_DEADLINE,  /* effective; INT64_MAX: none */
    CTX_REQUESTED, /* the deadline that was asked for */
    CTX_CREATOR_TASK,
    CTX_REFERENCES, /* owners | observers << 32; added to without the sequence */
    CTX_NAME,       /* text */
    CTX_ADDRESS,    /* of the ctxt_t */
    CTX_WORDS
};

enum segment_context_kind {
    SEGMENT_BACKGROUND = 1,
    SEGMENT_TODO,
    SEGMENT_CANCEL,
    SEGMENT_DEADLINE,
    SEGMENT_VALUE,
    SEGMENT_WITHOUT_CANCEL,
    SEGMENT_AFTER_FUNC,
    SEGMENT_CUSTOM
};

enum segment_context_state { SEGMENT_OPEN, SEGMENT_CANCELED, SEGMENT_TIMED_OUT };

enum segment_context_end {
    SEGMENT_NOT_ENDED,
    SEGMENT_ENDED_BY_CANCEL,
    SEGMENT_ENDED_BY_PARENT,
    SEGMENT_ENDED_BY_DEADLINE
};

enum segment_context_flag {
    SEGMENT_BORN_ENDED = 1,       /* the parent had ended, or the deadline was past, at creation */
    SEGMENT_STOPPED = 2,          /* after-func: its function was prevented from running */
    SEGMENT_FUNCTION_STARTED = 4, /* after-func: its function was started */
    SEGMENT_OWN_DONE = 8          /* custom: its end is its own affair, not its parent's */
};

/* ---- tasks ---- */

enum segment_task_word {
    TASK_SEQUENCE,
    TASK_ID,
    TASK_PARENT_ID,
    TASK_THREAD_AND_STATE, /* tid | kind << 32 | flags << 40 */
    TASK_CREATED,
    TASK_EXITED_AT,       /* 0: alive */
    TASK_STACK,           /* creation; 0 for threads whose creation was not seen */
    TASK_CURRENT_CONTEXT, /* id; stored without the sequence */
    TASK_START_CONTEXT,   /* id of the context that ctxt_go was given */
    TASK_NAME,            /* text */
    TASK_START_FUNCTION,  /* address of the function that it runs */
    TASK_HANDLE,          /* pthread_t */
    TASK_WORDS
};

enum segment_task_kind {
    SEGMENT_MAIN = 1,
    SEGMENT_THREAD,   /* a thread that the program made itself */
    SEGMENT_GO,       /* made by ctxt_go or a group */
    SEGMENT_CALLBACK, /* a thread of the library's own: timers, after-functions, watchers */
    SEGMENT_COROUTINE /* described by the program through annotations */
};

enum segment_task_flag { SEGMENT_DETACHED = 1, SEGMENT_JOINED = 2, SEGMENT_EXITED = 4 };

/* ---- waits ---- */

enum segment_wait_word {
    WAIT_SEQUENCE,
    WAIT_TASK_ID,   /* 0: free */
    WAIT_KINDS,     /* object kind | operation << 8 | group << 32 */
    WAIT_OBJECT_ID, /* context, task or object id, or a descriptor's number; 0: see address */
    WAIT_ADDRESS,   /* of the object; 0 for descriptors and sleeps */
    WAIT_SINCE,
    WAIT_UNTIL, /* gives up then; INT64_MAX: never */
    WAIT_STACK,
    WAIT_BOUNDED_BY, /* id of the context whose end ends the wait, too; 0: none */
    WAIT_OWNER_TASK, /* mutexes: id of the holder; 0: unknown */
    /*
     * Locks that the waiting task itself holds all through its wait, of those that others waited
     * for when it began: address | SEGMENT_HELD_RWLOCK; 0: none. The three are stored without the
     * sequence as well, when they come to be known after the wait was recorded.
     */
    WAIT_HELD,
    WAIT_HELD_2,
    WAIT_WORDS
};

#define SEGMENT_HELD_RWLOCK UINT64_C(1) /* it is a reader-writer lock, not a mutex */

enum segment_object_kind {
    SEGMENT_OBJECT_CONTEXT = 1,
    SEGMENT_OBJECT_CHANNEL,
    SEGMENT_OBJECT_MUTEX,
    SEGMENT_OBJECT_RWLOCK,
    SEGMENT_OBJECT_CONDITION,
    SEGMENT_OBJECT_SEMAPHORE,
    SEGMENT_OBJECT_TASK,
    SEGMENT_OBJECT_GROUP,
    SEGMENT_OBJECT_DESCRIPTOR,
    SEGMENT_OBJECT_TIMER,
    SEGMENT_OBJECT_NOTHING
};

enum segment_operation {
    SEGMENT_WAIT_DONE = 1,
    SEGMENT_WAIT_RECEIVE,
    SEGMENT_WAIT_SEND,
    SEGMENT_WAIT_LOCK,
    SEGMENT_WAIT_READ_LOCK,
    SEGMENT_WAIT_CONDITION,
    SEGMENT_WAIT_JOIN,
    SEGMENT_WAIT_GROUP,
    SEGMENT_WAIT_READ,
    SEGMENT_WAIT_WRITE,
    SEGMENT_WAIT_ACCEPT,
    SEGMENT_WAIT_CONNECT,
    SEGMENT_WAIT_POLL,
    SEGMENT_WAIT_SLEEP,
    SEGMENT_WAIT_ACQUIRE
};

/* ---- objects: channels, groups and what else has an id and lives long ---- */

enum segment_object_word {
    OBJ_SEQUENCE,
    OBJ_ID,
    OBJ_KIND_AND_FLAGS, /* kind | flags << 8 */
    OBJ_ADDRESS,
    OBJ_CREATED,
    OBJ_CREATOR_TASK,
    OBJ_STACK,               /* creation */
    OBJ_CAPACITY_AND_LENGTH, /* channels: capacity | length << 32; stored without the sequence */
    /*
     * Holders | references ever made << 32 (those that stand for a wake-up under way are in the
     * first only). Added to without the sequence. Channels are proved to be unreachable by
     * comparing holders with waiters; a program that lends channels instead of counting them shows
     * itself by having made fewer references than it has users.
     */
    OBJ_REFERENCES,
    OBJ_CONTEXT, /* groups: id of the group's context */
    OBJ_NAME,
    OBJ_RESERVED,
    OBJ_WORDS
};

enum segment_object_flag { SEGMENT_CLOSED = 1 };

/* ---- texts ---- */

#define SEGMENT_TEXT_SIZE  128 /* bytes of a cell, generation and length included */
#define SEGMENT_TEXT_BYTES (SEGMENT_TEXT_SIZE - 16)

enum segment_text_word { TEXT_GENERATION, TEXT_LENGTH, TEXT_FIRST_WORD, TEXT_WORDS = 16 };

/* ---- stacks ---- */

#define SEGMENT_STACK_COMMITTED (UINT64_C(1) << 63)
#define SEGMENT_STACK_TRUNCATED (UINT64_C(1) << 62)
#define SEGMENT_STACK_COUNT     UINT64_C(0xffff) /* mask: number of frames */
#define SEGMENT_MAX_FRAMES      64

enum segment_stack_word { STACK_MARK, STACK_MODULE_GENERATION, STACK_FIRST_ADDRESS };

/* ---- modules ---- */

#define SEGMENT_MODULE_PATH_BYTES 424
#define SEGMENT_BUILD_ID_BYTES    24

enum segment_module_word {
    MODULE_SEQUENCE,
    MODULE_ID,    /* 1, 2, ... */
    MODULE_BEGIN, /* the address range that its loaded segments span */
    MODULE_END,
    MODULE_BIAS,     /* address - bias = address in the file */
    MODULE_LOADED,   /* module generation since which it is there */
    MODULE_UNLOADED, /* module generation since which it is not; 0: it is */
    MODULE_BUILD_ID_LENGTH,
    MODULE_BUILD_ID,                                            /* 3 words */
    MODULE_PATH = MODULE_BUILD_ID + SEGMENT_BUILD_ID_BYTES / 8, /* NUL-terminated */
    MODULE_WORDS = MODULE_PATH + SEGMENT_MODULE_PATH_BYTES / 8  /* 64 */
};

/* ---- rings ---- */

enum segment_event_word {
    EVENT_SEQUENCE,
    EVENT_TIME,
    EVENT_KIND_AND_CODE, /* kind | end << 8 | code << 32 */
    EVENT_TASK,
    EVENT_SUBJECT, /* id of the context or task */
    EVENT_PARENT,  /* id of the parent of a created context or task */
    EVENT_STACK,
    EVENT_TEXT,
    EVENT_WORDS
};

enum segment_event_kind {
    SEGMENT_CONTEXT_CREATED = 1,
    SEGMENT_CONTEXT_ENDED,
    SEGMENT_CANCEL_TOO_LATE,
    SEGMENT_CONTEXT_RELEASED,
    SEGMENT_TASK_CREATED,
    SEGMENT_TASK_EXITED,
    SEGMENT_TASK_JOINED
};

/* A ring passes from a thread that ended to a new one; its events go on where they were. */
enum segment_ring_word {
    RING_HEAD,             /* events ever written */
    RING_TASK_ID,          /* whose it is; 0: nobody's at the moment */
    RING_CONTEXTS_CREATED, /* contexts created and ended in this ring's threads, ever; not lapped */
    RING_CONTEXTS_ENDED,
    RING_RESERVED_1,
    RING_RESERVED_2,
    RING_RESERVED_3,
    RING_RESERVED_4,
    RING_FIRST_EVENT
};

#endif

/*
 * The segment: the file in shared memory that a recorder writes and that outlives its process.
 *
 * ===============================================================================================
 * Specification
 * ===============================================================================================
 *
 * A segment is a file, mapped MAP_SHARED by exactly one writing process. All numbers are 64-bit
 * words of the machine's own byte order (`byte_order` tells a reader that comes from elsewhere);
 * smaller numbers are packed into words as the enums below say. Kinds, states, operations, events
 * and losses are those of vocabulary/words.def. Times are nanoseconds of CLOCK_MONOTONIC, as the
 * writing process sees it.
 *
 *     offset 0            struct segment_header, `header_size` bytes
 *     areas[k].offset     area k of `area_count`: `capacity` items of `item_size` bytes
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
 * References. Things refer to each other by id; 0 is none. ID_UNRECORDED stands for something that
 * exists but is not recorded: it was made before recording began, by the parent of a forked child,
 * or there was no slot for it. An id that a reader does not find means no more than ID_UNRECORDED
 * does: unknown is not absent.
 *
 * Slots by address. A recorder that has only an address at hand (of a Go program, whose contexts
 * have no room for an index) may place an item at a slot that the address gives, and the next free
 * ones behind it. `used` is then the whole capacity. Readers walk tables whole and never search by
 * address, so they need not know.
 *
 * A select waits for several things at once. Each of its waits is a slot of its own, and says how
 * many belong together (WAIT_KINDS). They are filled and freed one by one: a reader that finds
 * fewer than their number knows that the task was on its way into the select or out of it.
 *
 * Ends. The end of a context is recorded once, where it began: in the slot of the context that was
 * cancelled or whose deadline came. Every context below it that is open and not cut off
 * (background, todo, without-cancel, custom ones with SEGMENT_OWN_DONE) has ended with it: by its
 * parent, at that time, from that stack, for that cause. A context's slot outlives those of its
 * children.
 *
 * Liveness. The writer holds an open-file-description lock (F_OFD_SETLK, the whole file, of either
 * type) on the segment if SEGMENT_HAS_LOCK is set. The kernel keeps it until the last descriptor
 * and the last mapping of that open file are gone, that is until the process's memory is torn down,
 * however it ends and whichever of its threads ended first; exec ends it, too. So a lock that is
 * not held says that nobody writes any more, in any PID namespace. A lock that is held by a copy of
 * the process that was forked without our knowledge says nothing; then PID and time of start
 * decide.
 *
 * The end of the process is stored by the process itself if it can (SEGMENT_EXIT in `end`), else by
 * whoever witnessed it: the parent that reaped it (SEGMENT_REAPED, with its wait status), or an
 * observer that saw it alive and later gone. `ended_ns` is then the moment; `alive_ns` is the
 * latest moment at which anybody saw it alive. Those who did not write the file change nothing else
 * in it.
 *
 * Events are in rings, one per thread or, for Go programs, one per P, of `ring_events` events
 * behind a ring header. The thread writes event number n (counted from 0) at n modulo ring_events:
 * sequence := 2n + 1, fence, payload, sequence := 2n + 2 (release), then head := n + 1 (release). A
 * reader takes event n as valid if its sequence is 2n + 2 before and after copying. Events below
 * head - ring_events are lapped: lost for history, and nothing else than history is ever made from
 * events.
 *
 * Texts are cells of SEGMENT_TEXT_SIZE bytes: word 0 is the generation, word 1 the length in bytes,
 * then the bytes. A reference to a text is generation << 32 | (cell + 1); 0 is no text. A cell is
 * rewritten only when no slot refers to it, under a new generation: generation := 0, fence, length
 * and bytes, generation := new (release). A reference with another generation than its cell's is to
 * a text that is gone (only events can have such references).
 *
 * Stacks are content addressed and append-only. The arena is an array of words; a reference to a
 * stack is (index of its first word + 1), 0 is no stack. Word 0 packs commit mark, flags and frame
 * count and is stored last (release); word 1 is the module generation at capture; then the
 * addresses, innermost first. All are return addresses, pointing behind their calls.
 *
 * Modules are slots like those of tables, one per mapping of an executable or shared library that
 * was ever seen, with the range of module generations during which it was loaded. The module of
 * address a in a stack of generation g is the one with begin <= a < end and loaded <= g < unloaded.
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
 * needs no repair: it reads every slot below `used`, keeps what is valid, and reports how many were
 * being written.
 *
 * ===============================================================================================
 * Changing it
 * ===============================================================================================
 *
 * Everything that can be added without misleading an older reader is added without a new version:
 * words at the end of the header, of a slot or of a ring's header; areas, kinds of losses and
 * reasons behind those that are there; values of enums; bits of `optional_features`. Readers take
 * the sizes of header and items and the number of areas from the file, checked against its real
 * size and never assumed; take words that the file does not have for 0; ignore areas, losses and
 * optional features that they do not know; and count enum values that they do not know.
 *
 * What an older reader must not overlook, because it would say something false, sets a bit of
 * `required_features`: a reader that does not know the bit refuses the file with a sentence.
 *
 * SEGMENT_VERSION is raised when a word changes place or meaning. Readers read all versions there
 * ever were. Version 1 is described in segment/header_v1.h: its header was another, its slots were
 * shorter, and it knew neither ID_UNRECORDED nor the size of a select, so that less is proved from
 * it.
 */
#ifndef CTXTRACE_SEGMENT_FORMAT_H
#define CTXTRACE_SEGMENT_FORMAT_H

#include "vocabulary/vocabulary.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_MAGIC       UINT64_C(0x31474553545854c3) /* c3 54 58 54 53 45 47 31: "\303TXTSEG1" */
#define SEGMENT_VERSION     2
#define SEGMENT_BYTE_ORDER  UINT32_C(0x01020304)
#define SEGMENT_HEADER_SIZE 8192
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

/* Of what could not be recorded (LOSS) and why (LOSS_REASON): what the header has room for. */
enum { LOSS_ROOM = 16, LOSS_REASON_ROOM = 8 };
_Static_assert(LOSS_COUNT <= (unsigned)LOSS_ROOM && LOSS_REASON_COUNT <= (unsigned)LOSS_REASON_ROOM,
               "a loss that the header has no room for");

enum segment_recorder { SEGMENT_BY_LIBRARY = 1, SEGMENT_BY_PRELOAD, SEGMENT_BY_GO_RECORDER };

enum segment_optional_feature {
    SEGMENT_HAS_LOCK = 1 /* the writer holds a lock on the file as long as it lives */
};

/* None so far. A reader refuses files with bits that it does not know. */
#define SEGMENT_KNOWN_REQUIRED_FEATURES UINT64_C(0)

/* How the process ended, as far as anybody has told; the first to know writes it. */
enum segment_end {
    SEGMENT_RUNNING,
    SEGMENT_EXIT,     /* by itself: exit() or the return of main() ran its handlers */
    SEGMENT_REAPED,   /* told by its parent; `wait_status` is as waitpid() gives it */
    SEGMENT_VANISHED, /* told by somebody who saw it, and then did not any more */
    SEGMENT_EXECED    /* the process became another program */
};

enum { SEGMENT_MOST_AREAS = 16 };

/*
 *      0  magic            8  version, byte_order   16  header_size       24  file_size
 *     32  required        40  optional_features     48  area_count, ...   56  ring_events
 *     64  pid, forked     72  process_start_time    80  pid_namespace     88  time_namespace
 *     96  started_ns     104  made_ns              112  realtime offset  120  boottime offset
 *    128  namespace offs 136  unrecorded_contexts  144  unrecorded_tasks 152  reserved (5 words)
 *    192  end            200  ended_ns             208  wait_status      216  alive_ns
 *    224  stopped_ns     232  contexts_created     240  contexts_ended   248  nothing_left
 *    320  losses (16 x 8 words)                   1344  areas (16 x 32 bytes)
 *   1856  boot_id        1896  executable         2920  command          3944  end
 */
struct segment_header {
    /* Written last (release) when a segment is made: without it, it is not a segment yet. */
    segment_word magic;
    uint32_t version;
    uint32_t byte_order;
    uint64_t header_size;
    uint64_t file_size;
    uint64_t required_features, optional_features; /* bits, by the enums above */
    uint32_t area_count;
    uint32_t recorder;    /* enum segment_recorder */
    uint64_t ring_events; /* events per ring */

    int32_t pid;                 /* as the process sees itself */
    int32_t forked_from;         /* pid of the recorded process this one was forked from, or 0 */
    uint64_t process_start_time; /* field 22 of /proc/PID/stat: tells a reused pid apart; 0: there
                                    was no /proc, or no descriptor to read it with */
    uint64_t pid_namespace;      /* inode of /proc/self/ns/pid; 0: not known */
    uint64_t time_namespace;

    int64_t started_ns;         /* when recording began */
    int64_t made_ns;            /* when this file was made: not before there was something for it */
    int64_t realtime_offset_ns; /* CLOCK_MONOTONIC + this = CLOCK_REALTIME, when it was made */
    int64_t boottime_offset_ns; /* and + this = CLOCK_BOOTTIME */
    int64_t namespace_offset_ns; /* what the time namespace adds to CLOCK_MONOTONIC */

    uint64_t unrecorded_contexts; /* that existed when recording began */
    uint64_t unrecorded_tasks;    /* threads that existed when it was asked for, but for that one */
    uint64_t reserved[5];

    segment_word end;         /* enum segment_end, stored last of the three */
    segment_word ended_ns;    /* 0: not known */
    segment_word wait_status; /* | SEGMENT_WAIT_STATUS_KNOWN */
    segment_word alive_ns;    /* somebody saw it alive at that time; 0: nobody has told */
    segment_word stopped_ns;  /* recording was switched off then; 0: it was not */
    segment_word contexts_created,
        contexts_ended;        /* of threads without a ring; see RING_CONTEXTS_CREATED */
    segment_word nothing_left; /* 1: it ended in order, and whoever sees it dead may remove it */
    segment_word reserved_words[8];

    segment_word losses[LOSS_ROOM][LOSS_REASON_ROOM];
    struct segment_area areas[SEGMENT_MOST_AREAS];

    char boot_id[40];                   /* /proc/sys/kernel/random/boot_id */
    char executable[SEGMENT_PATH_SIZE]; /* /proc/self/exe, NUL-terminated */
    char command[SEGMENT_PATH_SIZE];    /* the command line, arguments separated by spaces */
};

#define SEGMENT_WAIT_STATUS_KNOWN (UINT64_C(1) << 32)

_Static_assert(offsetof(struct segment_header, end) == 192 &&
                   offsetof(struct segment_header, losses) == 320 &&
                   offsetof(struct segment_header, areas) == 1344 &&
                   offsetof(struct segment_header, command) == 2920,
               "the header is not as its table says");
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
    CTX_PARENT_ID,       /* 0: background, todo, custom without a parent; or ID_UNRECORDED */
    CTX_CREATED,
    CTX_DEADLINE,  /* effective; INT64_MAX: none */
    CTX_REQUESTED, /* the deadline that was asked for */
    CTX_CREATOR_TASK,
    CTX_REFERENCES, /* owners | observers << 32; added to without the sequence */
    CTX_NAME,       /* text */
    CTX_ADDRESS,    /* of the ctxt_t */
    CTX_WORDS
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
    TASK_CURRENT_CONTEXT, /* id or ID_UNRECORDED; stored without the sequence */
    TASK_START_CONTEXT,   /* of the context that ctxt_go was given; likewise */
    TASK_NAME,            /* text */
    TASK_START_FUNCTION,  /* address of the function that it runs */
    TASK_HANDLE,          /* pthread_t; of a goroutine its goid */
    TASK_RESERVED_1,
    TASK_RESERVED_2,
    TASK_RESERVED_3,
    TASK_RESERVED_4,
    TASK_WORDS
};

enum segment_task_flag { SEGMENT_DETACHED = 1, SEGMENT_JOINED = 2, SEGMENT_EXITED = 4 };

/* ---- waits ---- */

enum segment_wait_word {
    WAIT_SEQUENCE,
    WAIT_TASK_ID, /* 0: free */
    /*
     * Object kind | operation << 8 | waits of the group << 16 | group << 32. The waits of one
     * select are a group, numbered within their task; 0: the wait is alone. A group of more than
     * 65,535 says 65,535.
     */
    WAIT_KINDS,
    /*
     * Context, task or object id, or a descriptor's number; 0: see address. Of a wait for a
     * condition of libc the address of the mutex that it has given up and will want back.
     */
    WAIT_OBJECT_ID,
    WAIT_ADDRESS, /* of the object; 0 for descriptors and sleeps */
    WAIT_SINCE,
    WAIT_UNTIL, /* gives up then; INT64_MAX: never */
    WAIT_STACK,
    /* Id of the context whose end ends the wait, too; 0: none; or ID_UNRECORDED. */
    WAIT_BOUNDED_BY,
    WAIT_OWNER_TASK, /* locks: id of the holder, or ID_UNRECORDED; 0: unknown */
    /*
     * Locks that the waiting task itself holds all through its wait, of those that others waited
     * for when it began: address | SEGMENT_HELD_RWLOCK; 0: none. The three are stored without the
     * sequence as well, when they come to be known after the wait was recorded.
     */
    WAIT_HELD,
    WAIT_HELD_2,
    WAIT_FLAGS, /* enum segment_wait_flag; the last two are stored without the sequence, too */
    /*
     * Locks: the thread id that the lock named as its holder, also of a thread that is no task of
     * this process (it has ended, or lives in the parent of a fork); 0: unknown.
     */
    WAIT_OWNER_THREAD,
    /*
     * The wait in which the holder was blocked all the while it was seen to hold the lock: slot + 1
     * and its sequence. As long as that wait stands, the holder cannot have let go: a task ends its
     * wait before it does anything else. 0: it was not blocked, or that is not known. Stored
     * without the sequence, like WAIT_HELD.
     */
    WAIT_OWNER_WAIT,
    WAIT_OWNER_WAIT_SEQUENCE,
    WAIT_WORDS
};

/* Those below 256 are enum wait_property. */
enum segment_wait_flag {
    SEGMENT_OWNER_GONE = 256,      /* WAIT_OWNER_THREAD was looked for: no thread of the process */
    SEGMENT_OWNER_TOLD_LATER = 512 /* the owner was looked up after the wait was recorded */
};

#define SEGMENT_HELD_RWLOCK UINT64_C(1) /* it is a reader-writer lock, not a mutex */

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
    OBJ_LAST_TASK, /* who took or signalled it last, and when; 0: nobody has, or it is not kept */
    OBJ_LAST_TIME,
    /*
     * References given back by tasks other than its creator | by its creator << 32. Added to before
     * OBJ_REFERENCES changes, without the sequence. Together with those ever made it tells how many
     * of the tasks that did not make a channel can have one of their own.
     */
    OBJ_RETURNED,
    OBJ_RESERVED_2,
    OBJ_RESERVED_3,
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

/* A ring passes from a thread that ended to a new one; its events go on where they were. */
enum segment_ring_word {
    RING_HEAD,    /* events ever written */
    RING_TASK_ID, /* whose it is; 0: nobody's at the moment, or a P's: events tell their tasks */
    /*
     * Contexts created and ended in this ring's threads, ever; not lapped. Also those that found no
     * place; roots are created. Ended has, too, what was released and had no end of its own.
     */
    RING_CONTEXTS_CREATED,
    RING_CONTEXTS_ENDED,
    RING_RESERVED_1,
    RING_RESERVED_2,
    RING_RESERVED_3,
    RING_RESERVED_4,
    RING_FIRST_EVENT
};

#endif

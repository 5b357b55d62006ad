/*
 * One reading of a segment, for the files that do it. Not for others.
 *
 * The order of reading is what keeps proofs sound while the program goes on:
 *
 *     1. the waits: which slots are in use, with their sequences
 *     2. tasks, contexts, and objects with their counts of references
 *     3. the waits again, to be kept
 *     4. who was signalled and wants a mutex back, and who owns the mutexes that are waited for, in
 *        the program's own memory
 *     5. the waits a last time, if there was something to be read in 4
 *
 * A wait whose slot has the same sequence in 1, 3 and 5 is steady: its task was blocked in it
 * during all of 2 and 4. So when a channel's count of references, read in 2, is not higher than the
 * number of tasks that are known to hold it, all of these at one same instant, nobody else does
 * (see read_objects.c); whether one of them goes on is another question (snapshot/facts.c). The
 * same for cycles of tasks that wait for one another (read_owners.c has what makes an edge). A task
 * whose waits are not steady was on the move; nothing is claimed of it in this snapshot.
 *
 * What a count of owners proves of a context that is open needs that it had not ended. It ends with
 * any of its ancestors, whose slots may have been read before its own, and its owners may let it go
 * as soon as it has ended. So the table of contexts is walked twice: those that were open, and are
 * not found open again, were moving, and nothing of that kind is claimed of them and of those below
 * them. An ancestor's end is in its slot before anybody can notice it: that is the recorder's part.
 */
#ifndef CTXTRACE_SEGMENT_READING_H
#define CTXTRACE_SEGMENT_READING_H

#include "image/descriptor_names.h"
#include "image/thread_names.h"
#include "segment/module_reader.h"
#include "segment/reader.h"
#include "segment/slot_chunk.h"
#include "segment/stack_reader.h"
#include "segment/text_reader.h"

struct held_wait {
    uint64_t words[WAIT_WORDS];
    uint64_t index; /* of its slot */
    bool steady;
    bool group_is_whole; /* all waits of its select were found */
    bool owner_is_now;   /* `owner` was read in step 4, of a steady wait; else as old as the wait */
    uint64_t owner;      /* id of the task that holds the mutex, 0 unknown */
    uint32_t owner_thread; /* the thread id that the lock names, 0 unknown */
};

struct held_task {
    uint64_t words[TASK_WORDS];
};

/*
 * A context that was open in the first walk. Two may have been read from one slot, one after the
 * other; so a slot alone says nothing.
 */
struct open_context {
    uint64_t slot, id;
    bool is_still_open; /* in the second walk */
};

struct held_object {
    uint64_t words[OBJ_WORDS];
};

struct reading {
    struct segment_file *file;
    struct snapshot_builder *builder;
    struct module_table *modules;
    struct text_reader texts;
    struct stack_reader stacks;
    struct descriptor_names descriptors;
    struct thread_names thread_names;

    struct held_wait *waits; /* by task, then by group, then by slot */
    size_t wait_count, wait_capacity;
    uint64_t *first_look; /* pairs of slot and sequence, by ascending slot */
    size_t first_look_count, first_look_capacity;
    bool owners_were_read;   /* step 4 found something to read */
    struct held_task *tasks; /* by id */
    size_t task_count, task_capacity;
    struct held_object *objects;
    size_t object_count, object_capacity;

    struct open_context *open_contexts; /* of the living only */
    size_t open_count, open_capacity;
    uint64_t claimed_contexts; /* of which something is claimed that rests on their being open */

    uint64_t in_flight[AREA_COUNT]; /* items that were being written at every attempt */
    uint64_t lapped_events;
    uint64_t odd_values; /* kinds and states that the format does not know */
    uint64_t contexts_created, contexts_ended;
    int64_t last_write_ns;         /* the latest moment that was met */
    int64_t began_ns;              /* when the reading began: what ended later has not lasted yet */
    enum precondition counts_lack; /* why counts of references cannot be relied on */
};

/* A moment at which the program certainly lived. */
void reading_note_time(struct reading *reading, uint64_t time_ns);

/* The builder's string for a reference to a text; 0 if it is gone. */
snapshot_string reading_text(struct reading *reading, uint64_t reference);

/* A value of a segment, if it is one of the `recorded` (RECORDED_...S); else 0, and counted. */
uint8_t reading_word(struct reading *reading, uint64_t recorded, uint64_t value);

/* The words of the task with this id, as of step 2; NULL if it is not there. */
const uint64_t *reading_task(const struct reading *reading, uint64_t id);

/*
 * A wait of the task; NULL if it does not wait. `doubt` becomes what keeps its waits from being
 * known for certain: one was not steady, or a select's are not all there.
 */
const struct held_wait *reading_wait_of(const struct reading *reading, uint64_t task_id,
                                        enum precondition *doubt);

#endif

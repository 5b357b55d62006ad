/* What a builder is made of, for the files that are the builder. Not for sources. */
#ifndef CTXTRACE_SNAPSHOT_BUILDER_STATE_H
#define CTXTRACE_SNAPSHOT_BUILDER_STATE_H

#include "snapshot/builder.h"
#include "snapshot/stacks.h"
#include "snapshot/strings.h"

struct pending_task {
    struct snapshot_task task;
    uint64_t current_context_id, start_context_id;
};

struct pending_holder {
    struct snapshot_holder holder;
    uint64_t context_id;
};

struct pending_ancestor {
    struct snapshot_ancestor ancestor;
    uint64_t task_id;
};

struct pending_wait {
    struct snapshot_wait wait;
    uint64_t task_id, bounded_by_id;
};

struct snapshot_builder {
    bool failed; /* memory ran out */
    bool ends_are_told_once;
    bool derive_task_facts;
    uint8_t derive_missing; /* enum precondition, see builder_derive_task_facts() */
    struct snapshot_program program;
    const struct language *language; /* NULL: native_language */
    struct string_pool strings;
    struct stack_table stacks;

    struct snapshot_context *contexts;
    size_t context_count, context_capacity;
    uint64_t *moving; /* ids, see builder_context_was_moving() */
    size_t moving_count, moving_capacity;
    struct pending_holder *holders;
    size_t holder_count, holder_capacity;
    struct pending_task *tasks;
    size_t task_count, task_capacity;
    struct pending_ancestor *ancestors;
    size_t ancestor_count, ancestor_capacity;
    struct pending_wait *waits;
    size_t wait_count, wait_capacity;
    struct snapshot_object *objects;
    size_t object_count, object_capacity;
    uint64_t *object_keys; /* of each object; room as for objects */
    size_t object_key_capacity;
    uint32_t *object_slots; /* open addressing, a power of two: index of an object + 1 */
    size_t object_slot_count;
    struct snapshot_event *events;
    size_t event_count, event_capacity;
    struct snapshot_loss *losses;
    size_t loss_count, loss_capacity;

    uint64_t seed;
};

/* The tables of a snapshot while builder_finish() still changes them; it owns them. */
struct tables {
    struct snapshot snapshot; /* what the user is given a pointer to: must come first */
    struct snapshot_context *contexts;
    struct snapshot_task *tasks;
    struct snapshot_wait *waits;
    struct snapshot_object *objects;
    struct snapshot_stack *stacks;
    struct snapshot_frame *frames;
    struct snapshot_site *sites;
    struct snapshot_event *events;
    struct snapshot_loss *losses;
    struct snapshot_holder *holders;
    struct snapshot_ancestor *ancestors;
    struct fact *can_end;
    char *texts;
};

/* Repairs that linking made; the builder reports them as losses. */
struct repairs {
    uint64_t repeated_contexts, repeated_tasks; /* ids that appeared twice */
    uint64_t cut_parents, cut_task_parents;     /* parents that formed a cycle */
    uint64_t lost_waits;                        /* by tasks or on objects that are not there */
    uint64_t stray_stacks;                      /* references to stacks that are not there */
};

/* link_contexts.c: order, parents, depths, siblings, can_end. False when memory ran out. */
bool link_contexts(struct snapshot_builder *builder, struct tables *tables,
                   struct repairs *repairs);

/* link_holders.c: after the contexts. False when memory ran out. */
bool link_holders(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs);

/* link_ancestors.c: after the tasks. False when memory ran out. */
bool link_ancestors(struct snapshot_builder *builder, struct tables *tables,
                    struct repairs *repairs);

/* link_tasks.c: tasks, their waits, the objects that are waited for, and events. */
bool link_tasks(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs);
bool link_waits(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs);
bool link_events(struct snapshot_builder *builder, struct tables *tables);

/* Works out can_end of all contexts again, when facts about some have become unknown. */
void work_out_can_end(struct tables *tables);

/* facts.c: see builder_derive_task_facts(). */
bool derive_task_facts(struct tables *tables, enum precondition missing);

/* Is `stack` one of the builder's? If not it becomes SNAPSHOT_NONE and is counted. */
static inline void check_stack(const struct snapshot_builder *builder, uint32_t *stack,
                               struct repairs *repairs)
{
    if (*stack < builder->stacks.stack_count || *stack == SNAPSHOT_NONE)
        return;
    *stack = SNAPSHOT_NONE;
    repairs->stray_stacks++;
}

#endif

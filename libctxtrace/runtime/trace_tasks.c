/*
 * Annotated tasks: programs know them by id, the recorder by slot. A hash table from id to slot, in
 * the process's own memory, because the slots belong to nobody else.
 */
#include <ctxtrace/trace.h>

#include "record/record.h"
#include "runtime/context.h"
#include "runtime/node.h"
#include <stdlib.h>

enum { BUCKETS = 1024 };

struct annotated {
    struct annotated *next;
    struct record_slot slot;
    uint64_t id;
    uint8_t halves; /* of its end that have come: exited, and joined or detached */
};

static struct lock table_lock;
static struct annotated *table[BUCKETS];

static struct annotated **find(uint64_t id)
{
    struct annotated **at = &table[id % BUCKETS];
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

/* A copy of the slot, so that nothing is recorded under the lock. */
static bool copy_slot(uint64_t id, struct record_slot *slot)
{
    if (!id || !recording())
        return false;
    lock_take(&table_lock);
    struct annotated *found = *find(id);
    if (found)
        *slot = found->slot;
    lock_release(&table_lock);
    return found != NULL;
}

ctxt_task_id_t ctxt_task_begin(enum ctxt_task_kind kind, const char *name, const void *start)
{
    if (!recording())
        return 0;
    struct annotated *made = calloc(1, sizeof *made);
    if (!made)
        return 0;
    struct record_task task = {
        .kind = kind == CTXT_TASK_COROUTINE ? SEGMENT_COROUTINE : SEGMENT_THREAD,
        .start_context_id = context_record_surrounding(ctxt_current()),
        .function = start,
        .name = name,
    };
    record_task_created(&made->slot, &task);
    if (!made->slot.id) {
        free(made);
        return 0;
    }
    made->id = made->slot.id;
    lock_take(&table_lock);
    made->next = table[made->id % BUCKETS];
    table[made->id % BUCKETS] = made;
    lock_release(&table_lock);
    return made->id;
}

void ctxt_task_switch(ctxt_task_id_t task)
{
    struct record_slot slot;
    if (copy_slot(task, &slot))
        record_task_switch(&slot);
    else if (recording())
        record_task_switch(NULL);
}

void ctxt_task_bind(ctxt_task_id_t task)
{
    struct record_slot slot;
    if (copy_slot(task, &slot))
        record_task_bind(&slot);
}

/* The entry goes when both halves of its end have come. */
static void count_half(uint64_t id)
{
    lock_take(&table_lock);
    struct annotated **at = find(id), *found = *at;
    if (found && ++found->halves == 2)
        *at = found->next;
    else
        found = NULL;
    lock_release(&table_lock);
    free(found);
}

void ctxt_task_end(ctxt_task_id_t task)
{
    struct record_slot slot;
    if (!copy_slot(task, &slot))
        return;
    record_task_exited(&slot);
    count_half(task);
}

void ctxt_task_detached(ctxt_task_id_t task)
{
    struct record_slot slot;
    if (!copy_slot(task, &slot))
        return;
    record_task_detached(&slot);
    count_half(task);
}

void ctxt_task_joined(ctxt_task_id_t task)
{
    struct record_slot slot;
    if (!copy_slot(task, &slot))
        return;
    record_task_joined(&slot);
    count_half(task);
}

void ctxt_task_named(ctxt_task_id_t task, const char *name)
{
    struct record_slot slot;
    if (copy_slot(task, &slot))
        record_task_named(&slot, name);
    else if (task && task == ctxt_task_self())
        record_self_named(name); /* a thread whose creation was not seen */
}

ctxt_task_id_t ctxt_task_self(void)
{
    return recording() ? record_self_id() : 0;
}

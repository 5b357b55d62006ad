/*
 * Annotated tasks: programs know them by id, the recorder by slot. A hash table from id to slot, in
 * the process's own memory, because the slots belong to nobody else.
 *
 * The table lies in memory that the kernel wipes in a forked child, however it was forked: the ids
 * mean nothing in the recording that the child begins, and the lock is free there. So it needs no
 * critical section, and with that no record of the runtime for a thread that only the preload
 * describes. What the parent's table led to is given up in the child: some hundred bytes for each
 * task that was alive.
 */
#include "record/record.h"
#include "runtime/context_record.h"
#include "runtime/node.h"

#include <ctxtrace/trace.h>

#include <stdlib.h>
#include <sys/mman.h>

enum { BUCKETS = 8192 };

struct annotated {
    struct annotated *next;
    struct record_slot slot;
    uint64_t id;
    uint8_t halves; /* of its end that have come: exited, and joined or detached */
};

struct table {
    struct lock lock;
    struct annotated *buckets[BUCKETS];
};

static struct table *_Atomic the_table;
/* Does the calling thread hold the lock? A signal handler that finds it so must not wait for it. */
static __thread bool inside;

/* Two threads may make it at once; one wins. */
static struct table *make_table(void)
{
    struct table *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    struct table *before = NULL;
    if (madvise(made, sizeof *made, MADV_WIPEONFORK) == 0 &&
        atomic_compare_exchange_strong(&the_table, &before, made))
        return made;
    munmap(made, sizeof *made);
    return before;
}

/* The table, locked until leave(). NULL: there is no memory for it, or this is such a handler. */
static struct table *enter(void)
{
    struct table *table = atomic_load(&the_table);
    if (!table)
        table = make_table();
    if (!table || inside)
        return NULL;
    inside = true;
    atomic_signal_fence(memory_order_seq_cst);
    uint32_t is_free = 0;
    if (!atomic_compare_exchange_strong(&table->lock.word, &is_free, 1))
        lock_wait(&table->lock);
    return table;
}

static void leave(struct table *table)
{
    if (atomic_exchange(&table->lock.word, 0) == 2)
        lock_wake(&table->lock);
    atomic_signal_fence(memory_order_seq_cst);
    inside = false;
}

static struct annotated **find(struct table *table, uint64_t id)
{
    struct annotated **at = &table->buckets[id % BUCKETS];
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

/* A copy of the slot, so that nothing is recorded under the lock. */
static bool copy_slot(uint64_t id, struct record_slot *slot)
{
    struct table *table = id && recording() ? enter() : NULL;
    if (!table)
        return false;
    const struct annotated *found = *find(table, id);
    if (found)
        *slot = found->slot;
    leave(table);
    return found != NULL;
}

static bool add(struct annotated *made)
{
    struct table *table = enter();
    if (!table)
        return false;
    struct annotated **bucket = &table->buckets[made->id % BUCKETS];
    made->next = *bucket;
    *bucket = made;
    leave(table);
    return true;
}

/* It never was. */
static void take_back(struct record_slot *slot)
{
    record_task_exited(slot);
    record_task_joined(slot);
}

ctxt_task_id_t ctxt_task_begin(enum ctxt_task_kind kind, const char *name, const void *start)
{
    if (kind == CTXT_TASK_THREAD)
        recorder_makes_threads();
    if (!recording())
        return 0;
    struct annotated *made = calloc(1, sizeof *made);
    if (!made)
        return 0;
    struct record_task task = {
        .origin = kind == CTXT_TASK_COROUTINE ? TASK_ORIGIN_COROUTINE : TASK_ORIGIN_THREAD,
        .start_context_id = context_record_surrounding(ctxt_current()),
        .function = start,
        .name = name,
    };
    record_task_created(&made->slot, &task);
    if (!made->slot.id) {
        free(made);
        return 0;
    }
    ctxt_task_id_t id = made->id = made->slot.id;
    if (add(made))
        return id;
    take_back(&made->slot);
    free(made);
    return 0;
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
    struct table *table = enter();
    if (!table)
        return;
    struct annotated **at = find(table, id), *found = *at;
    if (found && ++found->halves == 2)
        *at = found->next;
    else
        found = NULL;
    leave(table);
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

#include "golang/export/export_waits.h"

#include "golang/binary/module.h"
#include "golang/export/export_contexts.h"

static void describe_channel(const struct exporting *export, const struct go_wait *wait,
                             struct snapshot_object *object)
{
    object->capacity = wait->capacity;
    object->length = wait->length;
    object->closed = wait->closed;
    object->type = model_string(export, wait->text);
    if (wait->timer)
        object->name = builder_string(export->builder, "timer");
}

/* The context whose end this wait is for, ADDRESS_MAP_NONE if it is for something else. */
static uint32_t context_of(const struct exporting *export, const struct go_wait *wait)
{
    if (wait->object != OBJECT_CHANNEL || wait->operation != WAIT_RECEIVE)
        return ADDRESS_MAP_NONE;
    return address_map_get(&export->model->contexts.by_done, wait->address);
}

/* What identifies the object among others of its kind. */
static uint64_t key_of(const struct go_wait *wait, const struct goroutine *goroutine)
{
    if (wait->object == OBJECT_DESCRIPTOR && wait->descriptor >= 0)
        return (uint64_t)wait->descriptor;
    return wait->address ? wait->address : goroutine->address;
}

/*
 * Can others still signal it? The marking's verdict on the goroutine is one on the objects that it
 * waits for: if nothing can wake the goroutine, none of them was reached; if something can, one was
 * reached first, and with it the goroutine's stack, which holds the others: of those nothing is
 * known. A context that is reached need not be one that can be cancelled: its own facts say that.
 */
static struct fact signalable_of(const struct exporting *export, const struct goroutine *goroutine,
                                 const struct go_wait *wait, bool is_context)
{
    const size_t index = (size_t)(goroutine - export->model->goroutines.items);
    const struct fact yes = {FACT_YES, PRECONDITION_NONE}, no = {FACT_NO, PRECONDITION_NONE};
    const struct fact unknown = {FACT_UNKNOWN, PRECONDITION_NOT_OBSERVABLE};
    struct fact wakeable = export->facts->wakeable[index];
    if (wait->object == OBJECT_NOTHING)
        return no;
    if (wait->object == OBJECT_DESCRIPTOR || wait->object == OBJECT_TIMER ||
        wait->object == OBJECT_SYSCALL)
        return unknown;
    if (wakeable.value == FACT_NO)
        return no;
    if (is_context)
        return unknown;
    if (is_global_data(export->program, wait->signal))
        return yes;
    if (wakeable.value == FACT_YES)
        return export->facts->woken_by[index] == wait->signal ? yes : unknown;
    return wakeable;
}

/* What all waits of one goroutine have in common. */
struct common {
    uint32_t group, stack;
    uint64_t bounded_by; /* the first context whose end it waits for; 0: none */
    int64_t until_ns;
};

static void export_wait(struct exporting *export, const struct goroutine *goroutine,
                        const struct go_wait *wait, const struct common *common)
{
    /* Of the context whose end it waits for, 0 if it waits for something else. */
    uint64_t context = context_id(export, context_of(export, wait));
    struct snapshot_object object = {.kind = context ? OBJECT_CONTEXT : wait->object,
                                     .address = wait->address,
                                     .descriptor = wait->descriptor,
                                     .creation_stack = call_stack(export, wait->creation),
                                     .creation_sampled = true,
                                     .signalable =
                                         signalable_of(export, goroutine, wait, context != 0)};
    if (wait->object == OBJECT_CHANNEL)
        describe_channel(export, wait, &object);
    if (wait->object == OBJECT_DESCRIPTOR && wait->descriptor >= 0)
        object.name = model_string(export, wait->text);
    struct snapshot_wait said = {
        .object =
            builder_object(export->builder, context ? context : key_of(wait, goroutine), &object),
        .group = common->group,
        .operation = context ? WAIT_DONE : wait->operation,
        .since_at_least = true,
        .since_ns = goroutine->wait_since ? goroutine->wait_since : SNAPSHOT_TIME_UNKNOWN,
        .until_ns = common->until_ns,
        .stack = common->stack};
    builder_add_wait(export->builder, &said, goroutine->id, context ? 0 : common->bounded_by);
}

void export_waits(struct exporting *export, const struct goroutine *goroutine, uint32_t stack)
{
    const struct stack_summary *summary = &goroutine->stack;
    const struct go_wait *waits = export->model->stacks.waits + summary->first_wait;
    size_t count = goroutine->moved ? 0 : summary->wait_count;
    struct common common = {.group = count > 1 ? 1 : 0, .stack = stack, .until_ns = SNAPSHOT_NEVER};
    bool unknown = false;
    for (size_t i = 0; i < count; i++) {
        unknown |= waits[i].until_ns == SNAPSHOT_TIME_UNKNOWN;
        if (waits[i].until_ns > 0 && waits[i].until_ns < common.until_ns)
            common.until_ns = waits[i].until_ns;
        if (!common.bounded_by)
            common.bounded_by = context_id(export, context_of(export, &waits[i]));
    }
    if (unknown)
        common.until_ns = SNAPSHOT_TIME_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        export_wait(export, goroutine, &waits[i], &common);
    if (summary->truncated && !goroutine->moved)
        builder_add_loss(export->builder, "cases of a select", "there are too many", 1);
}

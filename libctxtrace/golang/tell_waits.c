#include "golang/telling.h"

#include <stdio.h>
#include <unistd.h>

static void describe_channel(const struct telling *telling, uint64_t address,
                             struct snapshot_object *object)
{
    struct go_type element;
    char name[GO_NAME_SIZE];
    uint64_t type = field_word(telling->program, address, HCHAN_ELEMTYPE);
    uint64_t capacity = field_word(telling->program, address, HCHAN_DATAQSIZ);
    uint64_t length = field_word(telling->program, address, HCHAN_QCOUNT);
    object->capacity = capacity < UINT32_MAX ? (uint32_t)capacity : UINT32_MAX;
    object->length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    object->closed = field_u32(telling->program, address, HCHAN_CLOSED) != 0;
    if (!go_type_read(telling->program, type, &element))
        return;
    go_type_name(telling->program, type, name);
    object->type = builder_string(telling->builder, name);
    if (field_word(telling->program, address, HCHAN_TIMER))
        object->name = builder_string(telling->builder, "timer");
}

static void describe_descriptor(const struct telling *telling, struct snapshot_object *object)
{
    char path[64], text[256];
    if (!telling->program->image->live)
        return;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", telling->program->image->pid, object->descriptor);
    ssize_t length = readlink(path, text, sizeof text);
    if (length > 0)
        object->name = builder_string_bytes(telling->builder, text, (size_t)length);
}

/* What tells the object from others of its kind. */
static uint64_t key_of(const struct telling *telling, const struct go_wait *wait,
                       const struct goroutine *goroutine)
{
    if (wait->object == OBJECT_CONTEXT)
        return context_id(telling, wait->context);
    if (wait->object == OBJECT_DESCRIPTOR && wait->descriptor >= 0)
        return (uint64_t)wait->descriptor;
    return wait->address ? wait->address : goroutine->address;
}

static void tell_wait(struct telling *telling, const struct goroutine *goroutine,
                      const struct go_wait *wait, uint32_t group, uint64_t bounded_by,
                      int64_t until_ns, uint32_t stack)
{
    const struct fact unknown = {FACT_UNKNOWN, PRECONDITION_NOT_OBSERVABLE};
    struct snapshot_object object = {.kind = wait->object,
                                     .address = wait->address,
                                     .descriptor = wait->descriptor,
                                     .creation_stack = SNAPSHOT_NONE,
                                     .signalable = unknown};
    if (wait->object == OBJECT_CHANNEL || wait->object == OBJECT_CONTEXT)
        describe_channel(telling, wait->address, &object);
    if (wait->object == OBJECT_DESCRIPTOR && wait->descriptor >= 0)
        describe_descriptor(telling, &object);
    struct snapshot_wait said = {
        .object = builder_object(telling->builder, key_of(telling, wait, goroutine), &object),
        .group = group,
        .operation = wait->operation,
        .since_at_least = true,
        .since_ns = goroutine->wait_since ? goroutine->wait_since : SNAPSHOT_TIME_UNKNOWN,
        .until_ns = until_ns,
        .stack = stack};
    builder_add_wait(telling->builder, &said, goroutine->id, bounded_by);
}

void tell_waits(struct telling *telling, const struct goroutine *goroutine, uint32_t stack)
{
    const struct go_waits *waits = telling->waits;
    int64_t until_ns = SNAPSHOT_NEVER;
    uint64_t bounded_by = 0;
    for (size_t i = 0; i < waits->count; i++) {
        if (waits->items[i].until_ns > 0 && waits->items[i].until_ns < until_ns)
            until_ns = waits->items[i].until_ns;
        if (waits->items[i].object == OBJECT_CONTEXT && !bounded_by)
            bounded_by = context_id(telling, waits->items[i].context);
    }
    for (size_t i = 0; i < waits->count; i++)
        tell_wait(telling, goroutine, &waits->items[i], waits->count > 1 ? 1 : 0,
                  waits->items[i].object == OBJECT_CONTEXT ? 0 : bounded_by, until_ns, stack);
    if (waits->truncated)
        builder_add_loss(telling->builder, "cases of a select", "there are too many", 1);
}

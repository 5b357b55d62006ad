#include "golang/model/blocked_since.h"

#include "golang/model/context_state.h"

#include <stdlib.h>

/* What is known of the goroutine in this wait; NULL: nothing. */
static const struct blocked_entry *find(const struct blocked_since *table,
                                        const struct goroutine *goroutine)
{
    uint32_t index = address_map_get(&table->by_id, goroutine->id);
    if (index == ADDRESS_MAP_NONE)
        return NULL;
    const struct blocked_entry *entry = &table->items[index];
    bool same = entry->sp == goroutine->sp && entry->status == goroutine->status &&
                entry->sequence == goroutine->sequence;
    return same ? entry : NULL;
}

static void note_wait(const struct blocked_entry *earlier, struct goroutine *goroutine,
                      struct blocked_entry *entry)
{
    if (!earlier)
        return;
    entry->first_ns = earlier->first_ns;
    if (!goroutine->wait_since || earlier->first_ns < goroutine->wait_since)
        goroutine->wait_since = earlier->first_ns;
}

static void note_end(const struct blocked_entry *earlier, const struct context_types *types,
                     const struct goroutine *goroutine, struct contexts *contexts,
                     struct blocked_entry *entry)
{
    uint32_t index = goroutine->stack.likely_context;
    if (index >= contexts->count)
        return;
    struct go_context *context = &contexts->items[index];
    uint8_t state = context_state(types, contexts, context);
    if (state != CONTEXT_CANCELED && state != CONTEXT_TIMED_OUT)
        return;
    entry->ended_context = context->address;
    if (earlier && earlier->ended_context == context->address)
        entry->ended_ns = earlier->ended_ns;
    if (!context->ended_ns || entry->ended_ns < context->ended_ns)
        context->ended_ns = entry->ended_ns;
}

void blocked_since_update(struct blocked_since *table, const struct context_types *types,
                          struct goroutines *goroutines, struct contexts *contexts, int64_t now_ns)
{
    struct blocked_since fresh = {.items =
                                      calloc(goroutines->count + 1, sizeof(struct blocked_entry))};
    for (size_t i = 0; fresh.items && i < goroutines->count; i++) {
        struct goroutine *goroutine = &goroutines->items[i];
        bool blocked = goroutine->status == GO_WAITING || goroutine->status == GO_SYSCALL;
        if (!blocked || goroutine->moved)
            continue;
        const struct blocked_entry *earlier = find(table, goroutine);
        struct blocked_entry *entry = &fresh.items[fresh.count];
        *entry = (struct blocked_entry){.id = goroutine->id,
                                        .sp = goroutine->sp,
                                        .status = goroutine->status,
                                        .sequence = goroutine->sequence,
                                        .first_ns = now_ns,
                                        .ended_ns = now_ns};
        note_wait(earlier, goroutine, entry);
        note_end(earlier, types, goroutine, contexts, entry);
        address_map_put(&fresh.by_id, goroutine->id, (uint32_t)fresh.count++);
    }
    blocked_since_free(table);
    *table = fresh;
}

void blocked_since_free(struct blocked_since *table)
{
    free(table->items);
    address_map_free(&table->by_id);
    *table = (struct blocked_since){0};
}

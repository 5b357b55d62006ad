#include "golang/model/blocked_since.h"

#include <stdlib.h>

static int64_t first_seen(const struct blocked_since *table, const struct goroutine *goroutine)
{
    uint32_t index = address_map_get(&table->by_id, goroutine->id);
    if (index == ADDRESS_MAP_NONE)
        return 0;
    const struct blocked_entry *known = &table->items[index];
    bool same = known->sp == goroutine->sp && known->status == goroutine->status &&
                known->sequence == goroutine->sequence;
    return same ? known->first_ns : 0;
}

void blocked_since_update(struct blocked_since *table, struct goroutines *goroutines,
                          int64_t now_ns)
{
    struct blocked_since fresh = {.items =
                                      calloc(goroutines->count + 1, sizeof(struct blocked_entry))};
    for (size_t i = 0; fresh.items && i < goroutines->count; i++) {
        struct goroutine *goroutine = &goroutines->items[i];
        bool blocked = goroutine->status == GO_WAITING || goroutine->status == GO_SYSCALL;
        if (!blocked || goroutine->moved)
            continue;
        int64_t first_ns = first_seen(table, goroutine);
        if (first_ns && (!goroutine->wait_since || first_ns < goroutine->wait_since))
            goroutine->wait_since = first_ns;
        fresh.items[fresh.count] =
            (struct blocked_entry){goroutine->id, goroutine->sp, goroutine->status,
                                   goroutine->sequence, first_ns ? first_ns : now_ns};
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

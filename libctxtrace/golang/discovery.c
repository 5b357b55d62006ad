#include "golang/discovery.h"

#include <stdlib.h>
#include <string.h>

void discovery_begin(struct discovery *discovery, int64_t now_ns)
{
    if (discovery->next)
        return;
    discovery->pass++;
    discovery->began_ns = now_ns;
}

void discovery_end(struct discovery *discovery, const struct contexts *contexts, uint64_t next)
{
    struct go_context *items = malloc((contexts->count + 1) * sizeof *items);
    discovery->next = next;
    if (!next)
        discovery->complete_ns = discovery->began_ns;
    contexts_free(&discovery->known);
    if (!items) { /* the next look starts anew */
        discovery->next = 0;
        discovery->complete_ns = 0;
        return;
    }
    if (contexts->count)
        memcpy(items, contexts->items, contexts->count * sizeof *items);
    discovery->known = (struct contexts){.items = items, .count = contexts->count};
}

void discovery_free(struct discovery *discovery)
{
    contexts_free(&discovery->known);
    *discovery = (struct discovery){0};
}

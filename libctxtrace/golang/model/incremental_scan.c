#include "golang/model/incremental_scan.h"

#include <stdlib.h>
#include <string.h>

void incremental_scan_begin(struct incremental_scan *scan, int64_t now_ns)
{
    if (scan->next)
        return;
    scan->pass++;
    scan->began_ns = now_ns;
}

void incremental_scan_end(struct incremental_scan *scan, const struct contexts *contexts,
                          uint64_t next)
{
    struct go_context *items = malloc((contexts->count + 1) * sizeof *items);
    scan->next = next;
    if (!next)
        scan->complete_ns = scan->began_ns;
    contexts_free(&scan->known);
    if (!items) { /* the next look starts from scratch */
        scan->next = 0;
        scan->complete_ns = 0;
        return;
    }
    if (contexts->count)
        memcpy(items, contexts->items, contexts->count * sizeof *items);
    scan->known = (struct contexts){.items = items, .count = contexts->count};
}

void incremental_scan_free(struct incremental_scan *scan)
{
    contexts_free(&scan->known);
    *scan = (struct incremental_scan){0};
}

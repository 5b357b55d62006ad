#include "image/memory_source.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <string.h>

static bool is_over(struct memory_deadline *deadline)
{
    if (!deadline || !deadline->at_ns || now_ns() <= deadline->at_ns)
        return false;
    deadline->passed = true;
    return true;
}

void memory_source_fetch(struct memory_source *source, struct memory_deadline *deadline,
                         const struct memory_range *ranges, void *const *local, size_t *read,
                         size_t count)
{
    memset(read, 0, count * sizeof *read);
    if (is_over(deadline))
        return;
    source->backend->fetch(source->state, ranges, local, read, count);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += read[i];
    source->fetched += bytes;
}

void memory_source_presence(const struct memory_source *source, uint64_t start, size_t pages,
                            bool *there)
{
    memset(there, true, pages * sizeof *there);
    if (source->backend->presence)
        source->backend->presence(source->state, start, pages, there);
}

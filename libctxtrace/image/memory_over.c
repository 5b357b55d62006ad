#include "image/memory_over.h"

#include "image/reread.h"

#include <stdlib.h>
#include <string.h>

void memory_over_begin(struct memory_over *over, struct memory *sealed, struct memory *live)
{
    *over = (struct memory_over){.memory = *sealed};
    over->memory.beneath = live;
    over->memory.trail = &over->trail;
}

void memory_over_note(struct memory_over *over)
{
    over->trail.count = over->trail.bytes = 0;
    over->trail.beneath = over->trail.cut = false;
}

/* Reads it again, one after the other into `bytes`; says where. */
static bool read_again(const struct memory_over *over, unsigned char *bytes)
{
    const struct memory_trail *trail = &over->trail;
    void *local[MEMORY_TRAIL];
    size_t read[MEMORY_TRAIL] = {0};
    for (size_t i = 0; i < trail->count; i++) {
        local[i] = bytes;
        bytes += trail->ranges[i].end - trail->ranges[i].start;
    }
    memory_read_now(&over->memory, trail->ranges, local, read, trail->count);
    for (size_t i = 0; i < trail->count; i++) {
        size_t size = trail->ranges[i].end - trail->ranges[i].start;
        if (read[i] != size || memcmp(local[i], trail->bytes_read[i], size) != 0)
            return false;
    }
    return true;
}

bool memory_over_holds(const struct memory_over *over)
{
    if (!over->trail.beneath)
        return true;
    unsigned char *bytes = over->trail.cut ? NULL : malloc(over->trail.bytes);
    bool holds = bytes && read_again(over, bytes);
    free(bytes);
    return holds;
}

#include "image/memory_pass.h"

void memory_pass_begin(struct memory_pass *pass, const struct memory *memory)
{
    *pass = (struct memory_pass){.memory = *memory};
    if (!memory->sealed)
        pass->memory.at_hand = &pass->window;
}

void memory_pass_have(struct memory_pass *pass, const struct memory_range *ranges, size_t count)
{
    if (pass->memory.sealed)
        return;
    packed_ranges_plan(&pass->window, pass->memory.regions, ranges, count);
    packed_ranges_fetch(&pass->window, pass->memory.source, pass->memory.deadline);
}

void memory_pass_end(struct memory_pass *pass)
{
    packed_ranges_free(&pass->window);
    *pass = (struct memory_pass){0};
}

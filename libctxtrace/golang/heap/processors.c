#include "golang/heap/processors.h"

#include "golang/binary/field.h"

#define BUFFER 512 /* words */

bool span_may_have_processors(const struct go_program *program, const struct span *span)
{
    int32_t buffer = field_offset(program, P_WRITTEN_POINTERS);
    return buffer >= 0 && !span->noscan && span->element >= (uint64_t)buffer + 8 * BUFFER;
}

static bool is_processor(const struct go_program *program, uint64_t address)
{
    uint64_t buffer = address + (uint64_t)field_offset(program, P_WRITTEN_POINTERS);
    uint64_t next = memory_word(program->memory, buffer);
    uint64_t end = memory_word(program->memory, buffer + 8);
    return end == buffer + 16 + 8 * BUFFER && next >= buffer + 16 && next <= end;
}

uint64_t processor_in(const struct go_program *program, uint64_t object)
{
    for (uint64_t header = 0; header <= 8; header += 8)
        if (is_processor(program, object + header))
            return object + header;
    return 0;
}

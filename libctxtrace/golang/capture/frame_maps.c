#include "golang/capture/frame_maps.h"

#define MAX_BITS (1 << 20) /* of a map */

uint64_t frame_locals_end(const struct go_frame *frame)
{
    return frame->top > frame->sp ? frame->top - 8 : frame->top;
}

/* Which of a function's maps holds; a function that has not begun has its first. */
static int32_t number_of_map(const struct go_program *program, const struct go_frame *frame)
{
    const struct function *function = &frame->info->function;
    int32_t number = -1;
    if (frame->is_call)
        number = frame->info->stack_map;
    else if (frame->pc != function->entry)
        number = function_pcdata(program, function, PCDATA_STACK_MAP, frame->pc - 1);
    return number == -1 ? 0 : number;
}

/* A table of maps: i32 count, i32 bits in each, then the maps, each of whole bytes. */
static bool find_map(const struct go_program *program, const struct go_frame *frame,
                     enum funcdata kind, struct frame_map *map)
{
    uint64_t table = function_funcdata(program, &frame->info->function, kind);
    if (!table)
        return false;
    int32_t count = (int32_t)memory_u32(program->memory, table);
    int32_t number = number_of_map(program, frame);
    map->count = memory_u32(program->memory, table + 4);
    map->bits = table + 8 + (uint64_t)number * ((map->count + 7) / 8);
    return number >= 0 && number < count && map->count <= MAX_BITS;
}

bool frame_locals_map(const struct go_program *program, const struct go_frame *frame,
                      struct frame_map *map)
{
    uint64_t end = frame_locals_end(frame);
    *map = (struct frame_map){0};
    if (end <= frame->sp)
        return true;
    if (!find_map(program, frame, FUNCDATA_LOCAL_MAPS, map))
        return false;
    map->start = end - 8 * (uint64_t)map->count;
    return true;
}

bool frame_arguments_map(const struct go_program *program, const struct go_frame *frame,
                         struct frame_map *map)
{
    *map = (struct frame_map){0};
    if (frame->info->function.arguments < 0)
        return false;
    if (frame->info->function.arguments < 8)
        return true;
    map->start = frame->top + 8;
    return find_map(program, frame, FUNCDATA_ARGUMENT_MAPS, map);
}

enum liveness frame_word_lives(const struct go_program *program, const struct go_frame *frame,
                               uint64_t address)
{
    struct frame_map map;
    bool is_known = address > frame->top ? frame_arguments_map(program, frame, &map)
                                         : frame_locals_map(program, frame, &map);
    if (!is_known)
        return LIVENESS_UNKNOWN;
    uint64_t word = (address - map.start) / 8;
    if (address < map.start || word >= map.count)
        return DOES_NOT_LIVE;
    return memory_u8(program->memory, map.bits + word / 8) >> (word % 8) & 1 ? LIVES
                                                                             : DOES_NOT_LIVE;
}

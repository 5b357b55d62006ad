#include "golang/capture/frame_maps.h"

uint64_t frame_locals_end(const struct go_frame *frame)
{
    return frame->top > frame->sp ? frame->top - 8 : frame->top;
}

/* A frame that was interrupted, and is in no call, is looked up by itself. */
static bool find_map(const struct go_program *program, const struct go_frame *frame,
                     enum funcdata kind, struct frame_map *map)
{
    const struct function *function = &frame->info->function;
    struct stack_map found =
        kind == FUNCDATA_LOCAL_MAPS ? frame->info->locals : frame->info->arguments;
    if (!frame->is_call) {
        bool has_begun = frame->pc != function->entry;
        int32_t number =
            has_begun ? function_pcdata(program, function, PCDATA_STACK_MAP, frame->pc - 1) : -1;
        found = function_stack_map(program, function, kind, number);
    }
    map->bits = found.bits;
    map->count = found.count;
    return found.known;
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

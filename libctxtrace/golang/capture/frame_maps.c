#include "golang/capture/frame_maps.h"

uint64_t frame_locals_end(const struct go_frame *frame)
{
    return frame->top > frame->sp ? frame->top - 8 : frame->top;
}

/* A frame that was interrupted, and is in no call, is looked up by itself. */
static struct stack_map map_of(const struct go_program *program, const struct go_frame *frame,
                               enum funcdata kind)
{
    const struct function *function = &frame->info->function;
    if (frame->is_call)
        return kind == FUNCDATA_LOCAL_MAPS ? frame->info->locals : frame->info->arguments;
    bool has_begun = frame->pc != function->entry;
    int32_t number =
        has_begun ? function_pcdata(program, function, PCDATA_STACK_MAP, frame->pc - 1) : -1;
    return function_stack_map(program, function, kind, number);
}

bool frame_locals_map(const struct go_program *program, const struct go_frame *frame,
                      struct frame_map *map)
{
    uint64_t end = frame_locals_end(frame);
    *map = (struct frame_map){0};
    if (end <= frame->sp)
        return true;
    map->words = map_of(program, frame, FUNCDATA_LOCAL_MAPS);
    map->start = end - 8 * (uint64_t)map->words.count;
    return map->words.known;
}

bool frame_arguments_map(const struct go_program *program, const struct go_frame *frame,
                         struct frame_map *map)
{
    *map = (struct frame_map){0};
    if (frame->info->function.arguments < 0)
        return false;
    if (frame->info->function.arguments < 8)
        return true;
    map->words = map_of(program, frame, FUNCDATA_ARGUMENT_MAPS);
    map->start = frame->top + 8;
    return map->words.known;
}

/*
 * Which words of a frame are live pointers, by the maps that the garbage collector uses.
 *
 * A frame on amd64, upwards: [sp] locals, saved frame pointer, [top] return address, arguments.
 * Maps of locals end at the saved frame pointer; maps of arguments begin after the return address.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_FRAME_MAPS_H
#define CTXTRACE_GOLANG_CAPTURE_FRAME_MAPS_H

#include "golang/capture/unwind.h"

/* A bit for each word from `start` on: is it a live pointer? */
struct frame_map {
    uint64_t start;
    struct stack_map words;
};

/* Where locals end. */
uint64_t frame_locals_end(const struct go_frame *frame);

/* An empty map if there are none. false when no map says what is live in this frame. */
bool frame_locals_map(const struct go_program *program, const struct go_frame *frame,
                      struct frame_map *map);
bool frame_arguments_map(const struct go_program *program, const struct go_frame *frame,
                         struct frame_map *map);

#endif

/*
 * What a snapshot has to know about the language that a program is written in: whose code a frame
 * is, and which part of a function's name lasts. The source that makes the snapshot gives it to the
 * builder; nothing else depends on the language.
 *
 * Adding one is a file that defines a `struct language`, and a row in inspect/language_table.c for
 * those who know a program by the name of its language only.
 */
#ifndef CTXTRACE_SNAPSHOT_LANGUAGE_H
#define CTXTRACE_SNAPSHOT_LANGUAGE_H

#include "snapshot/frame_owner.h"

#include <stddef.h>

/* What the compiler has put into the name of a function, by places in it. */
struct name_parts {
    size_t length;   /* of the name without what the compiler appends to pieces and copies */
    size_t lasting;  /* behind this it is the compiler's: not in the fingerprint */
    size_t numbered; /* from here on there may be numbers of closures; `length`: nowhere */
};

struct language {
    const char *name;
    bool collected;        /* a garbage collector frees what nothing refers to any more */
    bool main_may_block;   /* that main waits for ever keeps the program running, and is an idiom */
    bool names_are_unique; /* in the program; else the source file tells functions apart */
    bool inner_frames_count; /* also those of libraries further in than all others */
    bool start_tells_more; /* without a frame of the program: the outermost frame of a library says
                              more of a stack than the innermost */
    enum frame_owner (*owner)(const struct frame_names *frame);
    /*
     * Is the frame one at the bottom of every stack on this machine, or on others, which says
     * nothing?
     */
    bool (*is_start)(const struct frame_names *frame);
    struct name_parts (*parts)(const char *name);
    /* Is the digit at `place` one of a number that a closure has in the order of the source? */
    bool (*is_closure_number)(const char *name, size_t length, size_t place);
};

/*
 * C, C++ and Rust: what a linker put together. Builders assume it unless they are told otherwise.
 */
extern const struct language native_language;

#endif

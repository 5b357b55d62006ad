/*
 * Whose code a frame is: what decides which line of a stack a person is shown. For sites.c, and for
 * whoever prints stacks.
 */
#ifndef CTXTRACE_SNAPSHOT_FRAME_OWNER_H
#define CTXTRACE_SNAPSHOT_FRAME_OWNER_H

#include <stdbool.h>

enum frame_owner {
    FRAME_OF_PROGRAM,   /* or of a library that is not everybody's */
    FRAME_OF_LIBRARY,   /* the standard library of Go, C or C++, its headers included */
    FRAME_OF_MACHINERY, /* ctxtrace itself, Go's runtime and context package */
};

/* Text is never NULL; empty where it is unknown. */
struct frame_names {
    const char *function;
    const char *file;
    const char *module; /* path of the executable or shared library */
};

enum frame_owner owner_of_go_frame(const struct frame_names *frame);
enum frame_owner owner_of_native_frame(const struct frame_names *frame);

/* How the C library starts a program or a thread: below every stack, and never of interest. */
bool is_start_function(const char *function);

/* Is it the C library that has this path (its dynamic linker and thread library included)? */
bool is_c_library(const char *module);

#endif

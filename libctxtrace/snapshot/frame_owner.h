/*
 * Whose code a frame is: decides which line of a stack a person is shown. For sites.c, and for all
 * that print stacks.
 */
#ifndef CTXTRACE_SNAPSHOT_FRAME_OWNER_H
#define CTXTRACE_SNAPSHOT_FRAME_OWNER_H

#include <stdbool.h>

enum frame_owner {
    FRAME_OF_PROGRAM, /* the executable's, or of a library that came with it */
    /* A library that the system has for everybody, or a header of one. */
    FRAME_OF_SYSTEM,
    /* The standard library of the language, or another that its threads and locks are made of. */
    FRAME_OF_LIBRARY,
    FRAME_OF_MACHINERY, /* ctxtrace itself, the language's runtime, its context package */
};

/* Text is never NULL; empty where it is unknown. */
struct frame_names {
    const char *function;
    const char *linkage;
    const char *file;
    const char *module;     /* path of the executable or shared library */
    const char *executable; /* path of the program */
};

/* Of C, C++ and Rust. */
enum frame_owner owner_of_native_frame(const struct frame_names *frame);

/* How the C library starts a program or a thread: below every stack, and never of interest. */
bool is_start_function(const char *function);

/* Are all frames of a library with this path FRAME_OF_LIBRARY? */
bool is_standard_library(const char *module);

#endif

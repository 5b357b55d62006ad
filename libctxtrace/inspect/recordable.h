/*
 * Can a program be recorded by preloading a library into it? Judged by its file, before or after it
 * runs: this explains why there is no recording, not that there is one.
 */
#ifndef CTXTRACE_INSPECT_RECORDABLE_H
#define CTXTRACE_INSPECT_RECORDABLE_H

#include "base/error.h"
#include "image/executable_kind.h"
#include "inspect/source.h"

enum recordable {
    RECORDABLE_YES,        /* nothing in the file speaks against it */
    RECORDABLE_PARTLY,     /* its threads can, but not what matters in it: a dynamic Go program */
    RECORDABLE_NO,         /* and the preload does no harm */
    RECORDABLE_NO_SUBTREE, /* nor can what it starts, and `why` says so */
    RECORDABLE_NO_HARMED   /* and the program does not start with a preload that it cannot load */
};

/*
 * Looks at the file at `path`, or for a script at its interpreter. Unless the answer is yes, `why`
 * has the reason, a clause that begins with the path and says what to do. `caller` is who starts
 * it; NULL: does not matter.
 */
enum recordable recordable_look(const char *path, const struct executable_caller *caller,
                                struct error *why);

#endif

/*
 * What a program that is about to be started makes of LD_PRELOAD. One of another libc ends with an
 * error when it cannot load this library, and the loader of 32-bit programs complains on their
 * standard error. So they get an environment without it; everything else in it stays.
 *
 * May be called between vfork() and exec, in a signal handler, and in any thread: no memory is
 * allocated, no lock taken, and errno stays.
 */
#ifndef CTXTRACE_PRELOAD_NEXT_PROGRAM_H
#define CTXTRACE_PRELOAD_NEXT_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Would the file at `path`, or what runs it if it is a script, fail to load this library? A name
 * without a slash is searched as execvp() does. What cannot be read is taken to fit.
 */
bool next_program_rejects_preload(const char *path, bool search);

/* The file that execvp() starts for a name without a slash; false: there is none. */
bool next_program_find(const char *name, char path[PATH_MAX]);

/* An environment without it, made in memory of the caller's. */
struct stripped_environment {
    size_t entries;   /* that `variables` must have room for, */
    size_t text_size; /* and bytes that `text` must */
    char **variables;
    char *text;
};

/* Says how much room is needed. False: this library is not named in it, so that it can stay. */
bool stripped_environment_measure(struct stripped_environment *stripped, char *const *environment);
void stripped_environment_fill(struct stripped_environment *stripped, char *const *environment);

#endif

/*
 * Was this process given a filter of system calls by whoever started it (seccomp), and does that
 * let recording make its own? Containers have one that answers EPERM, which harms nobody; others
 * kill.
 */
#ifndef CTXTRACE_RECORD_FORBIDDEN_H
#define CTXTRACE_RECORD_FORBIDDEN_H

#include <stdbool.h>

enum permission {
    PERMITTED,
    FORBIDDEN,
    NOT_ASKED /* there is a filter, and that it lets one make a process to try it is not known */
};

/* `makes_threads`: the program makes threads, so that its filter permits that. */
enum permission forbidden_look(bool makes_threads);

#endif

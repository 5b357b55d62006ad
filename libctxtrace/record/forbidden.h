/*
 * Did whoever started this process give it a filter of system calls (seccomp), and does that permit
 * those that recording makes? The filters of containers answer EPERM, which does no harm; others
 * kill.
 */
#ifndef CTXTRACE_RECORD_FORBIDDEN_H
#define CTXTRACE_RECORD_FORBIDDEN_H

#include <stdbool.h>

enum permission {
    PERMITTED,
    FORBIDDEN,
    NOT_ASKED /* there is a filter, which may not even permit the process that would try it */
};

/* `makes_threads`: the program creates threads, so its filter permits that. */
enum permission forbidden_look(bool makes_threads);

#endif

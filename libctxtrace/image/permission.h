/*
 * Why a process may not be read or stopped: which right is missing, and what gives it.
 *
 * The kernel only says EPERM. Its checks are repeated here, in its order: user and capabilities,
 * whether the process is dumpable, Yama; for stopping, whether somebody else traces the process,
 * and whether a seccomp filter of our own forbids the call. If none of them explains the refusal,
 * the sentence says so and names what remains.
 */
#ifndef CTXTRACE_IMAGE_PERMISSION_H
#define CTXTRACE_IMAGE_PERMISSION_H

#include "base/error.h"

/* Fills in the sentence; always returns false. */
bool permission_explain_reading(int pid, struct error *error);
/* After a ptrace() that failed with this errno. */
bool permission_explain_stopping(int pid, int number, struct error *error);

/* What the explanation rests on: apart from it, so that it can be tested without being refused. */
struct permission_facts {
    int pid;
    unsigned our_user, their_user; /* effective ones */
    unsigned file_owner;           /* of /proc/PID/mem: root's, if it is not dumpable */
    bool may_trace;                /* we have CAP_SYS_PTRACE */
    bool they_have_more;           /* capabilities that we lack */
    bool other_user_namespace;     /* our capabilities count in a part of the system only */
    bool filtered;                 /* a seccomp filter watches our system calls */
    int yama;                      /* ptrace_scope; -1 without Yama */
    int tracer;                    /* PID of who traces it, 0 nobody */
    char tracer_name[32];
};

bool permission_explain(const struct permission_facts *facts, struct error *error);

/* The ptrace_scope of Yama, which says who may trace whom; -1: there is none. */
int permission_yama_scope(void);

#endif

/* Why nothing was run inside a process. */
#ifndef CTXTRACE_INJECT_OBSTACLE_H
#define CTXTRACE_INJECT_OBSTACLE_H

enum inject_obstacle {
    INJECT_CLEAR,
    INJECT_NO_STOPPER, /* only an ancestor may trace it, so that no child of ours can */
    INJECT_NO_THREAD,  /* none waits where it can be sent from */
    INJECT_OCCUPIED,   /* a thread that an earlier visitor sent is still there */
    INJECT_ALTERED,    /* the code there is not what the executable has */
    INJECT_SHADOW_STACK,
    INJECT_FILTERED,      /* a seccomp filter forbids a system call that is needed */
    INJECT_FILTER_UNREAD, /* there is one, and it may not be read */
    INJECT_REFUSED,       /* the kernel would not write or set what was needed */
    INJECT_CALL_FAILED,   /* the errand's system call did; the thread is back */
    INJECT_LATE,          /* the thread is not back; it comes back by itself */
    INJECT_LOST,          /* it, or the whole process, has ended */
};

/* A clause: "no thread was waiting where ...". */
const char *obstacle_text(enum inject_obstacle obstacle);

#endif

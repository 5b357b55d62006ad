/* What a thread is sent to do. */
#ifndef CTXTRACE_INJECT_ERRAND_H
#define CTXTRACE_INJECT_ERRAND_H

#include <stdint.h>

enum errand_kind {
    ERRAND_FORK, /* clones the process: same descriptors, memory copied on write, no signal at its
                    end */
    ERRAND_REAP, /* takes note of the end of such a child */
};

struct errand {
    enum errand_kind kind;
    int64_t child_limit_ns; /* ERRAND_FORK: the child ends by itself then */
    int child;              /* ERRAND_REAP: its PID as the process knows it */
};

#endif

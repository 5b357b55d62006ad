#include "inject/obstacle.h"

#include <stddef.h>

const char *obstacle_text(enum inject_obstacle obstacle)
{
    static const char *const texts[] = {
        [INJECT_CLEAR] = "nothing is in the way",
        [INJECT_NO_STOPPER] = "only its ancestors may trace it (Yama)",
        [INJECT_NO_THREAD] = "no thread was waiting where it could be made to clone the process",
        [INJECT_OCCUPIED] = "a thread is still on an errand of an earlier look",
        [INJECT_ALTERED] = "its code was changed by somebody else",
        [INJECT_SHADOW_STACK] = "it has shadow stacks",
        [INJECT_FILTERED] = "its seccomp filter forbids what would be needed",
        [INJECT_FILTER_UNREAD] = "its seccomp filter may not be read (CAP_SYS_ADMIN)",
        [INJECT_REFUSED] = "the kernel did not allow it",
        [INJECT_CALL_FAILED] = "the kernel refused it a child",
        [INJECT_LATE] = "cloning it took too long",
        [INJECT_LOST] = "it has ended",
    };
    return (size_t)obstacle < sizeof texts / sizeof texts[0] ? texts[obstacle] : "";
}

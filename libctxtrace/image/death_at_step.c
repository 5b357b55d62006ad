#include "image/death_at_step.h"

#include "inject/step.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static long steps_left;

static void die_at_step(void)
{
    if (--steps_left != 0)
        return;
    kill(getppid(), SIGKILL); /* the reader, whose child this is */
    raise(SIGKILL);
}

void death_at_step_prepare(void)
{
    const char *step = INVARIANTS ? getenv("CTXTRACE_DIE_AT_STEP") : NULL;
    if (!step)
        return;
    steps_left = strtol(step, NULL, 10);
    inject_at_step = die_at_step;
}

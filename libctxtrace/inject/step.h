/*
 * Where a visitor may die. In builds with assertions each step calls what a test has put here,
 * which ends the visitor at one of them: each must be harmless.
 */
#ifndef CTXTRACE_INJECT_STEP_H
#define CTXTRACE_INJECT_STEP_H

#include "base/invariant.h"

extern void (*inject_at_step)(void); /* NULL: nothing */

static inline void inject_step(void)
{
    if (INVARIANTS && inject_at_step)
        inject_at_step();
}

#endif
